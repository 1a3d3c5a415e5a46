"""Model instances out of plain SQL, for pages that are looked at all day.

To compose and join the same by the ORM on each look costs several times what the database takes. Row-level
security holds for these statements as for any other.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def columns(table: str, names: Sequence[str]) -> str:
    """What to select of `table`: "hour.id, hour.site_id"."""
    return ", ".join(f"{table}.{name}" for name in names)


def names(table: str, columns: Sequence[str]) -> str:
    """The same columns under names of their own: "hour_id, hour_site_id"."""
    return ", ".join(f"{table}_{column}" for column in columns)


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


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
