"""Walk-ins and the waiting list are seen and written at their site only, by facility and clinic alike."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from scheduling import next_steps, waiting, walk_ins
from scheduling.models import AppointmentType, Client, WaitingEntry, WalkIn
from sites import acting
from tests.access.test_rows_of_people import CLINIC, FACILITY, STRANGERS
from tests.access.world import World, ids, plan_of
from tests.builders import NOW, make_published_hour

TABLES = ("scheduling_walkin", "scheduling_waitingentry")


@pytest.fixture
def day(world: World) -> dict[str, dict[str, list[int]]]:
    """At both sites a walk-in of a client and somebody who waits; their keys by site and table."""
    return {"here": made(world.here), "there": made(world.there)}


def made(case: Any) -> dict[str, list[int]]:
    place = case.place
    hour = make_published_hour(place.site, day=NOW.date())
    walk_in = walk_ins.take_in(hour=hour, number=1, client=case.other_client, by=place.worker, now=NOW)
    entry = waiting.add(
        client=case.other_client,
        site=place.site,
        appointment_type=AppointmentType.FIRST,
        by=place.worker,
        now=NOW,
    )
    return {"scheduling_walkin": [walk_in.pk], "scheduling_waitingentry": [entry.pk]}


def seen() -> dict[str, list[int]]:
    return {table: ids(table) for table in TABLES}


@pytest.mark.parametrize("name", [*FACILITY, *CLINIC])
def test_at_the_site_both_see_them(world: World, day: dict[str, Any], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert seen() == day["here"]


@pytest.mark.parametrize("name", STRANGERS)
def test_others_see_none(world: World, day: dict[str, Any], name: str) -> None:
    with acting.as_person(world.person(name)):
        assert seen() == {table: [] for table in TABLES}


def test_the_clinic_sees_who_walked_in_or_waits(world: World, day: dict[str, Any]) -> None:
    with acting.as_person(world.person("psychiatrist")):
        assert ids("scheduling_client") == [world.here.client.pk, world.here.other_client.pk]
        WalkIn.objects.all().delete()
        assert ids("scheduling_client") == [world.here.client.pk, world.here.other_client.pk]
        WaitingEntry.objects.update(closed_at=NOW, closed_by=world.here.place.worker)
        assert ids("scheduling_client") == [world.here.client.pk]


@pytest.mark.parametrize("name", [*FACILITY, *CLINIC])
def test_nothing_is_written_for_a_foreign_site_or_client(
    world: World, day: dict[str, Any], name: str
) -> None:
    foreign: Client = world.there.client
    with acting.as_person(world.person(name)), connection.cursor() as cursor:
        for statement in (
            "UPDATE scheduling_walkin SET client_id = %s",
            "UPDATE scheduling_waitingentry SET client_id = %s",
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(statement, [foreign.pk])
        for statement, key in (
            ("UPDATE scheduling_walkin SET hour_id = %s", world.there.appointment.slot.hour_id),
            ("UPDATE scheduling_waitingentry SET site_id = %s", world.there.place.site.pk),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(statement, [key])


def test_without_the_wall_all_of_it_is_seen(world: World, day: dict[str, Any]) -> None:
    """The negative control: the rows are there, and it is the policies that hide them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    with acting.as_person(world.person("admin")):
        assert seen() == {table: sorted(day["here"][table] + day["there"][table]) for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_what_a_person_may_see_is_looked_up_once_per_query(world: World, table: str) -> None:
    with acting.as_person(world.here.place.worker):
        plan = plan_of(table)
    asked = [line for line in plan if "pia_facility_sites()" in line]
    assert {line.split(":")[0] for line in asked} == {"Output"}


@pytest.mark.parametrize("name", CLINIC)
def test_the_clinic_books_what_follows_a_walk_in(world: World, day: dict[str, Any], name: str) -> None:
    """Who walked in has no appointment with the clinic yet: their row can be locked, and not written."""
    by, hour = world.person(name), WalkIn.objects.get(pk=day["here"]["scheduling_walkin"][0]).hour
    WaitingEntry.objects.all().delete()
    WalkIn.objects.filter(hour=hour).update(status="fulfilled", ended_at=NOW, ended_by=by)
    with acting.as_person(by):
        walk_in = WalkIn.objects.get(hour=hour)
        follow_up = next_steps.book_follow_up(entry=walk_in, slot=hour.slots.all()[0], by=by, now=NOW)
        assert follow_up.client == world.here.other_client
        with (
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="row-level"),
            transaction.atomic(),
        ):
            cursor.execute("UPDATE scheduling_client SET version = 9 WHERE id = %s", [follow_up.client_id])
