"""Whatever is given in place of a network file, the answer is a line to read, not a traceback."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scheduling.importing import parsing
from tests.sites.network_files import TEXT, database, problems_of

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "Die Datei ist leer. Eine Netzdatei beginnt mit «version: 1»."
NO_YAML = "Hier ist die Datei kein gültiges YAML."
NO_UTF8 = "Die Datei ist kein Text in UTF-8. Bitte speichern Sie sie mit der Kodierung UTF-8."
NO_KEYS = "Netzdatei: erwartet werden Schlüssel wie «version:», gefunden: "
TOO_DEEP = "Die Datei ist zu tief geschachtelt (mehr als 12 Ebenen)."

# Each level refers nine times to the one before: nine to the ninth strings, if anybody followed.
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        pytest.param("", 1, EMPTY, id="empty"),
        pytest.param("# nothing\n", 1, EMPTY, id="only a comment"),
        pytest.param("null\n", 1, NO_KEYS + "nichts.", id="an empty document"),
        pytest.param("- a\n- b\n", 1, NO_KEYS + "eine Liste.", id="a list"),
        pytest.param("hello", 1, NO_KEYS + "ein Text.", id="a text"),
        pytest.param(b"\x00\x01\x02", 1, NO_YAML, id="binary"),
        pytest.param(b"\n\n\xff\xfe", 3, NO_UTF8, id="not UTF-8"),
        pytest.param(TEXT.encode("utf-16"), 1, NO_UTF8, id="UTF-16"),
        pytest.param("a: 1\nb: [1, 2\n", 3, NO_YAML, id="an open bracket"),
        pytest.param("a: 1\n\tb: 2\n", 2, NO_YAML, id="a tab"),
        pytest.param('a: "x\n', 2, NO_YAML, id="an open quotation mark"),
        pytest.param(
            "a: *b\n", 1, "Der Verweis *b ist nicht erlaubt; bitte schreiben Sie es aus.", id="an alias"
        ),
        pytest.param("a: " + "[" * 100_000, 1, TOO_DEEP, id="deep in one line"),
        pytest.param(
            "".join(" " * depth + "a:\n" for depth in range(1000)), 13, TOO_DEEP, id="deep in many lines"
        ),
        pytest.param("? " * 100_000, 1, TOO_DEEP, id="deep in keys"),
        pytest.param(
            "#" * (parsing.MAX_BYTES + 1), None, "«network.yaml» ist größer als 2048 KiB.", id="too large"
        ),
    ],
)
def test_unusable_content(content: str | bytes, line: int | None, text: str, tmp_path: Path) -> None:
    problem = problems_of(content, tmp_path)[0]
    shown = problem.text.replace(f"{tmp_path}/", "")
    assert (problem.line, shown[: len(text)]) == (line, text)


def test_many_aliases_are_refused_without_following_them(tmp_path: Path) -> None:
    aliases = [problem for problem in problems_of(BOMB, tmp_path) if "Verweis" in problem.text]
    assert [problem.line for problem in aliases] == list(range(2, 10))


@pytest.mark.parametrize("escape", [r"\0", r"\ud800", r"\x1b[2J", r"\u2028"])
def test_what_no_database_or_terminal_should_get_is_no_name(escape: str, tmp_path: Path) -> None:
    text = TEXT.replace("name: vista gGmbH", f'name: "a{escape}b"')
    [problem] = problems_of(text, tmp_path)
    assert problem.line == 12
    assert str(problem).isprintable()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Die Datei «.*none.yaml» gibt es nicht\."):
        call_command("import_network", tmp_path / "none.yaml", stdout=StringIO())


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"ist ein Ordner; erwartet wird eine Datei\."):
        call_command("import_network", tmp_path, stdout=StringIO())


def test_an_endless_file() -> None:
    with pytest.raises(CommandError, match=r"«/dev/zero» ist größer als 2048 KiB\."):
        call_command("import_network", "/dev/zero", stdout=StringIO())


@pytest.mark.django_db
def test_nothing_of_a_file_with_one_problem_is_written(tmp_path: Path) -> None:
    path = tmp_path / "network.yaml"
    path.write_text(TEXT.replace("role: facility_lead", "role: boss"), encoding="utf-8")
    before = database()
    with pytest.raises(CommandError) as refusal:
        call_command("import_network", path, stdout=StringIO())
    lines = str(refusal.value).splitlines()
    assert lines[0] == "ein Problem, nichts wurde geschrieben."
    assert [line.split(":")[0] for line in lines[1:]] == ["Zeile 81"]
    assert database() == before


def test_from_the_shell_a_refusal_is_exit_code_1_and_lines_to_read(tmp_path: Path) -> None:
    path = tmp_path / "network.yaml"
    path.write_text(TEXT.replace('from: "13:00"', "from: 13:00"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "import_network", path],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "CommandError: ein Problem, nichts wurde geschrieben.",
        'Zeile 48: Reihe: «from»: Uhrzeiten bitte in Anführungszeichen setzen: "13:00".',
    ]
