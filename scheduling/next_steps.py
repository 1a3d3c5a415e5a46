"""When somebody is done: nothing, a follow-up here, further treatment in the PIA, or waiting again.

The same for who had an appointment and for who walked in, as soon as it is known who that is. The only thing
that is kept of it is which of these, a date, and one line from a short list: no clinical text.
"""

from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction

from scheduling import attending, booking, waiting
from scheduling.attending import UNDO_FOR, MoveImpossible, NextStepDecided, TooLateToUndo, hour_of
from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentStatus,
    AppointmentType,
    CancelReason,
    ChangeKind,
    Client,
    ClosedReason,
    Handover,
    NextStep,
    Slot,
    WaitingEntry,
    WalkIn,
    free_at,
)
from sites.models import Site, User
from sites.refusals import Refusal

LATEST_DAYS = 366
SLOTS_OFFERED = 6

Entry = TypeVar("Entry", bound=Appointment | WalkIn)


class NotDone(Refusal):
    code = "not_done"
    sentence = "Das geht erst, wenn hier «fertig» eingetragen ist."


class NobodyNamed(Refusal):
    code = "nobody_named"
    sentence = (
        "Dafür muss bekannt sein, um wen es geht. Die Einrichtung kann das Kürzel eintragen "
        "oder die Person neu anlegen."
    )


class PiaDateWrong(Refusal):
    code = "pia_date_wrong"
    sentence = "Das Datum muss zwischen heute und in einem Jahr liegen. Bitte wählen Sie einen anderen Tag."


class FollowUpStays(Refusal):
    code = "follow_up_stays"
    sentence = (
        "Der Folgetermin wurde inzwischen geändert oder hat schon begonnen, er bleibt deshalb bestehen. "
        "Soll er nicht stattfinden, sagt ihn die Einrichtung ab."
    )


def site_of(entry: Appointment | WalkIn) -> Site:
    return hour_of(entry).site


def slots_for_follow_up(entry: Appointment | WalkIn, *, now: datetime) -> list[Slot]:
    """The next free slots at the entry's site, follow-ups before others, each in order of start."""
    free = Slot.objects.filter(
        free_at(now),
        site=site_of(entry),
        starts_at__gt=now,
        hour__status__in=TAKES_TIME,
    ).select_related("site__facility", "hour__psychiatrist", "hour__room")
    of_type = free.filter(appointment_type=AppointmentType.FOLLOW_UP)
    others = free.filter(appointment_type=AppointmentType.FIRST)
    return list(of_type.order_by("starts_at")[:SLOTS_OFFERED]) or list(
        others.order_by("starts_at")[:SLOTS_OFFERED]
    )


def can_undo(entry: Appointment | WalkIn, *, now: datetime) -> bool:
    return entry.next_step_at is not None and now - entry.next_step_at <= UNDO_FOR


@transaction.atomic
def end_here(*, entry: Entry, by: User, now: datetime) -> Entry:
    """Nothing follows. Raises NotDone, NextStepDecided."""
    current = _to_decide(entry, NextStep.NOTHING)
    return current if current.next_step else _decide(current, NextStep.NOTHING, by, now)


@transaction.atomic
def refer_to_pia(
    *, entry: Entry, pia_date: date, handover: Handover | None, by: User, now: datetime
) -> Entry:
    """Further treatment in the clinic's outpatient unit from `pia_date` on (the facility's calendar).

    Raises NotDone, NobodyNamed, NextStepDecided, PiaDateWrong.
    """
    current = _to_decide(entry, NextStep.PIA)
    if current.next_step:
        return current
    today = now.astimezone(site_of(current).zone).date()
    if not 0 <= (pia_date - today).days <= LATEST_DAYS:
        raise PiaDateWrong
    current.pia_date = pia_date
    current.handover = handover.value if handover else ""
    return _decide(current, NextStep.PIA, by, now, date=pia_date.isoformat(), handover=current.handover)


@transaction.atomic
def book_follow_up(*, entry: Appointment | WalkIn, slot: Slot, by: User, now: datetime) -> Appointment:
    """Books `slot` for the same client; the new appointment.

    Raises NotDone, NobodyNamed, NextStepDecided and what `booking.book` raises.
    """
    # The client's row keeps a second tap waiting; the entry's is locked last, after hour and slot.
    _lock_client(entry)
    rows: Any = type(entry).objects.select_related("follow_up", "client")
    before = rows.get(pk=entry.pk)
    if before.follow_up is not None and before.follow_up.slot_id == slot.pk:
        booked: Appointment = before.follow_up
        return booked
    if before.next_step:
        raise NextStepDecided
    if before.client is None:
        raise NobodyNamed
    booked = booking.book(slot=slot, client=before.client, by=by, now=now)
    current = _to_decide(before, NextStep.FOLLOW_UP)
    current.follow_up = booked
    _decide(current, NextStep.FOLLOW_UP, by, now, appointment=booked.pk)
    return booked


@transaction.atomic
def wait_again(*, entry: Entry, appointment_type: AppointmentType, by: User, now: datetime) -> Entry:
    """Back to the site's waiting list, for a slot of that type.

    Raises NotDone, NobodyNamed, NextStepDecided, ClientClosed.
    """
    current = _to_decide(entry, NextStep.WAITING)
    if current.next_step or current.client is None:
        return current
    waits = waiting.add(
        client=current.client, site=site_of(current), appointment_type=appointment_type, by=by, now=now
    )
    return _decide(current, NextStep.WAITING, by, now, waiting=waits.pk, type=appointment_type.value)


@transaction.atomic
def undo(*, entry: Entry, seen: NextStep, by: User, now: datetime) -> Entry:
    """Takes back the decision for `seen` within ten minutes, and what came of it.

    A follow-up is cancelled as booked by mistake, and everyone who was told of it is told so; a wait that
    began with the decision ends. The same tap twice changes nothing. Raises NextStepDecided, TooLateToUndo,
    FollowUpStays.
    """
    current = _locked(entry)
    if not current.next_step:
        return current
    if current.next_step != seen:
        raise NextStepDecided
    if not can_undo(current, now=now):
        raise TooLateToUndo
    if current.follow_up_id is not None:
        _cancel_follow_up(Appointment.objects.get(pk=current.follow_up_id), by, now)
    if current.next_step == NextStep.WAITING:
        _wait_no_longer(current, by, now)
    attending.record(
        ChangeKind.MARK_UNDONE, current, by=by, now=now, data={"from": "next_step", "step": seen.value}
    )
    current.next_step, current.next_step_at, current.next_step_by = "", None, None
    current.pia_date, current.handover, current.follow_up = None, "", None
    current.save()
    return current


def _cancel_follow_up(follow_up: Appointment, by: User, now: datetime) -> None:
    if follow_up.status == AppointmentStatus.CANCELLED:
        return
    # What somebody moved or handed over since then, somebody wants.
    if follow_up.sequence:
        raise FollowUpStays
    try:
        booking.cancel(appointment=follow_up, reason=CancelReason.MISTAKE, by=by, now=now)
    except (booking.AppointmentNotBooked, booking.AppointmentIsOver) as refusal:
        raise FollowUpStays from refusal


def _wait_no_longer(entry: Appointment | WalkIn, by: User, now: datetime) -> None:
    """Only what the decision began: who waited before goes on waiting."""
    waits_here = WaitingEntry.objects.filter(client=entry.client_id, site=site_of(entry), closed_at=None)
    for waits in waits_here:
        if (waits.since_at, waits.added_by_id) == (entry.next_step_at, entry.next_step_by_id):
            waiting.close(entry=waits, reason=ClosedReason.MISTAKE, by=by, now=now)


def _to_decide(entry: Entry, step: NextStep) -> Entry:
    """The entry, its client locked before it; decided already only if for the same step."""
    current = _locked(entry)
    if current.status != AppointmentStatus.FULFILLED:
        raise NotDone
    if current.next_step not in ("", step.value):
        raise NextStepDecided
    if current.client_id is None and step is not NextStep.NOTHING:
        raise NobodyNamed
    return current


def _locked(entry: Entry) -> Entry:
    _lock_client(entry)
    current = attending.locked(entry)
    if current is None:
        raise MoveImpossible
    return current


def _lock_client(entry: Appointment | WalkIn) -> None:
    """If there is one; whose record was merged into another's is read again with the entry."""
    if entry.client_id is not None:
        list(Client.objects.filter(pk=entry.client_id).select_for_update(no_key=True).values_list("pk"))


def _decide(entry: Entry, step: NextStep, by: User, now: datetime, **data: object) -> Entry:
    """What has to be told, the booking's own change tells."""
    entry.next_step = step.value
    entry.next_step_at, entry.next_step_by = now, by
    entry.save()
    attending.record(ChangeKind.NEXT_STEP, entry, by=by, now=now, data={"step": step.value, **data})
    return entry
