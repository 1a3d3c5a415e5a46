"""A slot is kept for two minutes for whoever is about to book it; then the clock gives it back."""

import datetime

import pytest

from scheduling import booking, holding, offers, publishing, selectors, walk_ins
from scheduling.booking import SlotHeld, SlotIsOver, SlotTaken
from scheduling.models import ConsultationHour, Slot
from scheduling.month_reading import hours_at
from scheduling.months import Month
from sites.models import User
from tests.builders import NOW, make_client, make_published_hour, make_user

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)
OVER = NOW + holding.AT_THE_DESK


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour(slots=3)


@pytest.fixture
def kim() -> User:
    return make_user()


@pytest.fixture
def other() -> User:
    return make_user()


def first(hour: ConsultationHour) -> Slot:
    return hour.slots.order_by("starts_at")[0]


def states(hour: ConsultationHour, now: datetime.datetime) -> list[str]:
    return [slot.state_at(now).value for slot in hour.slots.order_by("starts_at")]


def test_a_held_slot_is_kept_from_others_and_booked_by_who_holds_it(
    hour: ConsultationHour, kim: User, other: User
) -> None:
    slot = holding.hold(slot=first(hour), by=kim, now=NOW)
    assert slot.held_until == OVER
    client = make_client(hour.site.facility)
    with pytest.raises(SlotHeld) as refused:
        booking.book(slot=slot, client=client, by=other, now=OVER - SECOND)
    assert refused.value.alternatives == list(hour.slots.all())[1:]
    assert str(refused.value) == (
        f"Dieses Zeitfenster ist bis 12:02 Uhr von {kim} vorgemerkt. "
        "Frei sind noch: 09.12.2026 13:30, 09.12.2026 14:00."
    )
    booked = booking.book(slot=slot, client=client, by=kim, now=OVER - SECOND)
    assert (booked.slot.state, booked.slot.held_until) == ("busy", None)
    stored = first(hour)
    assert (stored.state, stored.held_until, stored.held_by) == ("busy", None, None)


def test_a_hold_that_has_run_out_is_none(hour: ConsultationHour, kim: User, other: User) -> None:
    holding.hold(slot=first(hour), by=kim, now=NOW)
    assert states(hour, OVER - SECOND) == ["held", "free", "free"]
    assert states(hour, OVER) == ["free", "free", "free"]
    booked = booking.book(slot=first(hour), client=make_client(hour.site.facility), by=other, now=OVER)
    assert booked.slot == first(hour)


def test_a_colleague_is_told_who_holds_it_and_may_have_it_afterwards(
    hour: ConsultationHour, kim: User, other: User
) -> None:
    holding.hold(slot=first(hour), by=kim, now=NOW)
    with pytest.raises(SlotHeld):
        holding.hold(slot=first(hour), by=other, now=OVER - SECOND)
    assert holding.hold(slot=first(hour), by=other, now=OVER).held_by == other
    with pytest.raises(SlotHeld):
        booking.book(slot=first(hour), client=make_client(hour.site.facility), by=kim, now=OVER)


def test_one_person_holds_one_slot_and_may_hold_it_longer(hour: ConsultationHour, kim: User) -> None:
    one, two, _ = hour.slots.order_by("starts_at")
    holding.hold(slot=one, by=kim, now=NOW)
    again = holding.hold(slot=one, by=kim, now=NOW + SECOND)
    assert again.held_until == OVER + SECOND
    holding.hold(slot=two, by=kim, now=NOW + SECOND)
    assert states(hour, NOW + SECOND) == ["free", "held", "free"]


def test_who_holds_gives_back(hour: ConsultationHour, kim: User, other: User) -> None:
    slot = holding.hold(slot=first(hour), by=kim, now=NOW)
    assert not holding.release(slot=slot, by=other, now=NOW)
    assert states(hour, NOW) == ["held", "free", "free"]
    assert holding.release(slot=slot, by=kim, now=NOW)
    assert states(hour, NOW) == ["free", "free", "free"]


def test_what_is_booked_or_over_is_not_held(hour: ConsultationHour, kim: User) -> None:
    booking.book(slot=first(hour), client=make_client(hour.site.facility), by=kim, now=NOW)
    with pytest.raises(SlotTaken) as refused:
        holding.hold(slot=first(hour), by=kim, now=NOW)
    assert type(refused.value) is SlotTaken
    with pytest.raises(SlotIsOver):
        holding.hold(slot=hour.slots.order_by("starts_at")[1], by=kim, now=hour.ends_at)


def test_an_offer_holds_for_nobody_of_the_staff(hour: ConsultationHour, kim: User) -> None:
    slot = holding.keep(slot=first(hour), until=OVER, held_by=None, now=NOW)
    client = make_client(hour.site.facility)
    with pytest.raises(SlotHeld) as refused:
        booking.book(slot=slot, client=client, by=kim, now=NOW)
    assert str(refused.value).startswith(
        "Dieses Zeitfenster ist bis 12:02 Uhr jemandem von der Warteliste angeboten."
    )
    assert booking.book(slot=slot, client=client, by=kim, now=NOW, is_offered=True).slot == slot


def test_reads_leave_out_what_is_held_until_it_is_over(hour: ConsultationHour, kim: User) -> None:
    held = holding.hold(slot=first(hour), by=kim, now=NOW)
    rest = list(hour.slots.exclude(pk=held.pk))
    end = hour.ends_at
    assert list(selectors.free_slots([hour.site], OVER - SECOND, end)) == rest
    assert list(selectors.free_slots([hour.site], OVER, end)) == [held, *rest]
    assert selectors.nearest_free_slots(rest[0], now=OVER - SECOND) == rest[1:]
    assert selectors.nearest_free_slots(rest[0], now=OVER) == [held, *rest[1:]]
    assert walk_ins.free_slots_of(hour, now=OVER - SECOND) == rest
    assert walk_ins.free_slots_of(hour, now=OVER) == [held, *rest]
    assert not offers.can_book(hour, first(hour), now=OVER - SECOND)
    assert offers.can_book(hour, first(hour), now=OVER)
    for now, free in ((OVER - SECOND, 2), (OVER, 3)):
        [counted] = hours_at(hour.site, Month.containing(hour.local_date), may_plan=False, now=now)
        assert counted.free_count == free  # type: ignore[attr-defined]
    assert [selectors.outlook(hour, now=now).free for now in (OVER - SECOND, OVER)] == [2, 3]


def test_an_hour_that_is_withdrawn_holds_nothing(hour: ConsultationHour, kim: User) -> None:
    slot = holding.hold(slot=first(hour), by=kim, now=NOW)
    publishing.withdraw(hour=hour, by=kim, now=NOW)
    assert states(hour, NOW) == ["free", "free", "free"]
    with pytest.raises(publishing.HourNotPublished):
        holding.hold(slot=slot, by=kim, now=NOW)
