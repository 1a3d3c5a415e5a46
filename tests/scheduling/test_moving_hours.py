"""Moving, shortening and lengthening a published hour with its appointments."""

import datetime

import pytest

from scheduling import booking, confirming, rehousing
from scheduling.disruptions import (
    ClientsElsewhere,
    DateOutOfReach,
    HourChangedMeanwhile,
    HourHasBegun,
    TimeTaken,
)
from scheduling.models import Appointment, CancelReason, Change, ConsultationHour
from scheduling.rehousing import AppointmentsDontFit, HourWithoutEnd, NothingToChange, RoomElsewhere
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_published_hour, make_room, make_site
from tests.scheduling.hour_scenes import FIRST, SECOND, Booked, changes_of, clocks, make_booked, slots_of
from tests.scheduling.invariants import broken, fingerprint

pytestmark = pytest.mark.django_db

ONE = datetime.time(13)


def move(booked: Booked, **how: object) -> ConsultationHour:
    arguments = {"day": FIRST, "from_time": ONE, "room": booked.hour.room, "by": booked.by, "now": NOW, **how}
    return rehousing.move_hour(hour=booked.hour, **arguments)  # type: ignore[arg-type]


def resize(booked: Booked, start: str, end: str, **how: object) -> ConsultationHour:
    arguments = {"by": booked.by, "now": NOW, **how}
    return rehousing.resize_hour(
        hour=booked.hour,
        from_time=datetime.time.fromisoformat(start),
        to_time=datetime.time.fromisoformat(end),
        **arguments,  # type: ignore[arg-type]
    )


def refuse(expected: type[Refusal], act: object, booked: Booked, *args: str, **how: object) -> None:
    before = fingerprint()
    with pytest.raises(expected):
        act(booked, *args, **how)  # type: ignore[operator]
    assert fingerprint() == before


# -- moving -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (SECOND, "13:00", ["16.12. 13:00", "16.12. 13:30", "16.12. 15:30"]),
        (FIRST, "13:30", ["09.12. 13:30", "09.12. 14:00", "09.12. 16:00"]),
        (FIRST, "12:30", ["09.12. 12:30", "09.12. 13:00", "09.12. 15:00"]),
    ],
)
def test_everything_moves_with_it_and_stays_the_same(
    day: datetime.date, clock: str, expected: list[str]
) -> None:
    booked = make_booked(0, 1, 5)
    slots = [each.slot_id for each in booked.appointments]
    uid = booked.hour.uid
    hour = move(booked, day=day, from_time=datetime.time.fromisoformat(clock))
    assert (hour.uid, hour.sequence, hour.status) == (uid, 1, "published")
    assert clocks(booked.again()) == expected
    assert [each.slot_id for each in booked.again()] == slots
    assert [each.sequence for each in booked.again()] == [1, 1, 1]
    assert changes_of(hour)[-1:] == [("hour_moved", 1)]
    assert broken() == {}


def test_a_yes_was_to_the_old_time_and_stays_where_only_the_room_changes() -> None:
    booked = make_booked(0)
    confirming.confirm(appointment=booked.appointments[0], by=booked.by, now=NOW)
    move(booked, room=make_room(booked.hour.site.facility))
    assert [each.confirmed_at for each in booked.again()] == [NOW]
    move(booked, day=SECOND)
    assert [each.confirmed_at for each in booked.again()] == [None]


@pytest.mark.parametrize("clock", ["13:30", "12:30"])
def test_two_appointments_of_one_client_never_meet_on_the_way(clock: str) -> None:
    booked = make_booked(0)
    for number in (1, 2):
        booking.book(
            slot=booked.hour.slots.all()[number],
            client=booked.appointments[0].client,
            by=booked.by,
            now=NOW,
        )
    move(booked, from_time=datetime.time.fromisoformat(clock))
    assert broken() == {}


def test_another_room_changes_the_hour_alone() -> None:
    booked = make_booked(0)
    room = make_room(booked.hour.site.facility)
    hour = move(booked, room=room)
    assert (hour.room, hour.sequence) == (room, 1)
    assert changes_of(booked.appointments[0]) == [("booked", 0)]
    change = Change.objects.get(kind="hour_moved")
    assert (change.data["from"]["room"], change.data["to"]["room"]) == (change.data["from"]["room"], room.pk)


def test_a_cancelled_appointment_keeps_its_time() -> None:
    booked = make_booked(0)
    booking.cancel(appointment=booked.appointments[0], reason=CancelReason.CLIENT, by=booked.by, now=NOW)
    move(booked, day=SECOND)
    assert clocks(booked.again()) == ["09.12. 13:00"]
    assert broken() == {}


def test_moving_back_and_forth_raises_sequence_each_time() -> None:
    booked = make_booked(0)
    for number, day in enumerate((SECOND, FIRST, SECOND), start=1):
        assert move(booked, day=day).sequence == number
    assert changes_of(booked.appointments[0]) == [("booked", 0), ("moved", 1), ("moved", 2), ("moved", 3)]


def test_refusals_of_moving() -> None:
    booked = make_booked(0)
    refuse(NothingToChange, move, booked)
    refuse(RoomElsewhere, move, booked, room=make_room(make_site().facility))
    refuse(DateOutOfReach, move, booked, day=datetime.date(2026, 11, 21))
    refuse(DateOutOfReach, move, booked, day=NOW.date(), from_time=datetime.time(9))
    refuse(HourChangedMeanwhile, move, booked, day=SECOND, seen="x")
    refuse(HourHasBegun, move, booked, day=SECOND, now=booked.hour.starts_at)
    make_published_hour(make_site(facility=booked.hour.site.facility), day=SECOND, room=booked.hour.room)
    refuse(TimeTaken, move, booked, day=SECOND)


def test_a_client_who_is_elsewhere_then_is_named() -> None:
    booked = make_booked(0)
    beside = make_published_hour(make_site(facility=booked.hour.site.facility), day=SECOND)
    booking.book(slot=beside.slots.all()[0], client=booked.appointments[0].client, by=booked.by, now=NOW)
    refuse(ClientsElsewhere, move, booked, day=SECOND)


# -- shorter or longer ----------------------------------------------------------------------------------


def test_longer_makes_open_time_on_both_sides() -> None:
    booked = make_booked(0)
    hour = resize(booked, "12:30", "17:00")
    assert slots_of(hour)[0] == ("09.12. 12:30", "open", "free")
    assert slots_of(hour)[-1] == ("09.12. 16:00", "open", "free")
    assert (clocks(booked.again()), changes_of(booked.appointments[0])) == (["09.12. 13:00"], [("booked", 0)])
    assert changes_of(hour)[-1:] == [("hour_resized", 1)]
    assert broken() == {}


def test_shorter_takes_free_slots_away_and_leaves_open_time() -> None:
    booked = make_booked(1)
    hour = resize(booked, "13:30", "15:15")
    assert slots_of(hour) == [
        ("09.12. 13:30", "first", "busy"),
        ("09.12. 14:00", "first", "free"),
        ("09.12. 14:30", "first", "free"),
        ("09.12. 15:00", "open", "free"),
    ]
    assert broken() == {}


def test_open_time_is_cut() -> None:
    booked = make_booked(1)
    resize(booked, "13:00", "17:00")
    hour = resize(booked, "13:00", "16:10")
    assert slots_of(hour)[-1] == ("09.12. 16:00", "open", "free")
    assert slots_of(resize(booked, "13:00", "16:03"))[-1] == ("09.12. 15:30", "first", "free")
    assert broken() == {}


def test_what_does_not_fit_must_be_resolved_first() -> None:
    booked = make_booked(0, 1, 5)
    first, _, last = booked.appointments
    with pytest.raises(AppointmentsDontFit) as refusal:
        resize(booked, "13:15", "15:45")
    assert refusal.value.appointments == [first, last]
    refuse(AppointmentsDontFit, resize, booked, "13:15", "15:45")
    assert str(refusal.value).startswith("2 Termine passen nicht mehr in die Sprechstunde.")


def test_a_slot_with_a_cancelled_appointment_may_go() -> None:
    booked = make_booked(0, 5)
    last = booked.appointments[1]
    booking.cancel(appointment=last, reason=CancelReason.CLIENT, by=booked.by, now=NOW)
    hour = resize(booked, "13:00", "15:00")
    last = Appointment.objects.get(pk=last.pk)
    assert (last.slot.hour, clocks([last])) == (hour, ["09.12. 15:30"])
    assert len(slots_of(hour)) == 4
    assert broken() == {}


def test_all_slots_may_go() -> None:
    hour = resize(make_booked(), "10:00", "11:00")
    assert slots_of(hour) == [("09.12. 10:00", "open", "free")]


def test_refusals_of_resizing() -> None:
    booked = make_booked(0)
    refuse(NothingToChange, resize, booked, "13:00", "16:00")
    refuse(HourWithoutEnd, resize, booked, "13:00", "13:00")
    refuse(HourChangedMeanwhile, resize, booked, "13:00", "17:00", seen="x")
    refuse(HourHasBegun, resize, booked, "13:00", "17:00", now=booked.hour.starts_at)
    refuse(
        DateOutOfReach,
        resize,
        booked,
        "08:00",
        "17:00",
        now=booked.hour.starts_at - datetime.timedelta(hours=2),
    )
    make_published_hour(
        make_site(facility=booked.hour.site.facility), room=booked.hour.room, from_time=datetime.time(16)
    )
    refuse(TimeTaken, resize, booked, "13:00", "16:30")


def test_a_client_is_still_booked_only_in_the_own_slots() -> None:
    booked = make_booked(0)
    hour = resize(booked, "13:00", "17:00")
    client = make_client(hour.site.facility)
    free = hour.slots.get(starts_at=booked.appointments[0].ends_at)
    booking.book(slot=free, client=client, by=client.created_by, now=NOW)
    assert broken() == {}
