"""How many parts an SMS has: GSM 03.38 with 160 characters (153 per part), UCS-2 with 70 (67 per part).

Counted here once more and not taken from the application, so that the demo shows when the two disagree.
"""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """The parts that `text` is sent in; at least one."""
    if set(text) <= _BASIC | _EXTENDED:
        length, single, part = len(text) + sum(character in _EXTENDED for character in text), 160, 153
    else:
        length, single, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)
