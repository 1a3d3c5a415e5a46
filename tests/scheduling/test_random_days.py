"""Any commands in any order on the day of an hour: who comes, who walks in, how late, and what follows.

As `test_random_commands`, between an hour before the first hour of a day and the end of its last.
"""

import datetime
import random
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from scheduling.models import Slot
from tests.scheduling import random_day, random_world
from tests.scheduling.random_day import REFUSALS
from tests.scheduling.test_random_commands import RandomCommands, happened, run

pytestmark = pytest.mark.django_db


class RandomDay(RandomCommands):
    commands: ClassVar = {**random_world.COMMANDS, **random_day.COMMANDS}
    mixture: ClassVar = [*random_day.MIXTURE, "book", "cancel", "substitute", "move_hour", "cancel_hour"]
    hours: ClassVar[list[float]] = [0.1, 0.1, 1]

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        """At eight on 17 December, when hours begin at nine and a quarter past."""
        self.pick = random.Random(seed).choice  # noqa: S311 - nothing secret
        random_world.publish_all(self.world)
        self.world.now += datetime.timedelta(days=24, hours=20)
        random_day.book_today(self.world, self.pick)

    @invariant()
    def only_walk_ins_block_slots(self) -> None:
        """Nobody else does in this world."""
        assert not Slot.objects.filter(state="blocked", walk_in=None).exists()


def test_random_commands_on_the_day_break_nothing() -> None:
    for examples in (10, 20, 60):
        run(examples, RandomDay)
        missed = {*random_day.COMMANDS, *REFUSALS} - set(happened)
        if not missed:
            break
    assert missed == set()
