"""What the workloads run on: sites, series, and hours with slots in any number."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections

from scheduling import recurrence
from scheduling.models import Client, ConsultationSeries, PlannedSlot
from scheduling.recurrence import Recurrence
from sites.models import Clinic, Facility, Provider, Room, Site, User

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)
SLOTS_PER_HOUR = 8
SLOT_MINUTES = 25


def make_sites(number: int) -> list[Site]:
    """So many sites, each with a facility, a room and a psychiatrist of its own."""
    provider = Provider.objects.create(slug="bench", name="Bench")
    clinic = Clinic.objects.create(slug="bench", name="Bench")
    facilities = Facility.objects.bulk_create(
        Facility(
            slug=f"bench-{n}",
            provider=provider,
            name=f"Bench {n}",
            neutral_name=f"Büro {n}",
            district="Mitte",
            state="BE",
            callback_phone="+493023125100",
        )
        for n in range(number)
    )
    Room.objects.bulk_create(Room(facility=facility, name="1") for facility in facilities)
    User.objects.bulk_create(
        User(email=f"bench-{n}@example.org", display_name=f"Bench {n}", password="!") for n in range(number)
    )
    return Site.objects.bulk_create(
        Site(
            slug=f"bench-{n}",
            name=f"Bench {n}",
            clinic=clinic,
            facility=facility,
            since_date=datetime.date(2022, 1, 1),
        )
        for n, facility in enumerate(facilities)
    )


def make_series(sites: list[Site]) -> None:
    """For each site the second Wednesday of the month, 13:00-16:20, divided into eight slots."""
    rule = Recurrence(
        frequency="monthly",
        weekday="WE",
        nth=2,
        starts_date=datetime.date(2026, 1, 1),
        from_time=datetime.time(13),
        to_time=datetime.time(16, 20),
        zone=BERLIN,
    )
    rooms = Room.objects.order_by("pk")
    people = User.objects.order_by("pk")
    series = ConsultationSeries.objects.bulk_create(
        ConsultationSeries(
            site=site, psychiatrist=person, room=room, event=recurrence.create_event(site, rule)
        )
        for site, person, room in zip(sites, people, rooms, strict=True)
    )
    PlannedSlot.objects.bulk_create(
        PlannedSlot(series=each, position=position, appointment_type="first", minutes=SLOT_MINUTES)
        for each in series
        for position in range(SLOTS_PER_HOUR)
    )


def make_clients(site: Site, number: int) -> list[Client]:
    by = User.objects.order_by("pk")[0]
    return Client.objects.bulk_create(
        Client(facility=site.facility, code=f"B-{n}", created_at=NOW, created_by=by) for n in range(number)
    )


# Published hours of `sites`, in one statement for any number.
HOURS = """
INSERT INTO scheduling_consultationhour (
    site_id, psychiatrist_id, room_id, starts_at, ends_at,
    status, uid, sequence, published_at, published_by_id
)
SELECT site.id, person.id, room.id, day + interval '8 hours', day + interval '8 hours' + %(length)s,
    'published', gen_random_uuid(), 0, %(now)s, person.id
FROM pia_sites_site site
JOIN pia_sites_room room ON room.facility_id = site.facility_id
JOIN pia_sites_user person ON person.email = site.slug || '@example.org'
CROSS JOIN generate_series(%(first)s, %(last)s, %(every)s) day
WHERE site.id = ANY(%(sites)s)
"""
SLOTS = """
INSERT INTO scheduling_slot (hour_id, site_id, starts_at, ends_at, appointment_type, state)
SELECT hour.id, hour.site_id, hour.starts_at + number * %(slot)s, hour.starts_at + (number + 1) * %(slot)s,
    'first', 'free'
FROM scheduling_consultationhour hour CROSS JOIN generate_series(0, %(per_hour)s - 1) number
WHERE NOT EXISTS (SELECT FROM scheduling_slot slot WHERE slot.hour_id = hour.id)
"""


def fill(
    sites: list[int], *, first: datetime.date, hours: int, every_days: int, alias: str = "default"
) -> None:
    """Gives each of the sites (keys) published hours of eight free slots each, one every so many days."""
    start = datetime.datetime.combine(first, datetime.time(), tzinfo=datetime.UTC)
    values: dict[str, Any] = {
        "sites": sites,
        "first": start,
        "last": start + datetime.timedelta(days=(hours - 1) * every_days),
        "every": datetime.timedelta(days=every_days),
        "length": datetime.timedelta(minutes=SLOTS_PER_HOUR * SLOT_MINUTES),
        "slot": datetime.timedelta(minutes=SLOT_MINUTES),
        "per_hour": SLOTS_PER_HOUR,
        "now": NOW,
    }
    with connections[alias].cursor() as cursor:
        cursor.execute(HOURS, values)
        cursor.execute(SLOTS, values)
        cursor.execute("ANALYZE")
