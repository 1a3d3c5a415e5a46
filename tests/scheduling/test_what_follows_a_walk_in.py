"""Who walked in is asked what follows like who had an appointment, once it is known who that is."""

import datetime
from collections.abc import Callable

import pytest

from scheduling import attending, next_steps, walk_ins
from scheduling.attending import Attendance
from scheduling.booking import ClientClosed, SlotElsewhere
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    Client,
    ConsultationHour,
    Handover,
    WaitingEntry,
    WalkIn,
)
from sites.models import User
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.scheduling.attendance import at, walk_in_in
from tests.scheduling.sql import refused_by, update_row

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


def done_walk_in(hour: ConsultationHour, by: User, client: Client | None) -> WalkIn:
    walk_in = walk_in_in(hour, by=by, client=client)
    seen = Attendance.ARRIVED
    for to in (Attendance.IN_ROOM, Attendance.DONE):
        walk_in = attending.mark(entry=walk_in, to=to, seen=seen, by=by, now=at(hour, "13:50"))
        seen = to
    return walk_in


@pytest.fixture
def done(hour: ConsultationHour, by: User) -> WalkIn:
    return done_walk_in(hour, by, make_client(hour.site.facility))


@pytest.fixture
def nobody(hour: ConsultationHour, by: User) -> WalkIn:
    return done_walk_in(hour, by, None)


def test_the_way_into_the_pia(done: WalkIn, by: User, now: datetime.datetime) -> None:
    day = datetime.date(2026, 12, 11)
    for _ in range(2):
        next_steps.refer_to_pia(entry=done, pia_date=day, handover=Handover.CALL, by=by, now=now)
    done.refresh_from_db()
    assert (done.next_step, done.pia_date, done.handover, done.next_step_by) == ("pia", day, "call", by)
    change = Change.objects.get(kind="next_step")
    assert (change.hour, change.appointment, change.planned_at, change.data) == (
        *(done.hour, None, now),
        {"step": "pia", "date": "2026-12-11", "handover": "call", "walk_in": 1},
    )


def test_a_follow_up_is_booked_once(done: WalkIn, by: User, now: datetime.datetime) -> None:
    slot = make_published_hour(done.hour.site, day=datetime.date(2026, 12, 16)).slots.all()[0]
    booked = [next_steps.book_follow_up(entry=done, slot=slot, by=by, now=now) for _ in range(2)]
    done.refresh_from_db()
    assert booked == [done.follow_up] * 2
    assert (booked[0].client, booked[0].slot, Appointment.objects.count()) == (done.client, slot, 1)


def test_back_to_the_waiting_list(done: WalkIn, by: User, now: datetime.datetime) -> None:
    next_steps.wait_again(entry=done, appointment_type=AppointmentType.FOLLOW_UP, by=by, now=now)
    entry = WaitingEntry.objects.get()
    assert (entry.client, entry.site, entry.since_at) == (done.client, done.hour.site, now)


Step = Callable[[WalkIn, User, datetime.datetime], object]
NAMED_ONLY: dict[str, Step] = {
    "pia": lambda entry, by, now: next_steps.refer_to_pia(
        entry=entry, pia_date=now.date(), handover=None, by=by, now=now
    ),
    "waiting": lambda entry, by, now: next_steps.wait_again(
        entry=entry, appointment_type=AppointmentType.FIRST, by=by, now=now
    ),
    "follow_up": lambda entry, by, now: next_steps.book_follow_up(
        entry=entry, slot=entry.hour.slots.all()[5], by=by, now=now
    ),
}


@pytest.mark.parametrize("step", NAMED_ONLY)
def test_for_who_stays_anonymous_only_nothing_follows(
    nobody: WalkIn, by: User, now: datetime.datetime, step: str
) -> None:
    with pytest.raises(next_steps.NobodyNamed):
        NAMED_ONLY[step](nobody, by, now)
    assert (WaitingEntry.objects.count(), Appointment.objects.count()) == (0, 0)
    assert next_steps.end_here(entry=nobody, by=by, now=now).next_step == "nothing"
    with refused_by("walk_in_next_step_is_somebodys"):
        update_row("scheduling_walkin", nobody.pk, next_step="waiting")


def test_what_follows_a_walk_in_fits_together(done: WalkIn, by: User, now: datetime.datetime) -> None:
    with refused_by("walk_in_next_step_after_done"):
        update_row("scheduling_walkin", done.pk, next_step="nothing")
    next_steps.end_here(entry=done, by=by, now=now)
    with refused_by("walk_in_pia_has_date"):
        update_row("scheduling_walkin", done.pk, next_step="pia")
    with refused_by("walk_in_follow_up_is_one"):
        update_row("scheduling_walkin", done.pk, next_step="follow_up")


# -- saying who it is -------------------------------------------------------------------------------------


def test_who_is_named_can_go_on(nobody: WalkIn, by: User, now: datetime.datetime) -> None:
    client = make_client(nobody.hour.site.facility)
    for _ in range(2):
        named = walk_ins.name_client(walk_in=nobody, client=client, by=by, now=now)
    assert named.client == client
    next_steps.wait_again(entry=named, appointment_type=AppointmentType.FIRST, by=by, now=now)
    assert WaitingEntry.objects.get().client == client


def test_who_was_never_here_gets_a_pseudonym(nobody: WalkIn, by: User, now: datetime.datetime) -> None:
    named = walk_ins.name_client(walk_in=nobody, client=None, by=by, now=now)
    assert named.client == Client.objects.get()
    assert (named.client.facility, named.client.name, named.client.created_by) == (
        *(nobody.hour.site.facility, ""),
        by,
    )


def test_who_is_named_stays_that(nobody: WalkIn, by: User, now: datetime.datetime) -> None:
    first, second = (make_client(nobody.hour.site.facility) for _ in range(2))
    walk_ins.name_client(walk_in=nobody, client=first, by=by, now=now)
    for other in (second, None):
        with pytest.raises(walk_ins.AlreadyNamed, match=str(first)):
            walk_ins.name_client(walk_in=nobody, client=other, by=by, now=now)
    assert Client.objects.count() == 2


def test_nobody_is_named_from_elsewhere_or_whose_file_is_closed(
    nobody: WalkIn, by: User, now: datetime.datetime
) -> None:
    with pytest.raises(SlotElsewhere):
        walk_ins.name_client(
            walk_in=nobody, client=make_client(make_published_hour().site.facility), by=by, now=now
        )
    closed = make_client(nobody.hour.site.facility)
    Client.objects.filter(pk=closed.pk).update(closed_at=NOW, closed_by=by)
    with pytest.raises(ClientClosed):
        walk_ins.name_client(walk_in=nobody, client=closed, by=by, now=now)
    assert WalkIn.objects.get().client is None


def test_whose_coming_was_taken_back_is_not_named(hour: ConsultationHour, by: User) -> None:
    walk_in = walk_in_in(hour, by=by)
    attending.undo(entry=walk_in, seen=Attendance.ARRIVED, by=by, now=at(hour, "13:32"))
    with pytest.raises(attending.MoveImpossible):
        walk_ins.name_client(
            walk_in=walk_in, client=make_client(hour.site.facility), by=by, now=at(hour, "13:33")
        )
