"""Who walked in and goes again, or did not come after all, gives the slot back."""

import pytest

from scheduling import attending, walk_ins
from scheduling.attending import Attendance
from scheduling.models import Appointment, Change, ConsultationHour, Slot, WalkIn
from sites.models import User
from tests.builders import make_client, make_published_hour, make_user
from tests.scheduling.attendance import appointment_in, at, walk_in_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour() -> ConsultationHour:
    """13:00 to 13:30 and on."""
    return make_published_hour(slots=2)


@pytest.fixture
def slot(hour: ConsultationHour) -> Slot:
    return hour.slots.order_by("starts_at")[0]


@pytest.fixture
def by() -> User:
    return make_user()


def state(slot: Slot) -> str:
    return Slot.objects.get(pk=slot.pk).state


def leave(walk_in: WalkIn, by: User, clock: str) -> WalkIn:
    return attending.mark(
        entry=walk_in, to=Attendance.LEFT, seen=Attendance.ARRIVED, by=by, now=at(walk_in.hour, clock)
    )


def test_who_leaves_gives_the_slot_back(hour: ConsultationHour, slot: Slot, by: User) -> None:
    walk_in = leave(walk_in_in(hour, by=by, slot=slot, clock="13:05"), by, "13:10")
    assert (walk_in.slot, state(slot)) == (None, "free")
    assert walk_in_in(hour, by=by, number=2, slot=slot, clock="13:15").slot == slot
    assert Change.objects.get(kind="left").data == {"from": "arrived", "walk_in": 1, "slot": slot.pk}


def test_a_slot_that_is_over_stays_theirs(hour: ConsultationHour, slot: Slot, by: User) -> None:
    walk_in = leave(walk_in_in(hour, by=by, slot=slot, clock="13:05"), by, "13:30")
    assert (walk_in.slot, state(slot)) == (slot, "blocked")


def test_leaving_taken_back_they_have_the_slot_again(hour: ConsultationHour, slot: Slot, by: User) -> None:
    walk_in = leave(walk_in_in(hour, by=by, slot=slot, clock="13:05"), by, "13:10")
    back = attending.undo(entry=walk_in, seen=Attendance.LEFT, by=by, now=at(hour, "13:12"))
    assert back is not None
    assert (back.slot, state(slot)) == (slot, "blocked")


def test_unless_somebody_else_has_it(hour: ConsultationHour, slot: Slot, by: User) -> None:
    walk_in = leave(walk_in_in(hour, by=by, slot=slot, clock="13:05"), by, "13:10")
    other = walk_in_in(hour, by=by, number=2, slot=slot, clock="13:11")
    back = attending.undo(entry=walk_in, seen=Attendance.LEFT, by=by, now=at(hour, "13:12"))
    assert back is not None
    assert (back.slot, other.slot) == (None, slot)


def test_leaving_without_a_slot_is_taken_back_without_one(hour: ConsultationHour, by: User) -> None:
    walk_in = leave(walk_in_in(hour, by=by, clock="13:05"), by, "13:10")
    back = attending.undo(entry=walk_in, seen=Attendance.LEFT, by=by, now=at(hour, "13:12"))
    assert back is not None
    assert (back.slot, attending.state_of(back)) == (None, Attendance.ARRIVED)


@pytest.mark.parametrize(("clock", "expected"), [("13:29", "free"), ("13:30", "blocked")])
def test_who_did_not_come_after_all_gives_it_back(
    hour: ConsultationHour, slot: Slot, by: User, clock: str, expected: str
) -> None:
    walk_in = walk_in_in(hour, by=by, slot=slot, clock="13:25")
    attending.undo(entry=walk_in, seen=Attendance.ARRIVED, by=by, now=at(hour, clock))
    assert (state(slot), WalkIn.objects.count()) == (expected, 0)


def test_an_appointment_that_was_none_is_cancelled(hour: ConsultationHour, slot: Slot, by: User) -> None:
    """A client who was taken into a free slot by mistake is not expected there afterwards."""
    client, now = make_client(hour.site.facility), at(hour, "13:05")
    taken = walk_ins.take_in(hour=hour, number=1, client=client, slot=slot, by=by, now=now)
    assert isinstance(taken, Appointment)
    for _ in range(2):
        assert attending.undo(entry=taken, seen=Attendance.ARRIVED, by=by, now=now) is None
    taken.refresh_from_db()
    assert (taken.status, taken.cancel_reason, taken.arrived_at, taken.sequence) == (
        *("cancelled", "mistake", None),
        1,
    )
    assert state(slot) == "free"
    # Nobody was told of it.
    assert Change.objects.filter(planned_at=None, appointment=taken).count() == 0


def test_who_had_an_appointment_is_expected_again(hour: ConsultationHour, by: User) -> None:
    """The negative control: only who walked in is gone."""
    appointment = appointment_in(hour, Attendance.ARRIVED, by=by)
    back = attending.undo(entry=appointment, seen=Attendance.ARRIVED, by=by, now=at(hour, "13:32"))
    assert back is not None
    assert (back.status, state(appointment.slot)) == ("booked", "busy")
