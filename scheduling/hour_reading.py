"""What the page of one hour reads, by plain statements (see `scheduling.plain_sql`)."""

import dataclasses
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import prefetch_related_objects

from scheduling.models import Appointment, AppointmentStatus, Client, ConsultationHour
from scheduling.plain_sql import columns, fetch, made, parts
from scheduling.selectors import RELEASE_STANDS
from sites.access import Permission, Places, places_of
from sites.models import Facility, Room, Site, User

HOUR = (
    *("id", "site_id", "series_id", "psychiatrist_id", "room_id", "starts_at", "ends_at", "status"),
    *("published_at", "replaces_id"),
)
SITE = ("id", "slug", "name", "clinic_id", "facility_id")
FACILITY = ("id", "name", "state", "time_zone")
PERSON = ("id", "display_name")
ROOM = ("id", "name")

# One hour, for whoever plans it; for whoever may only see it, once it was published.
VISIBLE = f"""
SELECT {columns("hour", HOUR)}, {columns("site", SITE)}, {columns("facility", FACILITY)},
    {columns("person", PERSON)}, {columns("room", ROOM)}
FROM scheduling_consultationhour hour
JOIN pia_sites_site site ON site.id = hour.site_id
JOIN pia_sites_facility facility ON facility.id = site.facility_id
JOIN pia_sites_user person ON person.id = hour.psychiatrist_id
JOIN pia_sites_room room ON room.id = hour.room_id
WHERE hour.id = %(pk)s AND (
    site.clinic_id = ANY(%(planned_clinics)s) OR site.facility_id = ANY(%(planned_facilities)s)
    OR hour.published_at IS NOT NULL
    AND (%(everywhere)s OR site.clinic_id = ANY(%(clinics)s) OR site.facility_id = ANY(%(facilities)s))
)
"""  # noqa: S608 -- constants only

APPOINTMENT = ("id", "slot_id", "client_id", "starts_at", "status")
CLIENT = ("id", "code", "name", "facility_id")

# Who is booked in it, and whether the clinic may know the name now.
LIVE = f"""
SELECT {columns("appointment", APPOINTMENT)}, {columns("client", CLIENT)},
    EXISTS (
        SELECT FROM scheduling_release release
        WHERE release.client_id = client.id AND release.clinic_id = site.clinic_id AND {RELEASE_STANDS}
    )
FROM scheduling_slot slot
JOIN scheduling_appointment appointment ON appointment.slot_id = slot.id
JOIN scheduling_client client ON client.id = appointment.client_id
JOIN pia_sites_facility facility ON facility.id = client.facility_id
JOIN pia_sites_site site ON site.id = slot.site_id
WHERE slot.hour_id = %(hour)s AND NOT appointment.status = '{AppointmentStatus.CANCELLED.value}'
"""  # noqa: S608 -- constants only

_NAME: Any = Client._meta.get_field("name")


def visible_hour(user: User, pk: int, *, now: datetime) -> ConsultationHour | None:
    """An hour that `user` may see, with site, psychiatrist, room and slots, and each slot's live appointment
    with its client as `slot.live` (0 or 1); None if there is none. Three queries.

    Each appointment says by `name_released` whether the clinic may know the name now.
    """
    planned, seen = (places_of(user.held, each) for each in (Permission.PLAN_HOURS, Permission.VIEW_HOURS))
    for row in fetch(VISIBLE, _values(pk, planned, seen)):
        own, site, facility, person, room = parts(row, HOUR, SITE, FACILITY, PERSON, ROOM)
        hour = made(ConsultationHour, HOUR, own)
        hour.site = made(Site, SITE, site)
        hour.site.facility = made(Facility, FACILITY, facility)
        hour.psychiatrist, hour.room = made(User, PERSON, person), made(Room, ROOM, room)
        prefetch_related_objects([hour], "slots")
        live = _live(hour, now)
        for slot in hour.slots.all():
            slot.live = live[slot.pk]  # type: ignore[attr-defined]
        return hour
    return None


def _values(pk: int, planned: Places, seen: Places) -> dict[str, Any]:
    return {
        "pk": pk,
        "planned_clinics": planned.clinics,
        "planned_facilities": planned.facilities,
        **dataclasses.asdict(seen),
    }


def _live(hour: ConsultationHour, now: datetime) -> dict[int, list[Appointment]]:
    """By key of the slot."""
    found: dict[int, list[Appointment]] = defaultdict(list)
    for row in fetch(LIVE, {"hour": hour.pk, "now": now}):
        own, person, (released,) = parts(row, APPOINTMENT, CLIENT, (1,))
        appointment = made(Appointment, APPOINTMENT, own)
        client = made(Client, CLIENT, person)
        client.name = _NAME.from_db_value(client.name, None, connection)
        appointment.client, appointment.name_released = client, released  # type: ignore[attr-defined]
        found[appointment.slot_id].append(appointment)
    return found
