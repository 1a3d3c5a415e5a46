"""The real network file, what it becomes when a line of it is changed, and what the database holds."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from psycopg import sql

from scheduling import importing
from scheduling.importing.problems import NotImportable, Problem
from sites.models import KeyCanary

FILE = Path(__file__).resolve().parents[2] / "data" / "pia_flex_berlin.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def edited(*edits: tuple[str, str]) -> str:
    """The network file with the first occurrence of each old text replaced by the new."""
    text = TEXT
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def lines_with(mark: str, text: str) -> list[int]:
    """The numbers of the lines that carry `mark`."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if mark in line]


def problems_of(text: str | bytes, folder: Path) -> list[Problem]:
    """What is wrong with a file of this content; nothing, if it may be imported."""
    path = folder / "network.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    try:
        importing.load(path)
    except NotImportable as refusal:
        return refusal.problems
    return []


def database() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that an import could touch."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in _models()
    }


def row_count() -> int:
    """The number of rows in all these tables, in one query."""
    counts = [sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(table)) for table in _tables()]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(sql.SQL(" + ").join(counts)))
        return int(cursor.fetchone()[0])


def _tables() -> list[str]:
    return [model._meta.db_table for model in _models()]


def _models() -> list[type[Model]]:
    labels = ("pia_sites", "scheduling", "schedule")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    # Left by whoever migrates, and nobody's data.
    return [model for model in models if model is not KeyCanary]
