"""During the hour: who came, is in the room, is done, did not come or went away; and how late it is.

A mark is one tap. It says which state the person saw: the same tap twice changes nothing the second time, and
who taps on an older picture is told what somebody else did meanwhile.
"""

import enum
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from scheduling import changelog
from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentStatus,
    CancelReason,
    Change,
    ChangeKind,
    ConsultationHour,
    Slot,
    SlotState,
    WalkIn,
)
from scheduling.publishing import HourNotPublished
from scheduling.versioning import bump_sequence
from sites.models import User
from sites.refusals import Refusal

UNDO_FOR = timedelta(minutes=10)
LATEST_MINUTES = 240

Entry = TypeVar("Entry", bound=Appointment | WalkIn)


class Attendance(enum.Enum):
    """Where a client is on the day; the value names the change that leads there."""

    EXPECTED = "expected"
    ARRIVED = ChangeKind.ARRIVED.value
    IN_ROOM = ChangeKind.IN_ROOM.value
    DONE = ChangeKind.DONE.value
    NOT_COME = ChangeKind.NOT_COME.value
    LEFT = ChangeKind.LEFT.value

    @property
    def label(self) -> str:
        return "erwartet" if self is Attendance.EXPECTED else str(ChangeKind(self.value).label)


# From where one may go where: the only place that says so. Somebody who did not come may still come, and who
# went away may come back; what is done stays done, save for who takes the tap back.
MOVES: dict[Attendance, tuple[Attendance, ...]] = {
    Attendance.EXPECTED: (Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE, Attendance.NOT_COME),
    Attendance.ARRIVED: (Attendance.IN_ROOM, Attendance.DONE, Attendance.LEFT),
    Attendance.IN_ROOM: (Attendance.DONE, Attendance.LEFT),
    Attendance.DONE: (),
    Attendance.NOT_COME: (Attendance.ARRIVED, Attendance.IN_ROOM),
    Attendance.LEFT: (Attendance.ARRIVED,),
}


class AttendanceChanged(Refusal):
    """Somebody else was faster; `current` is where the client is now."""

    code = "attendance_changed"

    def __init__(self, entry: Appointment | WalkIn) -> None:
        super().__init__()
        self.current = state_of(entry)
        self.by = _last_by(entry)

    def __str__(self) -> str:
        who = f" ({self.by})" if self.by else ""
        return f"Hier steht inzwischen «{self.current.label}»{who}. Bitte sehen Sie nach, ob das so stimmt."


class MoveImpossible(Refusal):
    code = "move_impossible"
    sentence = "Dieser Schritt ist von hier aus nicht möglich. Bitte laden Sie die Seite neu."


class DayNotCome(Refusal):
    code = "day_not_come"
    sentence = "Das geht erst am Tag der Sprechstunde."


class NotYetMissed(Refusal):
    code = "not_yet_missed"
    sentence = "Der Termin hat noch nicht begonnen. «Nicht erschienen» geht erst danach."


class TooLateToUndo(Refusal):
    code = "too_late_to_undo"
    sentence = "Zurücknehmen geht nur zehn Minuten lang und nur den letzten Schritt."


class NextStepDecided(Refusal):
    code = "next_step_decided"
    sentence = (
        "Wie es weitergeht, ist hier schon entschieden. "
        "Bitte sehen Sie in der Tagesliste nach: Zehn Minuten lang lässt es sich dort zurücknehmen."
    )


class LatenessImpossible(Refusal):
    code = "lateness_impossible"
    sentence = f"Bitte geben Sie eine Verspätung zwischen 0 und {LATEST_MINUTES} Minuten an."


def state_of(entry: Appointment | WalkIn) -> Attendance:
    """Where the client is. Of a cancelled appointment nobody is expected: raises MoveImpossible."""
    match entry.status:
        case AppointmentStatus.BOOKED:
            return Attendance.EXPECTED
        case AppointmentStatus.NOSHOW:
            return Attendance.NOT_COME
        case AppointmentStatus.FULFILLED:
            return Attendance.DONE
        case AppointmentStatus.ARRIVED if entry.ended_at:
            return Attendance.LEFT
        case AppointmentStatus.ARRIVED:
            return Attendance.IN_ROOM if entry.started_at else Attendance.ARRIVED
    raise MoveImpossible


def has_come(hour: ConsultationHour, *, now: datetime) -> bool:
    """Whether the day of `hour` has begun on the facility's clock."""
    return now.astimezone(hour.zone).date() >= hour.local_date


def can_undo(entry: Appointment | WalkIn, *, now: datetime) -> bool:
    last_at = _last_at(entry)
    return last_at is not None and now - last_at <= UNDO_FOR and not entry.next_step


def hour_of(entry: Appointment | WalkIn) -> ConsultationHour:
    return entry.slot.hour if isinstance(entry, Appointment) else entry.hour


# -- marks --------------------------------------------------------------------------------------------


@transaction.atomic
def mark(*, entry: Entry, to: Attendance, seen: Attendance, by: User, now: datetime) -> Entry:
    """Notes that the client is now in state `to`, having been shown in state `seen`.

    Raises AttendanceChanged, MoveImpossible, DayNotCome, NotYetMissed, HourNotPublished.
    """
    current = locked(entry)
    if current is None:
        raise MoveImpossible
    found = state_of(current)
    if found is to:
        return current
    if found is not seen:
        raise AttendanceChanged(current)
    if to not in MOVES[found]:
        raise MoveImpossible
    _refuse_early(current, to, now)
    data: dict[str, object] = {"from": found.value}
    if isinstance(current, WalkIn) and to is Attendance.LEFT and (slot_id := _give_back(current, now)):
        data["slot"] = slot_id
    _set(current, to, by, now)
    record(ChangeKind(to.value), current, by=by, now=now, data=data)
    return current


@transaction.atomic
def undo(*, entry: Entry, seen: Attendance, by: User, now: datetime) -> Entry | None:
    """Takes back the last mark, by which the client came into state `seen`, within ten minutes.

    Who had no appointment and did not come after all is gone: None, and the slot is free. Raises
    AttendanceChanged, TooLateToUndo, NextStepDecided.
    """
    current = locked(entry)
    if current is None or current.status == AppointmentStatus.CANCELLED:
        return None
    found = state_of(current)
    if found is not seen:
        if found in _BEFORE[seen]:
            return current  # the same tap a second time
        raise AttendanceChanged(current)
    if current.next_step:
        raise NextStepDecided
    if not can_undo(current, now=now):
        raise TooLateToUndo
    record(ChangeKind.MARK_UNDONE, current, by=by, now=now, data={"from": found.value})
    return _take_back(current, found, by, now)


# Where taking back a mark may have led: what was not noted on the way is passed over.
_BEFORE: dict[Attendance, tuple[Attendance, ...]] = {
    Attendance.EXPECTED: (),
    Attendance.ARRIVED: (Attendance.EXPECTED,),
    Attendance.IN_ROOM: (Attendance.ARRIVED, Attendance.EXPECTED),
    Attendance.DONE: (Attendance.IN_ROOM, Attendance.ARRIVED, Attendance.EXPECTED),
    Attendance.NOT_COME: (Attendance.EXPECTED,),
    Attendance.LEFT: (Attendance.IN_ROOM, Attendance.ARRIVED),
}


def _refuse_early(entry: Appointment | WalkIn, to: Attendance, now: datetime) -> None:
    hour = hour_of(entry)
    if hour.status not in TAKES_TIME:
        raise HourNotPublished
    if not has_come(hour, now=now):
        raise DayNotCome
    if to is Attendance.NOT_COME and isinstance(entry, Appointment) and entry.starts_at > now:
        raise NotYetMissed


def _set(entry: Appointment | WalkIn, to: Attendance, by: User, now: datetime) -> None:
    ended = to in (Attendance.DONE, Attendance.NOT_COME, Attendance.LEFT)
    # Whoever comes after all, or comes back, begins anew.
    if to is Attendance.ARRIVED:
        entry.arrived_at, entry.arrived_by = now, by
        entry.started_at = entry.started_by = None
    if to is Attendance.IN_ROOM:
        entry.started_at, entry.started_by = now, by
    entry.ended_at, entry.ended_by = (now, by) if ended else (None, None)
    entry.status = _STATUS[to].value
    entry.save()


_STATUS = {
    Attendance.ARRIVED: AppointmentStatus.ARRIVED,
    Attendance.IN_ROOM: AppointmentStatus.ARRIVED,
    Attendance.LEFT: AppointmentStatus.ARRIVED,
    Attendance.DONE: AppointmentStatus.FULFILLED,
    Attendance.NOT_COME: AppointmentStatus.NOSHOW,
}


def _take_back(entry: Entry, state: Attendance, by: User, now: datetime) -> Entry | None:
    if state is Attendance.ARRIVED and isinstance(entry, WalkIn):
        _give_back(entry, now)
        entry.delete()
        return None
    if state is Attendance.ARRIVED and isinstance(entry, Appointment) and _walked_in(entry):
        _cancel(entry, by, now)
        return None
    last = {Attendance.ARRIVED: "arrived", Attendance.IN_ROOM: "started"}.get(state, "ended")
    setattr(entry, f"{last}_at", None)
    setattr(entry, f"{last}_by", None)
    was_here = entry.arrived_at or entry.started_at
    entry.status = (AppointmentStatus.ARRIVED if was_here else AppointmentStatus.BOOKED).value
    if isinstance(entry, WalkIn) and state is Attendance.LEFT:
        _take_again(entry)
    entry.save()
    return entry


def _walked_in(appointment: Appointment) -> bool:
    """Whether it was booked only because somebody stood at the desk."""
    return appointment.changes.filter(kind=ChangeKind.BOOKED, data__walk_in=True).exists()


def _cancel(appointment: Appointment, by: User, now: datetime) -> None:
    """Nobody was told of the appointment, so nobody is told that it is none."""
    appointment.arrived_at = appointment.arrived_by = None
    appointment.status = AppointmentStatus.CANCELLED.value
    appointment.cancelled_at, appointment.cancelled_by = now, by
    appointment.cancel_reason = CancelReason.MISTAKE.value
    bump_sequence(appointment)
    appointment.save()
    Slot.objects.filter(pk=appointment.slot_id, state=SlotState.BUSY).update(state=SlotState.FREE)
    data = {"reason": appointment.cancel_reason, "walk_in": True}
    record(ChangeKind.CANCELLED, appointment, by=by, now=now, data=data)


def _give_back(walk_in: WalkIn, now: datetime) -> int | None:
    """The slot that the walk-in had is free for others, unless its time is over; its key."""
    held = Slot.objects.filter(walk_in=walk_in, state=SlotState.BLOCKED, ends_at__gt=now)
    if not held.update(state=SlotState.FREE):
        return None
    slot_id, walk_in.slot = walk_in.slot_id, None
    return slot_id


def _take_again(walk_in: WalkIn) -> None:
    """The slot that the walk-in gave back by leaving, if nobody else has it by now."""
    left = Change.objects.filter(hour=walk_in.hour_id, kind=ChangeKind.LEFT, data__walk_in=walk_in.number)
    slot_id = left.latest("pk").data.get("slot", 0)
    if Slot.objects.filter(pk=slot_id, state=SlotState.FREE).update(state=SlotState.BLOCKED):
        walk_in.slot_id = slot_id


def locked(entry: Entry) -> Entry | None:
    """The entry as it stands, locked, with its hour; None if it was taken back meanwhile.

    Locked by itself: joined with a slot or a client that another command is just changing for another,
    PostgreSQL would wait for the row and then find that it fits the join no more.
    """
    rows: Any = type(entry).objects.filter(pk=entry.pk)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    hour = "slot__hour" if isinstance(entry, Appointment) else "hour"
    people = ("client", "ended_by", "started_by", "arrived_by")
    found: Entry | None = rows.select_related(f"{hour}__site__facility", *people).first()
    return found


def _last_at(entry: Appointment | WalkIn) -> datetime | None:
    return entry.ended_at or entry.started_at or entry.arrived_at


def _last_by(entry: Appointment | WalkIn) -> User | None:
    return entry.ended_by or entry.started_by or entry.arrived_by


def record(
    kind: ChangeKind, entry: Appointment | WalkIn, *, by: User, now: datetime, data: dict[str, Any]
) -> None:
    """Writes the change; nobody is sent a message about who sits in the waiting room, or what follows."""
    change: Change
    if isinstance(entry, Appointment):
        change = changelog.appointment_change(kind, entry, entry.slot, by=by, now=now, data=data)
    else:
        data = {**data, "walk_in": entry.number}
        change = changelog.hour_change(kind, entry.hour, by=by, now=now, data=data)
    change.planned_at = now
    changelog.record([change])


# -- running late -------------------------------------------------------------------------------------


@transaction.atomic
def run_late(*, hour: ConsultationHour, minutes: int, by: User, now: datetime) -> ConsultationHour:
    """Notes that `hour` runs `minutes` behind; 0 is in time again. The same twice changes nothing.

    Raises LatenessImpossible, HourNotPublished, DayNotCome.
    """
    if not 0 <= minutes <= LATEST_MINUTES:
        raise LatenessImpossible
    rows = ConsultationHour.objects.filter(pk=hour.pk)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    current = rows.select_related("site__facility").get()
    if current.status not in TAKES_TIME:
        raise HourNotPublished
    if not has_come(current, now=now):
        raise DayNotCome
    if current.late_minutes == minutes:
        return current
    data = {"minutes": minutes, "before": current.late_minutes}
    current.late_minutes, current.late_at, current.late_by = minutes, now, by
    current.save(update_fields=["late_minutes", "late_at", "late_by"])
    change = changelog.hour_change(ChangeKind.HOUR_LATE, current, by=by, now=now, data=data)
    changelog.record([change])
    return current


def expected_at(starts_at: datetime, late_minutes: int) -> datetime:
    """When an appointment will probably begin."""
    return starts_at + timedelta(minutes=late_minutes)
