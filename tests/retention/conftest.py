"""It is always NOW, and there is a site with its people, and a Twilio."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.builders import NOW
from tests.notifications.conftest import twilio
from tests.pages.desks import Place, make_place

__all__ = ["twilio"]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(db: None) -> Place:
    return make_place()
