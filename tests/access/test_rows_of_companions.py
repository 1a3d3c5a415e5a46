"""Who comes along is seen at the site by both sides, written by the facility, and read by who sends."""

import pytest
from django.db import ProgrammingError, connection, transaction

from scheduling import companions
from sites import acting
from sites.acting import System
from tests.access.test_rows_of_people import CLINIC, FACILITY, STRANGERS
from tests.access.world import World, ids, plan_of
from tests.builders import NOW

TABLE = "scheduling_companion"


@pytest.fixture
def along(world: World) -> list[int]:
    """One here, one there."""
    return [
        companions.add(appointment=case.appointment, user=case.place.lead, by=case.place.worker, now=NOW).pk
        for case in (world.here, world.there)
    ]


@pytest.mark.parametrize("name", [*FACILITY, *CLINIC])
def test_at_the_site_both_see_them(world: World, along: list[int], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert ids(TABLE) == along[:1]


@pytest.mark.parametrize("name", STRANGERS)
def test_others_see_none(world: World, along: list[int], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert ids(TABLE) == []


@pytest.mark.parametrize(("name", "rows"), [("worker", 1), ("psychiatrist", 0)])
def test_the_facility_alone_writes(world: World, along: list[int], name: str, rows: int) -> None:
    with acting.as_person(world.person(name)), connection.cursor() as cursor:
        assert cursor.execute("UPDATE scheduling_companion SET added_at = now()").rowcount == rows
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(
                "INSERT INTO scheduling_companion (appointment_id, user_id, added_at, added_by_id) "
                "VALUES (%s, %s, now(), %s)",
                [world.there.appointment.pk, world.here.place.worker.pk, world.here.place.worker.pk],
            )


def test_the_sender_reads_and_the_keeper_removes_them(world: World, along: list[int]) -> None:
    with acting.as_system(System.WORKER), connection.cursor() as cursor:
        assert ids(TABLE) == along
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE scheduling_companion SET added_at = now()")
    with acting.as_system(System.KEEPER), connection.cursor() as cursor:
        assert cursor.execute("DELETE FROM scheduling_companion").rowcount == 2


def test_without_the_wall_all_of_it_is_seen(world: World, along: list[int]) -> None:
    """The negative control: the rows are there, and it is the policies that hide them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY")
    with acting.as_person(world.here.place.admin):
        assert ids(TABLE) == along


def test_what_a_person_may_see_is_looked_up_once_per_query(world: World) -> None:
    with acting.as_person(world.here.place.worker):
        asked = [line for line in plan_of(TABLE) if "pia_facility_sites()" in line]
    assert {line.split(":")[0] for line in asked} == {"Output"}
