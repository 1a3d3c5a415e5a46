"""Log lines without what must not be kept in logs: feed secrets and the values that PostgreSQL quotes in
errors.
"""

import logging
import re

# A feed's address is its password (GET /calendar/<token>.ics).
_FEED = re.compile(r"/calendar/[^/\s?]+")
# PostgreSQL repeats the offending row in DETAIL and CONTEXT: names, numbers, pseudonyms.
# A value may hold line breaks, so all up to the blank line after the error goes.
_ROW = re.compile(r"^(DETAIL|CONTEXT):.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


class Discreet(logging.Formatter):
    """Formats like its parent and blanks both."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def discreet(text: str) -> str:
    """Return the text with feed tokens and quoted rows blanked."""
    return _ROW.sub(r"\1: (not logged)", _FEED.sub("/calendar/…", text))
