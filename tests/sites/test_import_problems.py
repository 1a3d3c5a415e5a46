"""Every problem of a network file is reported with its line, and none of the file is written."""

import unicodedata
from pathlib import Path

import pytest

from tests.sites import form_cases, meaning_cases
from tests.sites.import_cases import LEAD, Case
from tests.sites.network_files import TEXT, edited, lines_with, problems_of

GROUPS = {
    "keys": form_cases.KEYS,
    "types": form_cases.TYPES,
    "yaml": form_cases.YAML,
    "values": meaning_cases.VALUES,
    "times": meaning_cases.TIMES,
    "references": meaning_cases.REFERENCES,
    "twice": meaning_cases.TWICE,
}
CASES = [pytest.param(case, id=f"{group}: {case.name}") for group, cases in GROUPS.items() for case in cases]


def test_the_real_file_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(TEXT, tmp_path) == []


@pytest.mark.parametrize("case", CASES)
def test_a_slip_is_found_on_its_line(case: Case, tmp_path: Path) -> None:
    text = edited(*case.edits)
    here = lines_with("# HERE", text)
    first = lines_with("# FIRST", text) or [0]
    found = problems_of(text, tmp_path)
    assert [problem.line for problem in found] == here
    assert [problem.text for problem in found] == [
        each.format(first=first[0], here=here[0]) for each in case.texts
    ]


def test_all_problems_are_reported_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = edited(
        ("version: 1", "version: 2 # HERE"),
        ("    provider: vista\n", "    provider: visto # HERE\n"),
        ('to: "16:30"', 'to: "12:30" # HERE'),
        ("{type: open, minutes: 60}", "{type: open, minutes: 600} # HERE"),
        (LEAD, "Leitung, role: boss, facility: vista-mitte} # HERE"),
    )
    found = problems_of(text, tmp_path)
    assert [problem.line for problem in found] == lines_with("# HERE", text)


def test_what_refers_to_an_entry_is_not_blamed_for_that_entrys_fault(tmp_path: Path) -> None:
    text = edited(("    name: St. Hedwig-Kliniken\n", ""), ("    district: Mitte\n", ""))
    assert [problem.text for problem in problems_of(text, tmp_path)] == [
        "Klinik: Schlüssel «name» fehlt.",
        "Einrichtung: Schlüssel «district» fehlt.",
    ]


def test_space_and_unicode_form_make_no_difference(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Neukölln")
    text = edited(("district: Neukölln", f'district: " {decomposed} "'))
    assert problems_of(text, tmp_path) == []


def test_windows_line_ends_and_byte_order_mark_are_no_problem(tmp_path: Path) -> None:
    assert problems_of("\ufeff" + TEXT.replace("\n", "\r\n"), tmp_path) == []
