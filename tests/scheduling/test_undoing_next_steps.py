"""What was decided to follow is taken back for ten minutes, with what came of it."""

import datetime

import pytest

from scheduling import attending, booking, next_steps, waiting
from scheduling.attending import Attendance, NextStepDecided, TooLateToUndo
from scheduling.models import (
    Appointment,
    AppointmentType,
    CancelReason,
    Change,
    ClosedReason,
    ConsultationHour,
    NextStep,
    Slot,
    WaitingEntry,
)
from sites.models import User
from tests.builders import make_published_hour, make_user
from tests.scheduling.attendance import MINUTE, appointment_in, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour()


@pytest.fixture
def by() -> User:
    return make_user()


@pytest.fixture
def now(hour: ConsultationHour) -> datetime.datetime:
    return at(hour, "14:00")


@pytest.fixture
def done(hour: ConsultationHour) -> Appointment:
    return appointment_in(hour, Attendance.DONE)


@pytest.fixture
def slot(hour: ConsultationHour) -> Slot:
    return make_published_hour(hour.site, day=datetime.date(2026, 12, 16)).slots.all()[0]


def undo(entry: Appointment, seen: NextStep, by: User, now: datetime.datetime) -> Appointment:
    return next_steps.undo(entry=entry, seen=seen, by=by, now=now)


def test_nothing_is_open_again(done: Appointment, by: User, now: datetime.datetime) -> None:
    next_steps.end_here(entry=done, by=by, now=now)
    for _ in range(2):
        open_again = undo(done, NextStep.NOTHING, by, now + 10 * MINUTE)
    assert (open_again.next_step, open_again.next_step_at, open_again.next_step_by) == ("", None, None)
    change = Change.objects.get(kind="mark_undone")
    assert (change.data, change.by) == ({"from": "next_step", "step": "nothing"}, by)
    attending.undo(entry=done, seen=Attendance.DONE, by=by, now=at(done.slot.hour, "13:35"))


def test_after_ten_minutes_it_stays(done: Appointment, by: User, now: datetime.datetime) -> None:
    decided = next_steps.end_here(entry=done, by=by, now=now)
    assert [next_steps.can_undo(decided, now=now + n * MINUTE) for n in (10, 11)] == [True, False]
    with pytest.raises(TooLateToUndo):
        undo(done, NextStep.NOTHING, by, now + 11 * MINUTE)


def test_what_is_decided_otherwise_by_now_stays(done: Appointment, by: User, now: datetime.datetime) -> None:
    next_steps.end_here(entry=done, by=by, now=now)
    with pytest.raises(NextStepDecided):
        undo(done, NextStep.PIA, by, now)


def test_the_way_into_the_pia_loses_its_date_and_line(
    done: Appointment, by: User, now: datetime.datetime
) -> None:
    next_steps.refer_to_pia(entry=done, pia_date=now.date(), handover=None, by=by, now=now)
    open_again = undo(done, NextStep.PIA, by, now)
    assert (open_again.pia_date, open_again.handover) == (None, "")


def test_a_follow_up_is_cancelled_as_booked_by_mistake(
    done: Appointment, slot: Slot, by: User, now: datetime.datetime
) -> None:
    follow_up = next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now)
    for _ in range(2):
        undo(done, NextStep.FOLLOW_UP, by, now + MINUTE)
    follow_up.refresh_from_db()
    done.refresh_from_db()
    assert (follow_up.status, follow_up.cancel_reason, done.follow_up) == ("cancelled", "mistake", None)
    assert Slot.objects.get(pk=slot.pk).state == "free"
    # Whoever was told of it is told so.
    assert Change.objects.get(kind="cancelled").planned_at is None
    assert next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now).slot == slot


def test_a_follow_up_that_somebody_moved_since_stays(
    done: Appointment, slot: Slot, by: User, now: datetime.datetime
) -> None:
    follow_up = next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now)
    booking.move(appointment=follow_up, to_slot=slot.hour.slots.all()[1], by=by, now=now)
    with pytest.raises(next_steps.FollowUpStays):
        undo(done, NextStep.FOLLOW_UP, by, now)
    follow_up.refresh_from_db()
    done.refresh_from_db()
    assert (follow_up.status, done.next_step) == ("booked", "follow_up")


def test_a_follow_up_that_has_begun_stays(
    done: Appointment, hour: ConsultationHour, by: User, now: datetime.datetime
) -> None:
    """Booked for later the same day."""
    soon = hour.slots.filter(starts_at__gt=now)[0]
    follow_up = next_steps.book_follow_up(entry=done, slot=soon, by=by, now=soon.starts_at - MINUTE)
    with pytest.raises(next_steps.FollowUpStays):
        undo(done, NextStep.FOLLOW_UP, by, soon.starts_at + MINUTE)
    follow_up.refresh_from_db()
    assert follow_up.status == "booked"


def test_a_follow_up_that_was_cancelled_is_no_hindrance(
    done: Appointment, slot: Slot, by: User, now: datetime.datetime
) -> None:
    follow_up = next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now)
    booking.cancel(appointment=follow_up, reason=CancelReason.CLIENT, by=by, now=now)
    assert undo(done, NextStep.FOLLOW_UP, by, now).next_step == ""


def test_a_wait_that_began_with_it_ends(done: Appointment, by: User, now: datetime.datetime) -> None:
    next_steps.wait_again(entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now)
    undo(done, NextStep.WAITING, by, now + MINUTE)
    entry = WaitingEntry.objects.get()
    assert (entry.closed_at, entry.closed_by, entry.closed_reason) == (now + MINUTE, by, "mistake")


def test_who_waited_before_goes_on_waiting(done: Appointment, by: User, now: datetime.datetime) -> None:
    waiting.add(
        client=done.client,
        site=done.slot.site,
        appointment_type=AppointmentType.FOLLOW_UP,
        by=by,
        now=now - MINUTE,
    )
    next_steps.wait_again(entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now)
    undo(done, NextStep.WAITING, by, now + MINUTE)
    assert WaitingEntry.objects.get().closed_at is None


def test_a_wait_that_a_colleague_closed_meanwhile_stays_as_it_was_closed(
    done: Appointment, by: User, now: datetime.datetime
) -> None:
    next_steps.wait_again(entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now)
    entry = WaitingEntry.objects.get()
    waiting.close(entry=entry, reason=ClosedReason.NOT_REACHED, by=by, now=now + MINUTE)
    undo(done, NextStep.WAITING, by, now + 2 * MINUTE)
    entry.refresh_from_db()
    assert (entry.closed_at, entry.closed_reason) == (now + MINUTE, "not_reached")
