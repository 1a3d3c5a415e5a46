"""Model instances out of plain SQL, for pages that are looked at all day.

To compose and join the same by the ORM on each look costs several times what the database takes. Row-level
security holds for these statements as for any other.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def columns(table: str, names: Sequence[str]) -> str:
    """What to select of `table`: 'hour."id", hour."site_id"'."""
    return ", ".join(f'{table}."{name}"' for name in names)


def names(table: str, columns: Sequence[str]) -> str:
    """The same columns under names of their own: "hour_id, hour_site_id"."""
    return ", ".join(f"{table}_{column}" for column in columns)


class _Prepared(psycopg.Cursor[Any]):
    """Keeps each statement in the server, planned, for as long as the connection lives.

    The policies of row-level security make planning such a statement dearer than running it. A plan holds for
    one role; who acts is asked anew each time it runs.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        # Django keeps psycopg from preparing: the ORM's statements differ with each use.
        before, self.connection.prepare_threshold = self.connection.prepare_threshold, 0
        try:
            return super().execute(query, params, **options)
        finally:
            self.connection.prepare_threshold = before


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """`sql` is one of a few constants, since each is kept."""
    connection.ensure_connection()
    # Wrapped like any cursor of Django's, for what stands around statements: who acts, and tests.
    bare: Any = _Prepared(connection.connection)
    with connection.make_cursor(bare) as cursor:
        start = time.monotonic()
        cursor.execute(sql, values)
        if connection.queries_logged:
            _log(sql, values, time.monotonic() - start)
        return cursor.fetchall()


def _log(sql: str, values: Mapping[str, Any], seconds: float) -> None:
    """As Django logs its own; from a cursor that binds in the server it can't read the statement."""
    operations: Any = connection.ops
    connection.queries_log.append({"sql": operations.compose_sql(sql, values), "time": f"{seconds:.3f}"})


def parts(values: Sequence[Any], *groups: Sequence[object]) -> list[Sequence[Any]]:
    """`values` cut into pieces, each as long as the group of columns that it was read by."""
    found, start = [], 0
    for group in groups:
        found.append(values[start : start + len(group)])
        start += len(group)
    return found


def made(model: type[Row], columns: Sequence[str], values: Sequence[Any]) -> Row:
    """An instance as the ORM would have read it; what was not read is read when it is asked for."""
    places = _in_order(model, tuple(columns))
    return model.from_db(connection.alias, list(places), [values[place] for place in places.values()])


@cache
def _in_order(model: type[models.Model], columns: tuple[str, ...]) -> dict[str, int]:
    """The columns in the model's own order, each with its place in `columns`."""
    fields = model._meta.concrete_fields
    return {field.attname: columns.index(field.attname) for field in fields if field.attname in columns}
