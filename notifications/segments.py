"""How many parts an SMS has (3GPP TS 23.038 for the alphabet, TS 23.040 for the header of parts)."""

import dataclasses
from collections.abc import Iterable, Sequence

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is written as an escape and a second character.
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclasses.dataclass(frozen=True)
class Segments:
    """`units` are septets in GSM-7 and 16-bit units in UCS-2."""

    encoding: str
    units: int
    parts: int


def count(text: str) -> Segments:
    """Encoding, length and parts of `text`; one character outside the alphabet makes it all UCS-2."""
    if all(character in GSM7 or character in GSM7_EXTENSION for character in text):
        sizes = [2 if character in GSM7_EXTENSION else 1 for character in text]
        return _segments("GSM-7", sizes, whole=160, part=153)
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _segments("UCS-2", sizes, whole=70, part=67)


def _segments(encoding: str, sizes: Sequence[int], *, whole: int, part: int) -> Segments:
    units = sum(sizes)
    return Segments(encoding, units, 1 if units <= whole else _parts(sizes, part))


def _parts(sizes: Iterable[int], part: int) -> int:
    """A character of two units is never cut: it moves into the next part as a whole."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts
