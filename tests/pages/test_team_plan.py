"""The facility's day and week at a glance."""

import pytest

from scheduling import companions
from scheduling.models import Appointment
from sites.models import ClientLook
from tests.builders import NOW
from tests.pages.desks import FIRST_DAY, Desk, Place, slot_of
from tests.pages.reading import Page, text_of

DAY = "/woche/?tag=2026-12-09"
WEEK = f"{DAY}&ansicht=woche"


def rows(page: Page) -> list[str]:
    return [text_of(row) for body in page.elements("tbody") for row in page.elements("tr", within=body)]


@pytest.fixture
def booked(place: Place) -> Appointment:
    client = place.client(name="Alex Muster", phone="0171 3920012")
    client.needs_interpreter = client.wants_companion = True
    client.save()
    return place.book(slot_of(place.hour()), client)


def test_it_says_who_comes_who_is_with_them_and_what_to_prepare(place: Place, booked: Appointment) -> None:
    page = Desk(place.worker).get(DAY)
    assert rows(page) == [
        f"13:00–13:30 {booked.client} Erstgespräch {place.worker} Sprachmittlung, möchte Begleitung",
        "13:30–14:00 frei – –",
        "14:00–14:30 frei – –",
    ]
    assert page.headings == ["Mittwoch, 09.12.2026", "13:00–14:30 Uhr"]


def test_a_companion_is_shown_and_then_none_is_missing(place: Place, booked: Appointment) -> None:
    companions.add(appointment=booked, user=place.lead, by=place.worker, now=NOW)
    (row, *_) = rows(Desk(place.lead).get(DAY))
    assert row.endswith(f"{place.worker}, {place.lead} Sprachmittlung")


def test_the_week_shows_its_days_and_leads_to_the_next(place: Place, booked: Appointment) -> None:
    place.hour(FIRST_DAY.replace(day=11))
    place.hour(FIRST_DAY.replace(day=14))
    page = Desk(place.worker).get(WEEK)
    assert page.headings == [
        "07.12. bis 13.12.2026",
        "Mittwoch, 9. Dezember 2026, 13:00–14:30 Uhr",
        "Freitag, 11. Dezember 2026, 13:00–14:30 Uhr",
    ]
    assert page.links["Weiter"] == "?tag=2026-12-14&ansicht=woche"


def test_names_are_shown_only_if_asked_for_and_then_it_is_a_look(place: Place, booked: Appointment) -> None:
    assert "Muster" not in Desk(place.worker).get(DAY).text
    assert ClientLook.objects.count() == 0
    assert "Alex Muster" in Desk(place.worker).get(f"{DAY}&namen=ja").text
    look = ClientLook.objects.get()
    assert (look.kind, look.client_ids, look.named) == ("week", [booked.client_id], True)


@pytest.mark.parametrize("typed", ["", "heute", "0001-01-01", "2026-13-01"])
def test_any_other_day_is_today(place: Place, typed: str) -> None:
    page = Desk(place.worker).get(f"/woche/?tag={typed}")
    assert page.headings[0] == "Sonntag, 22.11.2026"
    assert "In dieser Zeit findet keine Sprechstunde statt." in page.text


def test_others_see_nothing_of_it(place: Place, elsewhere: Place, booked: Appointment) -> None:
    for user in (elsewhere.worker, place.psychiatrist, place.admin):
        assert rows(Desk(user).get(DAY)) == []


def test_it_costs_as_many_queries_for_three_as_for_one(place: Place, booked: Appointment) -> None:
    before = Desk(place.worker).queries_of(f"{DAY}&namen=ja")
    for number in (1, 2):
        appointment = place.book(slot_of(booked.slot.hour, number), place.client(name="Alex"))
        companions.add(appointment=appointment, user=place.lead, by=place.worker, now=NOW)
    assert Desk(place.worker).queries_of(f"{DAY}&namen=ja") == before
