"""Codes by which a client is called without a name."""

import secrets

# Without letters and digits that sound or look alike when read aloud in German or written by hand:
# no B/D/G/P, I/J/1, O/Q/0, V/W/F, S/5, Z/2, U.
LETTERS = "ACEHKLMNRTXY"
DIGITS = "346789"


def new_code() -> str:
    """A random code such as "KRT-469": 372,000 of them, enough for one facility."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    digits = "".join(secrets.choice(DIGITS) for _ in range(3))
    return f"{letters}-{digits}"
