"""It is always NOW, and there is a world to be kept apart."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.access.world import World, make_world
from tests.builders import NOW


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(db: None) -> World:
    return make_world()
