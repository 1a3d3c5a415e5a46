"""Log lines and error reports that hold ids and never what people are called, dialled at or wrote.

An exception's text may quote anything: a row of the database, the value of a form, the address of a request.
So a report has the type, where it happened, and of a database's error what the schema says of it.
"""

import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import psycopg

# A feed's address is its password (GET /calendar/<token>.ics).
_FEED = re.compile(r"/calendar/[^/\s?]+")
# What was searched for or picked stands behind the question mark.
_QUERY = re.compile(r"(?<=[\w/.-])\?[^\s\"'<>)]+")
# E.164, also as part of an address; a mailbox; the DETAIL of a database's error, up to the blank line.
_PHONE = re.compile(r"(?:\+|%2B|\b00)[1-9](?:[ /-]?\d){6,14}")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ROW = re.compile(r"^(DETAIL|CONTEXT):.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
# Classes of SQLSTATE (PostgreSQL, appendix A) whose messages quote values: data, constraints, RAISE.
_QUOTING = ("22", "23", "P0")

Raised = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class Discreet(logging.Formatter):
    """Formats like its parent; blanks what a message may quote, and reports exceptions by `report`."""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler's formatter may have left its own rendering here.
        record.exc_text = None
        text = super().format(record)
        path = getattr(getattr(record, "request", None), "path", "/")
        if path != "/":
            # As it stands, and as Django escapes it.
            for spelling in (path, path.encode("unicode_escape").decode("ascii")):
                text = text.replace(spelling, _route(record.request))  # type: ignore[attr-defined]
        return discreet(text)

    def formatException(self, ei: Any) -> str:
        return report(ei[1])


def _route(request: Any) -> str:
    """The page's address without what people may type into it: its pattern, with the keys of rows."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "(no such address)"
    route = f"/{match.route}"
    for name, value in match.kwargs.items():
        if isinstance(value, int):
            route = re.sub(rf"<\w+:{name}>", str(value), route)
    return route


def discreet(text: str) -> str:
    """`text` with feed tokens, query strings, numbers, mailboxes and quoted rows blanked."""
    text = _ROW.sub(r"\1: (not logged)", _FEED.sub("/calendar/…", text))
    return _MAILBOX.sub("…@…", _PHONE.sub("+…", _QUERY.sub("?…", text)))


def report(error: BaseException | None) -> str:
    """The traceback of `error` and of what led to it: places and types, without texts."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
        members = [report(each) for each in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
        parts.insert(0, "".join(["Traceback (most recent call last):\n", *frames, said(error)]))
        parts[:0] = members
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(parts)


def said(error: BaseException) -> str:
    """One line on `error`: its type, and what is safe to tell of a database's."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return f"{name} (text not logged)"
    told = cause.diag
    facts = {"sqlstate": told.sqlstate, "table": told.table_name, "constraint": told.constraint_name}
    known = " ".join(f"{key}={value}" for key, value in facts.items() if value)
    quotes = not told.sqlstate or told.sqlstate.startswith(_QUOTING)
    return f"{name}: {known or 'connection'}" + ("" if quotes else f" {told.message_primary}")


def take_over_uncaught() -> None:
    """What ends this process or a thread of it is reported the same way."""

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            sys.stderr.write(discreet(report(error.with_traceback(trace))) + "\n")

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            sys.stderr.write(discreet(report(args.exc_value)) + "\n")

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
