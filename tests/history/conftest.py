"""A site with its people, and another one; whoever acts is told to the database as in a request."""

import pytest

from tests.pages.desks import Place, make_place


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


@pytest.fixture
def elsewhere(db: None) -> Place:
    return make_place()
