"""docs/datenschutz/ says what is: tables, encrypted columns, commands, settings, the period of keeping."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db import connection
from django.db.models import Field

from config.environment import ROOT
from sites.encryption import BlindIndexField
from sites.models import Site
from tests.setup.test_environment import COMPLETE, TWILIO

FOLDER = ROOT / "docs/datenschutz"
PAGES = sorted(FOLDER.glob("*.md"))
STORAGE = (FOLDER / "speicherung.md").read_text()
TEXT = "\n".join(page.read_text() for page in PAGES)
CELLS = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)


def columns_said_to_be_encrypted() -> dict[str, set[str]]:
    """By table: the columns that the page's third cell names."""
    return {
        table: set(re.findall(r"`(\w+)`", rest.split("|")[1]))
        for table, rest in CELLS.findall(STORAGE)
        if "`" in rest.split("|")[1]
    }


@pytest.mark.django_db
def test_every_table_is_named() -> None:
    tables = set(connection.introspection.table_names())
    assert sorted(table for table in tables if f"`{table}`" not in STORAGE) == []


@pytest.mark.django_db
def test_no_table_is_named_that_does_not_exist() -> None:
    named = {table for table, _ in CELLS.findall(STORAGE)}
    assert sorted(named - set(connection.introspection.table_names())) == []


def test_what_is_encrypted_is_said_to_be_so_and_nothing_else() -> None:
    found = {
        model._meta.db_table: {each.name for each in model._meta.concrete_fields if is_encrypted(each)}
        for model in apps.get_models()
    }
    del found["pia_sites_keycanary"]  # a probe, of nobody
    assert columns_said_to_be_encrypted() == {table: names for table, names in found.items() if names}


def is_encrypted(field: "Field[Any, Any]") -> bool:
    return type(field).__module__ == "sites.encryption" and not isinstance(field, BlindIndexField)


def test_every_command_exists() -> None:
    named = set(re.findall(r"manage\.py (\w+)", TEXT))
    assert sorted(named - set(get_commands())) == []


def test_the_period_is_the_one_of_the_code() -> None:
    default = {each.name: each for each in Site._meta.concrete_fields}["retention_days"].default
    assert set(re.findall(r"(\d+) Tage nach dem letzten Termin", TEXT)) == {str(default)}


def test_every_setting_exists() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=\w+)?`", TEXT))
    known = {*COMPLETE, *TWILIO, "IDLE_MINUTES", "TWILIO_REGION", "TWILIO_EDGE"}
    assert sorted(named - known) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link.split("#")[0]).resolve().exists()] == []
