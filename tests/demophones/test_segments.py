"""An SMS is counted in parts as networks do."""

import pytest

from config.demophones.segments import count_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("äöüÄÖÜß" * 20 + "x" * 20, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 69 + "–", 1),
        ("x" * 70 + "–", 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts(text: str, segments: int) -> None:
    assert count_segments(text) == segments
