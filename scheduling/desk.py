"""What the start page of a facility's desk shows: what is free next, and who comes today."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from scheduling.models import Appointment, AppointmentType, Client, Slot, SlotState
from scheduling.months import start_of_day
from scheduling.plain_sql import fetch
from sites.models import Site, User

# Of each type; enough for three clients to say no.
SLOTS_SHOWN = 6
# Zones of one country, and a day on which the clocks are put back.
LONGEST_DAY = timedelta(hours=28)


@dataclasses.dataclass(frozen=True)
class SlotShown:
    """A slot that can be booked, or that is kept for somebody else: for whom, if it is one of the staff."""

    slot: Slot
    can_book: bool
    held_by: str


@dataclasses.dataclass(frozen=True)
class SlotsOfType:
    label: str
    slots: tuple[SlotShown, ...]


# Of each type its next slots. By plain SQL, as the rest of the start page.
NEXT = """
SELECT slot.id, slot.hour_id, slot.site_id, slot.starts_at, slot.ends_at, slot.appointment_type, slot.state,
    slot.held_until, slot.held_by_id, person.display_name
FROM unnest(%(kinds)s::text[]) kind
CROSS JOIN LATERAL (
    SELECT slot.* FROM scheduling_slot slot
    JOIN scheduling_consultationhour hour ON hour.id = slot.hour_id AND hour.status = 'published'
    WHERE slot.site_id = ANY(%(sites)s) AND slot.state IN ('free', 'held')
      AND slot.appointment_type = kind AND slot.starts_at > %(now)s
    ORDER BY slot.starts_at, slot.id LIMIT %(limit)s
) slot
LEFT JOIN pia_sites_user person ON person.id = slot.held_by_id
ORDER BY slot.starts_at, slot.id
"""
TODAY = """
SELECT entry.id, entry.slot_id, entry.client_id, entry.starts_at, entry.ends_at, entry.appointment_type,
    entry.status, slot.site_id, client.code, client.name
FROM scheduling_appointment entry
JOIN scheduling_slot slot ON slot.id = entry.slot_id
JOIN scheduling_client client ON client.id = entry.client_id
WHERE slot.site_id = ANY(%(sites)s) AND slot.starts_at >= %(first)s AND slot.starts_at < %(last)s
  AND entry.status <> 'cancelled'
ORDER BY entry.starts_at, entry.id
"""


def next_slots(user: User, sites: Sequence[Site], *, now: datetime) -> list[SlotsOfType]:
    """The next slots at `sites` that can be booked, by type, the earliest first; one query.

    Those that are kept for somebody else stand among them: in two minutes they may be free.
    """
    kinds = [kind for kind in AppointmentType if kind != AppointmentType.OPEN]
    values: dict[str, Any] = {"kinds": [kind.value for kind in kinds], "now": now, "limit": SLOTS_SHOWN}
    by_key = {site.pk: site for site in sites}
    shown = [_shown(row, by_key, user, now) for row in fetch(NEXT, values | {"sites": list(by_key)})]
    return [
        SlotsOfType(str(kind.label), tuple(each for each in shown if each.slot.appointment_type == kind))
        for kind in kinds
    ]


def _shown(row: Sequence[Any], sites: Mapping[int, Site], user: User, now: datetime) -> SlotShown:
    names = ("id", "hour_id", "site_id", "starts_at", "ends_at", "appointment_type", "state")
    slot = Slot(**dict(zip(names, row, strict=False)), held_until=row[7], held_by_id=row[8])
    slot.site = sites[slot.site_id]
    is_mine = slot.held_by_id == user.pk
    can_book = is_mine or slot.state_at(now) == SlotState.FREE
    return SlotShown(slot, can_book=can_book, held_by=row[9] or "")


def today_at(sites: Sequence[Site], *, now: datetime) -> list[Appointment]:
    """The appointments of today at `sites` (at least one), by each site's calendar, in order; one query."""
    by_key = {site.pk: site for site in sites}
    first = min(start_of_day(now.astimezone(site.zone).date(), site.zone) for site in sites)
    values = {"sites": list(by_key), "first": first, "last": first + LONGEST_DAY}
    found = [_appointment(row, by_key) for row in fetch(TODAY, values)]
    return [each for each in found if each.local_start.date() == now.astimezone(each.slot.site.zone).date()]


def _appointment(row: Sequence[Any], sites: Mapping[int, Site]) -> Appointment:
    name = Client._meta.get_field("name").from_db_value(row[9], None, connection)
    return Appointment(
        pk=row[0],
        slot=Slot(pk=row[1], site=sites[row[7]]),
        client=Client(pk=row[2], code=row[8], name=name or ""),
        starts_at=row[3],
        ends_at=row[4],
        appointment_type=row[5],
        status=row[6],
    )
