"""Worker, webhooks and planning commands act as roles of their own, which have what they need and no more."""

import datetime
from typing import LiteralString

import pytest
from django.db import ProgrammingError, connection, transaction

from scheduling.models import ChangeKind
from sites import acting
from sites.acting import System
from tests.access.world import TABLES, World
from tests.builders import NOW

DENIED = "permission denied|row-level security"

# What a machine may do to a table as a whole: r(ead), a(dd), w(rite), d(elete).
RIGHTS = {
    System.WORKER: {
        "scheduling_client": "r",
        "scheduling_appointment": "r",
        "notifications_consent": "r",
        "notifications_message": "raw",
    },
    System.SMS: {
        "scheduling_client": "r",
        # Under a policy: what stands offered to that client.
        "scheduling_appointment": "a",
        "notifications_consent": "r",
        "notifications_message": "rw",
        "notifications_reply": "ra",
    },
    System.PLANNER: {},
    System.KEEPER: {
        "scheduling_client": "rw",
        "scheduling_appointment": "rw",
        "notifications_consent": "rd",
        "notifications_message": "rw",
        "notifications_reply": "rd",
    },
}

# What none of them may, each as one statement on rows that are there.
NEVER: list[tuple[System, LiteralString]] = [
    (System.WORKER, "UPDATE scheduling_client SET facility_id = facility_id"),
    (System.WORKER, "UPDATE scheduling_client SET name = ''"),
    (System.WORKER, "UPDATE scheduling_appointment SET status = 'booked'"),
    (System.WORKER, "UPDATE scheduling_slot SET starts_at = starts_at"),
    (System.WORKER, "UPDATE scheduling_consultationhour SET status = status"),
    (System.WORKER, "UPDATE notifications_consent SET text_version = 'x'"),
    (System.WORKER, "SELECT FROM notifications_reply"),
    (System.WORKER, "DELETE FROM pia_sites_membership"),
    (System.WORKER, "DELETE FROM notifications_personalnotice"),
    (System.WORKER, "SELECT FROM scheduling_walkin"),
    (System.WORKER, "INSERT INTO scheduling_waitingentry SELECT * FROM scheduling_waitingentry"),
    (System.WORKER, "UPDATE scheduling_waitingentry SET discharge_date = NULL"),
    (System.WORKER, "DELETE FROM scheduling_offer"),
    (System.WORKER, "SELECT FROM django_session"),
    (System.WORKER, "UPDATE pia_sites_user SET is_active = true"),
    (System.WORKER, "UPDATE scheduling_change SET data = '{}'"),
    (System.SMS, "UPDATE scheduling_client SET facility_id = facility_id"),
    (System.SMS, "SELECT booked_by_id FROM scheduling_appointment"),
    (System.SMS, "UPDATE scheduling_appointment SET status = 'cancelled'"),
    (System.SMS, "UPDATE scheduling_appointment SET confirmed_at = NULL"),
    (System.SMS, "INSERT INTO scheduling_appointment SELECT * FROM scheduling_appointment"),
    (System.SMS, "UPDATE scheduling_slot SET starts_at = starts_at"),
    (System.SMS, "UPDATE scheduling_consultationhour SET status = status"),
    (System.SMS, "INSERT INTO scheduling_offer SELECT * FROM scheduling_offer"),
    (System.SMS, "SELECT FROM scheduling_passedover"),
    (System.SMS, "SELECT kind FROM scheduling_change"),
    (System.SMS, "UPDATE notifications_reply SET body = ''"),
    (System.SMS, "INSERT INTO notifications_message SELECT * FROM notifications_message"),
    (System.PLANNER, "SELECT FROM scheduling_client"),
    (System.PLANNER, "SELECT FROM scheduling_appointment"),
    (System.PLANNER, "SELECT FROM notifications_message"),
    (System.PLANNER, "SELECT FROM notifications_calendarfeed"),
    (System.PLANNER, "SELECT FROM django_session"),
    (System.PLANNER, "UPDATE scheduling_change SET data = '{}'"),
    (System.KEEPER, "DELETE FROM scheduling_client"),
    (System.KEEPER, "INSERT INTO scheduling_client SELECT * FROM scheduling_client"),
    (System.KEEPER, "DELETE FROM scheduling_appointment"),
    (System.KEEPER, "UPDATE notifications_consent SET withdrawn_at = NULL"),
    (System.KEEPER, "UPDATE notifications_reply SET client_id = NULL"),
    (System.KEEPER, "INSERT INTO notifications_message SELECT * FROM notifications_message"),
    (System.KEEPER, "DELETE FROM scheduling_change"),
    (System.KEEPER, "UPDATE scheduling_change SET kind = 'booked'"),
    (System.KEEPER, "DELETE FROM pia_sites_historyentry"),
    (System.KEEPER, "UPDATE pia_sites_historyentry SET actor_id = NULL"),
    (System.KEEPER, "DELETE FROM pia_sites_clientlook"),
    (System.KEEPER, "UPDATE pia_sites_membership SET role = role"),
    (System.KEEPER, "UPDATE pia_sites_user SET is_active = true"),
    (System.KEEPER, "SELECT FROM mfa_authenticator"),
    (System.KEEPER, "SELECT FROM notifications_calendarfeed"),
]


@pytest.mark.parametrize("system", list(System))
def test_each_machine_has_only_what_is_written_here(db: None, system: System) -> None:
    rights = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT " + ", ".join(["has_table_privilege(%s, %s, %s)"] * len(rights)),
                [value for right in rights.values() for value in (system.value, table, right)],
            )
            found[table] = "".join(
                letter for letter, has in zip(rights, cursor.fetchone(), strict=True) if has
            )
    assert {table: letters for table, letters in found.items() if letters} == RIGHTS[system]


@pytest.mark.parametrize(("system", "statement"), NEVER)
def test_a_machine_cannot_do_what_it_need_not(world: World, system: System, statement: LiteralString) -> None:
    with (
        acting.as_system(system),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match=DENIED),
        transaction.atomic(),
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("system", [System.WORKER, System.SMS])
def test_machines_end_a_consent_but_never_give_one(world: World, system: System) -> None:
    by = world.here.place.worker.pk
    end = (
        "UPDATE notifications_consent "
        "SET withdrawn_at = now() + '1 year', withdrawn_how = 'sms', withdrawn_by_id = %s"
    )
    give = "UPDATE notifications_consent SET withdrawn_at = NULL, withdrawn_how = '', withdrawn_by_id = NULL"
    with acting.as_system(system), connection.cursor() as cursor:
        cursor.execute(end, [by])
        ended = cursor.rowcount
        cursor.execute(give)
        assert (ended, cursor.rowcount) == (2, 0)


@pytest.mark.parametrize("system", [System.WORKER, System.SMS])
def test_machines_add_accounts_of_machines_only(db: None, system: System) -> None:
    add = (
        "INSERT INTO pia_sites_user (email, display_name, is_active, is_system, password, phone,"
        " short_notice_email, short_notice_sms) VALUES (%s, 'x', false, %s, '!', '', false, false)"
    )
    with acting.as_system(system), connection.cursor() as cursor:
        cursor.execute(add, ["machine@example.org", True])
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(add, ["person@example.org", False])


@pytest.mark.parametrize("role", ["pia_web", "pia_worker", "pia_sms", "pia_planner", "pia_keeper"])
def test_no_role_of_the_program_owns_anything_or_escapes_the_wall(db: None, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin,"
            " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid),"
            " has_schema_privilege(rolname, 'public', 'CREATE') FROM pg_roles WHERE rolname = %s",
            [role],
        )
        assert cursor.fetchone() == (False, False, False)


# Of what the machine may read.
NOTE = """
    INSERT INTO scheduling_change
        (kind, site_id, hour_id, appointment_id, sequence, data, at, by_id, planned_at)
    SELECT %s, slot.site_id, slot.hour_id, appointment.id, 0, '{}', now(), %s, %s
    FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
    LIMIT 1
"""


def note(world: World, kind: str, planned_at: datetime.datetime | None) -> int:
    with acting.as_system(System.SMS), connection.cursor() as cursor:
        cursor.execute(NOTE, [kind, world.here.place.worker.pk, planned_at])
        return cursor.rowcount


def test_answers_note_confirmations(world: World) -> None:
    assert note(world, "confirmed", NOW) == 1


@pytest.mark.parametrize("kind", sorted(set(ChangeKind.values) - {"confirmed"}))
def test_answers_note_nothing_else(world: World, kind: str) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        note(world, kind, NOW)


def test_answers_note_nothing_of_which_somebody_is_told(world: World) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        note(world, "confirmed", None)
