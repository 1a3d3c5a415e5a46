"""Who comes without an appointment gets a number, or a slot that is free."""

import datetime

import pytest

from scheduling import booking, walk_ins
from scheduling.models import Appointment, Change, Client, ConsultationHour, Slot, WalkIn
from scheduling.publishing import HourIsOver, HourNotPublished
from sites.models import User
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.scheduling.attendance import MINUTE, at, walk_in_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour(slots=2)


@pytest.fixture
def by() -> User:
    return make_user()


def test_each_gets_the_next_number(hour: ConsultationHour, by: User) -> None:
    numbers = [walk_in_in(hour, by=by, number=walk_ins.next_number(hour)).number for _ in range(3)]
    assert numbers == [1, 2, 3]
    change = Change.objects.latest("pk")
    assert (change.kind, change.data) == ("arrived", {"walk_in": 3, "from": None, "slot": None})


def test_a_second_tap_finds_the_first_s_walk_in(hour: ConsultationHour, by: User) -> None:
    assert walk_in_in(hour, by=by) == walk_in_in(hour, by=by)
    assert Change.objects.filter(kind="arrived").count() == 1


def test_somebody_else_with_the_same_number_on_the_page_gets_the_next(
    hour: ConsultationHour, by: User
) -> None:
    assert [walk_in_in(hour, by=each).number for each in (by, make_user())] == [1, 2]


def test_an_anonymous_walk_in_blocks_the_slot_that_is_given(hour: ConsultationHour, by: User) -> None:
    slot = hour.slots.all()[0]
    walk_in = walk_in_in(hour, by=by, slot=slot, clock="13:10")
    assert (walk_in.slot, Slot.objects.get(pk=slot.pk).state) == (slot, "blocked")


def test_a_client_is_booked_into_the_slot_and_has_arrived(hour: ConsultationHour, by: User) -> None:
    client, slot, now = make_client(hour.site.facility), hour.slots.all()[0], at(hour, "13:10")
    for _ in range(2):
        taken = walk_ins.take_in(hour=hour, number=1, client=client, slot=slot, by=by, now=now)
    assert isinstance(taken, Appointment)
    assert (taken.status, taken.arrived_at, taken.booked_by, WalkIn.objects.count()) == (
        "arrived",
        now,
        by,
        0,
    )
    assert Slot.objects.get(pk=slot.pk).state == "busy"
    changes = Change.objects.filter(appointment=taken).order_by("pk")
    # Who stands at the desk is sent no word.
    assert [(each.kind, each.planned_at) for each in changes] == [("booked", now), ("arrived", now)]


def test_a_client_may_wait_for_open_time(hour: ConsultationHour, by: User) -> None:
    client = make_client(hour.site.facility)
    assert walk_in_in(hour, by=by, client=client).client == client


def test_a_slot_that_is_taken_over_or_elsewhere_is_refused(hour: ConsultationHour, by: User) -> None:
    first, second = hour.slots.all()
    booked = make_client(hour.site.facility)
    booking.book(slot=second, client=booked, by=booked.created_by, now=NOW)
    with pytest.raises(booking.SlotTaken):
        walk_in_in(hour, by=by, slot=second)
    with pytest.raises(booking.SlotIsOver):
        walk_in_in(hour, by=by, slot=first, clock="13:30")
    with pytest.raises(booking.SlotElsewhere):
        walk_in_in(hour, by=by, slot=make_published_hour().slots.all()[0])
    assert WalkIn.objects.count() == 0


def test_a_client_of_another_facility_is_refused(hour: ConsultationHour, by: User) -> None:
    stranger = make_client(make_published_hour().site.facility)
    with pytest.raises(booking.SlotElsewhere):
        walk_in_in(hour, by=by, client=stranger)


def test_who_has_an_appointment_then_gets_no_second_one(hour: ConsultationHour, by: User) -> None:
    client = make_client(hour.site.facility)
    other = make_published_hour(hour.site)
    booking.book(slot=other.slots.all()[0], client=client, by=by, now=NOW)
    with pytest.raises(booking.ClientHasAppointment):
        walk_ins.take_in(
            hour=hour, number=1, client=client, slot=hour.slots.all()[0], by=by, now=at(hour, "13:05")
        )
    assert hour.slots.filter(state="free").count() == 2


def test_only_on_the_day_and_only_in_a_published_hour(hour: ConsultationHour, by: User) -> None:
    with pytest.raises(walk_ins.DayNotCome):
        _take_in(hour, by, at(hour, "00:00") - MINUTE)
    with pytest.raises(HourIsOver):
        _take_in(hour, by, at(hour, "23:59") + MINUTE)
    ConsultationHour.objects.update(status="cancelled", cancelled_at=NOW, cancelled_by=by)
    with pytest.raises(HourNotPublished):
        _take_in(hour, by, at(hour, "13:00"))


def test_a_slot_that_runs_already_is_offered_and_open_time_is_not_one(hour: ConsultationHour) -> None:
    first, second = hour.slots.all()
    assert walk_ins.free_slots_of(hour, now=at(hour, "13:29")) == [first, second]
    assert walk_ins.free_slots_of(hour, now=at(hour, "13:30")) == [second]
    Slot.objects.filter(pk=second.pk).update(appointment_type="open")
    assert walk_ins.free_slots_of(hour, now=at(hour, "13:30")) == []


def _take_in(hour: ConsultationHour, by: User, now: datetime.datetime) -> object:
    return walk_ins.take_in(hour=hour, number=1, by=by, now=now)


def test_whose_file_is_closed_is_not_taken_in(hour: ConsultationHour, by: User) -> None:
    client = make_client(hour.site.facility)
    Client.objects.filter(pk=client.pk).update(closed_at=NOW, closed_by=by)
    for slot in (None, hour.slots.all()[0]):
        with pytest.raises(booking.ClientClosed):
            walk_ins.take_in(hour=hour, number=1, client=client, slot=slot, by=by, now=at(hour, "13:10"))
    assert (WalkIn.objects.count(), Appointment.objects.count()) == (0, 0)
