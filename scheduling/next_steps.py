"""After an appointment: nothing, a follow-up here, further treatment in the PIA, or waiting again.

The only thing that is kept of it is which of these, a date, and one line from a short list: no clinical text.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from scheduling import booking, changelog, waiting
from scheduling.attending import NextStepDecided
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ChangeKind,
    Client,
    Handover,
    NextStep,
    Slot,
)
from sites.models import User
from sites.refusals import Refusal

LATEST_DAYS = 366


class NotDone(Refusal):
    code = "not_done"
    sentence = "Das geht erst, wenn der Termin als «fertig» eingetragen ist."


class PiaDateWrong(Refusal):
    code = "pia_date_wrong"
    sentence = "Das Datum muss zwischen heute und in einem Jahr liegen. Bitte wählen Sie einen anderen Tag."


@transaction.atomic
def end_here(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Nothing follows. Raises NotDone, NextStepDecided."""
    current = _to_decide(appointment, NextStep.NOTHING)
    return current if current.next_step else _decide(current, NextStep.NOTHING, by, now)


@transaction.atomic
def refer_to_pia(
    *, appointment: Appointment, pia_date: date, handover: Handover | None, by: User, now: datetime
) -> Appointment:
    """Further treatment in the clinic's outpatient unit from `pia_date` on (the facility's calendar).

    Raises NotDone, NextStepDecided, PiaDateWrong.
    """
    current = _to_decide(appointment, NextStep.PIA)
    if current.next_step:
        return current
    today = now.astimezone(current.slot.site.zone).date()
    if not 0 <= (pia_date - today).days <= LATEST_DAYS:
        raise PiaDateWrong
    current.pia_date = pia_date
    current.handover = handover.value if handover else ""
    data = {"date": pia_date.isoformat(), "handover": current.handover}
    return _decide(current, NextStep.PIA, by, now, data)


@transaction.atomic
def book_follow_up(*, appointment: Appointment, slot: Slot, by: User, now: datetime) -> Appointment:
    """Books `slot` for the same client; the new appointment.

    Raises NotDone, NextStepDecided and what `booking.book` raises.
    """
    # The client's row keeps a second tap waiting; the appointment's is locked last, after hour and slot.
    client = _lock_client(appointment)
    before = Appointment.objects.select_related("follow_up").get(pk=appointment.pk)
    if before.follow_up is not None and before.follow_up.slot_id == slot.pk:
        return before.follow_up
    if before.next_step:
        raise NextStepDecided
    booked = booking.book(slot=slot, client=client, by=by, now=now)
    current = _to_decide(appointment, NextStep.FOLLOW_UP)
    current.follow_up = booked
    _decide(current, NextStep.FOLLOW_UP, by, now, {"appointment": booked.pk})
    return booked


@transaction.atomic
def wait_again(
    *, appointment: Appointment, appointment_type: AppointmentType, by: User, now: datetime
) -> Appointment:
    """Back to the site's waiting list, for a slot of that type. Raises NotDone, NextStepDecided."""
    current = _to_decide(appointment, NextStep.WAITING)
    if current.next_step:
        return current
    entry = waiting.add(
        client=current.client, site=current.slot.site, appointment_type=appointment_type, by=by, now=now
    )
    return _decide(current, NextStep.WAITING, by, now, {"waiting": entry.pk, "type": appointment_type.value})


def _to_decide(appointment: Appointment, step: NextStep) -> Appointment:
    """The appointment, its client locked before it; decided already only if for the same step."""
    _lock_client(appointment)
    current = (
        Appointment.objects.select_related("client", "slot__site__facility", "follow_up")
        .select_for_update(of=("self",))
        .get(pk=appointment.pk)
    )
    if current.status != AppointmentStatus.FULFILLED:
        raise NotDone
    if current.next_step not in ("", step.value):
        raise NextStepDecided
    return current


def _lock_client(appointment: Appointment) -> Client:
    return Client.objects.select_for_update(no_key=True).get(pk=appointment.client_id)


def _decide(
    appointment: Appointment,
    step: NextStep,
    by: User,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> Appointment:
    appointment.next_step = step.value
    appointment.next_step_at, appointment.next_step_by = now, by
    appointment.save()
    change = changelog.appointment_change(
        ChangeKind.NEXT_STEP,
        appointment,
        appointment.slot,
        by=by,
        now=now,
        data={"step": step.value, **(data or {})},
    )
    change.planned_at = now  # what has to be told, the booking's own change tells
    changelog.record([change])
    return appointment
