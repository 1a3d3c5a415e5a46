"""Whatever becomes of the network file by accident: it is refused with lines to read, or imported whole."""

import copy
import random
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.sites.network_files import TEXT, database, row_count

pytestmark = pytest.mark.django_db

STRANGE: list[Any] = [
    *(None, True, -1, 0, 10**30, 1.5, "", " ", "x" * 300, "é" * 60, "\0", "\ud83d", "=", "<<"),
    *("13:00", "25:00", "2026-02-30", "9999-12-31", "vista", "psychiatrie.mitte@example.org"),
    *([], [[]], {}, {"slug": "vista"}, [None]),
]
SCRAPS = [
    *("", "\t", " ", "\n", "\r", "\0", "\x85", "\ufeff", "ß", "🙂", "-1", "null", "@", "`", "#"),
    *("- ", ": ", "? ", "{", "}", "[", "]", '"', "'", "*a", "&a ", "!!str ", "|", ">"),
    *("---\n", "...\n", "%YAML 9.9\n"),
]
EXAMPLES = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(content: bytes, folder: Path) -> None:
    """Imports a file of this content: either refused and nothing written, or written so that all is there."""
    path = folder / "network.yaml"
    path.write_bytes(content)
    with transaction.atomic():
        answer = run(path)
        if answer.startswith("Refused"):
            assert "nichts wurde geschrieben" in answer
            assert row_count() == 0
        else:
            after = database()
            assert "Nichts zu ändern" in run(path)
            assert database() == after
        transaction.set_rollback(True)


def run(path: Path) -> str:
    out = StringIO()
    try:
        call_command("import_network", path, stdout=out)
    except CommandError as refusal:
        return f"Refused: {refusal}"
    return out.getvalue()


@EXAMPLES
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, 12), st.sampled_from(SCRAPS)),
        min_size=1,
        max_size=4,
    )
)
@example(edits=[(0, len(TEXT), "")])
def test_characters_lost_and_inserted(edits: list[tuple[int, int, str]], tmp_path: Path) -> None:
    text = TEXT
    for start, length, scrap in edits:
        text = text[:start] + scrap + text[start + length :]
    check(text.encode("utf-8", "replace"), tmp_path)


@EXAMPLES
@given(seed=st.integers(0, 2**32))
def test_lines_lost_doubled_and_swapped(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - hypothesis chooses the seed
    lines = TEXT.splitlines(keepends=True)
    for _ in range(chance.randint(1, 5)):
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        kind = chance.choice(["lose", "double", "swap", "indent"])
        if kind == "lose":
            del lines[here]
        elif kind == "double":
            lines.insert(there, lines[here])
        elif kind == "swap":
            lines[here], lines[there] = lines[there], lines[here]
        else:
            lines[here] = "  " + lines[here]
    check("".join(lines).encode(), tmp_path)


@EXAMPLES
@given(position=st.integers(0, len(TEXT.encode())), byte=st.integers(0, 255))
def test_bytes_changed(position: int, byte: int, tmp_path: Path) -> None:
    data = bytearray(TEXT.encode())
    data[position : position + 1] = bytes([byte])
    check(bytes(data), tmp_path)


@EXAMPLES
@given(seed=st.integers(0, 2**32), value=st.sampled_from(STRANGE))
def test_well_formed_files_with_strange_values(seed: int, value: Any, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - hypothesis chooses the seed
    network = yaml.safe_load(TEXT)
    for _ in range(chance.randint(1, 3)):
        replace_somewhere(network, value, chance)
    check(yaml.dump(network, Dumper=NoAliases, allow_unicode=True).encode("utf-8", "surrogatepass"), tmp_path)


class NoAliases(yaml.SafeDumper):
    """Writes every value out, so that the file is refused for the strange value, if at all."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def replace_somewhere(node: Any, value: Any, chance: random.Random) -> None:
    """Puts `value` at, or takes away, a random place in `node`."""
    while True:
        key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
        below = node[key]
        if not isinstance(below, dict | list) or not below or chance.random() < 0.15:
            break
        node = below
    if chance.random() < 0.2:
        del node[key]
    else:
        node[key] = copy.deepcopy(value)
