"""Whoever works by keyboard goes on where they were, also when the day's part of the page was exchanged."""

from collections.abc import Callable

import time_machine
from playwright.sync_api import Page, expect

from scheduling import attending
from scheduling.models import Appointment
from tests.browser.people import Person
from tests.browser.test_by_keyboard import wait_for_focus
from tests.builders import NOW, instant
from tests.pages.desks import make_place, slot_of

TODAY = NOW.date()


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).focus()
    page.keyboard.press("Enter")


def test_the_focus_stays_in_its_row(enter: Callable[..., Person]) -> None:
    place = make_place()
    hour = place.hour(TODAY, slots=4)
    codes = [str(place.book(slot_of(hour, number)).client) for number in range(2)]
    with time_machine.travel(instant(TODAY, "13:05"), tick=True):
        person = enter(place.worker)
        page = person.page
        person.opens("/tag/")

        press(page, "15 Minuten später")
        # What was chosen is no choice any more: the first one is.
        expect(page.get_by_role("button", name="Wieder pünktlich")).to_be_visible()
        wait_for_focus(page, "5 Minuten später")
        press(page, "Wieder pünktlich")
        expect(page.get_by_role("button", name="Wieder pünktlich")).to_have_count(0)
        wait_for_focus(page, "5 Minuten später")

        press(page, f"Nicht erschienen {codes[0]}")
        wait_for_focus(page, f"Doch gekommen {codes[0]}")
        press(page, f"Zurücknehmen {codes[0]}")
        wait_for_focus(page, f"Angekommen {codes[0]}")

        # Somebody else taps, and the page fetches that.
        page.get_by_role("button", name=f"Im Raum {codes[1]}", exact=True).focus()
        attending.run_late(hour=hour, minutes=20, by=place.psychiatrist, now=instant(TODAY, "13:06"))
        expect(page.get_by_text("20 Minuten später", exact=True).first).to_be_visible(timeout=30_000)
        wait_for_focus(page, f"Im Raum {codes[1]}")
    assert Appointment.objects.filter(status="booked").count() == 2


def test_a_second_answer_at_the_same_moment_does_not_lose_it(enter: Callable[..., Person]) -> None:
    """A tap's answer, and at once that of the page's own asking."""
    place = make_place()
    place.hour(TODAY, slots=2)
    with time_machine.travel(instant(TODAY, "13:05"), tick=True):
        person = enter(place.worker)
        person.opens("/tag/")
        person.page.evaluate(
            """document.addEventListener("htmx:afterSwap", () => document.dispatchEvent(
                new CustomEvent("htmx:beforeSwap", {detail: {target: document.body}})), {once: true})"""
        )
        press(person.page, "15 Minuten später")
        expect(person.page.get_by_role("button", name="Wieder pünktlich")).to_be_visible()
        wait_for_focus(person.page, "5 Minuten später")
