"""The day's list over all my sites."""

import datetime

import pytest
import time_machine

from sites.models import Role
from tests.builders import make_published_hour, make_site, make_user
from tests.pages.desks import FIRST_DAY, Desk, Place, make_place, slot_of

FACTS = "Erstgespräch Erstkontakt Versicherung nicht bekannt nicht per SMS bestätigt"


def test_slots_of_the_day_are_shown_in_order_with_who_comes(place: Place) -> None:
    hour = place.hour()
    client = place.client(name="Alex Muster")
    appointment = place.book(slot_of(hour, 1), client)
    page = Desk(place.worker).get("/tag/2026-12-09/")
    assert page.title == "Termine · Tagesliste"
    assert page.heading == "Mittwoch, 9. Dezember 2026"
    assert page.headings == [place.site.name]
    assert page.texts("pia-day-row") == [
        "13:00–13:30 Erstgespräch frei Buchen 13:00 Uhr",
        f"13:30–14:00 {client} · Alex Muster {FACTS} erwartet Verschieben {client} Absagen {client}",
        "14:00–14:30 Erstgespräch frei Buchen 14:00 Uhr",
    ]
    assert page.links[str(client)] == f"/termine/{appointment.pk}/"


def test_the_clinic_sees_pseudonyms(place: Place) -> None:
    client = place.client(name="Alex Muster")
    place.book(slot_of(place.hour(slots=1)), client)
    page = Desk(place.psychiatrist).get("/tag/2026-12-09/")
    assert page.texts("pia-day-row") == [f"13:00–13:30 {client} {FACTS} erwartet"]
    assert "Muster" not in page.text


def test_all_my_sites_are_on_it_and_no_others(place: Place, elsewhere: Place) -> None:
    other = make_place(make_site(facility=place.site.facility))
    for each in (place, other, elsewhere):
        each.hour()
    assert Desk(place.worker).get("/tag/2026-12-09/").headings == [place.site.name, other.site.name]
    assert Desk(place.psychiatrist).get("/tag/2026-12-09/").headings == [place.site.name]
    assert Desk(place.admin).get("/tag/2026-12-09/").headings == []


def test_drafts_are_not_on_it(place: Place) -> None:
    place.draft()
    page = Desk(place.psychiatrist).get("/tag/2026-12-09/")
    assert page.texts("pia-empty")[0].startswith("An diesem Tag ist keine Sprechstunde")


def test_without_a_date_it_is_today_and_days_can_be_turned(place: Place) -> None:
    page = Desk(place.worker).get("/tag/")
    assert (page.heading, page.texts("kern-subline")) == ("Sonntag, 22. November 2026", ["Heute"])
    assert page.links["Vorheriger Tag: Sa. 21.11."] == "/tag/2026-11-21/"
    assert page.links["Nächster Tag: Mo. 23.11."] == "/tag/2026-11-23/"
    assert Desk(place.worker).get("/tag/2026-11-21/").links["Heute"] == "/tag/"


def test_today_is_the_day_on_berlins_clock(place: Place) -> None:
    with time_machine.travel(datetime.datetime(2026, 12, 8, 23, 30, tzinfo=datetime.UTC)):
        assert Desk(place.worker).get("/tag/").heading == "Mittwoch, 9. Dezember 2026"


def test_an_hour_belongs_to_the_day_on_its_own_clock(place: Place) -> None:
    """0:30 in Lisbon is the same day there, though another in UTC's neighbour to the east."""
    site = make_site(time_zone="Atlantic/Azores")
    lead = make_user(Role.FACILITY_LEAD, facility=site.facility)
    make_published_hour(site, day=FIRST_DAY, from_time=datetime.time(23), slots=1)
    assert Desk(lead).get("/tag/2026-12-09/").texts("pia-day-row__time") == ["23:00–23:30"]
    assert Desk(lead).get("/tag/2026-12-10/").texts("pia-day-row__time") == []


def test_a_picked_date_leads_to_that_day(place: Place) -> None:
    assert Desk(place.worker).get("/tag/?datum=2026-12-09").heading == "Mittwoch, 9. Dezember 2026"


@pytest.mark.parametrize(
    "address",
    ["/tag/heute/", "/tag/2026-02-30/", "/tag/0001-01-01/", "/tag/9999-12-31/", "/tag/?datum=x", "/tag/%00/"],
)
def test_garbage_in_the_address_shows_today(place: Place, address: str) -> None:
    assert Desk(place.worker).get(address).heading == "Sonntag, 22. November 2026"


def test_it_costs_as_many_queries_for_five_hours_as_for_one(place: Place) -> None:
    place.book(slot_of(place.hour()))
    costs = [Desk(place.worker).queries_of("/tag/2026-12-09/")]
    for _ in range(4):
        other = make_place(make_site(facility=place.site.facility))
        other.book(slot_of(other.hour()))
    costs.append(Desk(place.lead).queries_of("/tag/2026-12-09/"))
    assert costs == [6, 6]
