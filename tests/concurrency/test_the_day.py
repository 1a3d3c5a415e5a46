"""Several people at once on the day: one mark counts, each walk-in has a number, a slot has one of them."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from scheduling import attending, booking, next_steps, walk_ins
from scheduling.attending import Attendance, AttendanceChanged, NextStepDecided
from scheduling.booking import SlotTaken
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    NextStep,
    Slot,
    WaitingEntry,
    WalkIn,
)
from tests.builders import make_client, make_published_hour, make_user
from tests.concurrency.racing import race
from tests.faults.processes import wait_until
from tests.scheduling.attendance import appointment_in, at

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

MANY = 12


def test_the_same_tap_by_many_counts_once() -> None:
    hour = make_published_hour()
    appointment = appointment_in(hour, Attendance.EXPECTED)
    tap = partial(
        attending.mark,
        entry=appointment,
        to=Attendance.ARRIVED,
        seen=Attendance.EXPECTED,
        now=at(hour, "13:31"),
    )
    outcome = race([partial(tap, by=make_user()) for _ in range(MANY)])
    outcome.assert_no_errors()
    assert (len(outcome.results), outcome.refusals) == (MANY, [])
    assert Change.objects.filter(kind="arrived").count() == 1


def test_of_different_taps_one_counts_and_the_others_are_told() -> None:
    hour = make_published_hour()
    appointment = appointment_in(hour, Attendance.EXPECTED)
    moves = [Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE, Attendance.NOT_COME]
    outcome = race(
        [
            partial(
                attending.mark,
                entry=appointment,
                to=to,
                seen=Attendance.EXPECTED,
                by=make_user(),
                now=at(hour, "13:31"),
            )
            for to in moves
        ]
    )
    outcome.assert_no_errors()
    assert [type(refusal) for refusal in outcome.refusals] == [AttendanceChanged] * 3
    assert Change.objects.filter(kind__in=[move.value for move in moves]).count() == 1


def test_walk_ins_at_once_get_a_number_each() -> None:
    hour = make_published_hour()
    outcome = race(
        [
            partial(walk_ins.take_in, hour=hour, number=1, by=make_user(), now=at(hour, "13:31"))
            for _ in range(MANY)
        ]
    )
    outcome.assert_no_errors()
    assert sorted(WalkIn.objects.values_list("number", flat=True)) == list(range(1, MANY + 1))


def test_a_free_slot_is_given_to_a_walk_in_or_booked_but_not_both() -> None:
    """At the desk and from afar: half of them would have it for somebody at the desk."""
    hour = make_published_hour()
    slot = hour.slots.all()[5]
    by, now = make_user(), at(hour, "13:31")
    clients = [make_client(hour.site.facility, by=by) for _ in range(MANY)]
    outcome = race(
        [
            *(
                partial(booking.book, slot=slot, client=client, by=by, now=now)
                for client in clients[: MANY // 3]
            ),
            *(
                partial(walk_ins.take_in, hour=hour, number=1, client=client, slot=slot, by=by, now=now)
                for client in clients[MANY // 3 : 2 * MANY // 3]
            ),
            *(
                partial(walk_ins.take_in, hour=hour, number=1, slot=slot, by=make_user(), now=now)
                for _ in range(MANY // 3)
            ),
        ]
    )
    outcome.assert_no_errors()
    assert [type(refusal) for refusal in outcome.refusals] == [SlotTaken] * (MANY - 1)
    assert Appointment.objects.count() + WalkIn.objects.count() == 1
    assert Slot.objects.get(pk=slot.pk).state == ("busy" if Appointment.objects.exists() else "blocked")


def test_what_comes_next_is_decided_once() -> None:
    hour = make_published_hour()
    done = appointment_in(hour, Attendance.DONE)
    by, now = make_user(), at(hour, "13:33")
    follow_up = hour.slots.all()[5]
    outcome = race(
        [
            partial(next_steps.end_here, entry=done, by=by, now=now),
            partial(next_steps.book_follow_up, entry=done, slot=follow_up, by=by, now=now),
            partial(next_steps.book_follow_up, entry=done, slot=hour.slots.all()[4], by=by, now=now),
            partial(
                next_steps.wait_again,
                entry=done,
                appointment_type=AppointmentType.FIRST,
                by=by,
                now=now,
            ),
            partial(attending.undo, entry=done, seen=Attendance.DONE, by=by, now=now),
        ]
    )
    outcome.assert_no_errors()
    done.refresh_from_db()
    assert (
        Change.objects.filter(kind="next_step").count() + Change.objects.filter(kind="mark_undone").count()
        == 1
    )
    assert Appointment.objects.count() == (2 if done.next_step == "follow_up" else 1)
    assert WaitingEntry.objects.count() == (1 if done.next_step == "waiting" else 0)
    assert {type(refusal) for refusal in outcome.refusals} <= {NextStepDecided, next_steps.NotDone}
    assert len(outcome.refusals) == 4


def test_a_follow_up_tapped_twice_is_booked_once() -> None:
    hour = make_published_hour()
    done = appointment_in(hour, Attendance.DONE)
    by, slot = make_user(), hour.slots.all()[5]
    tap = partial(next_steps.book_follow_up, entry=done, slot=slot, by=by, now=at(hour, "13:33"))
    outcome = race([tap] * MANY)
    outcome.assert_no_errors()
    assert (len(outcome.results), Appointment.objects.count()) == (MANY, 2)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_who_is_moved_at_that_moment_is_marked_all_the_same() -> None:
    """The mark waits for the move: it finds the appointment afterwards, wherever it is then."""
    hour = make_published_hour()
    appointment = appointment_in(hour, Attendance.EXPECTED)
    by, now = make_user(), at(hour, "11:00")
    moved = threading.Event()

    def move() -> None:
        with transaction.atomic():
            booking.move(appointment=appointment, to_slot=hour.slots.all()[5], by=by, now=now)
            moved.set()
            wait_until("the mark to wait for the move", somebody_waits)

    def mark() -> Appointment:
        assert moved.wait(20)
        return attending.mark(
            entry=appointment, to=Attendance.ARRIVED, seen=Attendance.EXPECTED, by=by, now=now
        )

    outcome = race([move, mark])
    outcome.assert_no_errors()
    assert outcome.refusals == []
    appointment.refresh_from_db()
    assert (appointment.status, appointment.slot) == ("arrived", hour.slots.all()[5])


def test_a_decision_taken_back_by_many_is_taken_back_once() -> None:
    hour = make_published_hour()
    done = appointment_in(hour, Attendance.DONE)
    by, now = make_user(), at(hour, "13:33")
    next_steps.book_follow_up(entry=done, slot=hour.slots.all()[5], by=by, now=now)
    outcome = race([partial(next_steps.undo, entry=done, seen=NextStep.FOLLOW_UP, by=by, now=now)] * MANY)
    outcome.assert_no_errors()
    assert (len(outcome.results), outcome.refusals) == (MANY, [])
    assert Change.objects.filter(kind="cancelled").count() == 1
    assert Change.objects.filter(kind="mark_undone").count() == 1
