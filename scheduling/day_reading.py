"""What the pages of a day read about its hours.

By plain SQL in two statements: to compose and join the same by the ORM on each look costs several times what
the database takes. Row-level security holds for them as for any other.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models

from scheduling.models import (
    Appointment,
    AppointmentStatus,
    Client,
    ConsultationHour,
    Slot,
    WaitingEntry,
    WalkIn,
)
from scheduling.selectors import RELEASE_STANDS

Row = TypeVar("Row", bound=models.Model)

SLOT = ("id", "hour_id", "site_id", "starts_at", "ends_at", "appointment_type", "state", "held_until")
# Where somebody is; as read of an appointment and of a walk-in alike.
ENTRY = ("id", "slot_id", "client_id", "status", "arrived_at", "started_at", "ended_at")
DECIDED = ("appointment_type", "starts_at", "confirmed_at", "next_step", "pia_date", "handover")
# What the day never shows is not read, and so not opened either.
CLIENT = (
    *("id", "code", "name", "language", "needs_interpreter", "wants_companion"),
    *("insurance", "insurance_quarter"),
)


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


# Slots with the appointment that each carries, then walk-ins.
ROWS = f"""
SELECT {_columns("slot", SLOT)}, {_columns("entry", ENTRY)}, {_columns("entry", DECIDED)},
    entry.follow_up_id, 0, {_columns("client", CLIENT)}
FROM scheduling_slot slot
LEFT JOIN scheduling_appointment entry
    ON entry.slot_id = slot.id AND NOT entry.status = '{AppointmentStatus.CANCELLED.value}'
LEFT JOIN scheduling_client client ON client.id = entry.client_id
WHERE slot.hour_id = ANY(%(hours)s)
UNION ALL
SELECT NULL, entry.hour_id, NULL, NULL, NULL, NULL, NULL, NULL, {_columns("entry", ENTRY)},
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, entry.number, {_columns("client", CLIENT)}
FROM scheduling_walkin entry LEFT JOIN scheduling_client client ON client.id = entry.client_id
WHERE entry.hour_id = ANY(%(hours)s)
ORDER BY 4, {len(SLOT) + len(ENTRY) + len(DECIDED) + 2}
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


@dataclasses.dataclass
class Day:
    """What was read of some hours, by the keys of slots, hours, clients and sites."""

    slots: dict[int, list[Slot]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    appointments: dict[int, Appointment] = dataclasses.field(default_factory=dict)
    walk_ins: dict[int, list[WalkIn]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    waiting: dict[int, list[WaitingEntry]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    follow_up_of: dict[int, int] = dataclasses.field(default_factory=dict)
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

    def follow_up_at(self, appointment: Appointment) -> datetime | None:
        return self.starts.get(self.follow_up_of.get(appointment.pk, 0))


def read(hours: Collection[ConsultationHour], *, now: datetime) -> Day:
    """In two queries for any number of hours, in none for no hour."""
    day = Day()
    if not hours:
        return day
    clients: set[int] = set()
    for values in _fetch(ROWS, {"hours": [hour.pk for hour in hours]}):
        clients.add(_take_row(day, values) or 0)
    known = {
        "clients": list(clients),
        "follow_ups": list(day.follow_up_of.values()),
        "sites": list({hour.site_id for hour in hours}),
        "now": now,
    }
    for kind, *rest in _fetch(AROUND, known):
        _TAKE[kind](day, *rest)
    return day


def _fetch(sql: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()


def _take_row(day: Day, values: Sequence[Any]) -> int | None:
    """Puts one of ROWS where it belongs; the key of its client."""
    parts, start = [], 0
    for length in (len(SLOT), len(ENTRY), len(DECIDED), 2, len(CLIENT)):
        parts.append(values[start : start + length])
        start += length
    slot, entry, decided, (follow_up, number), person = parts
    client = _client(person) if person[0] is not None else None
    if slot[0] is None:
        walk_in = _made(WalkIn, (*ENTRY, "number", "hour_id"), (*entry, number, slot[1]))
        walk_in.client = client
        day.walk_ins[slot[1]].append(walk_in)
        return person[0]
    day.slots[slot[1]].append(_made(Slot, SLOT, slot))
    if client is not None:
        appointment = _made(Appointment, (*ENTRY, *DECIDED), (*entry, *decided))
        appointment.client = client
        day.appointments[slot[0]] = appointment
        if follow_up:
            day.follow_up_of[appointment.pk] = follow_up
    return person[0]


def _made(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """An instance as the ORM would have read it; what was not read is read when it is asked for."""
    by_name = dict(zip(names, values, strict=True))
    names = [field.attname for field in model._meta.concrete_fields if field.attname in by_name]
    return model.from_db(connection.alias, names, [by_name[name] for name in names])


_NAME: Any = Client._meta.get_field("name")


def _client(values: Sequence[Any]) -> Client:
    client = _made(Client, CLIENT, values)
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
