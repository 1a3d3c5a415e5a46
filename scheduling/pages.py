"""What each page shows: hours with what speaks against them, and slots as the person who looks may see them.

Reads go through the querysets of `selectors`; each function costs a constant number of queries.
"""

import dataclasses
from calendar import Calendar
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import prefetch_related_objects
from django.utils.dates import MONTHS
from django.utils.functional import Promise

from scheduling import collisions, month_reading, offers, publishing
from scheduling.collisions import Collision
from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentType,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.months import Month
from scheduling.plain_sql import fetch
from sites.access import Permission, permissions_at, sites_of
from sites.models import Membership, Site, User

Permissions = Collection[Permission]


@dataclasses.dataclass(frozen=True)
class SlotRow:
    """A slot as one person sees it: `appointment` only for those who may know of it."""

    slot: Slot
    appointment: Appointment | None
    can_book: bool
    shows_name: bool
    state: str
    state_label: str
    can_change: bool = False


@dataclasses.dataclass(frozen=True)
class HourShown:
    """An hour, what speaks against it, and its slots as one person sees them."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...] = ()
    rows: tuple[SlotRow, ...] = ()
    has_begun: bool = False
    is_over: bool = False

    @property
    def state(self) -> str:
        return "flagged" if self.needs_decision else self.hour.status

    @property
    def state_label(self) -> str:
        if self.needs_decision:
            return "Entwurf, zu klären"
        return "ausgelassen" if offers.is_skipped(self.hour) else self.hour.get_status_display()

    @property
    def needs_decision(self) -> bool:
        return bool(self.collisions) and self.hour.status == HourStatus.DRAFT

    @property
    def can_publish(self) -> bool:
        """Whether publishing the month publishes this hour."""
        return self.hour.status == HourStatus.DRAFT and not self.collisions and not self.has_begun

    @property
    def named_clients(self) -> list[int]:
        """The keys of the clients whose name is shown."""
        shown = [row.appointment.client for row in self.rows if row.appointment and row.shows_name]
        return [client.pk for client in shown if client.name]

    @property
    def is_draft_to_come(self) -> bool:
        return self.hour.status == HourStatus.DRAFT and not self.has_begun

    @property
    def can_be_rearranged(self) -> bool:
        return self.hour.status in (HourStatus.DRAFT, HourStatus.PUBLISHED) and not self.has_begun

    @property
    def takes_place(self) -> bool:
        return self.hour.status != HourStatus.CANCELLED


@dataclasses.dataclass(frozen=True)
class PlannedHour:
    """An hour that proposing would draft: nothing of it is stored yet."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...]
    slots: tuple[Slot, ...]


# -- overview -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class SiteShown:
    """A site, its next published hour (with the counts of `with_counts`), and its first slot for a booker."""

    site: Site
    hour: ConsultationHour | None
    first_free: Slot | None


# Of each site its next hour, how much of that is taken, and its next slot. By plain SQL: the start page is
# asked for more than any other, and to compose this by the ORM costs several times what the database takes.
NEXT = """
SELECT site.id, hour.id, hour.starts_at, hour.ends_at, counted.bookable, counted.free, counted.busy,
    slot.id, slot.starts_at, slot.ends_at, slot.appointment_type
FROM pia_sites_site site
LEFT JOIN LATERAL (
    SELECT id, starts_at, ends_at FROM scheduling_consultationhour
    WHERE site_id = site.id AND status = 'published' AND ends_at > %(now)s
    ORDER BY starts_at, id LIMIT 1
) hour ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS bookable, count(*) FILTER (WHERE state = 'busy') AS busy,
        count(*) FILTER (WHERE state = 'free' OR state = 'held' AND held_until <= %(now)s) AS free
    FROM scheduling_slot WHERE hour_id = hour.id AND appointment_type <> 'open'
) counted ON true
LEFT JOIN LATERAL (
    SELECT slot.id, slot.starts_at, slot.ends_at, slot.appointment_type
    FROM scheduling_slot slot JOIN scheduling_consultationhour hour ON hour.id = slot.hour_id
    WHERE slot.site_id = site.id AND slot.state IN ('free', 'held')
      AND (slot.state = 'free' OR slot.held_until <= %(now)s)
      AND slot.starts_at > %(now)s AND slot.appointment_type <> 'open' AND hour.status = 'published'
    ORDER BY slot.starts_at, slot.id LIMIT 1
) slot ON true
WHERE site.id = ANY(%(sites)s)
"""


def overview(user: User, *, held: Collection[Membership], now: datetime) -> list[SiteShown]:
    """The sites of `user`, whose memberships are `held`, with what comes next at each; two queries."""
    sites = list(
        Site.objects.filter(sites_of(held, Permission.VIEW_HOURS))
        .select_related("clinic", "facility")
        .order_by("name")
    )
    may = permissions_at(user, sites, held=held)
    found = {row[0]: row[1:] for row in fetch(NEXT, {"now": now, "sites": [site.pk for site in sites]})}
    return [_site_shown(site, found[site.pk], Permission.BOOK in may[site.pk]) for site in sites]


def _site_shown(site: Site, row: Sequence[Any], may_book: bool) -> SiteShown:
    hour = slot = None
    if row[0] is not None:
        hour = ConsultationHour(pk=row[0], site=site, starts_at=row[1], ends_at=row[2])
        hour.slot_count, hour.free_count, hour.busy_count = row[3:6]  # type: ignore[attr-defined]
    if row[6] is not None and may_book:
        slot = Slot(pk=row[6], site=site, starts_at=row[7], ends_at=row[8], appointment_type=row[9])
    return SiteShown(site, hour, slot)


# -- month --------------------------------------------------------------------------------------------


def month_at(site: Site, month: Month, permissions: Permissions, *, now: datetime) -> list[HourShown]:
    """The hours of `month` at `site` that may be seen there with `permissions`, with slots but without
    appointments.

    Collisions are for those who plan there.
    """
    may_plan = Permission.PLAN_HOURS in permissions
    hours = month_reading.hours_at(site, month, may_plan=may_plan, now=now)
    prefetch_related_objects(hours, "slots")
    found = _collisions(hours, now) if may_plan else [()] * len(hours)
    return [_shown(hour, against, permissions, now) for hour, against in zip(hours, found, strict=True)]


def planned(hours: Sequence[ConsultationHour]) -> list[PlannedHour]:
    """Hours of `publishing.plan_month`, with what speaks against each and the slots that it would get."""
    return [
        PlannedHour(hour, found, tuple(publishing.planned_slots(hour)))
        for hour, found in zip(hours, collisions.find(hours), strict=True)
    ]


class OfHour(Protocol):
    @property
    def hour(self) -> ConsultationHour: ...


Entry = TypeVar("Entry", bound=OfHour)


@dataclasses.dataclass(frozen=True)
class Day(Generic[Entry]):
    """A day of a month's grid; days of the neighbouring months fill up the first and last week.

    `iso`, `number` and `month_name` are the date as the grid writes it: "2026-12-09", "9", "Dezember".
    """

    date: date
    iso: str
    number: str
    month_name: str | Promise
    in_month: bool
    entries: list[Entry]


def weeks_of(month: Month, entries: Collection[Entry]) -> list[list[Day[Entry]]]:
    """The weeks of `month`, Monday first, with the entries on their days."""
    by_date: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_date[entry.hour.local_date].append(entry)
    return [
        [_day(day, month, by_date[day]) for day in week]
        for week in Calendar(firstweekday=0).monthdatescalendar(month.year, month.number)
    ]


def _day(day: date, month: Month, entries: list[Entry]) -> Day[Entry]:
    return Day(
        date=day,
        iso=day.isoformat(),
        number=str(day.day),
        month_name=MONTHS[day.month],
        in_month=(day.year, day.month) == (month.year, month.number),
        entries=entries,
    )


# -- hour ---------------------------------------------------------------------------------------------


def hour_shown(hour: ConsultationHour, permissions: Permissions, *, now: datetime) -> HourShown:
    """One hour, as `hour_reading` gives it."""
    found = _collisions([hour], now)[0] if Permission.PLAN_HOURS in permissions else ()
    return _shown(hour, found, permissions, now)


def _collisions(hours: Sequence[ConsultationHour], now: datetime) -> list[tuple[Collision, ...]]:
    """What speaks against each of `hours`, as far as there is still something to decide."""
    return [
        found if hour.status != HourStatus.CANCELLED and hour.ends_at > now else ()
        for hour, found in zip(hours, collisions.find(hours), strict=True)
    ]


def _shown(
    hour: ConsultationHour, found: tuple[Collision, ...], permissions: Permissions, now: datetime
) -> HourShown:
    return HourShown(
        hour=hour,
        collisions=found,
        rows=tuple(_row(hour, slot, permissions, now) for slot in hour.slots.all()),
        has_begun=hour.starts_at <= now,
        is_over=hour.ends_at <= now,
    )


def _row(hour: ConsultationHour, slot: Slot, permissions: Permissions, now: datetime) -> SlotRow:
    live = getattr(slot, "live", []) if Permission.VIEW_APPOINTMENTS in permissions else []
    state, state_label = _state(hour, slot, now)
    return SlotRow(
        slot=slot,
        appointment=live[0] if live else None,
        can_book=Permission.BOOK in permissions and offers.can_book(hour, slot, now=now),
        # Who books there works in the facility, and knows its clients by name; the clinic by release only.
        shows_name=Permission.BOOK in permissions or any(each.name_released for each in live),
        state=state,
        state_label=state_label,
        can_change=Permission.BOOK in permissions and bool(live) and offers.can_change(live[0], now=now),
    )


def _state(hour: ConsultationHour, slot: Slot, now: datetime) -> tuple[str, str]:
    """The sign of a slot and its words; none where nobody could book anyway."""
    if hour.status not in TAKES_TIME or slot.appointment_type == AppointmentType.OPEN:
        return "", ""
    state = slot.state_at(now)
    if state == SlotState.FREE and slot.starts_at <= now:
        return "unused", "nicht belegt"
    return state.value, state.label
