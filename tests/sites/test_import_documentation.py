"""docs/netzdatei.md says what the import asks for: its tables are tried on the real file."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sites.models import Role
from tests.sites.network_files import TEXT, problems_of

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "netzdatei.md").read_text(encoding="utf-8")
NETWORK = yaml.safe_load(TEXT)
SECTIONS = {
    "providers": ("`providers` und `clinics`", lambda network: network["providers"][0]),
    "clinics": ("`providers` und `clinics`", lambda network: network["clinics"][0]),
    "facilities": ("`facilities`", lambda network: network["facilities"][0]),
    "sites": ("`sites`", lambda network: network["sites"][0]),
    "series": ("`series`", lambda network: network["sites"][0]["series"][0]),
    "staff": ("`staff`", lambda network: network["staff"][-1]),
}


def documented(heading: str) -> dict[str, str]:
    """Each key in the table under `heading`, and whether it is needed."""
    section = DOCUMENT.split(f"### {heading}\n")[1].split("\n### ")[0].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| (nötig|freiwillig|je nach Rolle) \|", section, re.MULTILINE)
    return {key: needed for keys, needed in rows for key in re.findall(r"`(\w+)`", keys)}


def texts(network: Any, folder: Path) -> list[str]:
    dumped = yaml.safe_dump(network, allow_unicode=True, sort_keys=False)
    return [problem.text.split(": ", 1)[1] for problem in problems_of(dumped, folder)]


@pytest.mark.parametrize("name", list(SECTIONS))
def test_every_key_of_the_file_is_documented(name: str) -> None:
    heading, entry_of = SECTIONS[name]
    assert set(entry_of(NETWORK)) - set(documented(heading)) == set()


@pytest.mark.parametrize("name", list(SECTIONS))
def test_exactly_the_needed_keys_are_missed(name: str, tmp_path: Path) -> None:
    heading, entry_of = SECTIONS[name]
    keys = documented(heading)
    network = copy.deepcopy(NETWORK)
    entry_of(network).clear()
    missing = {
        match[1]
        for text in texts(network, tmp_path)
        if (match := re.fullmatch(r"Schlüssel «(\w+)» fehlt\.", text))
    }
    assert missing == {key for key, needed in keys.items() if needed == "nötig"}


@pytest.mark.parametrize("name", list(SECTIONS))
def test_no_documented_key_is_unknown(name: str, tmp_path: Path) -> None:
    heading, entry_of = SECTIONS[name]
    network = copy.deepcopy(NETWORK)
    for key in documented(heading):
        entry_of(network).setdefault(key, None)
    assert [text for text in texts(network, tmp_path) if "unbekannt" in text] == []


def test_the_keys_at_the_top_are_documented() -> None:
    table = DOCUMENT.split("## Aufbau\n")[1].split("\n### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(NETWORK)


def test_every_role_is_documented() -> None:
    assert set(
        re.findall(r"^\| `(\w+)` \| (?:`clinic`|`facility`|weder noch) \|", DOCUMENT, re.MULTILINE)
    ) == set(Role.values)


def test_the_rules_shown_are_rules(tmp_path: Path) -> None:
    shown = re.findall(r"^rule: (\{.*?\})", DOCUMENT, re.MULTILINE)
    assert len(shown) == 2
    for rule in shown:
        assert problems_of(TEXT.replace("{frequency: monthly, weekday: WE, nth: 2}", rule), tmp_path) == []
