"""A site's month: its hours with slots, as a list and as a grid, and what its planner can do."""

import datetime

import pytest

from scheduling import publishing
from sites.models import FacilityClosure
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of

CHRISTMAS_EVE = datetime.date(2026, 12, 24)


def december(place: Place, more: str = "") -> str:
    return f"/standorte/{place.site.slug}/?monat=2026-12{more}"


def test_given_a_published_hour_then_facts_and_slots_are_shown(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    page = Desk(place.psychiatrist).get(december(place))
    assert page.title == "Termine · Monat"
    assert page.heading == place.site.name
    assert page.headings == ["Dezember 2026", "Mittwoch, 9. Dezember 2026"]
    assert page.texts("pia-hour__facts") == [
        f"13:00–14:30 Uhr {place.psychiatrist} {place.room} 2 von 3 frei"
    ]
    assert page.texts("pia-state") == [
        "veröffentlicht",
        "13:00 Erstgespräch · belegt",
        "13:30 Erstgespräch · frei",
        "14:00 Erstgespräch · frei",
    ]


def test_given_free_slots_then_whoever_books_can_book_them_here(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    links = Desk(place.worker).get(december(place)).links
    assert {text: address for text, address in links.items() if text.endswith("buchen")} == {
        "13:30 Erstgespräch buchen": f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/",
        "14:00 Erstgespräch buchen": f"/zeitfenster/{slot_of(hour, 2).pk}/buchen/",
    }


def test_given_an_hour_that_is_over_then_nothing_can_be_booked(place: Place) -> None:
    place.hour(datetime.date(2026, 11, 11), now=NOW - datetime.timedelta(days=30))
    page = Desk(place.worker).get(f"/standorte/{place.site.slug}/?monat=2026-11")
    assert page.texts("pia-chip") == [
        "13:00 Erstgespräch · nicht belegt",
        "13:30 Erstgespräch · nicht belegt",
        "14:00 Erstgespräch · nicht belegt",
    ]
    assert page.texts("pia-hour__free") == ["3 von 3 frei geblieben"]


def test_given_drafts_then_only_the_clinic_sees_them_and_can_publish(place: Place) -> None:
    place.draft()
    page = Desk(place.coordinator).get(december(place))
    assert page.texts("pia-state") == ["Entwurf"]
    assert page.buttons == ["Monat veröffentlichen"]
    for user in (place.worker, place.lead, place.admin):
        page = Desk(user).get(december(place))
        assert (page.texts("pia-hour"), page.buttons) == ([], [])


def test_given_something_speaks_against_a_draft_then_it_is_said_and_held_back(place: Place) -> None:
    FacilityClosure.objects.create(
        facility=place.site.facility,
        first_date=CHRISTMAS_EVE,
        last_date=CHRISTMAS_EVE,
        reason="Betriebsausflug",
    )
    place.draft(CHRISTMAS_EVE)
    page = Desk(place.psychiatrist).get(december(place))
    assert page.texts("kern-badge") == ["Entwurf, zu klären"]
    assert page.texts("pia-warnings") == [
        "Achtung: Heiligabend: bitte prüfen Achtung: Einrichtung geschlossen: Betriebsausflug"
    ]
    assert page.buttons == []


def test_given_a_skipped_hour_then_its_planner_sees_it_as_left_out(place: Place) -> None:
    publishing.skip(hour=place.draft(), by=place.psychiatrist, now=NOW)
    page = Desk(place.psychiatrist).get(december(place))
    assert (page.texts("kern-badge"), page.texts("pia-chip")) == (["ausgelassen"], [])


def test_publishing_the_month_publishes_what_nothing_speaks_against(place: Place) -> None:
    place.draft()
    place.draft(CHRISTMAS_EVE)
    page = Desk(place.psychiatrist).post(f"/standorte/{place.site.slug}/veroeffentlichen/", month="2026-12")
    assert page.messages == [
        "Achtung: Eine Sprechstunde bleibt Entwurf, weil etwas dagegen spricht. Bitte entscheiden Sie dort.",
        "Eine Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.",
    ]
    assert page.texts("kern-badge") == ["veröffentlicht", "Entwurf, zu klären"]


def test_publishing_twice_says_that_there_is_nothing_left(place: Place) -> None:
    place.hour()
    page = Desk(place.psychiatrist).post(f"/standorte/{place.site.slug}/veroeffentlichen/", month="2026-12")
    assert page.messages == ["In diesem Monat gibt es keinen Entwurf zu veröffentlichen."]


def test_publishing_a_month_that_is_over_is_refused(place: Place) -> None:
    page = Desk(place.psychiatrist).post(f"/standorte/{place.site.slug}/veroeffentlichen/", month="2026-10")
    assert page.messages == [
        "Fehler: Dieser Monat ist vorbei. Bitte wählen Sie den laufenden oder einen späteren Monat."
    ]


@pytest.mark.parametrize("command", ["vorschlagen", "veroeffentlichen"])
def test_a_month_that_is_none_is_refused(place: Place, command: str) -> None:
    page = Desk(place.psychiatrist).post(f"/standorte/{place.site.slug}/{command}/", month="2026-13")
    assert page.messages == ["Fehler: Bitte einen Monat wie 2026-12 angeben."]


def test_an_empty_month_says_what_to_do_next(place: Place) -> None:
    ahead, over = december(place), f"/standorte/{place.site.slug}/?monat=2026-10"
    planner, worker = Desk(place.psychiatrist), Desk(place.worker)
    page = planner.get(ahead)
    assert page.texts("pia-empty")[0].startswith(
        "In diesem Monat gibt es noch keine Sprechstunde Schlagen Sie"
    )
    assert page.links["Monat vorschlagen"] == f"/standorte/{place.site.slug}/vorschau/?monat=2026-12"
    assert (
        worker.get(ahead)
        .texts("pia-empty")[0]
        .startswith("Für diesen Monat ist noch keine Sprechstunde veröffentlicht")
    )
    assert (
        planner.get(over).texts("pia-empty")
        == worker.get(over).texts("pia-empty")
        == ["In diesem Monat gab es keine Sprechstunde Wählen Sie oben einen anderen Monat."]
    )


def test_a_month_that_is_over_can_not_be_proposed(place: Place) -> None:
    place.hour(datetime.date(2026, 10, 14), now=NOW - datetime.timedelta(days=60))
    page = Desk(place.psychiatrist).get(f"/standorte/{place.site.slug}/?monat=2026-10")
    assert "Monat vorschlagen" not in page.links


def test_the_grid_shows_each_hour_on_its_day(place: Place) -> None:
    place.hour()
    place.draft(CHRISTMAS_EVE)
    page = Desk(place.psychiatrist).get(december(place, "&ansicht=raster"))
    cells = [text for text in page.texts("pia-month")[0].split(" Dezember ") if ":" in text]
    assert cells == [
        "13:00–14:30 3 von 3 frei (veröffentlicht) 10 .",
        f"13:00–14:30 Entwurf, zu klären ({place.psychiatrist}) 25 .",
    ]
    # Too narrow for words, a phone shows the list below the grid.
    assert len(page.texts("pia-hour")) == 2


def test_the_grid_stays_while_months_are_turned(place: Place) -> None:
    place.hour()
    links = Desk(place.psychiatrist).get(december(place, "&ansicht=raster")).links
    assert links["Nächster Monat: Januar 2027"] == "?monat=2027-01&ansicht=raster"
    assert links["Liste"] == "?monat=2026-12"


@pytest.mark.parametrize(
    "garbage", ["", "2026-13", "2026-1", "0000-00", "99999-01", "ツ", "2026-12'--", "\x00"]
)
def test_garbage_in_the_address_shows_the_current_month(place: Place, garbage: str) -> None:
    answer = Desk(place.worker).browser.get(f"/standorte/{place.site.slug}/", {"monat": garbage})
    assert answer.status_code == 200
    assert str(answer.context["month"]) == "2026-11"


@pytest.mark.parametrize(("month", "directions"), [("2000-01", ["Nächster"]), ("2100-12", ["Vorheriger"])])
def test_the_calendar_has_a_first_and_a_last_month(place: Place, month: str, directions: list[str]) -> None:
    page = Desk(place.worker).get(f"/standorte/{place.site.slug}/?monat={month}&ansicht=raster")
    assert [text.split()[0] for text in page.links if " Monat: " in text] == directions


@pytest.mark.parametrize("view", ["", "&ansicht=raster"])
def test_it_costs_as_many_queries_for_five_hours_as_for_one(place: Place, view: str) -> None:
    place.hour()
    costs = [Desk(place.psychiatrist).queries_of(december(place, view))]
    for day in (2, 3, 16, 17):
        place.hour(datetime.date(2026, 12, day))
    costs.append(Desk(place.coordinator).queries_of(december(place, view)))
    assert costs == [7, 7]
