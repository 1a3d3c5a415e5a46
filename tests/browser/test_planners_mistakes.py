"""Forms of planning and of the day that came back with something wrong: readable by everybody."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import expect

from scheduling import drafts
from scheduling.attending import Attendance
from sites.models import Role
from tests.browser.all_pages import long_place
from tests.browser.people import Person
from tests.browser.test_accessibility import findings
from tests.builders import NOW, make_room, make_user
from tests.scheduling.attendance import appointment_in

Scheme = Literal["light", "dark"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_axe_finds_nothing_where_planners_make_mistakes(
    enter: Callable[..., Person], width: int, scheme: Scheme
) -> None:
    place = long_place()
    draft, hour, today = (
        place.draft(),
        place.hour(NOW.date().replace(month=12, day=16)),
        place.hour(NOW.date()),
    )
    place.book(hour.slots.earliest("starts_at"))
    done = appointment_in(today, Attendance.DONE)
    make_room(place.site.facility)
    make_user(Role.PSYCHIATRIST, clinic=place.site.clinic)
    person = enter(place.psychiatrist, width=width)
    page = person.page
    page.emulate_media(color_scheme=scheme)
    site = f"/standorte/{place.site.slug}"
    found: dict[str, tuple[int, list[str]]] = {}

    def look(name: str) -> None:
        """Whether the page fits, and what axe finds; the focus goes to what is wrong."""
        expect(page.locator("#fehler")).to_be_focused()
        found[name] = (max(person.overflow, 0), findings(person))

    person.opens(f"{site}/reihen/neu/")
    page.get_by_label("an festen Tagen").check()
    page.get_by_label("Tage", exact=True).fill("31.2.2027, überhaupt-kein-Tag-sondern-ein-langes-Wort")
    page.get_by_label("Minuten in Zeile 1").fill("1")
    person.press("Reihe anlegen")
    look("series")
    person.opens(f"{site}/reihen/neu/")
    page.get_by_label("Minuten in Zeile 1").fill("1")
    person.press("Reihe anlegen")
    look("lines of a series")
    person.opens(f"{site}/planung/")
    page.get_by_label("Monate im Voraus").fill("-3")
    person.press("Speichern")
    look("settings")
    person.opens(f"/sprechstunden/{hour.pk}/zeitfenster/")
    page.get_by_label("Minuten in Zeile 1").fill("20")
    person.press("Zeitfenster ändern")
    look("slots")
    person.opens(f"/sprechstunden/{draft.pk}/aendern/")
    drafts.shift(hour=draft, weeks=1, by=place.coordinator, now=NOW)
    page.get_by_label("Bis").fill("18:00")
    person.press("Entwurf ändern")
    person.sees("Inzwischen hat jemand anders hier etwas geändert.")
    look("draft")
    for what, label in (("verlegen", "Tag"), ("dauer", "Ende"), ("absagen", "Ersatztermin am")):
        person.opens(f"/sprechstunden/{hour.pk}/{what}/")
        page.get_by_label(label).fill("12:00" if what == "dauer" else "2025-01-01")
        person.press("Weiter wer Bescheid bekommt")
        look(what)
    person.opens(f"/sprechstunden/{hour.pk}/vertretung/")
    person.press("Weiter wer Bescheid bekommt")
    look("substitution")
    person.opens(f"/termine/{done.pk}/weiter/")
    person.press("Für die PIA vormerken")
    look("what next")
    assert found == {name: (0, []) for name in found}
