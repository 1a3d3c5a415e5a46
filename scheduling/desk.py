"""What the start page of a facility's desk shows: what is free next, and who comes today."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling.models import (
    OPEN,
    Appointment,
    AppointmentType,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.months import start_of_day
from scheduling.selectors import live_appointments
from sites.models import Site, User

# Of each type; enough for three clients to say no.
SLOTS_SHOWN = 6
# Zones of one country, and a day on which the clocks are put back.
LONGEST_DAY = timedelta(hours=28)


@dataclasses.dataclass(frozen=True)
class SlotShown:
    """A slot that `user` may book, or that is kept for somebody else (`held_until` says so)."""

    slot: Slot
    can_book: bool


@dataclasses.dataclass(frozen=True)
class SlotsOfType:
    label: str
    slots: tuple[SlotShown, ...]


def next_slots(user: User, sites: Sequence[Site], *, now: datetime) -> list[SlotsOfType]:
    """The next slots at `sites` that can be booked, by type, the earliest first; one query for each type.

    Those that are kept for somebody else stand among them: in two minutes they may be free.
    """
    return [
        SlotsOfType(str(kind.label), tuple(_shown(slot, user, now) for slot in _next(sites, kind, now)))
        for kind in AppointmentType
        if kind != AppointmentType.OPEN
    ]


def _next(sites: Sequence[Site], kind: AppointmentType, now: datetime) -> Sequence[Slot]:
    return (
        Slot.objects.filter(
            site__in=[site.pk for site in sites],
            state__in=OPEN,
            starts_at__gt=now,
            appointment_type=kind,
            hour__status=HourStatus.PUBLISHED,
        )
        .select_related("site__facility", "held_by")
        .order_by("starts_at", "pk")[:SLOTS_SHOWN]
    )


def _shown(slot: Slot, user: User, now: datetime) -> SlotShown:
    is_mine = slot.held_by == user
    return SlotShown(slot, can_book=is_mine or slot.state_at(now) == SlotState.FREE)


def today_at(sites: Sequence[Site], *, now: datetime) -> list[Appointment]:
    """The appointments of today at `sites` (at least one), by each site's calendar, in order of start."""
    first = min(start_of_day(now.astimezone(site.zone).date(), site.zone) for site in sites)
    found = (
        live_appointments()
        .filter(slot__site__in=[site.pk for site in sites])
        .filter(starts_at__gte=first, starts_at__lt=first + LONGEST_DAY)
        .select_related("client", "slot__site__facility")
        .order_by("starts_at", "pk")
    )
    return [each for each in found if each.local_start.date() == now.astimezone(each.slot.site.zone).date()]
