"""After an appointment: nothing, a follow-up, the PIA, or waiting again; decided once."""

import datetime

import pytest

from scheduling import attending, booking, next_steps, waiting
from scheduling.attending import Attendance, NextStepDecided
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    ConsultationHour,
    Handover,
    WaitingEntry,
)
from sites.models import User
from tests.builders import make_client, make_published_hour, make_site, make_user
from tests.scheduling.attendance import appointment_in, at

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 12, 9)


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


def test_nothing_follows(done: Appointment, by: User, now: datetime.datetime) -> None:
    for _ in range(2):
        decided = next_steps.end_here(entry=done, by=by, now=now)
    assert (decided.next_step, decided.next_step_at, decided.next_step_by) == ("nothing", now, by)
    assert [each.data for each in Change.objects.filter(kind="next_step")] == [{"step": "nothing"}]


def test_the_way_into_the_pia_has_a_date_and_a_line(
    done: Appointment, by: User, now: datetime.datetime
) -> None:
    for _ in range(2):
        decided = next_steps.refer_to_pia(
            entry=done, pia_date=DAY, handover=Handover.ACCOMPANY, by=by, now=now
        )
    assert (decided.next_step, decided.pia_date, decided.handover) == ("pia", DAY, "accompany")
    assert [each.data for each in Change.objects.filter(kind="next_step")] == [
        {"step": "pia", "date": "2026-12-09", "handover": "accompany"}
    ]


@pytest.mark.parametrize("days", [-1, 367])
def test_a_date_that_cannot_be_meant_is_refused(
    done: Appointment, by: User, now: datetime.datetime, days: int
) -> None:
    with pytest.raises(next_steps.PiaDateWrong):
        next_steps.refer_to_pia(
            entry=done, pia_date=DAY + datetime.timedelta(days=days), handover=None, by=by, now=now
        )
    assert Appointment.objects.get().next_step == ""


def test_a_follow_up_is_booked_once(done: Appointment, by: User, now: datetime.datetime) -> None:
    slot = make_published_hour(done.slot.site, day=datetime.date(2026, 12, 16)).slots.all()[0]
    booked = [next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now) for _ in range(2)]
    done.refresh_from_db()
    assert booked == [done.follow_up] * 2
    assert (booked[0].client, booked[0].slot, booked[0].status) == (done.client, slot, "booked")
    # Of the booking everyone is told, of the decision nobody.
    told = Change.objects.filter(planned_at=None).exclude(appointment=done)
    assert [each.kind for each in told] == ["booked"]


def test_a_slot_that_is_taken_leaves_it_open(done: Appointment, by: User, now: datetime.datetime) -> None:
    slot = make_published_hour(done.slot.site, day=datetime.date(2026, 12, 16)).slots.all()[0]
    booking.book(slot=slot, client=make_client(done.slot.site.facility), by=by, now=now)
    with pytest.raises(booking.SlotTaken):
        next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now)
    done.refresh_from_db()
    assert (done.next_step, done.follow_up) == ("", None)


def test_back_to_the_waiting_list_where_one_waits_once(
    done: Appointment, by: User, now: datetime.datetime
) -> None:
    for _ in range(2):
        decided = next_steps.wait_again(
            entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now
        )
    entry = WaitingEntry.objects.get()
    assert (entry.client, entry.site, entry.appointment_type, entry.since_at, entry.added_by) == (
        done.client,
        done.slot.site,
        "follow_up",
        now,
        by,
    )
    assert decided.next_step == "waiting"


def test_who_waits_already_keeps_the_place(done: Appointment, by: User, now: datetime.datetime) -> None:
    earlier = now - datetime.timedelta(days=3)
    first = waiting.add(
        client=done.client,
        site=done.slot.site,
        appointment_type=AppointmentType.FOLLOW_UP,
        by=by,
        now=earlier,
    )
    next_steps.wait_again(entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now)
    assert WaitingEntry.objects.get() == first
    assert WaitingEntry.objects.get().since_at == earlier


def test_nobody_waits_at_a_site_of_another_facility(done: Appointment, by: User) -> None:
    with pytest.raises(waiting.WaitingElsewhere):
        waiting.add(
            client=done.client,
            site=make_site(),
            appointment_type=AppointmentType.FIRST,
            by=by,
            now=done.starts_at,
        )


def test_what_is_decided_is_not_decided_otherwise(
    done: Appointment, by: User, now: datetime.datetime
) -> None:
    slot = make_published_hour(done.slot.site, day=datetime.date(2026, 12, 16)).slots.all()[0]
    next_steps.end_here(entry=done, by=by, now=now)
    with pytest.raises(NextStepDecided):
        next_steps.refer_to_pia(entry=done, pia_date=DAY, handover=None, by=by, now=now)
    with pytest.raises(NextStepDecided):
        next_steps.wait_again(entry=done, appointment_type=AppointmentType.FIRST, by=by, now=now)
    with pytest.raises(NextStepDecided):
        next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now)
    assert (WaitingEntry.objects.count(), Appointment.objects.count()) == (0, 1)


def test_before_it_is_done_nothing_follows(hour: ConsultationHour, by: User, now: datetime.datetime) -> None:
    appointment = appointment_in(hour, Attendance.IN_ROOM)
    slot = make_published_hour(hour.site, day=datetime.date(2026, 12, 16)).slots.all()[0]
    with pytest.raises(next_steps.NotDone):
        next_steps.end_here(entry=appointment, by=by, now=now)
    with pytest.raises(next_steps.NotDone):
        next_steps.book_follow_up(entry=appointment, slot=slot, by=by, now=now)
    assert Appointment.objects.count() == 1


def test_done_is_not_taken_back_once_it_is_decided(
    done: Appointment, by: User, hour: ConsultationHour
) -> None:
    now = at(hour, "13:33")
    decided = next_steps.end_here(entry=done, by=by, now=now)
    assert not attending.can_undo(decided, now=now)
    with pytest.raises(NextStepDecided):
        attending.undo(entry=decided, seen=Attendance.DONE, by=by, now=now)
