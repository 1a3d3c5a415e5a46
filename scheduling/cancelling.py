"""Cancelling a published hour, and holding it another day instead."""

import dataclasses
from datetime import date, datetime, timedelta

from django.db import transaction

from scheduling import changelog, disruptions, recurrence
from scheduling.disruptions import Whole
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    CancelReason,
    Change,
    ChangeKind,
    ConsultationHour,
    HourCancelReason,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.versioning import bump_sequence
from sites.models import User
from sites.refusals import Refusal


class ReplacementOnSameDay(Refusal):
    code = "replacement_on_same_day"
    sentence = (
        "Der Ersatztermin liegt am selben Tag. Bitte wählen Sie einen anderen Tag, "
        "oder verlegen Sie die Sprechstunde."
    )


@dataclasses.dataclass(frozen=True)
class CancelledHour:
    """What cancelling did: the appointments are in `replacement` now, or cancelled if there is none."""

    hour: ConsultationHour
    replacement: ConsultationHour | None
    appointments: list[Appointment]


@transaction.atomic
def cancel_hour(
    *,
    hour: ConsultationHour,
    reason: HourCancelReason,
    replacement_date: date | None = None,
    seen: str | None = None,
    by: User,
    now: datetime,
) -> CancelledHour:
    """Cancels a published hour that has not begun, with all its appointments.

    With `replacement_date` a new hour is published there: same clock, room, person and slots, and each
    appointment moves to the slot that matches its own. `seen` is the `disruptions.Whole.state` of a preview.
    Raises what `disruptions.lock` and `replacement_of` raise, and ClientsElsewhere.
    """
    whole = disruptions.lock(hour, seen=seen, now=now)
    hour, appointments = whole.hour, whole.appointments
    replacement = replacement_of(whole, replacement_date, now=now) if replacement_date else None
    _set_cancelled(hour, by=by, now=now)
    if replacement is not None:
        _publish(replacement, by=by, now=now)
    cause = disruptions.hour_caused(
        ChangeKind.HOUR_CANCELLED,
        hour,
        by=by,
        now=now,
        data={
            "reason": reason.value,
            "appointments": len(appointments),
            "replacement": replacement.pk if replacement else None,
            **({"to": disruptions.span_of(replacement)} if replacement else {}),
        },
    )
    if replacement is None:
        changes = [_cancel(each, cause) for each in appointments]
        _free(hour)
    else:
        changes = _move_to(replacement, whole, cause)
    changelog.record(changes)
    return CancelledHour(hour, replacement, appointments)


def replacement_of(whole: Whole, day: date, *, now: datetime) -> ConsultationHour:
    """The unsaved hour on `day` that would replace this one.

    Raises ReplacementOnSameDay, DateOutOfReach, TimeTaken if the person or the room is taken then.
    """
    hour = whole.hour
    if day == hour.local_date:
        raise ReplacementOnSameDay
    disruptions.refuse_day(hour, day, now=now)
    local = hour.local_start
    starts_at = datetime.combine(day, local.time(), tzinfo=hour.zone).astimezone(hour.starts_at.tzinfo)
    replacement = ConsultationHour(
        site=hour.site,
        psychiatrist=hour.psychiatrist,
        room=hour.room,
        starts_at=starts_at,
        ends_at=starts_at + (hour.ends_at - hour.starts_at),
        replaces=hour,
    )
    disruptions.refuse_collisions(replacement)
    return replacement


def _set_cancelled(hour: ConsultationHour, *, by: User, now: datetime) -> None:
    hour.status = HourStatus.CANCELLED.value
    hour.cancelled_at, hour.cancelled_by = now, by
    bump_sequence(hour)
    hour.save(update_fields=["status", "cancelled_at", "cancelled_by", "sequence"])
    if hour.occurrence_id:
        recurrence.cancel(hour.occurrence_id)


def _publish(replacement: ConsultationHour, *, by: User, now: datetime) -> None:
    disruptions.hold_people_and_rooms(replacement)
    # Asked again under the locks: others may have published meanwhile.
    disruptions.refuse_collisions(replacement)
    replacement.status = HourStatus.PUBLISHED.value
    replacement.published_at, replacement.published_by = now, by
    replacement.save(force_insert=True)
    data = {"replaces": replacement.replaces_id}
    disruptions.hour_caused(ChangeKind.HOUR_PUBLISHED, replacement, by=by, now=now, data=data)


def _cancel(appointment: Appointment, cause: Change) -> Change:
    appointment.status = AppointmentStatus.CANCELLED.value
    appointment.cancelled_at, appointment.cancelled_by = cause.at, cause.by
    appointment.cancel_reason = CancelReason.CLINIC.value
    bump_sequence(appointment)
    appointment.save(update_fields=["status", "cancelled_at", "cancelled_by", "cancel_reason", "sequence"])
    data = {"reason": appointment.cancel_reason}
    return disruptions.caused(ChangeKind.CANCELLED, appointment, appointment.slot, cause=cause, data=data)


def _move_to(replacement: ConsultationHour, whole: Whole, cause: Change) -> list[Change]:
    """Gives `replacement` the slots of the hour, and its appointments their places in the same order."""
    delta = replacement.starts_at - whole.hour.starts_at
    old = list(whole.hour.slots.order_by("starts_at"))
    new = Slot.objects.bulk_create([_copy(slot, replacement, delta) for slot in old])
    slots = {before.pk: after for before, after in zip(old, new, strict=True)}
    changes = []
    if whole.appointments:
        changes = disruptions.move_block(whole.appointments, slots, cause=cause)
    _free(whole.hour)
    return changes


def _copy(slot: Slot, hour: ConsultationHour, delta: timedelta) -> Slot:
    # One that is held for somebody on the waiting list was held for the other day.
    state = SlotState.FREE.value if slot.state == SlotState.HELD else slot.state
    return Slot(
        hour=hour,
        site_id=hour.site_id,
        starts_at=slot.starts_at + delta,
        ends_at=slot.ends_at + delta,
        appointment_type=slot.appointment_type,
        state=state,
    )


def _free(hour: ConsultationHour) -> None:
    taken = [SlotState.BUSY.value, SlotState.HELD.value]
    hour.slots.filter(state__in=taken).update(state=SlotState.FREE, held_until=None, held_by=None)
