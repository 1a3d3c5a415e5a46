"""Whatever adds, changes or removes a row of a tracked table leaves a line that says who did it."""

import re
from typing import LiteralString

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connection, models
from django.utils import timezone

from notifications.audit.columns import COLUMNS, HIDDEN
from notifications.models import Consent
from scheduling.models import Client, FormerCode, Release
from sites import acting
from sites.acting import System
from sites.encryption import BlindIndexField, EncryptedTextField
from sites.inviting import accept, invite
from sites.models import HistoryEntry, Invitation, Membership, Role, User
from sites.people import Post, end_membership
from tests.access.world import World, make_world
from tests.builders import NOW, make_client, make_user
from tests.pages.desks import Desk, Place
from tests.second_factor import give_second_factor

Kinds = list[tuple[str, str]]

TRACKED = {
    *("pia_sites_user", "pia_sites_membership", "pia_sites_invitation", "mfa_authenticator"),
    "socialaccount_socialaccount",
    *("scheduling_client", "scheduling_formercode", "scheduling_release", "notifications_consent"),
    *("scheduling_consultationseries", "scheduling_plannedslot", "schedule_rule", "schedule_event"),
    *("scheduling_consultationhour", "scheduling_appointment", "scheduling_waitingentry"),
    *("scheduling_walkin", "notifications_personalnotice", "notifications_workmark"),
}
# Tables of clients that are a log themselves, or of which each step is in one.
LOGS = {"scheduling_change", "notifications_message", "notifications_reply"}

# One change of each table that a person's own connection can make, on a row of the facility here.
CHANGES: dict[str, LiteralString] = {
    "scheduling_client": "UPDATE scheduling_client SET language = 'ar' WHERE id = %s",
    "notifications_consent": "UPDATE notifications_consent SET language = 'ar' WHERE client_id = %s",
    "scheduling_appointment": "UPDATE scheduling_appointment SET confirmed_at = now() WHERE client_id = %s",
}
OF_NO_CLIENT: dict[str, LiteralString] = {
    "pia_sites_user": "UPDATE pia_sites_user SET display_name = 'Neu' WHERE id = (SELECT min(id) FROM {t})",
    "pia_sites_membership": "UPDATE pia_sites_membership SET role = 'facility_lead' WHERE id = "
    "(SELECT min(id) FROM {t} WHERE role = 'social_worker')",
    "scheduling_consultationseries": "UPDATE scheduling_consultationseries SET psychiatrist_id = "
    "(SELECT max(id) FROM pia_sites_user) WHERE id = (SELECT min(id) FROM {t})",
    "scheduling_plannedslot": "UPDATE scheduling_plannedslot SET minutes = 55 WHERE id = "
    "(SELECT min(id) FROM {t})",
    "scheduling_consultationhour": "UPDATE scheduling_consultationhour SET status = 'held' WHERE id = "
    "(SELECT min(id) FROM {t})",
    "schedule_rule": "UPDATE schedule_rule SET params = 'byweekday:MO' WHERE id = (SELECT min(id) FROM {t})",
    "schedule_event": 'UPDATE schedule_event SET "end" = "end" + interval \'1 hour\' WHERE id = '
    "(SELECT min(id) FROM {t})",
}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def newest(table: str) -> HistoryEntry:
    return HistoryEntry.objects.filter(table_name=table).order_by("-pk")[0]


def run(statement: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.mark.parametrize("table", CHANGES)
def test_raw_sql_of_a_person_is_noted_with_the_person(world: World, table: str) -> None:
    worker = world.here.place.worker
    with acting.as_person(worker):
        changed = run(CHANGES[table], world.here.client.pk)
    entry = newest(table)
    assert (changed, entry.action, entry.actor, entry.system) == (1, "update", worker, "pia_web")
    assert (entry.client_id, entry.facility) == (world.here.client.pk, world.here.place.site.facility)


@pytest.mark.parametrize("table", OF_NO_CLIENT)
def test_raw_sql_of_a_machine_is_noted_with_the_machine(world: World, table: str) -> None:
    with acting.as_system(System.PLANNER):
        changed = run(OF_NO_CLIENT[table].format(t=table))
    entry = newest(table)
    assert (changed, entry.action, entry.actor, entry.system) == (1, "update", None, "pia_planner")


def test_a_bulk_update_leaves_a_line_for_each_row_with_what_stood_there(world: World) -> None:
    facility = world.here.place.site.facility
    with acting.as_person(world.here.place.worker):
        Client.objects.filter(facility=facility).update(insurance="clearing")
    lines = HistoryEntry.objects.filter(table_name="scheduling_client", action="update").order_by("client_id")
    assert [(each.client_id, each.changes) for each in lines] == [
        (pk, {"insurance": ["", "clearing"]}) for pk in (world.here.client.pk, world.here.other_client.pk)
    ]


def test_what_changes_nothing_is_not_noted(world: World) -> None:
    client = Client.objects.get(pk=world.here.client.pk)
    before = HistoryEntry.objects.count()
    client.save()
    run("UPDATE scheduling_client SET code = code, version = version + 1")
    assert HistoryEntry.objects.count() == before


def test_saving_an_unchanged_file_leaves_what_is_encrypted_as_it_stands(world: World) -> None:
    client = Client.objects.get(pk=world.here.client.pk)
    client.language = "fr"
    client.save()
    entry = newest("scheduling_client")
    assert (entry.changes, entry.sealed) == ({"language": ["", "fr"]}, {})


def test_adding_and_removing_are_noted_for_every_table_of_a_client(world: World) -> None:
    place = world.here.place
    client = make_client(place.site.facility, by=place.worker)
    consent = {"text_version": "x", "given_at": NOW, "given_how": "spoken", "recorded_by": place.worker}
    Consent.objects.create(client=client, **consent)
    release = {**consent, "clinic": place.site.clinic, "scope": "name", "ends_date": NOW.date()}
    Release.objects.create(client=client, **release)
    FormerCode.objects.create(
        facility=client.facility, client=client, code="ALT-111", merged_at=NOW, merged_by=place.worker
    )
    for model in (Consent, Release, FormerCode):
        model.objects.filter(client=client).delete()
    pk, code = client.pk, client.code
    client.delete()
    lines = HistoryEntry.objects.filter(client_id=pk).order_by("pk")
    tables = ("notifications_consent", "scheduling_release", "scheduling_formercode")
    assert [(each.table_name, each.action) for each in lines] == [
        ("scheduling_client", "insert"),
        *((table, "insert") for table in tables),
        *((table, "delete") for table in tables),
        ("scheduling_client", "delete"),
    ]
    assert {each.facility for each in lines} == {place.site.facility}
    assert newest("scheduling_client").changes["code"] == [code, None]


def test_who_ends_a_role_is_known_after_the_role_is_gone(place: Place) -> None:
    membership = place.worker.memberships.get()
    with acting.as_person(place.lead):
        end_membership(membership=membership, by=place.lead)
    entry = newest("pia_sites_membership")
    assert (entry.action, entry.actor, entry.person, entry.facility) == (
        *("delete", place.lead),
        *(place.worker, place.site.facility),
    )
    assert newest("pia_sites_user").changes == {"is_active": [True, False]}


def test_an_invitation_and_its_acceptance_are_noted_without_the_token(place: Place) -> None:
    post = Post(Role.SOCIAL_WORKER, facility=place.site.facility)
    with acting.as_person(place.lead):
        _, token = invite(email="neu@example.org", post=post, by=place.lead, now=NOW)
    accept(token=token, now=NOW, display_name="Neue Kollegin", password="ein langes passwort")
    lines = HistoryEntry.objects.filter(table_name="pia_sites_invitation").order_by("pk")
    digest = Invitation.objects.get().token_hash
    assert [(each.action, each.actor, digest in str(each.changes)) for each in lines] == [
        ("insert", place.lead, False),
        ("update", None, False),
    ]


def test_a_further_role_is_taken_by_who_is_signed_in(place: Place) -> None:
    with acting.as_person(place.admin):
        post = Post(Role.NETWORK_ADMIN)
        _, token = invite(email=place.worker.email, post=post, by=place.admin, now=timezone.now())
    User.objects.filter(pk=place.worker.pk).update(password=make_password("ein langes passwort"))
    answer = Desk(User.objects.get(pk=place.worker.pk)).browser.post(f"/einladung/{token}/")
    entry = newest("pia_sites_membership")
    assert (answer.status_code, entry.action, entry.actor) == (302, "insert", place.worker)


def test_of_a_password_and_a_second_factor_only_that_it_happened_is_noted(place: Place) -> None:
    with acting.as_person(place.worker):
        place.worker.set_password("etwas ganz anderes")
        place.worker.save()
        give_second_factor(place.worker)
    password, factor = newest("pia_sites_user"), newest("mfa_authenticator")
    assert (password.actor, password.changes) == (place.worker, {"password": []})
    assert (factor.action, factor.person, set(factor.changes)) == (
        "insert",
        place.worker,
        {"type", "user_id"},
    )


def test_that_a_provider_was_connected_is_noted_without_what_it_said(place: Place) -> None:
    with acting.as_person(place.worker):
        SocialAccount.objects.create(user=place.worker, provider="klinik", uid="4711", extra_data={"a": 1})
    entry = newest("socialaccount_socialaccount")
    assert (entry.person, set(entry.changes)) == (place.worker, {"provider", "user_id"})


def test_signing_in_is_no_change(place: Place) -> None:
    before = HistoryEntry.objects.count()
    User.objects.filter(pk=place.worker.pk).update(last_login=NOW)
    assert HistoryEntry.objects.count() == before


# -- which columns, of which tables -----------------------------------------------------------------------


def triggers() -> dict[str, list[set[str]]]:
    """By tracked table the columns that are sealed, secret and omitted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgname = 'pia_history'"
        )
        found = dict(cursor.fetchall())
    return {
        table: [set(filter(None, each.split(","))) for each in re.findall(r"'([^']*)'", definition)]
        for table, definition in found.items()
    }


def model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def test_every_table_that_must_be_tracked_is(db: None) -> None:
    of_clients = {
        model._meta.db_table
        for model in apps.get_models()
        if model is Client or any(each.related_model is Client for each in model._meta.concrete_fields)
    }
    assert set(triggers()) == TRACKED
    assert of_clients - TRACKED - LOGS == set()


def test_what_is_encrypted_is_sealed_and_what_finds_it_again_is_left_out(db: None) -> None:
    for table, (sealed, secret, omitted) in triggers().items():
        fields = model_of(table)._meta.concrete_fields
        encrypted = {each.column for each in fields if isinstance(each, EncryptedTextField)}
        assert sealed == encrypted - secret
        assert {each.column for each in fields if isinstance(each, BlindIndexField)} <= omitted
        columns = {each.column for each in fields}
        assert columns & {"password"} <= secret
        assert columns & {"token_hash", "data", "uid", "extra_data"} <= omitted


def test_every_column_that_is_noted_has_german_words_or_is_left_out_on_purpose(db: None) -> None:
    missing = {
        (table, field.column)
        for table, (_, _, omitted) in triggers().items()
        for field in model_of(table)._meta.concrete_fields
        if field.column not in {"id", *omitted, *COLUMNS[table], *HIDDEN[table]}
    }
    assert missing == set()


def test_a_new_membership_is_noted_too(place: Place) -> None:
    user = make_user()
    with acting.as_person(place.admin):
        Membership.objects.create(user=user, role=Role.NETWORK_ADMIN)
    entry = newest("pia_sites_membership")
    assert (entry.action, entry.actor, entry.person) == ("insert", place.admin, user)
