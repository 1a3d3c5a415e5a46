"""Names and short texts as people type them: in any script, without what would break a page or a search."""

import re
import unicodedata

# Signs that turn the direction of everything after them, also beyond the name (Unicode UAX #9).
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def one_line(text: str) -> str:
    """`text` in one line: no control characters, nothing that turns the page's direction, NFC.

    Joiners stay, Persian needs them.
    """
    plain = _CONTROL.sub(" ", _TURNING.sub("", unicodedata.normalize("NFC", text)))
    return " ".join(plain.split())


def same_name(text: str) -> str:
    """One form for a name however it is typed: case, spaces, width and order («Muster, Alex») don't count."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible = "".join(each for each in plain if unicodedata.category(each) not in ("Cf", "Cc"))
    return " ".join(sorted(re.split(r"[\s,;]+", visible.strip(" ,;\t\r\n")))).strip()
