"""Several people give random commands at once, right and wrong: in any order, every invariant holds."""

import datetime
import random
from functools import partial
from uuid import UUID

import pytest

from scheduling import booking
from scheduling.booking import AppointmentNotBooked
from scheduling.models import Appointment, AppointmentStatus, Change
from sites.refusals import Refusal
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race
from tests.scheduling import random_world
from tests.scheduling.invariants import broken
from tests.scheduling.random_world import COMMANDS, MIXTURE, Nothing, World, number_of_things

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

PEOPLE = 6
COMMANDS_EACH = 50


def give_commands(world: World, seed: int, uids: dict[int, UUID]) -> int:
    """How many changes a person's accepted commands have made; `uids` gets those of new bookings."""
    generator = random.Random(seed)  # noqa: S311 - nothing secret
    changes = 0
    for _ in range(COMMANDS_EACH):
        try:
            result = COMMANDS[generator.choice(MIXTURE)](world, generator.choice)
        except (Nothing, Refusal):
            continue
        changes += number_of_things(result)
        if isinstance(result, Appointment):
            uids.setdefault(result.pk, result.uid)
    return changes


def everybody(seed: int) -> tuple[Outcome, int, dict[int, UUID]]:
    """The outcome, how many changes there must be, and the UIDs of all appointments as they were booked."""
    world = random_world.build()
    earlier = Change.objects.count() + random_world.publish_all(world)
    uids: dict[int, UUID] = dict(Appointment.objects.values_list("pk", "uid"))
    people = [partial(give_commands, world, 1000 * seed + number, uids) for number in range(PEOPLE)]
    outcome = race(people)
    return outcome, earlier + sum(each for each in outcome.results if isinstance(each, int)), uids


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_broken_in_the_end(seed: int) -> None:
    outcome, changes, uids = everybody(seed)
    outcome.assert_no_errors()
    assert broken() == {}
    assert Change.objects.count() == changes
    assert dict(Appointment.objects.values_list("pk", "uid")) == uids


def test_without_its_locks_something_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    unlocked = booking.CLAIM.replace("FOR NO KEY UPDATE", "").replace("FOR SHARE OF hour", "")
    monkeypatch.setattr(booking, "CLAIM", unlocked)
    monkeypatch.setattr(booking, "_locked", read_without_lock)
    for seed in range(ROUNDS_OF_CONTROL):
        outcome, changes, _ = everybody(seed)
        if outcome.errors or broken() or Change.objects.count() != changes:
            return
    pytest.fail("the set-up shows no race")


def read_without_lock(appointment: Appointment, now: datetime.datetime) -> Appointment:
    current = Appointment.objects.select_related("slot", "client").get(pk=appointment.pk)
    if current.status != AppointmentStatus.BOOKED:
        raise AppointmentNotBooked
    return current
