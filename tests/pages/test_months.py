"""The months of several sites in one view; what the pages of planning cost with five sites and 3,000
appointments."""

import datetime

import pytest

from scheduling.models import (
    Appointment,
    Client,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from sites.models import Room, Site
from tests.builders import NOW, instant, make_room, make_series, make_site
from tests.pages.desks import Desk, Place, make_place


def second_site(place: Place) -> Place:
    second = make_place(make_site(clinic=place.site.clinic))
    second.psychiatrist = place.psychiatrist
    return second


def test_several_sites_stand_in_one_list_with_letters_and_counts(place: Place) -> None:
    second = second_site(place)
    hour = place.hour()
    place.book(hour.slots.earliest("starts_at"))
    second.draft(datetime.date(2026, 12, 24))
    page = Desk(place.psychiatrist).get("/monate/?monat=2026-12")
    marks = sorted([place.site, second.site], key=lambda site: site.name)
    letters = {site: "AB"[marks.index(site)] for site in marks}
    assert page.headings == [
        "Dezember 2026",
        "Sprechstunden",
        f"{letters[place.site]} Mi. 09.12.2026, 13:00–14:30 Uhr",
        f"{letters[second.site]} Do. 24.12.2026, 13:00–14:30 Uhr",
        "Kalender",
    ]
    assert page.texts("pia-hour__facts")[1] == "2 von 3 frei 1 belegt"
    assert page.texts("pia-month__mark") == [
        f"{letters[place.site]} 2 {place.site.name}, 13:00–14:30 Uhr, veröffentlicht, 2 frei",
        f"{letters[second.site]} ? {second.site.name}, 13:00–14:30 Uhr, Entwurf, zu klären",
    ]
    assert page.links["1 Entwurf prüfen"] == "/entwuerfe/"


def test_a_letter_stays_when_only_one_site_is_shown(place: Place) -> None:
    second = second_site(place)
    second.hour()
    letter = "AB"[sorted([place.site.name, second.site.name]).index(second.site.name)]
    page = Desk(place.psychiatrist).get(f"/monate/?monat=2026-12&standort={second.site.slug}")
    assert page.texts("pia-month__mark")[0].startswith(letter)
    page = Desk(place.psychiatrist).get(f"/monate/?monat=2026-12&standort={place.site.slug}")
    assert page.texts("pia-month__mark") == []


def test_a_facility_sees_published_hours_without_what_speaks_against_them(place: Place) -> None:
    place.draft()
    place.hour(datetime.date(2026, 12, 24))
    page = Desk(place.worker).get("/monate/?monat=2026-12")
    assert page.headings[2:3] == ["A Do. 24.12.2026, 13:00–14:30 Uhr"]
    assert (page.texts("pia-warnings"), page.buttons) == ([], [])


SITES, MONTHS, SLOTS = 5, 24, 25


@pytest.fixture
def busy(place: Place) -> Place:
    """Five sites of one psychiatrist, 24 months, an hour a month at each, 25 appointments in each hour."""
    sites = [place.site, *(make_site(clinic=place.site.clinic) for _ in range(SITES - 1))]
    hours = []
    for number, site in enumerate(sites):
        room = make_room(site.facility)
        make_series(site, psychiatrist=place.psychiatrist, room=room, weekday="MO")
        for month in range(MONTHS):
            day = datetime.date(2026 + month // 12, month % 12 + 1, 10 + number)
            hours.append(_hour(place, site, room, day))
    ConsultationHour.objects.bulk_create(hours)
    slots = Slot.objects.bulk_create(slot for hour in hours for slot in _slots(hour))
    client = place.client()
    clients = {
        site.pk: Client.objects.bulk_create(
            Client(facility=site.facility, code=f"XX-{number:04}", created_at=NOW, created_by=place.worker)
            for number in range(SLOTS)
        )
        for site in sites
    }
    Appointment.objects.bulk_create(
        Appointment(
            slot=slot,
            client=clients[slot.site_id][number % SLOTS],
            appointment_type="first",
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            booked_at=NOW,
            booked_by=client.created_by,
        )
        for number, slot in enumerate(slots)
    )
    assert Appointment.objects.count() == 3000
    return place


def _hour(place: Place, site: Site, room: Room, day: datetime.date) -> ConsultationHour:
    published = day < datetime.date(2027, 6, 1)
    return ConsultationHour(
        site=site,
        psychiatrist=place.psychiatrist,
        room=room,
        starts_at=instant(day, "09:00"),
        ends_at=instant(day, "15:15"),
        status=(HourStatus.PUBLISHED if published else HourStatus.DRAFT).value,
        published_at=NOW if published else None,
        published_by=place.psychiatrist if published else None,
    )


def _slots(hour: ConsultationHour) -> list[Slot]:
    quarter = datetime.timedelta(minutes=15)
    return [
        Slot(
            hour=hour,
            site_id=hour.site_id,
            starts_at=hour.starts_at + number * quarter,
            ends_at=hour.starts_at + (number + 1) * quarter,
            appointment_type="first",
            state=SlotState.BUSY.value,
        )
        for number in range(SLOTS)
    ]


def test_pages_of_planning_cost_as_many_queries_with_much_as_with_little(busy: Place) -> None:
    few = make_place()
    few.draft(datetime.date(2027, 6, 10))
    few.hour(datetime.date(2027, 5, 10))
    make_series(few.site, psychiatrist=few.psychiatrist, room=few.room)
    pages = {
        "/monate/?monat=2027-05": 6,
        "/entwuerfe/": 7,
        "/entwuerfe/?monat=2027-06": 7,
        "/standorte/{site}/reihen/": 6,
        "/standorte/{site}/reihen/neu/": 8,
        "/standorte/{site}/?monat=2027-05": 7,
        "/standorte/{site}/planung/": 4,
    }
    counts = {
        page: (
            Desk(busy.psychiatrist).queries_of(page.format(site=busy.site.slug)),
            Desk(few.psychiatrist).queries_of(page.format(site=few.site.slug)),
        )
        for page in pages
    }
    assert counts == {page: (count, count) for page, count in pages.items()}


def test_the_hours_of_a_month_stand_in_their_order(place: Place) -> None:
    for day in (16, 9, 10):
        place.hour(datetime.date(2026, 12, day))
    page = Desk(place.psychiatrist).get("/monate/?monat=2026-12")
    assert [heading[6:8] for heading in page.headings[2:5]] == ["09", "10", "16"]
    page = Desk(place.worker).get(f"/standorte/{place.site.slug}/?monat=2026-12")
    assert page.headings[1:] == [
        "Mittwoch, 9. Dezember 2026",
        "Donnerstag, 10. Dezember 2026",
        "Mittwoch, 16. Dezember 2026",
    ]
