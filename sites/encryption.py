"""Encryption of what names or reaches a person, and the index to find it again.

Authenticated encryption by Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) from
`cryptography`. The first key of `FIELD_ENCRYPTION_KEYS` encrypts, every key decrypts.
"""

import datetime
import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class WrongKey(Exception):
    """No key of FIELD_ENCRYPTION_KEYS opens a stored value: never read it as empty, never save over it."""


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`. Raises WrongKey if no key opens it."""
    try:
        return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise WrongKey(
            "Ein verschlüsseltes Feld lässt sich mit keinem Schlüssel aus FIELD_ENCRYPTION_KEYS öffnen."
        ) from error


def reencrypt(token: str) -> str:
    """`token` under the first key: itself if that key opens it already. Raises WrongKey if no key does."""
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return encrypt(decrypt(token))
    return token


def blind_index(value: str) -> str:
    """Keyed digest (64 hex digits) under which `value` is stored, made with the first key."""
    return _digest(settings.FIELD_ENCRYPTION_KEYS[0], value)


def blind_indexes(value: str) -> list[str]:
    """Every digest under which `value` may be stored, one for each key."""
    return [_digest(key, value) for key in settings.FIELD_ENCRYPTION_KEYS]


def _digest(key: str, value: str) -> str:
    # A key of its own, so that no digest is ever made with a key that also encrypts.
    index_key = hashlib.sha256(b"blind index:" + key.encode()).digest()
    return hmac.new(index_key, value.encode(), hashlib.sha256).hexdigest()


class _OpenedText(str):
    """A decrypted text that remembers how it was stored.

    Encrypting the same text twice gives two results. Whoever saves a row with such a text unchanged must not
    change what is stored: the history would tell of a change that nobody made.
    """

    __slots__ = ("token",)
    token: str

    @classmethod
    def of(cls, token: str) -> "_OpenedText":
        text = cls(decrypt(token))
        text.token = token
        return text


class _OpenedDate(datetime.date):
    """As `_OpenedText`, for a day."""

    token: str

    @classmethod
    def of(cls, token: str) -> "_OpenedDate":
        day = cls.fromisoformat(decrypt(token))
        day.token = token
        return day


class EncryptedTextField(models.TextField):
    """Text that stands encrypted in the database. Empty stays empty, so that «nothing known» is visible."""

    def get_prep_value(self, value: Any) -> Any:
        if token := getattr(value, "token", ""):
            return reencrypt(token)
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return _OpenedText.of(value) if value else value


class EncryptedDateField(EncryptedTextField):
    """A calendar day that stands encrypted in the database; NULL where nothing is known."""

    def to_python(self, value: Any) -> datetime.date | None:
        if value is None or isinstance(value, datetime.date):
            return value
        return datetime.date.fromisoformat(value) if value else None

    def get_prep_value(self, value: Any) -> Any:
        if token := getattr(value, "token", ""):
            return reencrypt(token)
        day = self.to_python(value)
        return encrypt(day.isoformat()) if day else None

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return _OpenedDate.of(value) if value else None


class SealedValuesField(models.JSONField):
    """Old and new values of encrypted fields, each as it stood in its column: {"phone": ["…", "…"]}.

    For reading only: the database itself fills it, and cannot open what it copies. A row of nothing stays
    cheap to read.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = super().from_db_value(value, expression, connection)
        return {
            name: [decrypt(each) if each else each for each in values]
            for name, values in (stored or {}).items()
        }


class BlindIndexField(models.CharField):
    """The blind index of the field named by `of`, computed whenever a row is saved; "" for no value.

    `normal` brings equal values to one form before. Write `of` by `save()` or `bulk_create()`, and name both
    fields in `update_fields`; a bare `update()` would leave the index behind.
    """

    def __init__(self, *, of: str, normal: Callable[[str], str] = str, **kwargs: Any) -> None:
        self.of = of
        self.normal = normal
        super().__init__(**{"max_length": 64, "blank": True, "default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        """For a migration it is only the column."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def clone(self) -> Any:
        """As `deconstruct` says less than this class needs."""
        _, _, _, kwargs = super().deconstruct()
        return type(self)(of=self.of, normal=self.normal, **kwargs)

    def index_of(self, value: str) -> str:
        plain = self.normal(value) if value else ""
        return blind_index(plain) if plain else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        index = self.index_of(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, index)
        return index
