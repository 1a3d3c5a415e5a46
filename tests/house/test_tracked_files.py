"""No tracked file binds the project to one machine or one package index."""

import re
import subprocess

import pytest

from config.environment import ROOT

# Written in pieces, since this file is searched too.
INDEX = re.compile(
    "|".join(
        (
            r"pypi\." + "org",
            "files.python" + "hosted",
            r"registry\.np" + "mjs",
            r"registry\.yarn" + "pkg",
            r"https?://[^\s/\"']+(/[^\s\"']*)?/sim" + r"ple\b",
            "--(extra-)?index" + "-url",
        )
    )
)
MACHINE = re.compile(r"(?<![\w.$}/-])/(ro" + "ot|wo" + r"rk|home/[a-z]\w*|Us" + r"ers/\w+)/[\w.]")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # What is vendored is not ours to edit; its own test watches it.
    return [name for name in listed.stdout.split("\0") if name and not name.startswith("static/vendor/")]


def hits(pattern: re.Pattern[str], text: str) -> list[str]:
    return [line for line in text.splitlines() if pattern.search(line)]


@pytest.mark.parametrize("pattern", [INDEX, MACHINE], ids=["package index", "machine path"])
def test_no_file_names_it(pattern: re.Pattern[str]) -> None:
    found = {}
    for name in tracked():
        path = ROOT / name
        if path.is_file():  # a file may be deleted and not yet committed
            lines = hits(pattern, path.read_text(errors="ignore"))
            if lines:
                found[name] = lines
    assert found == {}


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (INDEX, "--index" + "-url https://index.example.org/"),
        (INDEX, "resolved: https://mirror.example.org/sim" + "ple/rq"),
        (INDEX, "https://pypi." + "org/project/rq"),
        (MACHINE, "sys.path.insert(0, '/ro" + "ot/pia')"),
        (MACHINE, "# from /home/" + "alex/pia/requirements.in"),
    ],
)
def test_it_would_be_found(pattern: re.Pattern[str], line: str) -> None:
    assert hits(pattern, line) == [line]
