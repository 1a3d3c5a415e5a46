"""Making the rows of one model say what the file says, in a constant number of queries for what is new."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model

from scheduling.importing.problems import quoted
from scheduling.importing.report import Outcome, Report

M = TypeVar("M", bound=Model)
# What identifies a row, as values of the model's `key` fields; objects stand for their primary keys.
Key = tuple[Any, ...]
Values = Mapping[str, Any]

# Where the file has another word than the model.
FILE_WORDS = {"since_date": "since", "until_date": "until"}


def sync(
    model: type[M],
    kind: str,
    wanted: Mapping[Key, Values],
    report: Report,
    *,
    key: tuple[str, ...],
    when_new: Callable[[], Values] = dict,
) -> dict[Key, M]:
    """Creates or updates a row for each of `wanted`, and returns them by key, with ids in place of objects.

    `values` of an updated row are set, everything else of it stays. `when_new` gives more values for created
    rows.
    """
    stored = _stored(model, key, wanted)
    rows: dict[Key, M] = {}
    new: list[M] = []
    for values_of_key, values in wanted.items():
        identity = tuple(_plain(value) for value in values_of_key)
        row = stored.get(identity)
        if row is None:
            row = model(**dict(zip(key, values_of_key, strict=True)), **values, **when_new())
            new.append(row)
            report.add(kind, _name(values_of_key), Outcome.CREATED)
        else:
            differences = _update(row, values)
            outcome = Outcome.UPDATED if differences else Outcome.UNCHANGED
            report.add(kind, _name(values_of_key), outcome, tuple(differences))
        rows[identity] = row
    model._default_manager.bulk_create(new)
    return rows


def _stored(model: type[M], key: tuple[str, ...], wanted: Mapping[Key, Values]) -> dict[Key, M]:
    first = {f"{key[0]}__in": [values[0] for values in wanted]}
    columns = [_column(model, name) for name in key]
    rows = model._default_manager.filter(**first)
    return {tuple(getattr(row, column) for column in columns): row for row in rows}


def _column(model: type[Model], field: str) -> str:
    """Where a row keeps the plain value: of a foreign key the id, which costs no query."""
    found: Any = model._meta.get_field(field)
    return str(found.attname)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _update(row: Model, values: Values) -> list[str]:
    """Sets `values`, and saves if that changed anything; returns what it changed."""
    differences = []
    for field, new in values.items():
        if getattr(row, _column(type(row), field)) != _plain(new):
            differences.append(difference(FILE_WORDS.get(field, field), getattr(row, field), new))
            setattr(row, field, new)
    if differences:
        row.save(update_fields=list(values))
    return differences


def difference(word: str, old: object, new: object) -> str:
    return f"{word} {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    if value is None:
        return "nichts"
    return f"{value}" if isinstance(value, datetime.date) else quoted(str(value), 250)


def _name(key: Key) -> str:
    return ", ".join(str(value) for value in key if value is not None)
