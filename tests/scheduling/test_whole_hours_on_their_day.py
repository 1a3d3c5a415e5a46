"""An hour that somebody walked in to has begun; one that moves does not run late any more."""

import datetime
from collections.abc import Callable

import pytest

from scheduling import attending, cancelling, disruptions, publishing, rehousing, substituting
from scheduling.models import ConsultationHour, HourCancelReason
from scheduling.publishing import HourHasWalkIns
from sites.models import Role, User
from tests.builders import make_published_hour, make_user
from tests.scheduling.attendance import at, walk_in_in

pytestmark = pytest.mark.django_db

T = datetime.time
Command = Callable[[ConsultationHour, User, datetime.datetime], object]


def substitute(hour: ConsultationHour, by: User, now: datetime.datetime) -> object:
    other = make_user(Role.PSYCHIATRIST, clinic=hour.site.clinic)
    return substituting.substitute(hour=hour, psychiatrist=other, by=by, now=now)


def move(hour: ConsultationHour, by: User, now: datetime.datetime) -> ConsultationHour:
    return rehousing.move_hour(
        hour=hour, day=hour.local_date, from_time=T(14), room=hour.room, by=by, now=now
    )


def resize(hour: ConsultationHour, by: User, now: datetime.datetime) -> ConsultationHour:
    return rehousing.resize_hour(hour=hour, from_time=T(13), to_time=T(17), by=by, now=now)


COMMANDS: dict[str, Command] = {
    "cancel": lambda hour, by, now: cancelling.cancel_hour(
        hour=hour, reason=HourCancelReason.PERSON, by=by, now=now
    ),
    "move": move,
    "resize": resize,
    "substitute": substitute,
    "withdraw": lambda hour, by, now: publishing.withdraw(hour=hour, by=by, now=now),
    "preview": lambda hour, by, now: disruptions.look(hour, now=now),
}


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour()


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_walk_in_it_has_begun(hour: ConsultationHour, command: str) -> None:
    by, now = make_user(), at(hour, "12:50")
    walk_in_in(hour, by=by, clock="12:45")
    with pytest.raises(HourHasWalkIns):
        COMMANDS[command](hour, by, now)
    attending.undo(entry=hour.walk_ins.get(), seen=attending.Attendance.ARRIVED, by=by, now=at(hour, "12:51"))
    COMMANDS[command](hour, by, now)


def late(hour: ConsultationHour) -> tuple[int, datetime.datetime | None, int | None]:
    found = ConsultationHour.objects.get(pk=hour.pk)
    return found.late_minutes, found.late_at, found.late_by_id


def test_moved_or_beginning_otherwise_it_is_not_late(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "11:00")
    attending.run_late(hour=hour, minutes=20, by=by, now=now)
    move(hour, by, now)
    assert late(hour) == (0, None, None)
    attending.run_late(hour=hour, minutes=20, by=by, now=now)
    resize(hour, by, now)
    assert late(hour) == (0, None, None)


def test_in_another_room_or_longer_it_is_as_late_as_before(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "11:00")
    attending.run_late(hour=hour, minutes=20, by=by, now=now)
    resize(hour, by, now)
    room = hour.site.facility.rooms.create(name="2")
    rehousing.move_hour(hour=hour, day=hour.local_date, from_time=T(13), room=room, by=by, now=now)
    assert late(hour) == (20, now, by.pk)


def test_a_replacement_is_not_late(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "11:00")
    attending.run_late(hour=hour, minutes=20, by=by, now=now)
    day = hour.local_date + datetime.timedelta(days=1)
    done = cancelling.cancel_hour(
        hour=hour, reason=HourCancelReason.PERSON, replacement_date=day, by=by, now=now
    )
    assert done.replacement is not None
    assert late(done.replacement) == (0, None, None)
