"""Who is next: the order of the waiting list, and the words that explain it. Pure functions of facts.

1. Who has a deadline within URGENT_DAYS (the day of discharge, the last day of a medication; the earlier of
   the two, also one that has passed) comes before all others, the earliest deadline first.
2. The others, and who has the same deadline, by the day on which they asked, the earliest first.
3. Who asked on the same day, by when they were put on the list.

Nothing else counts: no diagnosis, no behaviour, no opinion of who is worthy.
"""

import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from scheduling.models import DayPart, PassReason, Slot, WaitingEntry

URGENT_DAYS = 28

NOON, AFTER_NOON = datetime.time(12), datetime.time(14)

Place = tuple[int, datetime.date, datetime.date, datetime.datetime, int]


class Facts(Protocol):
    """What the order asks of a WaitingEntry: also of one that was read without being made into one."""

    @property
    def pk(self) -> int: ...
    @property
    def since_at(self) -> datetime.datetime: ...
    @property
    def requested_date(self) -> datetime.date | None: ...
    @property
    def discharge_date(self) -> datetime.date | None: ...
    @property
    def medication_until_date(self) -> datetime.date | None: ...


def deadline(entry: Facts) -> datetime.date | None:
    """The day by which `entry` needs an appointment, whether it is near or not."""
    days = [day for day in (entry.discharge_date, entry.medication_until_date) if day is not None]
    return min(days, default=None)


def is_urgent(entry: Facts, today: datetime.date) -> bool:
    by = deadline(entry)
    return by is not None and by <= today + datetime.timedelta(days=URGENT_DAYS)


def asked_on(entry: Facts, zone: ZoneInfo) -> datetime.date:
    """The day on which they asked: the one that was noted, else the one they were put on the list."""
    return entry.requested_date or entry.since_at.astimezone(zone).date()


def place(entry: Facts, today: datetime.date, zone: ZoneInfo) -> Place:
    """What to sort by: the smallest is next."""
    asked = asked_on(entry, zone)
    by = deadline(entry)
    if by is not None and is_urgent(entry, today):
        return (0, by, asked, entry.since_at, entry.pk)
    return (1, asked, asked, entry.since_at, entry.pk)


def why(entry: Facts, today: datetime.date, zone: ZoneInfo) -> str:
    """Why `entry` stands where it stands, for the page."""
    asked = f"Hat am {asked_on(entry, zone):%d.%m.%Y} gefragt."
    if not is_urgent(entry, today):
        return f"{asked} Ohne nahe Frist zählt, wer zuerst gefragt hat."
    facts = []
    if entry.medication_until_date is not None and entry.medication_until_date == deadline(entry):
        facts.append(f"Das Medikament reicht bis {entry.medication_until_date:%d.%m.%Y}.")
    if entry.discharge_date is not None and entry.discharge_date == deadline(entry):
        facts.append(f"Entlassung am {entry.discharge_date:%d.%m.%Y}.")
    return f"{' '.join(facts)} Fristen in den nächsten vier Wochen gehen vor, die früheste zuerst."


def day_part_of(instant: datetime.datetime, zone: ZoneInfo) -> DayPart:
    clock = instant.astimezone(zone).time()
    if clock < NOON:
        return DayPart.MORNING
    return DayPart.MIDDAY if clock < AFTER_NOON else DayPart.AFTERNOON


def misfit(entry: WaitingEntry, slot: Slot, zone: ZoneInfo) -> PassReason | None:
    """Which wish of `entry` speaks against `slot`, if one does."""
    day = slot.starts_at.astimezone(zone).date()
    if entry.earliest_date is not None and day < entry.earliest_date:
        return PassReason.TOO_EARLY
    if entry.latest_date is not None and day > entry.latest_date:
        return PassReason.TOO_LATE
    if entry.day_parts and day_part_of(slot.starts_at, zone) not in entry.day_parts:
        return PassReason.DAY_PART
    return None
