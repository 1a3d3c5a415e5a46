"""The history of appointments stays append-only: one role may take keys out of `data`, and nothing else."""

from typing import Any, LiteralString

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from scheduling.models import Change
from sites import acting
from sites.acting import System
from tests.builders import NOW
from tests.notifications.scenes import make_scene

DATA = {"keep": {"a": 1, "b": [1, 2]}, "client": 7, "reason": "client"}

FORGETTING: dict[str, Any] = {
    "a key": ({"keep": DATA["keep"], "reason": "client"}, True),
    "all keys": ({}, True),
    "nothing": (DATA, True),
    "a key within": ({**DATA, "keep": {"a": 1}}, False),
    "a value changed": ({**DATA, "client": 8}, False),
    "a key added": ({**DATA, "new": 1}, False),
    "another key": ({"new": 1}, False),
}
OTHERWISE: list[LiteralString] = [
    "UPDATE scheduling_change SET data = '[]'",
    "UPDATE scheduling_change SET data = 'null'",
    "UPDATE scheduling_change SET data = '{}', at = now()",
    "UPDATE scheduling_change SET kind = 'booked'",
    "UPDATE scheduling_change SET planned_at = NULL",
    "DELETE FROM scheduling_change",
]


@pytest.fixture
def change(db: None) -> Change:
    scene = make_scene()
    appointment = scene.book()
    Change.objects.filter(planned_at=None).update(planned_at=NOW)
    return Change.objects.create(
        kind="cancelled",
        site=appointment.slot.site,
        hour=scene.hour,
        appointment=appointment,
        sequence=0,
        data=DATA,
        at=NOW,
        by=scene.worker,
        planned_at=NOW,
    )


@pytest.mark.parametrize("what", FORGETTING)
def test_the_keeper_takes_keys_out_and_puts_nothing_in(change: Change, what: str) -> None:
    data, allowed = FORGETTING[what]
    with acting.as_system(System.KEEPER):
        if allowed:
            Change.objects.filter(pk=change.pk).update(data=data)
        else:
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                Change.objects.filter(pk=change.pk).update(data=data)
    change.refresh_from_db()
    assert change.data == (data if allowed else DATA)


@pytest.mark.parametrize("statement", OTHERWISE)
def test_the_keeper_does_nothing_else(change: Change, statement: LiteralString) -> None:
    with (
        acting.as_system(System.KEEPER),
        connection.cursor() as cursor,
        pytest.raises((IntegrityError, ProgrammingError), match=r"append-only|permission denied"),
        transaction.atomic(),
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("role", [None, "pia_web", "pia_worker", "pia_sms", "pia_planner"])
def test_nobody_else_takes_keys_out(change: Change, role: str | None) -> None:
    """Not even the tables' owner (None), nor who says to be erasing."""
    with connection.cursor() as cursor:
        if role:
            cursor.execute("SELECT set_config('role', %s, true)", [role])
        cursor.execute("SELECT set_config('pia.erasing', 'on', true), set_config('pia.keeper', 'on', true)")
        with (
            pytest.raises((IntegrityError, ProgrammingError), match=r"append-only|permission denied"),
            transaction.atomic(),
        ):
            cursor.execute("UPDATE scheduling_change SET data = '{}' WHERE id = %s", [change.pk])
