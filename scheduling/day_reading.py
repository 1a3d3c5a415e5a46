"""What the pages of a day read about its hours.

By plain SQL in three statements (see `scheduling.plain_sql`).
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentStatus,
    Client,
    ConsultationHour,
    Slot,
    WaitingEntry,
    WalkIn,
)
from scheduling.plain_sql import columns, fetch, made, names, parts
from scheduling.selectors import RELEASE_STANDS
from sites.access import Places
from sites.models import Facility, Room, Site, User

SLOT = ("id", "hour_id", "site_id", "starts_at", "ends_at", "appointment_type", "state", "held_until")
# Where somebody is; as read of an appointment and of a walk-in alike.
ENTRY = (
    *("id", "slot_id", "client_id", "status", "arrived_at", "started_at", "ended_at"),
    *("next_step", "next_step_at", "pia_date", "handover"),
)
BOOKED = ("appointment_type", "starts_at", "confirmed_at")
# What the day never shows is not read, and so not opened either.
CLIENT = (
    *("id", "code", "name", "language", "needs_interpreter", "wants_companion"),
    *("insurance", "insurance_quarter"),
)


HOUR = (
    *("id", "site_id", "psychiatrist_id", "room_id", "starts_at", "ends_at", "status"),
    *("late_minutes", "late_at"),
)
SITE = ("id", "name", "clinic_id", "facility_id")
FACILITY = ("id", "name", "time_zone")
PERSON = ("id", "display_name")
ROOM = ("id", "name")

# Published and held hours with what is shown of them, at the sites of some clinics and facilities.
HOURS = f"""
SELECT {columns("hour", HOUR)}, {columns("site", SITE)}, {columns("facility", FACILITY)},
    {columns("person", PERSON)}, {columns("room", ROOM)}, late_by.display_name
FROM scheduling_consultationhour hour
JOIN pia_sites_site site ON site.id = hour.site_id
JOIN pia_sites_facility facility ON facility.id = site.facility_id
JOIN pia_sites_user person ON person.id = hour.psychiatrist_id
JOIN pia_sites_room room ON room.id = hour.room_id
LEFT JOIN pia_sites_user late_by ON late_by.id = hour.late_by_id
WHERE hour.status IN ({", ".join(f"'{status}'" for status in TAKES_TIME)})
    AND (site.clinic_id = ANY(%(clinics)s) OR site.facility_id = ANY(%(facilities)s))
    AND (hour.id = %(hour)s OR hour.starts_at BETWEEN %(first)s AND %(last)s)
ORDER BY hour.starts_at, hour.id
"""  # noqa: S608 -- constants only

# Slots with the appointment that each carries, then walk-ins.
ROWS = f"""
SELECT entry.*, {columns("client", CLIENT)}
FROM (
    SELECT {columns("slot", SLOT)}, {columns("entry", ENTRY)}, entry.follow_up_id,
        {columns("entry", BOOKED)}, 0
    FROM scheduling_slot slot
    LEFT JOIN scheduling_appointment entry
        ON entry.slot_id = slot.id AND NOT entry.status = '{AppointmentStatus.CANCELLED.value}'
    WHERE slot.hour_id = ANY(%(hours)s)
    UNION ALL
    SELECT NULL, entry.hour_id, NULL, NULL, NULL, NULL, NULL, NULL, {columns("entry", ENTRY)},
        entry.follow_up_id, NULL, NULL, NULL, entry.number
    FROM scheduling_walkin entry
    WHERE entry.hour_id = ANY(%(hours)s)
) entry ({names("slot", SLOT)}, {names("entry", (*ENTRY, "follow_up_id", *BOOKED))}, number)
LEFT JOIN scheduling_client client ON client.id = entry.entry_client_id
ORDER BY entry.slot_starts_at, entry.number
"""  # noqa: S608 -- constants only

# Of those clients: where and when they were seen, their follow-ups, and who may know their names; and who
# waits at those sites.
AROUND = f"""
SELECT 'appointment', appointment.id, appointment.client_id, slot.site_id, appointment.starts_at,
    appointment.status, ''
FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
WHERE appointment.client_id = ANY(%(clients)s) AND (
    appointment.status = '{AppointmentStatus.FULFILLED.value}' AND slot.site_id = ANY(%(sites)s)
    OR appointment.id = ANY(%(follow_ups)s)
)
UNION ALL
SELECT 'release', release.id, release.client_id, release.clinic_id, NULL, '', ''
FROM scheduling_release release
JOIN pia_sites_facility facility ON facility.id = pia_facility_of_client(release.client_id)
WHERE release.client_id = ANY(%(clients)s) AND {RELEASE_STANDS}
UNION ALL
SELECT 'waiting', entry.id, entry.client_id, entry.site_id, entry.since_at, entry.appointment_type,
    client.code
FROM scheduling_waitingentry entry JOIN scheduling_client client ON client.id = entry.client_id
WHERE entry.closed_at IS NULL AND entry.site_id = ANY(%(sites)s)
ORDER BY 5
"""  # noqa: S608 -- constants only


@dataclasses.dataclass(frozen=True)
class Hours:
    """Which hours: one by its key, or those that begin between two instants."""

    hour: int | None = None
    first: datetime | None = None
    last: datetime | None = None


@dataclasses.dataclass
class Day:
    """What was read of some hours, by the keys of slots, hours, clients and sites."""

    slots: dict[int, list[Slot]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    appointments: dict[int, Appointment] = dataclasses.field(default_factory=dict)
    walk_ins: dict[int, list[WalkIn]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    waiting: dict[int, list[WaitingEntry]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    follow_up_of: dict[Appointment | WalkIn, int] = dataclasses.field(default_factory=dict)
    starts: dict[int, datetime] = dataclasses.field(default_factory=dict)
    seen_at: dict[tuple[int, int], list[datetime]] = dataclasses.field(
        default_factory=lambda: defaultdict(list)
    )
    released: set[tuple[int, int]] = dataclasses.field(default_factory=set)

    def may_name(self, client: Client, hour: ConsultationHour) -> bool:
        return (client.pk, hour.site.clinic_id) in self.released

    def contacts_before(self, appointment: Appointment, hour: ConsultationHour) -> int:
        seen = self.seen_at.get((appointment.client_id, hour.site_id), ())
        return len([start for start in seen if start < appointment.starts_at])

    def follow_up_at(self, entry: Appointment | WalkIn) -> datetime | None:
        return self.starts.get(self.follow_up_of.get(entry, 0))


def read_hours(which: Hours, places: Places) -> list[ConsultationHour]:
    """In order of start, each with site, facility, psychiatrist, room and `late_by_name`; one query."""
    values = {**dataclasses.asdict(which), **dataclasses.asdict(places)}
    return [_hour(row) for row in fetch(HOURS, values)]


def _hour(values: Sequence[Any]) -> ConsultationHour:
    hour, site, facility, person, room, (late_by_name,) = parts(
        values, HOUR, SITE, FACILITY, PERSON, ROOM, (1,)
    )
    read = made(ConsultationHour, HOUR, hour)
    read.site = made(Site, SITE, site)
    read.site.facility = made(Facility, FACILITY, facility)
    read.psychiatrist, read.room = made(User, PERSON, person), made(Room, ROOM, room)
    read.late_by_name = late_by_name  # type: ignore[attr-defined]
    return read


def read(hours: Collection[ConsultationHour], *, now: datetime) -> Day:
    """In two queries for any number of hours, in none for no hour."""
    day = Day()
    if not hours:
        return day
    clients: set[int] = set()
    for values in fetch(ROWS, {"hours": [hour.pk for hour in hours]}):
        clients.add(_take_row(day, values) or 0)
    known = {
        "clients": list(clients),
        "follow_ups": list(day.follow_up_of.values()),
        "sites": list({hour.site_id for hour in hours}),
        "now": now,
    }
    for kind, *rest in fetch(AROUND, known):
        _TAKE[kind](day, *rest)
    return day


def _take_row(day: Day, values: Sequence[Any]) -> int | None:
    """Puts one of ROWS where it belongs; the key of its client."""
    slot, entry, (follow_up,), booked, (number,), person = parts(
        values, SLOT, ENTRY, (1,), BOOKED, (1,), CLIENT
    )
    client = _client(person) if person[0] is not None else None
    if slot[0] is None:
        walk_in = made(WalkIn, (*ENTRY, "number", "hour_id"), (*entry, number, slot[1]))
        walk_in.client = client
        day.walk_ins[slot[1]].append(walk_in)
        if follow_up:
            day.follow_up_of[walk_in] = follow_up
        return person[0]
    day.slots[slot[1]].append(made(Slot, SLOT, slot))
    if client is not None:
        appointment = made(Appointment, (*ENTRY, *BOOKED), (*entry, *booked))
        appointment.client = client
        day.appointments[slot[0]] = appointment
        if follow_up:
            day.follow_up_of[appointment] = follow_up
    return person[0]


_NAME: Any = Client._meta.get_field("name")


def _client(values: Sequence[Any]) -> Client:
    client = made(Client, CLIENT, values)
    client.name = _NAME.from_db_value(client.name, None, connection)
    return client


# -- what stands around -------------------------------------------------------------------------------


def _take_appointment(
    day: Day, pk: int, client: int, site: int, starts_at: datetime, status: str, _: str
) -> None:
    day.starts[pk] = starts_at
    if status == AppointmentStatus.FULFILLED:
        day.seen_at[client, site].append(starts_at)


def _take_release(day: Day, pk: int, client: int, clinic: int, *_: Any) -> None:
    day.released.add((client, clinic))


def _take_waiting(
    day: Day, pk: int, client: int, site: int, since_at: datetime, appointment_type: str, code: str
) -> None:
    entry = WaitingEntry(pk=pk, site_id=site, appointment_type=appointment_type, since_at=since_at)
    entry.client = Client(pk=client, code=code)
    day.waiting[site].append(entry)


_TAKE: dict[str, Callable[..., None]] = {
    "appointment": _take_appointment,
    "release": _take_release,
    "waiting": _take_waiting,
}
