"""Speaking to the database past the domain: rows changed by raw SQL, and the constraint that says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

# Columns that differ in every row, so that a copy breaks nothing but what the test changes.
OWN_VALUES = {
    "scheduling_appointment": {"uid": "gen_random_uuid()"},
    "scheduling_consultationhour": {"uid": "gen_random_uuid()"},
}


def copy_row(table: str, pk: int, **changes: object) -> int:
    """Inserts a copy of row `pk` with `changes`; the key of the new row."""
    own = {"id": f"nextval(pg_get_serial_sequence('{table}', 'id'))", **OWN_VALUES.get(table, {})}
    fresh = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(column), sql.SQL(cast(Any, expression)))
        for column, expression in own.items()
    )
    statement = sql.SQL(
        "INSERT INTO {table} SELECT (jsonb_populate_record(old, jsonb_build_object({fresh}) || %s)).* "
        "FROM {table} old WHERE old.id = %s RETURNING id"
    ).format(table=sql.Identifier(table), fresh=fresh)
    return int(rows(statement, [_json(changes), pk])[0][0])


def update_row(table: str, pk: int, **changes: Any) -> int:
    """Sets columns of row `pk`, and only those named, for triggers look at single columns; returns `pk`."""
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changes)
    statement = sql.SQL("UPDATE {} SET {} WHERE id = %s").format(sql.Identifier(table), assignments)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*changes.values(), pk])
        assert cursor.rowcount == 1
    return pk


def delete_row(table: str, pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), [pk])
        assert cursor.rowcount == 1


def rows(statement: str | sql.Composed, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(cast(str, statement), params or [])
        return cursor.fetchall()


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The block must fail on the constraint of this name; what it did is taken back."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


def _json(changes: dict[str, object]) -> Jsonb:
    return Jsonb(
        {name: value if isinstance(value, int | None) else str(value) for name, value in changes.items()}
    )
