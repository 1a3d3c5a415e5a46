"""What was done about the worklist is seen and written by the facility alone, and read by who sends."""

import pytest
from django.db import ProgrammingError, connection, transaction

from notifications.models import WorkMark
from notifications.worklist import marking
from notifications.worklist.items import Item
from sites import acting
from sites.acting import System
from tests.access.test_rows_of_people import CLINIC, FACILITY, STRANGERS
from tests.access.world import World, ids, plan_of
from tests.builders import NOW

TABLE = "notifications_workmark"


@pytest.fixture
def marks(world: World) -> list[int]:
    """One here, one there."""
    return [
        marking.claim(
            item=Item(kind="remind", client_id=case.client.pk, subject=1, instance="1", due_at=NOW, what=""),
            by=case.place.worker,
            now=NOW,
        ).pk
        for case in (world.here, world.there)
    ]


@pytest.mark.parametrize("name", FACILITY)
def test_the_facility_sees_its_own(world: World, marks: list[int], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert ids(TABLE) == marks[:1]


@pytest.mark.parametrize("name", [*CLINIC, *STRANGERS])
def test_others_see_none(world: World, marks: list[int], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert ids(TABLE) == []


def test_nothing_is_written_for_a_foreign_client(world: World, marks: list[int]) -> None:
    with acting.as_person(world.here.place.worker), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute("UPDATE notifications_workmark SET client_id = %s", [world.there.client.pk])
        assert cursor.execute("UPDATE notifications_workmark SET version = 5").rowcount == 1


def test_the_sender_reads_and_the_keeper_removes_them(world: World, marks: list[int]) -> None:
    with acting.as_system(System.WORKER):
        assert ids(TABLE) == marks
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            WorkMark.objects.update(version=5)
    with acting.as_system(System.KEEPER):
        assert WorkMark.objects.all().delete()[0] == 2


@pytest.mark.parametrize("system", [System.SMS, System.PLANNER])
def test_other_machines_see_nothing(world: World, marks: list[int], system: System) -> None:
    with (
        acting.as_system(system),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        ids(TABLE)


def test_without_the_wall_all_of_it_is_seen(world: World, marks: list[int]) -> None:
    """The negative control: the rows are there, and it is the policies that hide them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY")
    with acting.as_person(world.here.place.admin):
        assert ids(TABLE) == marks


def test_what_a_person_may_see_is_looked_up_once_per_query(world: World) -> None:
    with acting.as_person(world.here.place.worker):
        asked = [line for line in plan_of(TABLE) if "pia_facilities()" in line]
    assert {line.split(":")[0] for line in asked} == {"Output"}
