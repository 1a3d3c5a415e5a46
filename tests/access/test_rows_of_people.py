"""Row-level security for people: queries that forgot every filter still meet no foreign row."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from notifications import consent
from scheduling.models import ConsultationHour
from sites import acting
from sites.models import Membership, User
from tests.access.world import TABLES, World, deleted, ids, insert, plan_of, row_of, touched
from tests.builders import NOW
from tests.pages.desks import slot_of

FACILITY = ["worker", "lead"]
CLINIC = ["psychiatrist", "coordinator"]
STRANGERS = ["admin", "nobody's account", "psychiatrist of another clinic in this facility"]
REFUSED = "row-level security"


NOTHING: dict[str, list[int]] = {table: [] for table in TABLES}


def seen_by(person: User) -> dict[str, list[int]]:
    with acting.as_person(person):
        return {table: ids(table) for table in TABLES}


def changed_by(person: User, rows: dict[str, list[int]]) -> dict[str, tuple[int, int, bool]]:
    """By table: how many of `rows` that person can update and delete, and whether a copy can be added."""
    copies = {table: row_of(table, rows[table][0]) for table in TABLES}
    with acting.as_person(person):
        return {
            table: (touches(table, rows[table]), deleted(table, rows[table]), adds(table, copies[table]))
            for table in TABLES
        }


def touches(table: str, pks: list[int]) -> int:
    """How many; none if it is refused."""
    try:
        with transaction.atomic():
            return touched(table, pks)
    except ProgrammingError as error:
        if REFUSED in str(error):
            return 0
        raise


def adds(table: str, row: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            return insert(table, row) == 1
    except IntegrityError:
        return True  # it passed the wall; that it is a copy is noticed behind it
    except ProgrammingError as error:
        if REFUSED in str(error):
            return False
        raise


@pytest.mark.parametrize("name", FACILITY)
def test_a_facility_sees_its_own_rows_and_no_other(world: World, name: str) -> None:
    own = {table: world.here.ids(table) for table in TABLES}
    assert (seen_by(world.person(name)), [] in own.values()) == (own, False)


@pytest.mark.parametrize("name", CLINIC)
def test_a_clinic_sees_its_appointments_and_whose_they_are(world: World, name: str) -> None:
    assert seen_by(world.person(name)) == {
        **NOTHING,
        "scheduling_client": [world.here.client.pk],
        "scheduling_appointment": [world.here.appointment.pk],
        # Whom an SMS would reach, before it changes an hour.
        "notifications_consent": world.here.ids("notifications_consent"),
    }


def test_a_clinic_sees_no_consent_that_was_withdrawn(world: World) -> None:
    consent.withdraw(client=world.here.client, by=world.here.place.worker, now=NOW)
    assert seen_by(world.person("psychiatrist"))["notifications_consent"] == []


@pytest.mark.parametrize("name", STRANGERS)
def test_others_see_nothing(world: World, name: str) -> None:
    assert seen_by(world.person(name)) == NOTHING


def test_that_a_slot_is_taken_is_seen_by_all(world: World) -> None:
    slot = world.there.appointment.slot_id
    for name in (*FACILITY, *CLINIC, *STRANGERS):
        with acting.as_person(world.person(name)), connection.cursor() as cursor:
            cursor.execute("SELECT state FROM scheduling_slot WHERE id = %s", [slot])
            assert cursor.fetchone() == ("busy",)


@pytest.mark.parametrize("name", [*FACILITY, *CLINIC, *STRANGERS])
def test_nobody_changes_deletes_or_adds_foreign_rows(world: World, name: str) -> None:
    foreign = {table: world.there.ids(table) for table in TABLES}
    assert changed_by(world.person(name), foreign) == dict.fromkeys(TABLES, (0, 0, False))


@pytest.mark.parametrize("name", STRANGERS)
def test_only_the_facility_changes_what_it_keeps(world: World, name: str) -> None:
    here = {table: world.here.ids(table) for table in TABLES}
    assert changed_by(world.person(name), here) == dict.fromkeys(TABLES, (0, 0, False))


@pytest.mark.parametrize("name", CLINIC)
def test_a_clinic_changes_and_adds_its_appointments_and_nothing_else(world: World, name: str) -> None:
    here = {table: world.here.ids(table) for table in TABLES}
    assert changed_by(world.person(name), here) == {
        **dict.fromkeys(TABLES, (0, 0, False)),
        "scheduling_appointment": (1, 0, True),
    }


def test_a_clinic_locks_the_clients_of_its_hours_without_writing_them(world: World) -> None:
    lock = "SELECT id FROM scheduling_client ORDER BY id FOR NO KEY UPDATE"
    with acting.as_person(world.here.place.psychiatrist), connection.cursor() as cursor:
        cursor.execute(lock)
        assert cursor.fetchall() == [(world.here.client.pk,)]
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            cursor.execute("UPDATE scheduling_client SET code = code")


def test_a_clinic_moves_no_appointment_out_of_its_hours(world: World) -> None:
    neighbours = ConsultationHour.objects.get(site=world.neighbour)
    with acting.as_person(world.here.place.psychiatrist), connection.cursor() as cursor:
        for hour in (neighbours, world.there.appointment.slot.hour):
            with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
                cursor.execute("UPDATE scheduling_appointment SET slot_id = %s", [slot_of(hour, 2).pk])
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            cursor.execute("UPDATE scheduling_appointment SET client_id = %s", [world.there.client.pk])


@pytest.mark.parametrize("name", FACILITY)
def test_the_facility_itself_may(world: World, name: str) -> None:
    """The counterpart: the tests above would pass too if nothing could be changed at all."""
    here = {table: world.here.ids(table) for table in TABLES}
    with acting.as_person(world.person(name)):
        assert {table: touched(table, here[table]) for table in TABLES} == {
            table: len(here[table]) for table in TABLES
        }


def test_no_row_is_given_to_a_foreign_facility(world: World) -> None:
    foreign = world.there.place.site.facility_id
    with acting.as_person(world.here.place.worker), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            cursor.execute("UPDATE scheduling_client SET facility_id = %s", [foreign])
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            cursor.execute("UPDATE scheduling_appointment SET client_id = %s", [world.there.client.pk])
        free = slot_of(world.there.appointment.slot.hour, 2).pk
        with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
            cursor.execute("UPDATE scheduling_appointment SET slot_id = %s", [free])


def test_while_nobody_acts_there_is_no_row(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE pia_web")
    assert {table: ids(table) for table in TABLES} == NOTHING


def test_an_ended_membership_ends_it_at_once(world: World) -> None:
    lead = world.here.place.lead
    before = seen_by(lead)
    Membership.objects.filter(user=lead).delete()
    assert (seen_by(lead), before == NOTHING) == (NOTHING, False)


def test_an_account_that_was_closed_sees_nothing(world: World) -> None:
    User.objects.filter(is_system=False).update(is_active=False)
    for name in (*FACILITY, *CLINIC):
        assert seen_by(world.person(name)) == NOTHING


def test_a_shared_phone_s_reply_is_seen_where_the_phone_is_known(world: World) -> None:
    reply = world.here.ids("notifications_reply")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_reply SET client_id = NULL WHERE id = ANY (%s)", [reply])
    assert seen_by(world.here.place.worker)["notifications_reply"] == reply
    assert seen_by(world.here.place.psychiatrist)["notifications_reply"] == []
    assert seen_by(world.there.place.worker)["notifications_reply"] == world.there.ids("notifications_reply")


def test_without_the_wall_all_of_it_is_seen(world: World) -> None:
    """The negative control: the rows are there, and it is the policies that hide them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    assert seen_by(world.here.place.admin) == {
        table: sorted(world.here.ids(table) + world.there.ids(table)) for table in TABLES
    }


@pytest.mark.parametrize("table", TABLES)
def test_what_a_person_may_see_is_looked_up_once_per_query(world: World, table: str) -> None:
    with acting.as_person(world.here.place.worker):
        plan = plan_of(table)
    asked = [line for line in plan if re.search(r"pia_(facilities|facility_sites|clinic_sites)\(\)", line)]
    # Each in an InitPlan's own Result, none in what is asked of every row.
    assert {line.split(":")[0] for line in asked} == {"Output"}
