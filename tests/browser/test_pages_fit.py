"""No page of any role is wider than a phone's or a desk's screen, however long the names are."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.all_pages import ROLES, addresses, long_place
from tests.browser.people import Person

WIDTHS = (390, 1280)


def overflow(person: Person) -> list[int]:
    """By how many pixels the page is wider than each of the two screens."""
    found = []
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        found.append(max(0, person.overflow))
    return found


def test_no_page_is_wider_than_a_screen(enter: Callable[..., Person]) -> None:
    place = long_place()
    pages = addresses(place)
    measured = {}
    for role in ROLES:
        person = enter(getattr(place, role))
        for address in pages[role]:
            person.opens(address)
            measured[role, address] = overflow(person)
    assert measured == {(role, address): [0, 0] for role in ROLES for address in pages[role]}


def test_signing_in_is_no_wider_than_a_screen(enter: Callable[..., Person]) -> None:
    person = enter()
    person.opens("/anmelden/")
    empty = overflow(person)
    person.press("Anmelden")
    expect(person.page.locator("#fehler")).to_be_visible()
    assert (empty, overflow(person)) == ([0, 0], [0, 0])


def test_a_page_that_is_too_wide_is_noticed(enter: Callable[..., Person]) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("document.querySelector('h1').style.width = '600px'")
    assert [pixels > 0 for pixels in overflow(person)] == [True, False]
