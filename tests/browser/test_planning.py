"""A series over Easter and 31 December, from the form to the published hours; and by the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import ConsultationHour
from tests.browser.people import Person
from tests.pages.desks import Place, make_place, slot_of

# What a hand does. A click on a label is one, though the browser passes it on to the field as a second.
COUNT = """
addEventListener("pointerdown", () => {
    sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks") || 0) + 1);
}, true);
"""


def clicks(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.getItem('clicks') || 0)"))


@pytest.fixture
def place(server: str) -> Place:
    """A site that plans a year and more ahead."""
    place = make_place()
    place.site.months_ahead = 13
    place.site.save()
    return place


def published() -> list[str]:
    hours = ConsultationHour.objects.filter(status="published").order_by("starts_at")
    return [f"{hour.local_start:%d.%m.%Y %H:%M}" for hour in hours]


def fill_in_the_last_friday(page: Page) -> None:
    page.get_by_label("Der wievielte im Monat").select_option("jeden letzten")
    page.get_by_label("Wochentag", exact=True).select_option("Freitag")
    page.get_by_label("Ab", exact=True).fill("2027-03-01")
    page.get_by_label("Bis einschließlich").fill("2027-12-31")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_series_over_easter_and_new_years_eve_is_planned_and_published_with_seven_clicks(
    place: Place, enter: Callable[..., Person], width: int
) -> None:
    person = enter(place.psychiatrist, width=width)
    page = person.page
    page.add_init_script(COUNT)
    person.opens("/")
    person.follows("Monat")
    person.follows("Reihen")
    person.follows("Neue Reihe")
    fill_in_the_last_friday(page)

    # The preview follows while one types, on the same page.
    preview = page.locator("#vorschau")
    expect(preview.get_by_text("Jeden letzten Freitag im Monat")).to_be_visible()
    expect(preview.get_by_role("status")).to_contain_text("Die nächsten 10 Tage, 2 davon zu klären.")
    expect(preview.locator(".pia-preview__day--unclear")).to_have_text(
        [
            "Fr. 26.03.2027 13:00–16:30 Achtung: Feiertag: Karfreitag Schulferien: Oster-/Frühjahrsferien",
            "Fr. 31.12.2027 13:00–16:30 Achtung: Silvester: bitte prüfen Schulferien: Weihnachtsferien",
        ],
        use_inner_text=False,
    )
    assert person.overflow <= 0
    person.press("Reihe anlegen")

    person.sees_heading("Entwürfe prüfen")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Zu klären (2)", "Ohne Bedenken (8)"])
    assert person.overflow <= 0
    page.get_by_role("button", name="Eine Woche früher: Fr. 19.03.2027").click()
    person.is_told("Die Sprechstunde am Freitag, 26. März 2027 ist jetzt am Freitag, 19. März 2027.")
    page.get_by_role("button", name="Auslassen Fr. 31.12.2027").click()
    person.is_told("Die Sprechstunde am Freitag, 31. Dezember 2027 fällt aus.")
    page.get_by_role("button", name="Alle 9 veröffentlichen").click()
    person.is_told("9 Sprechstunden sind veröffentlicht. Die Einrichtung kann jetzt buchen.")
    assert clicks(page) == 7
    assert published() == [
        "19.03.2027 13:00",
        "30.04.2027 13:00",
        "28.05.2027 13:00",
        "25.06.2027 13:00",
        "30.07.2027 13:00",
        "27.08.2027 13:00",
        "24.09.2027 13:00",
        "29.10.2027 13:00",
        "26.11.2027 13:00",
    ]


def test_the_form_works_without_javascript_too(place: Place, enter: Callable[..., Person]) -> None:
    person = enter(place.psychiatrist, javascript=False)
    person.opens(f"/standorte/{place.site.slug}/reihen/neu/")
    fill_in_the_last_friday(person.page)
    person.press("Weitere Zeilen")
    expect(person.page.locator("#vorschau")).to_contain_text("Jeden letzten Freitag im Monat")
    expect(person.page.get_by_label("Minuten in Zeile 10")).to_be_visible()
    person.press("Reihe anlegen")
    person.sees_heading("Entwürfe prüfen")


def reach(page: Page, name: str) -> None:
    """Goes on with the tab key until what has the focus is called `name`."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"{name} was not reached")


def test_drafts_are_decided_and_published_by_keyboard_alone(
    place: Place, enter: Callable[..., Person]
) -> None:
    person = enter(place.psychiatrist)
    place.draft(place.draft().local_date.replace(day=24))
    person.opens("/monate/?monat=2026-12")
    page = person.page
    reach(page, "2 Entwürfe prüfen")
    page.keyboard.press("Enter")
    person.sees_heading("Entwürfe prüfen")
    reach(page, "Eine Woche früher")
    page.keyboard.press("Enter")
    person.is_told(
        "Die Sprechstunde am Donnerstag, 24. Dezember 2026 ist jetzt am Donnerstag, 17. Dezember 2026."
    )
    reach(page, "Veröffentlichen")
    page.keyboard.press("Enter")
    expect(page.locator("#meldungen")).to_contain_text("ist veröffentlicht.")


def test_each_rhythm_asks_only_for_what_it_needs(place: Place, enter: Callable[..., Person]) -> None:
    person = enter(place.psychiatrist)
    person.opens(f"/standorte/{place.site.slug}/reihen/neu/")
    page = person.page
    nth, weekday, dates = (
        page.get_by_label(name, exact=True) for name in ("Der wievielte im Monat", "Wochentag", "Tage")
    )
    expect(dates).to_be_hidden()
    page.get_by_label("alle paar Wochen").check()
    expect(nth).to_be_hidden()
    expect(weekday).to_be_visible()
    page.get_by_label("an festen Tagen").check()
    expect(weekday).to_be_hidden()
    dates.fill("03.12.2026, 17.12.2026")
    expect(page.locator("#vorschau")).to_contain_text("An 2 festen Tagen")
    expect(page.locator(".pia-preview__day")).to_have_count(2)


@pytest.mark.parametrize("width", [1280, 390])
def test_booked_hours_follow_their_series_after_a_preview(
    place: Place, enter: Callable[..., Person], width: int
) -> None:
    hour = place.hour()
    appointment = place.book(slot_of(hour), place.client())
    assert hour.series is not None
    person = enter(place.psychiatrist, width=width)
    page = person.page
    person.opens(f"/reihen/{hour.series_id}/")
    page.get_by_label("Von", exact=True).fill("12:10")
    page.get_by_label("Bis", exact=True).fill("13:40")
    person.press("Reihe ändern")
    person.sees_heading("Abweichungen von der Reihe")
    assert person.overflow <= 0
    reach(page, "Übernehmen")
    page.keyboard.press("Enter")
    person.sees_heading("Wer bekommt Bescheid?")
    expect(page.get_by_text("0 per SMS, 1 persönlich durch die Einrichtung.")).to_be_visible()
    assert person.overflow <= 0
    reach(page, "Übernehmen und Bescheid geben")
    page.keyboard.press("Enter")
    person.is_told("Eine Sprechstunde ist jetzt, wie die Reihe sie vorsieht.")
    appointment.refresh_from_db()
    assert f"{appointment.starts_at.astimezone(hour.zone):%H:%M}" == "12:10"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_name_can_be_read_whole(place: Place, enter: Callable[..., Person], width: int) -> None:
    place.psychiatrist.display_name = "Dr. Maximiliane-Charlotte Musterfrau-Beispielhausen"
    place.psychiatrist.save()
    person = enter(place.psychiatrist, width=width)
    person.opens("/monate/")
    if width < 1000:
        person.page.get_by_role("button", name="Menü", exact=True).click()
    name = person.page.locator(".pia-user__text")
    expect(name).to_be_visible()
    assert name.evaluate("e => [e.scrollWidth > e.clientWidth + 1, getComputedStyle(e).textOverflow]") == [
        False,
        "clip",
    ]
    assert person.overflow <= 0
