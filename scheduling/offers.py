"""What a page may offer on an hour, a slot or an appointment: only what the command would not refuse.

The commands decide again, under their locks; this keeps people from being sent there in vain.
"""

import dataclasses
from collections.abc import Collection
from datetime import datetime

from scheduling.collisions import Collision
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from sites.models import User


@dataclasses.dataclass(frozen=True)
class HourOffers:
    """Which of the planner's commands make sense on an hour now."""

    publish: bool = False
    publish_anyway: bool = False
    skip: bool = False
    withdraw: bool = False
    restore: bool = False
    change: bool = False

    @property
    def any(self) -> bool:
        return self != HourOffers()


def for_hour(hour: ConsultationHour, found: Collection[Collision], *, now: datetime) -> HourOffers:
    """The offers on `hour` (with its slots at hand), against which `found` speaks."""
    ahead = hour.starts_at > now
    if hour.status == HourStatus.DRAFT:
        decidable = not any(collision.is_final for collision in found)
        return HourOffers(
            publish=ahead and not found,
            publish_anyway=ahead and bool(found) and decidable,
            skip=True,
        )
    if hour.status == HourStatus.PUBLISHED:
        booked = any(slot.state == SlotState.BUSY for slot in hour.slots.all())
        return HourOffers(withdraw=ahead and not booked, change=ahead)
    return HourOffers(restore=is_skipped(hour) and ahead)


def is_skipped(hour: ConsultationHour) -> bool:
    """Whether `hour` was left out as a draft, so that no facility ever saw it."""
    return hour.status == HourStatus.CANCELLED and hour.published_at is None


def can_book(hour: ConsultationHour, slot: Slot, *, now: datetime, by: User | None = None) -> bool:
    """Whether `slot` of `hour` can be booked; by `by` also if they hold it."""
    is_mine = by is not None and slot.state == SlotState.HELD and slot.held_by_id == by.pk
    return (
        hour.status == HourStatus.PUBLISHED
        and (is_mine or slot.state_at(now) == SlotState.FREE)
        and slot.appointment_type != AppointmentType.OPEN
        and slot.starts_at > now
    )


def can_change(appointment: Appointment, *, now: datetime) -> bool:
    """Whether `appointment` can be cancelled or moved."""
    return appointment.status == AppointmentStatus.BOOKED and appointment.starts_at > now
