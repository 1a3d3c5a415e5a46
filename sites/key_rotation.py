"""Bringing everything that is encrypted under the first key of FIELD_ENCRYPTION_KEYS."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, models, transaction

from sites.encryption import BlindIndexField, decrypt, reencrypt
from sites.key_check import encrypted_models
from sites.models import HistoryEntry, KeyCanary

BATCH = 500
# Of the authenticator app, and of the recovery codes.
SECOND_FACTOR_SECRETS = ("secret", "seed")
Progress = Callable[[str, int, int], None]


def rotate(*, progress: Progress, batch: int = BATCH) -> dict[str, int]:
    """Re-encrypts and re-indexes every row of every model; how many rows changed, by table.

    Works in batches, each a transaction of its own that locks its rows, so people may work meanwhile. What is
    under the first key already is left as it is: after an interruption it goes on where it was. Raises
    WrongKey if a value opens with no key; the batches before stay.
    """
    changed = {Authenticator._meta.db_table: _rotate_second_factors(progress)}
    for model, names in encrypted_models():
        if model is KeyCanary:
            # After the tables that it copies from, and before the canary, which says that all is through.
            changed[HistoryEntry._meta.db_table] = _rotate_history(progress, batch)
        changed[model._meta.db_table] = _rotate_table(model, names, progress, batch)
    return changed


def _rotate_second_factors(progress: Progress) -> int:
    """The secrets that django-allauth keeps, encrypted by `sites.adapters`, within its JSON."""
    keys = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    changed = 0
    for done, pk in enumerate(keys, start=1):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if factor is not None:
                fresh = {
                    name: reencrypt(value) if name in SECOND_FACTOR_SECRETS else value
                    for name, value in factor.data.items()
                }
                if fresh != factor.data:
                    Authenticator.objects.filter(pk=pk).update(data=fresh)
                    changed += 1
        progress(str(Authenticator._meta.verbose_name_plural), done, len(keys))
    return changed


def _rotate_history(progress: Progress, batch: int) -> int:
    """The old and new values of encrypted fields that the history copied."""
    total = HistoryEntry.objects.exclude(sealed={}).count()
    changed = done = last = 0
    while True:
        with transaction.atomic():
            rows = _locked_history(last, batch)
            for pk, stored in rows:
                fresh = {
                    name: [reencrypt(each) if each else each for each in values]
                    for name, values in stored.items()
                }
                if fresh != stored:
                    _write_history(pk, fresh)
                    changed += 1
        if not rows:
            return changed
        last = rows[-1][0]
        done += len(rows)
        progress(str(HistoryEntry._meta.verbose_name_plural), done, total)


def _locked_history(last: int, batch: int) -> list[tuple[int, dict[str, list[str | None]]]]:
    """The next rows with something sealed, past the field that would open it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, sealed::text FROM pia_sites_historyentry WHERE id > %s AND sealed <> '{}' "
            "ORDER BY id LIMIT %s FOR NO KEY UPDATE",
            [last, batch],
        )
        return [(pk, json.loads(sealed)) for pk, sealed in cursor.fetchall()]


def _write_history(pk: int, sealed: dict[str, list[str | None]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pia_sites_historyentry SET sealed = %s WHERE id = %s", [json.dumps(sealed), pk]
        )


def _rotate_table(model: type[models.Model], names: Sequence[str], progress: Progress, batch: int) -> int:
    indexes = [each for each in model._meta.concrete_fields if isinstance(each, BlindIndexField)]
    total = model._base_manager.count()
    changed = done = 0
    last: Any = None
    while True:
        with transaction.atomic():
            _keep_out_of_history()
            rows = _locked_rows(model, [*names, *(each.name for each in indexes)], last, batch)
            for pk, *values in rows:
                stored = dict(zip([*names, *(each.name for each in indexes)], values, strict=True))
                fresh = _fresh(stored, names, indexes)
                if fresh != stored:
                    _write(model, pk, fresh)
                    changed += 1
        if not rows:
            return changed
        last = rows[-1][0]
        done += len(rows)
        progress(str(model._meta.verbose_name_plural), done, total)


def _keep_out_of_history() -> None:
    """Within this transaction: nobody changes anything, so the trigger `pia_history` has nothing to tell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pia.rotating', 'on', true)")


def _fresh(
    stored: dict[str, str | None], names: Sequence[str], indexes: Sequence[BlindIndexField]
) -> dict[str, str | None]:
    fresh = {name: reencrypt(token) if (token := stored[name]) else token for name in names}
    for index in indexes:
        token = stored[index.of]
        fresh[index.name] = index.index_of(decrypt(token) if token else "")
    return fresh


def _locked_rows(model: type[models.Model], names: Sequence[str], last: Any, batch: int) -> list[Any]:
    """The next rows as they are stored, past the fields that would decrypt them."""
    quote = connection.ops.quote_name
    table, pk = quote(model._meta.db_table), quote(_column(model, model._meta.pk.name))
    columns = ", ".join(quote(_column(model, name)) for name in names)
    after = f"WHERE {pk} > %s" if last is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {columns} FROM {table} {after} ORDER BY {pk} LIMIT %s FOR NO KEY UPDATE",  # noqa: S608
            [batch] if last is None else [last, batch],
        )
        return cursor.fetchall()


def _write(model: type[models.Model], pk: Any, values: dict[str, str | None]) -> None:
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(_column(model, name))} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {assignments} "  # noqa: S608
            f"WHERE {quote(_column(model, model._meta.pk.name))} = %s",
            [*values.values(), pk],
        )


def _column(model: type[models.Model], name: str) -> str:
    return str(next(field.column for field in model._meta.concrete_fields if field.name == name))
