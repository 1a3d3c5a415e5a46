"""During the hour: each mark by one tap, from where the table says, taken back for ten minutes."""

import datetime
from itertools import product

import pytest

from scheduling import attending
from scheduling.attending import MOVES, Attendance, AttendanceChanged, state_of
from scheduling.models import Appointment, Change, ConsultationHour, WalkIn
from scheduling.publishing import HourNotPublished
from sites.models import User
from tests.builders import make_client, make_published_hour, make_user
from tests.scheduling.attendance import MINUTE, appointment_in, at, walk_in_in

pytestmark = pytest.mark.django_db

# Two minutes into the second slot: nobody's appointment there is too early to be missed.
NOON = "13:32"


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour()


@pytest.fixture
def by() -> User:
    return make_user()


@pytest.mark.parametrize(("start", "to"), list(product(Attendance, Attendance)))
def test_an_appointment_goes_where_the_table_says_and_nowhere_else(
    hour: ConsultationHour, by: User, start: Attendance, to: Attendance
) -> None:
    appointment = appointment_in(hour, start, by=by)
    changes = Change.objects.count()
    now = at(hour, NOON)
    if to is start:
        assert attending.mark(entry=appointment, to=to, seen=start, by=by, now=now) == appointment
        assert Change.objects.count() == changes
    elif to in MOVES[start]:
        moved = attending.mark(entry=appointment, to=to, seen=start, by=by, now=now)
        assert state_of(moved) is to
        change = Change.objects.latest("pk")
        assert (change.kind, change.data, change.by, change.at) == (to.value, {"from": start.value}, by, now)
        assert change.planned_at == now
    else:
        with pytest.raises(attending.MoveImpossible):
            attending.mark(entry=appointment, to=to, seen=start, by=by, now=now)
        assert state_of(Appointment.objects.get()) is start


def test_what_nobody_noted_on_the_way_stays_empty(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    now = at(hour, NOON)
    done = attending.mark(entry=appointment, to=Attendance.DONE, seen=Attendance.EXPECTED, by=by, now=now)
    assert (done.arrived_at, done.started_at, done.ended_at, done.ended_by) == (None, None, now, by)


def test_the_sequence_of_the_calendar_stays(hour: ConsultationHour, by: User) -> None:
    assert appointment_in(hour, Attendance.DONE, by=by).sequence == 0


def test_who_sees_an_older_picture_is_told_what_happened_meanwhile(hour: ConsultationHour, by: User) -> None:
    first = make_user()
    appointment = appointment_in(hour, Attendance.ARRIVED, by=first)
    with pytest.raises(AttendanceChanged) as caught:
        attending.mark(
            entry=appointment, to=Attendance.NOT_COME, seen=Attendance.EXPECTED, by=by, now=at(hour, NOON)
        )
    assert str(caught.value) == (
        f"Hier steht inzwischen «angekommen» ({first}). Bitte sehen Sie nach, ob das so stimmt."
    )


def test_nobody_arrives_before_the_day(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    midnight = at(hour, "00:00")
    with pytest.raises(attending.DayNotCome):
        _arrive(appointment, by, midnight - MINUTE)
    assert state_of(_arrive(appointment, by, midnight)) is Attendance.ARRIVED


def test_nobody_is_missed_before_the_appointment_begins(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    for now, expected in ((appointment.starts_at - MINUTE, None), (appointment.starts_at, "noshow")):
        try:
            missed = attending.mark(
                entry=appointment, to=Attendance.NOT_COME, seen=Attendance.EXPECTED, by=by, now=now
            )
        except attending.NotYetMissed:
            assert expected is None
        else:
            assert missed.status == expected


def test_nobody_arrives_in_an_hour_that_is_cancelled(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    ConsultationHour.objects.update(status="cancelled", cancelled_at=at(hour, "08:00"), cancelled_by=by)
    with pytest.raises(HourNotPublished):
        _arrive(appointment, by, at(hour, NOON))


@pytest.mark.parametrize("state", [each for each in Attendance if each is not Attendance.EXPECTED])
def test_a_mark_is_taken_back_within_ten_minutes(hour: ConsultationHour, by: User, state: Attendance) -> None:
    appointment = appointment_in(hour, state, by=by, upto="13:30")
    before = {
        Attendance.ARRIVED: Attendance.EXPECTED,
        Attendance.IN_ROOM: Attendance.ARRIVED,
        Attendance.DONE: Attendance.IN_ROOM,
        Attendance.NOT_COME: Attendance.EXPECTED,
        Attendance.LEFT: Attendance.ARRIVED,
    }[state]
    undone = attending.undo(entry=appointment, seen=state, by=by, now=at(hour, "13:40"))
    assert undone is not None
    assert state_of(undone) is before
    change = Change.objects.latest("pk")
    assert (change.kind, change.data) == ("mark_undone", {"from": state.value})
    again = attending.undo(entry=appointment, seen=state, by=by, now=at(hour, "13:40"))
    assert (again, Change.objects.latest("pk")) == (undone, change)


def test_after_ten_minutes_it_stays(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.ARRIVED, by=by, upto="13:30")
    late = at(hour, "13:40") + datetime.timedelta(seconds=1)
    assert not attending.can_undo(appointment, now=late)
    with pytest.raises(attending.TooLateToUndo):
        attending.undo(entry=appointment, seen=Attendance.ARRIVED, by=by, now=late)
    assert state_of(Appointment.objects.get()) is Attendance.ARRIVED


def test_what_was_never_marked_is_not_taken_back(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    with pytest.raises(attending.TooLateToUndo):
        attending.undo(entry=appointment, seen=Attendance.EXPECTED, by=by, now=at(hour, NOON))


def test_what_somebody_else_marked_meanwhile_is_not_taken_back(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.IN_ROOM, by=by)
    with pytest.raises(AttendanceChanged):
        attending.undo(entry=appointment, seen=Attendance.ARRIVED, by=by, now=at(hour, NOON))


def test_who_did_not_come_may_still_come(hour: ConsultationHour, by: User) -> None:
    appointment = appointment_in(hour, Attendance.NOT_COME, by=by)
    now = at(hour, NOON)
    came = attending.mark(entry=appointment, to=Attendance.ARRIVED, seen=Attendance.NOT_COME, by=by, now=now)
    assert (came.status, came.arrived_at, came.ended_at) == ("arrived", now, None)


def test_a_walk_in_is_marked_and_taken_back_alike(hour: ConsultationHour, by: User) -> None:
    walk_in = walk_in_in(hour, by=by)
    now = at(hour, NOON)
    for seen, to in (
        (Attendance.ARRIVED, Attendance.IN_ROOM),
        (Attendance.IN_ROOM, Attendance.DONE),
    ):
        walk_in = attending.mark(entry=walk_in, to=to, seen=seen, by=by, now=now)
    change = Change.objects.latest("pk")
    assert (change.appointment, change.hour, change.data) == (None, hour, {"from": "in_room", "walk_in": 1})
    undone = attending.undo(entry=walk_in, seen=Attendance.DONE, by=by, now=now)
    assert undone is not None
    assert state_of(undone) is Attendance.IN_ROOM


def test_a_walk_in_whose_coming_is_taken_back_is_gone_and_its_slot_free(
    hour: ConsultationHour, by: User
) -> None:
    walk_in = walk_in_in(hour, by=by, slot=hour.slots.all()[2])
    for _ in range(2):
        assert attending.undo(entry=walk_in, seen=Attendance.ARRIVED, by=by, now=at(hour, NOON)) is None
    assert (WalkIn.objects.count(), hour.slots.filter(state="free").count()) == (0, 6)
    assert Change.objects.filter(kind="mark_undone").count() == 1


def test_how_late_it_is_is_said_once_and_taken_back(hour: ConsultationHour, by: User) -> None:
    now = at(hour, NOON)
    for _ in range(2):
        late = attending.run_late(hour=hour, minutes=15, by=by, now=now)
    assert (late.late_minutes, late.late_at, late.late_by) == (15, now, by)
    attending.run_late(hour=hour, minutes=0, by=by, now=now)
    hour.refresh_from_db()
    assert hour.late_minutes == 0
    assert list(Change.objects.filter(kind="hour_late").order_by("pk").values_list("data", flat=True)) == [
        {"minutes": 15, "before": 0},
        {"minutes": 0, "before": 15},
    ]


def test_lateness_is_refused_where_it_makes_no_sense(hour: ConsultationHour, by: User) -> None:
    now = at(hour, NOON)
    for minutes in (-1, 241):
        with pytest.raises(attending.LatenessImpossible):
            attending.run_late(hour=hour, minutes=minutes, by=by, now=now)
    with pytest.raises(attending.DayNotCome):
        attending.run_late(hour=hour, minutes=5, by=by, now=at(hour, "00:00") - MINUTE)
    ConsultationHour.objects.update(status="cancelled", cancelled_at=now, cancelled_by=by)
    with pytest.raises(HourNotPublished):
        attending.run_late(hour=hour, minutes=5, by=by, now=now)


def test_a_cancelled_appointment_is_nowhere(hour: ConsultationHour) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED, client=make_client(hour.site.facility))
    appointment.status = "cancelled"
    with pytest.raises(attending.MoveImpossible):
        state_of(appointment)


def _arrive(appointment: Appointment, by: User, now: datetime.datetime) -> Appointment:
    return attending.mark(entry=appointment, to=Attendance.ARRIVED, seen=Attendance.EXPECTED, by=by, now=now)
