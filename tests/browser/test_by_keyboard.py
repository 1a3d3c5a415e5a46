"""Booking without a mouse, and without JavaScript."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from scheduling.models import Appointment
from tests.browser.people import Person
from tests.faults.processes import wait_until
from tests.pages.desks import make_place, slot_of


def focused(page: Page) -> str:
    """What a screen reader would say of the element that has the focus, roughly."""
    return str(
        page.evaluate(
            """() => {
                const it = document.activeElement;
                const label = it.labels && it.labels[0] ? it.labels[0] : it;
                return label.textContent.trim().replace(/\\s+/g, ' ');
            }"""
        )
    )


def wait_for_focus(page: Page, text: str) -> None:
    """The focus follows a swap a moment later than the new content is seen."""
    wait_until(f"the focus on {text}", lambda: focused(page).startswith(text))


def tab_to(page: Page, text: str) -> None:
    """Presses Tab until something that begins with `text` has the focus."""
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if seen[-1].startswith(text):
            assert outlined(page), f"no focus can be seen on {text}"
            return
    raise AssertionError(f"{text} is not among {seen}")


def outlined(page: Page) -> bool:
    """Whether the focused element looks focused; KERN's fields do so by a shadow."""
    return bool(
        page.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
            }"""
        )
    )


def test_booking_by_keyboard_alone(enter: Callable[..., Person]) -> None:
    place = make_place()
    hour = place.hour()
    client = place.client(name="Alex Muster")
    page = enter(place.worker).page
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    tab_to(page, "Mittwoch, 9. Dezember 2026")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mittwoch, 9. Dezember 2026")
    tab_to(page, "Buchen 13:00 Uhr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Termin buchen")
    tab_to(page, "Klient:in mit Kürzel")
    tab_to(page, "Kürzel")
    typed = client.code[:3].lower()
    with page.expect_response(lambda answer: answer.url.endswith(f"code={typed}")):
        page.keyboard.type(typed)
    expect(page.locator("#vorschlaege")).to_contain_text(client.code)
    # A swap that comes later would take the focus from the link again.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    tab_to(page, client.code)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Kürzel", exact=False).last).to_have_value(client.code)
    wait_for_focus(page, "Kürzel")
    tab_to(page, "Termin buchen")
    page.keyboard.press("Enter")
    expect(page.locator("#meldungen")).to_have_text(f"Der Termin für {client} ist gebucht.")
    assert [each.slot for each in Appointment.objects.all()] == [slot_of(hour)]


def test_an_error_takes_the_focus_and_leads_to_its_field(enter: Callable[..., Person]) -> None:
    place = make_place()
    person = enter(place.worker)
    person.opens(f"/zeitfenster/{slot_of(place.hour()).pk}/buchen/")
    person.press("Termin buchen")
    page = person.page
    expect(page.locator("#fehler")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_focus(page, "Kürzel")


def test_only_the_fields_of_the_choice_are_seen(enter: Callable[..., Person]) -> None:
    place = make_place()
    person = enter(place.worker)
    person.opens(f"/zeitfenster/{slot_of(place.hour()).pk}/buchen/")
    code, name = person.page.locator("#id_code"), person.page.locator("#id_name")
    expect(code).to_be_visible()
    expect(name).to_be_hidden()
    person.page.get_by_label("Neue Klient:in").check()
    expect(code).to_be_hidden()
    expect(name).to_be_visible()


def test_booking_and_cancelling_without_javascript(enter: Callable[..., Person]) -> None:
    place = make_place()
    place.hour()
    client = place.client()
    person = enter(place.worker, javascript=False)
    person.opens("/")
    person.follows("Buchen")
    person.page.locator("#id_code").fill(client.code)
    person.press("Termin buchen")
    person.is_told(f"Der Termin für {client} ist gebucht.")
    person.follows("Nachrichten anzeigen")
    person.sees_heading("Nachrichten zu diesem Termin")
    person.follows("Zurück zum Termin")
    person.follows("Absagen")
    person.press("Termin absagen")
    person.is_told("Der Termin ist abgesagt. Das Zeitfenster ist wieder frei.")


def test_the_menu_opens_on_a_phone_without_a_script(enter: Callable[..., Person]) -> None:
    place = make_place()
    person = enter(place.worker, width=390, javascript=False)
    person.opens("/")
    menu = person.page.get_by_role("navigation", name="Hauptnavigation")
    expect(menu).to_be_hidden()
    person.page.get_by_role("button", name="Menü", exact=True).click()
    menu.get_by_role("link", name="Klient:innen").click()
    person.sees_heading("Klient:innen")
