"""History is written by the database and altered by no role of the program; nothing secret gets into it."""

from typing import LiteralString

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from pytest_django import Settings

from scheduling.clients import change_client
from scheduling.models import Client
from sites import acting, history
from sites.acting import System
from sites.encryption import blind_index
from sites.looking import note_look
from sites.models import ClientLook, HistoryEntry, KeyCanary, LookKind
from tests.access.world import World, make_world
from tests.builders import NOW, make_client, make_facility

TABLES = ("pia_sites_historyentry", "pia_sites_clientlook")
NEVER: list[LiteralString] = [
    "UPDATE {} SET at = now()",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "INSERT INTO {} SELECT * FROM {}",
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
]
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
NAME, PHONE = "Alex Muster", "+491713920012"


@pytest.fixture
def world(db: None) -> World:
    made = make_world()
    with acting.as_person(made.here.place.worker):
        note_look(LookKind.FILE, [made.here.client.pk], named=True)
    return made


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", NEVER)
@pytest.mark.parametrize("who", ["lead", "worker", "admin"])
def test_no_person_alters_it(world: World, who: str, statement: LiteralString, table: str) -> None:
    with acting.as_person(world.person(who)):
        refused(statement.format(table, table))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("system", [each for each in System if each is not System.KEEPER])
def test_no_machine_reads_or_alters_it(world: World, system: System, table: str) -> None:
    with acting.as_system(system):
        refused(f"TABLE {table}")
        refused(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pia_sites_historyentry SET at = now()",
        "UPDATE pia_sites_clientlook SET at = now()",
        *(f"{what} {table}" for table in TABLES for what in ("DELETE FROM", "TRUNCATE")),
    ],
)
def test_who_forgets_clients_takes_out_values_only(world: World, statement: str) -> None:
    with acting.as_system(System.KEEPER):
        refused(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE scheduling_client DISABLE TRIGGER pia_history",
        "DROP TRIGGER pia_history ON scheduling_client",
        "SET session_replication_role = replica",
    ],
)
def test_nobody_goes_past_the_trigger(world: World, statement: str) -> None:
    with acting.as_person(world.here.place.lead):
        refused(statement)


def refused(statement: str) -> None:
    denied = "permission denied|must be owner"
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match=denied),
        transaction.atomic(),
    ):
        cursor.execute(statement)


def test_a_person_cannot_claim_to_be_rotating_keys(world: World) -> None:
    client = world.here.client
    with acting.as_person(world.here.place.worker), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pia.rotating', 'on', false)")
        cursor.execute("UPDATE scheduling_client SET phone = '' WHERE id = %s", [client.pk])
        cursor.execute("SELECT set_config('pia.rotating', '', false)")
    assert HistoryEntry.objects.order_by("-pk")[0].sealed == {"phone": ["+491713920010", ""]}


# -- keys -------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(db: None, settings: Settings) -> Client:
    """A client whose name and number were changed while OLD was the key."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    KeyCanary.objects.all().delete()
    client = make_client(make_facility(), name=NAME)
    values = {"phone": PHONE, "note": "kommt nur vormittags"}
    return change_client(client=client, version=0, values=values, by=client.created_by, now=NOW)


def sealed() -> list[dict[str, list[str | None]]]:
    return [each.sealed for each in HistoryEntry.objects.exclude(sealed={}).order_by("pk")]


def test_rotating_keys_brings_the_history_along_and_adds_nothing_to_it(
    changed: Client, settings: Settings
) -> None:
    before, count = sealed(), HistoryEntry.objects.count()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert (sealed(), HistoryEntry.objects.count()) == (before, count)
    assert before == [
        {"name": [None, NAME]},
        {"phone": ["", PHONE], "note": ["", "kommt nur vormittags"]},
    ]


def test_after_a_rotation_saving_an_old_reading_changes_nothing(changed: Client, settings: Settings) -> None:
    stale = Client.objects.get(pk=changed.pk)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    stale.save()
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Client.objects.get(pk=changed.pk).phone == PHONE


def test_nothing_stands_readable_in_the_history_that_stands_encrypted_elsewhere(changed: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM pia_sites_historyentry t")
        dump = cursor.fetchone()[0]
    planted = [NAME, "Muster", PHONE, PHONE[3:], "vormittags", blind_index(PHONE), blind_index("alex muster")]
    assert [each for each in planted if each in dump] == []
    assert changed.code in dump


# -- forgetting -------------------------------------------------------------------------------------------


def test_what_was_noted_of_a_client_can_be_forgotten_and_that_it_was_changed_stays(changed: Client) -> None:
    other = make_client(changed.facility, name="Bente Beispiel")
    assert history.forget_clients([changed.pk]) == 2
    assert [(each.changes, each.sealed) for each in history.entries_of_clients([changed.pk])] == [
        ({}, {"phone": [], "note": []}),
        ({"code": [], "facility_id": [], "caseload_of_id": []}, {"name": []}),
    ]
    assert history.entries_of_clients([other.pk]).get().sealed == {"name": [None, "Bente Beispiel"]}


def test_no_role_of_the_program_that_was_not_granted_it_can_forget(world: World) -> None:
    with (
        acting.as_person(world.here.place.lead),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        history.forget_clients([world.here.client.pk])


def test_looks_are_found_by_every_client_who_was_shown(world: World) -> None:
    here, there = world.here.client.pk, world.there.client.pk
    with acting.as_person(world.here.place.worker):
        note_look(LookKind.LIST, [here, world.here.other_client.pk], named=True)
    assert [each.kind for each in history.looks_at_clients([here])] == ["list", "file"]
    assert list(history.looks_at_clients([there])) == []
    assert ClientLook.objects.count() == 2
