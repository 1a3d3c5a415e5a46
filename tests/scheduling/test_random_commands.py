"""Any commands in any order, right and wrong: after each of them every invariant holds.

A command is carried out with its change in the log, or refused without a trace.
"""

import datetime
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scheduling.models import Appointment, Change
from sites.refusals import Refusal
from tests.scheduling import random_world
from tests.scheduling.invariants import broken, fingerprint
from tests.scheduling.random_world import COMMANDS, MIXTURE, Nothing, number_of_things

pytestmark = pytest.mark.django_db

# What happened in all examples together: names of commands, codes of refusals.
happened: Counter[str] = Counter()


class RandomCommands(RuleBasedStateMachine):
    commands: ClassVar = COMMANDS
    mixture: ClassVar = MIXTURE
    # How many pass when time moves on.
    hours: ClassVar[list[float]] = [1, 24, 24, 200]

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.world = random_world.build()
        self.uids: dict[int, UUID] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        """Before, between or after the hours (9 to 17 December), with a month published before or without."""
        # A generator of its own chooses more evenly among commands, slots and clients than hypothesis would.
        self.pick = random.Random(seed).choice  # noqa: S311 - nothing secret
        if self.pick([True, True, False]):
            random_world.publish_all(self.world)
        self.world.now += datetime.timedelta(days=self.pick([0, 0, 0, 0, 17, 24, 40]))

    @rule()
    def command(self) -> None:
        name = self.pick([*self.mixture, "time moves on"])
        if name == "time moves on":
            self.world.now += datetime.timedelta(hours=self.pick(self.hours))
            return
        before, changes = fingerprint(), Change.objects.count()
        try:
            result = self.commands[name](self.world, self.pick)
        except Nothing:
            return
        except Refusal as refusal:
            happened[refusal.code] += 1
            left_behind = fingerprint() != before or not str(refusal)
        else:
            happened[name] += 1
            left_behind = Change.objects.count() - changes != number_of_things(result)
        assert not left_behind

    @invariant()
    def nothing_is_broken(self) -> None:
        assert broken() == {}

    @invariant()
    def uids_stay(self) -> None:
        now = dict(Appointment.objects.values_list("pk", "uid"))
        assert {key: now[key] for key in self.uids} == self.uids
        self.uids = now


REFUSALS = {
    "appointment_is_over",
    "appointment_not_booked",
    "client_has_appointment",
    "hour_collides",
    "hour_has_appointments",
    "hour_is_over",
    "hour_not_draft",
    "hour_not_published",
    "hour_not_skipped",
    "month_is_over",
    "slot_elsewhere",
    "slot_is_open_time",
    "slot_is_over",
    "slot_taken",
}


def run(examples: int, machine: type[RandomCommands] = RandomCommands, **more: Any) -> None:
    happened.clear()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_random_commands_break_nothing() -> None:
    # The examples are worth something only if they reach everything: some refusals are rare.
    for examples in (40, 80, 160):
        run(examples)
        missed = {*COMMANDS, *REFUSALS} - set(happened)
        if not missed:
            break
    assert missed == set()


@pytest.mark.parametrize(
    "mistake",
    [
        ("scheduling.booking._free", lambda slot_id: None),
        ("scheduling.booking.bump_sequence", lambda appointment: None),
        ("scheduling.recurrence.cancel", lambda occurrence_id: None),
        ("scheduling.changelog.record", lambda changes: None),
    ],
    ids=lambda mistake: mistake[0],
)
def test_random_commands_find_a_mistake(
    monkeypatch: pytest.MonkeyPatch, mistake: tuple[str, Callable[..., None]]
) -> None:
    """The negative control: a command that forgets a part of its work does not pass."""
    monkeypatch.setattr(*mistake)
    with pytest.raises(AssertionError):
        run(40, phases=[Phase.generate], print_blob=False)
