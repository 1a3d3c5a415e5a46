"""A site with its people, and another site with its own. It is always NOW, noon in Berlin."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.builders import NOW
from tests.pages.desks import Place, make_place


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


@pytest.fixture
def elsewhere(db: None) -> Place:
    """Another clinic in another facility."""
    return make_place()
