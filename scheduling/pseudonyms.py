"""Codes by which a client is called without a name."""

import secrets

# Without letters and digits that sound or look alike when read aloud in German or written by hand:
# no B/D/G/P, I/J/1, O/Q/0, V/W/F, S/5, Z/2, U.
LETTERS = "ACEHKLMNRTXY"
DIGITS = "346789"
_SMALL = "abcdefghijkmnpqrstuvwxyz23456789"


def new_code() -> str:
    """A random code such as "KRT-469": 372,000 of them, enough for one facility."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    digits = "".join(secrets.choice(DIGITS) for _ in range(3))
    return f"{letters}-{digits}"


def code_of_nobody() -> str:
    """A random code such as "anonym-k7m3x" for a row that stands for somebody who is not known any more.

    Small letters, so that it is never taken for a pseudonym. 33 million of them.
    """
    return "anonym-" + "".join(secrets.choice(_SMALL) for _ in range(5))
