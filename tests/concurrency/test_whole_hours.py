"""Changing a whole hour at the instant at which somebody books, cancels or moves in it."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from scheduling import booking, cancelling, disruptions, rehousing, substituting
from scheduling.disruptions import Whole
from scheduling.models import Appointment, CancelReason, Change, Client, ConsultationHour, HourCancelReason
from scheduling.selectors import live_appointments
from sites.models import Role, User
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_published_hour, make_site, make_user
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ROUNDS = 5
OTHER_DAY = datetime.date(2026, 12, 16)


class Scene:
    """An hour with three of eight slots booked, three clients without appointment, and a colleague."""

    def __init__(self) -> None:
        self.hour = make_published_hour(slots=8, minutes=15)
        facility = self.hour.site.facility
        self.slots = list(self.hour.slots.all())
        self.clients = [make_client(facility) for _ in range(6)]
        self.by = self.clients[0].created_by
        self.appointments = [
            self.book(slot, client) for slot, client in zip(self.slots, self.clients[:3], strict=False)
        ]
        self.colleague: User = make_user(Role.PSYCHIATRIST, clinic=self.hour.site.clinic)

    def book(self, slot: Any, client: Client) -> Appointment:
        return booking.book(slot=slot, client=client, by=self.by, now=NOW)

    def cancel(self, day: datetime.date | None) -> object:
        return cancelling.cancel_hour(
            hour=self.hour, reason=HourCancelReason.PERSON, replacement_date=day, by=self.by, now=NOW
        )

    def move(self) -> object:
        return rehousing.move_hour(
            hour=self.hour,
            day=self.hour.local_date,
            from_time=datetime.time(13, 15),
            room=self.hour.room,
            by=self.by,
            now=NOW,
        )

    def substitute(self) -> object:
        return substituting.substitute(hour=self.hour, psychiatrist=self.colleague, by=self.by, now=NOW)


WHOLE: dict[str, Callable[[Scene], object]] = {
    "cancel": lambda scene: scene.cancel(None),
    "replace": lambda scene: scene.cancel(OTHER_DAY),
    "move": Scene.move,
    "substitute": Scene.substitute,
}


def storm(scene: Scene, act: Callable[[Scene], object]) -> Outcome:
    """The whole hour changes while others book in it, cancel in it and move within it."""
    first, second, _ = scene.appointments
    return race(
        [
            partial(act, scene),
            *(
                partial(scene.book, slot, client)
                for slot, client in zip(scene.slots[3:6], scene.clients[3:], strict=True)
            ),
            partial(booking.cancel, appointment=first, reason=CancelReason.CLIENT, by=scene.by, now=NOW),
            partial(booking.move, appointment=second, to_slot=scene.slots[7], by=scene.by, now=NOW),
        ]
    )


@pytest.mark.parametrize("act", WHOLE.values(), ids=WHOLE.keys())
def test_whatever_comes_first_all_of_it_holds(act: Callable[[Scene], object]) -> None:
    for _ in range(ROUNDS):
        scene = Scene()
        outcome = storm(scene, act)
        outcome.assert_no_errors()
        assert broken() == {}
        hour = ConsultationHour.objects.get(pk=scene.hour.pk)
        if hour.status == "cancelled":
            assert not live_appointments().filter(slot__hour=hour).exists()


def test_handing_over_twice_and_moving_at_one_instant_find_the_hour() -> None:
    """A lock that joins with the person would come back empty-handed."""
    for _ in range(ROUNDS):
        scene = Scene()
        acts = [partial(scene.substitute), partial(scene.move), partial(scene.cancel, OTHER_DAY)] * 2
        outcome = race(acts)
        outcome.assert_no_errors()
        assert broken() == {}


def test_of_two_who_change_the_whole_hour_the_second_sees_what_the_first_did() -> None:
    for _ in range(ROUNDS):
        scene = Scene()
        outcome = race([partial(scene.cancel, OTHER_DAY), partial(scene.cancel, None)])
        outcome.assert_no_errors()
        assert [refusal.code for refusal in outcome.refusals] == ["hour_not_published"]
        assert Change.objects.filter(hour=scene.hour, kind="hour_cancelled").count() == 1
        assert broken() == {}


def test_two_hours_of_one_psychiatrist_moved_to_one_time_never_meet() -> None:
    for _ in range(ROUNDS):
        scene = Scene()
        beside = make_published_hour(
            make_site(clinic=scene.hour.site.clinic), day=OTHER_DAY, psychiatrist=scene.hour.psychiatrist
        )
        day = datetime.date(2026, 12, 17)
        outcome = race(
            [
                partial(
                    rehousing.move_hour,
                    hour=hour,
                    day=day,
                    from_time=datetime.time(13),
                    room=hour.room,
                    by=scene.by,
                    now=NOW,
                )
                for hour in (scene.hour, beside)
            ]
        )
        outcome.assert_no_errors()
        assert [refusal.code for refusal in outcome.refusals] == ["time_taken"]
        assert broken() == {}


def test_a_client_booked_elsewhere_at_the_new_time_meets_no_deadlock() -> None:
    for _ in range(ROUNDS):
        scene = Scene()
        beside = make_published_hour(make_site(facility=scene.hour.site.facility), day=OTHER_DAY)
        outcome = race(
            [
                partial(scene.cancel, OTHER_DAY),
                *(
                    partial(scene.book, slot, client)
                    for slot, client in zip(beside.slots.all(), scene.clients[:3], strict=False)
                ),
            ]
        )
        outcome.assert_no_errors()
        assert broken() == {}


def test_without_its_locks_something_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(disruptions, "_lock", read_without_lock)
    for number in range(ROUNDS_OF_CONTROL):
        scene = Scene()
        if storm(scene, list(WHOLE.values())[number % len(WHOLE)]).errors or broken():
            return
    pytest.fail("the set-up shows no race")


def read_without_lock(pk: int) -> Whole:
    hour = disruptions._hour(pk)
    return Whole(hour, list(disruptions._appointments([hour])))


def test_a_booking_in_between_is_noticed_and_the_locks_are_taken_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    real = disruptions._lock
    calls: list[int] = []

    def lock(pk: int) -> Whole:
        calls.append(pk)
        if len(calls) == 1:
            raise disruptions._SomebodyCame
        return real(pk)

    monkeypatch.setattr(disruptions, "_lock", lock)
    scene.cancel(None)
    assert len(calls) == 2


def test_if_somebody_always_comes_in_between_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()

    def lock(pk: int) -> Whole:
        raise disruptions._SomebodyCame

    monkeypatch.setattr(disruptions, "_lock", lock)
    with pytest.raises(Refusal, match="Inzwischen hat sich"):
        scene.cancel(None)
