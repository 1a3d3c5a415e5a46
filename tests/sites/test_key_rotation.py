"""`manage.py rotate_keys` brings every encrypted column and every index under the first key, resumably."""

from collections.abc import Callable

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from notifications import replies
from notifications.models import Reply
from scheduling.clients import clients_with_phone, named
from scheduling.models import Client
from sites import key_check, key_rotation
from sites.encryption import WrongKey
from sites.models import KeyCanary, Role, User
from tests.builders import NOW, make_client, make_facility, make_user

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
PHONE = "+491713920012"
Keys = Callable[..., None]
pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings: Settings) -> Keys:
    def use(*keys: str) -> None:
        settings.FIELD_ENCRYPTION_KEYS = list(keys)

    use(OLD)
    # The one that migrating left is under the tests' own key.
    KeyCanary.objects.all().delete()
    return use


def silent(what: str, done: int, total: int) -> None:
    return None


def test_every_encrypted_field_of_every_app_is_known() -> None:
    known = {(model._meta.label, name) for model, names in key_check.encrypted_models() for name in names}
    assert {("scheduling.Client", name) for name in ("name", "birth_date", "phone", "note")} | {
        ("notifications.Message", "body"),
        ("notifications.Message", "address"),
        ("notifications.Reply", "body"),
        ("notifications.Reply", "address"),
        ("pia_sites.KeyCanary", "text"),
    } <= known
    assert key_check.encrypted_models()[-1][0] is KeyCanary


def test_afterwards_the_old_key_is_not_needed(keys: Keys) -> None:
    client = make_client(make_facility(), name="Alex Muster", phone=PHONE)
    replies.receive(sid="SM1", address=PHONE, body="Ja", now=NOW)
    key_check.check_keys()
    keys(NEW, OLD)
    call_command("rotate_keys")
    keys(NEW)
    assert Client.objects.get(pk=client.pk).name == "Alex Muster"
    assert (clients_with_phone(PHONE), list(Client.objects.filter(named("Alex Muster")))) == (
        [client],
        [client],
    )
    assert Reply.objects.get().body == "Ja"
    key_check.check_keys()
    assert key_rotation.rotate(progress=silent).keys() >= {"scheduling_client", "notifications_reply"}


def test_it_goes_on_after_an_interruption_and_leaves_what_is_done(keys: Keys) -> None:
    facility = make_facility()
    for number in range(5):
        make_client(facility, name=f"Alex {number}")
    keys(NEW, OLD)

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "clients":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(progress=interrupt, batch=2)
    tokens = stored_names()
    assert key_rotation.rotate(progress=silent, batch=2)["scheduling_client"] == 3
    assert stored_names()[:2] == tokens[:2]
    assert sum(key_rotation.rotate(progress=silent, batch=2).values()) == 0


def test_it_tells_how_far_it_is(keys: Keys) -> None:
    make_client(make_facility(), name="Alex")
    seen: list[tuple[str, int, int]] = []
    key_rotation.rotate(progress=lambda *how: seen.append(how))
    assert seen == [("users", 1, 1), ("clients", 1, 1), ("history entries", 1, 1)]


def test_without_the_old_key_it_says_so_and_changes_nothing(keys: Keys) -> None:
    make_client(make_facility(), name="Alex")
    tokens = stored_names()
    keys(NEW)
    with pytest.raises(CommandError, match="älteren Schlüssel"):
        call_command("rotate_keys")
    assert stored_names() == tokens


def test_the_first_check_leaves_a_row_that_wrong_keys_do_not_open(keys: Keys) -> None:
    assert key_check.refusal() == ""
    keys(NEW)
    assert key_check.refusal().startswith("FIELD_ENCRYPTION_KEYS opens nothing of what is stored")
    keys(NEW, OLD)
    assert key_check.refusal() == ""


def test_given_data_from_before_the_first_check_then_that_is_tried(keys: Keys) -> None:
    make_client(make_facility(), name="Alex")
    keys(NEW)
    assert key_check.refusal() != ""
    assert not KeyCanary.objects.exists()


def test_a_key_taken_away_before_the_rotation_is_through_is_noticed(keys: Keys) -> None:
    key_check.check_keys()
    make_client(make_facility(), name="Alex")
    keys(NEW, OLD)

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "clients":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(progress=interrupt)
    keys(NEW)
    with pytest.raises(WrongKey):
        key_check.check_keys()


def stored_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM scheduling_client ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_second_factors_go_on_working_without_the_old_key(keys: Keys) -> None:
    user = make_user(Role.NETWORK_ADMIN)
    secrets = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
    for kind, name in secrets.items():
        Authenticator.objects.create(user=user, type=kind, data={name: get_adapter().encrypt(name)})

    keys(NEW, OLD)
    changed = [key_rotation.rotate(progress=silent)[Authenticator._meta.db_table] for _ in range(2)]

    keys(NEW)
    opened = {each.type: get_adapter().decrypt(each.data[secrets[each.type]]) for each in user_factors(user)}
    assert (opened, changed) == (secrets, [2, 0])


def user_factors(user: User) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user))
