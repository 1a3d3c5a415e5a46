"""What names or reaches a person stands encrypted, opens with any of the keys, and never turns empty."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django import Settings

from scheduling.models import Client
from sites.encryption import WrongKey, blind_index, blind_indexes, decrypt, encrypt
from tests.builders import make_client, make_facility

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
PHONE = "+491713920012"
Keys = Callable[..., None]


@pytest.fixture
def keys(settings: Settings) -> Keys:
    def use(*keys: str) -> None:
        settings.FIELD_ENCRYPTION_KEYS = list(keys)

    use(OLD)
    return use


def stored(client: Client, column: str) -> str:
    """What really stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM scheduling_client WHERE id = %s', [client.pk])  # noqa: S608
        return str(cursor.fetchone()[0])


def test_what_was_encrypted_is_read_again(keys: Keys) -> None:
    assert decrypt(encrypt("Ö – ğ 🙂")) == "Ö – ğ 🙂"


def test_the_same_text_looks_different_each_time(keys: Keys) -> None:
    assert encrypt("Alex") != encrypt("Alex")


def test_a_wrong_key_raises(keys: Keys) -> None:
    token = encrypt("Alex")
    keys(OTHER)
    with pytest.raises(WrongKey, match="FIELD_ENCRYPTION_KEYS"):
        decrypt(token)


def test_a_token_that_was_tampered_with_raises(keys: Keys) -> None:
    token = encrypt("Alex")
    with pytest.raises(WrongKey):
        decrypt(token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:])


def test_text_that_was_never_encrypted_raises(keys: Keys) -> None:
    with pytest.raises(WrongKey):
        decrypt("Alex Muster")


def test_with_two_keys_the_first_encrypts_and_both_open(keys: Keys) -> None:
    old = encrypt("Alex")
    keys(NEW, OLD)
    new = encrypt("Alex")
    assert (decrypt(old), decrypt(new)) == ("Alex", "Alex")
    keys(NEW)
    assert decrypt(new) == "Alex"
    with pytest.raises(WrongKey):
        decrypt(old)


def test_the_index_is_stable_and_differs_by_value_and_key(keys: Keys) -> None:
    index = blind_index(PHONE)
    assert (blind_index(PHONE), len(index)) == (index, 64)
    assert blind_index("+491713920013") != index
    keys(OTHER)
    assert blind_index(PHONE) != index


def test_after_a_change_of_keys_the_old_index_is_still_looked_for(keys: Keys) -> None:
    old = blind_index(PHONE)
    keys(NEW, OLD)
    assert blind_indexes(PHONE) == [blind_index(PHONE), old]


@pytest.mark.django_db
class TestColumn:
    @pytest.fixture
    def client(self, keys: Keys) -> Client:
        return make_client(make_facility(), name="Alex Muster", phone=PHONE)

    def test_the_database_holds_no_plain_text(self, client: Client) -> None:
        assert [decrypt(stored(client, column)) for column in ("name", "phone")] == ["Alex Muster", PHONE]
        assert "Alex" not in stored(client, "name")
        assert PHONE[3:] not in stored(client, "phone") + stored(client, "phone_index")

    def test_it_is_read_as_plain_text(self, client: Client) -> None:
        client.refresh_from_db()
        assert (client.name, client.phone) == ("Alex Muster", PHONE)

    def test_empty_stays_empty(self, keys: Keys) -> None:
        client = make_client(make_facility())
        assert (stored(client, "name"), stored(client, "phone")) == ("", "")
        client.refresh_from_db()
        assert (client.name, client.phone) == ("", "")

    def test_with_a_wrong_key_nobody_is_nameless(self, client: Client, keys: Keys) -> None:
        """Reading must fail: an empty name would be saved over the real one."""
        keys(OTHER)
        with pytest.raises(WrongKey):
            Client.objects.get(pk=client.pk)
        keys(OLD)
        assert Client.objects.get(pk=client.pk).name == "Alex Muster"

    def test_saving_moves_a_row_to_the_new_key(self, client: Client, keys: Keys) -> None:
        keys(NEW, OLD)
        Client.objects.get(pk=client.pk).save()
        keys(NEW)
        assert Client.objects.get(pk=client.pk).name == "Alex Muster"
