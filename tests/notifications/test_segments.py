"""Parts of an SMS, counted as the standards do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.segments import GSM7, GSM7_EXTENSION, Segments, count

EDGES = [
    ("", Segments("GSM-7", 0, 1)),
    ("a" * 160, Segments("GSM-7", 160, 1)),
    ("a" * 161, Segments("GSM-7", 161, 2)),
    ("a" * 306, Segments("GSM-7", 306, 2)),
    ("a" * 307, Segments("GSM-7", 307, 3)),
    ("äöüÄÖÜß" * 20, Segments("GSM-7", 140, 1)),
    ("€" * 80, Segments("GSM-7", 160, 1)),
    ("€" * 81, Segments("GSM-7", 162, 2)),
    # The escape and its character stay together: 152 + 2 > 153.
    ("a" * 152 + "€" + "a" * 151, Segments("GSM-7", 305, 2)),
    ("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3)),
    ("ş" + "a" * 69, Segments("UCS-2", 70, 1)),
    ("ş" + "a" * 70, Segments("UCS-2", 71, 2)),
    ("\N{NO-BREAK SPACE}", Segments("UCS-2", 1, 1)),
    ("👍" * 35, Segments("UCS-2", 70, 1)),
    # A pair is not cut: 66 + 2 > 67.
    ("a" * 66 + "👍" + "a" * 65, Segments("UCS-2", 133, 2)),
    ("a" * 66 + "👍" + "a" * 66, Segments("UCS-2", 134, 3)),
]


@pytest.mark.parametrize(("text", "expected"), EDGES)
def test_parts_at_the_edges(text: str, expected: Segments) -> None:
    assert count(text) == expected


@pytest.mark.parametrize("character", "çğşıİ„“–…’\t")
def test_these_are_not_in_the_alphabet(character: str) -> None:
    assert count(character).encoding == "UCS-2"


def test_the_alphabet_is_complete() -> None:
    """127 characters and the escape, and ten behind it (3GPP TS 23.038, 6.2.1)."""
    assert (len(GSM7), len(GSM7_EXTENSION), GSM7 & GSM7_EXTENSION) == (127, 10, frozenset())


@given(st.text(max_size=400))
@settings(derandomize=True, deadline=None)
def test_a_longer_text_never_has_fewer_parts(text: str) -> None:
    assert count(text + "a").parts >= count(text).parts >= 1
