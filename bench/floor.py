"""The floor: the same rows written by plain psycopg, with nothing around them."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.types.json import Jsonb

ROWS_PER_STATEMENT = 1000
# PostgreSQL's protocol counts the values of a statement in 16 bits.
MOST_VALUES = 65535


def connect() -> psycopg.Connection:
    """A connection of psycopg's own to the database that Django uses."""
    return psycopg.connect(**parameters())


def parameters() -> dict[str, Any]:
    """How psycopg finds the server and the database that Django uses."""
    known = connections["default"].get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return {name: known[name] for name in names if known.get(name)}


CLAIM = "UPDATE scheduling_slot SET state = 'busy' WHERE id = %s AND state = 'free'"
BOOK = """
INSERT INTO scheduling_appointment (
    slot_id, client_id, appointment_type, starts_at, ends_at, status, uid, sequence, booked_at, booked_by_id,
    cancel_reason
) VALUES (%s, %s, 'first', %s, %s, 'booked', gen_random_uuid(), 0, %s, %s, '') RETURNING id
"""
RECORD = """
INSERT INTO scheduling_change (kind, site_id, hour_id, appointment_id, sequence, data, at, by_id)
VALUES ('booked', %s, %s, %s, 0, %s, %s, %s)
"""


def book(connection: psycopg.Connection, slot: Any, client_id: int, by_id: int, now: Any) -> None:
    """One UPDATE, two INSERTs, one COMMIT."""
    connection.execute(CLAIM, [slot.pk])
    row = connection.execute(BOOK, [slot.pk, client_id, slot.starts_at, slot.ends_at, now, by_id]).fetchone()
    assert row is not None
    connection.execute(RECORD, [slot.site_id, slot.hour_id, row[0], Jsonb({}), now, by_id])
    connection.commit()


Table = tuple[str, list[str], list[tuple[Any, ...]]]


def read_table(connection: psycopg.Connection, name: str) -> Table:
    """Name, columns and rows of a table, in order of the key."""
    query = sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(name))
    cursor = connection.execute(query)
    assert cursor.description is not None
    rows = [
        tuple(Jsonb(value) if isinstance(value, dict) else value for value in row)
        for row in cursor.fetchall()
    ]
    return name, [column.name for column in cursor.description], rows


def insert_tables(connection: psycopg.Connection, tables: Sequence[Table]) -> None:
    """Writes the rows of all tables, a thousand a statement, in one transaction."""
    for name, columns, rows in tables:
        for part in _parts(rows, min(ROWS_PER_STATEMENT, MOST_VALUES // len(columns))):
            connection.execute(_insert(name, columns, len(part)), list(itertools.chain(*part)))
    connection.commit()


def _insert(name: str, columns: list[str], rows: int) -> bytes:
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
        sql.Identifier(name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([one] * rows),
    )
    return statement.as_bytes()


def _parts(rows: list[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
