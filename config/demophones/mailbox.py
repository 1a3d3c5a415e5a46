"""The mails that the demo sent: files of Django's file backend, one or several messages in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path

from icalendar import Calendar, Component

# A line of 79 dashes ends each message. The same line inside a text isn't followed by the headers of the next
# message, and what no such line ends is still being written.
_END = re.compile(rb"\r?\n-{79}\r?\n(?=(?:[^\s:]+:.*\n(?:[ \t].*\n)*)*?MIME-Version:|\Z)")


@dataclass(frozen=True)
class Attachment:
    """A part with a file name."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class CalendarEntry:
    """One VEVENT. Times are instants, or dates for whole days; an absent value is empty."""

    summary: str
    starts: datetime | date | None
    ends: datetime | date | None
    location: str
    sequence: str
    status: str
    uid: str


@dataclass(frozen=True)
class CalendarPart:
    """The calendar in a mail: what it asks for, and its entries. `source` is the text as it was sent."""

    method: str
    entries: tuple[CalendarEntry, ...]
    source: str


@dataclass(frozen=True)
class Mail:
    """One mail: the `number`-th (from 1) in the file `name`, which was last written to at `written_at`."""

    name: str
    number: int
    written_at: datetime
    sent_at: datetime
    subject: str
    sender: str
    recipients: str
    text: str
    has_html: bool
    calendar: CalendarPart | None
    attachments: tuple[Attachment, ...]
    source: bytes


def read_mails(mail_dir: Path) -> list[Mail]:
    """All mails, newest first. No folder means no mails yet."""
    found: list[Mail] = []
    for path in mail_dir.glob("*.log"):
        state = path.stat()
        found.extend(_read_file(path, state.st_mtime_ns, state.st_size))
    # Mails know the second only in which they were sent, files know it more exactly.
    return sorted(found, key=lambda mail: (mail.sent_at, mail.written_at, mail.number), reverse=True)


def find_mail(mail_dir: Path, name: str, number: int) -> Mail | None:
    """One mail; None where there is none."""
    return next((mail for mail in read_mails(mail_dir) if (mail.name, mail.number) == (name, number)), None)


@lru_cache(maxsize=1000)
def _read_file(path: Path, changed_ns: int, size: int) -> tuple[Mail, ...]:
    """Parse a file; its time and size are there for the cache, since a file can grow."""
    sources = _END.split(path.read_bytes())[:-1]
    written_at = datetime.fromtimestamp(changed_ns / 1e9, UTC)
    return tuple(
        _parse(source, name=path.stem, number=number, written_at=written_at)
        for number, source in enumerate(sources, start=1)
    )


def _parse(source: bytes, *, name: str, number: int, written_at: datetime) -> Mail:
    message = message_from_bytes(source, policy=policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    bodies = {part.get_content_type(): part for part in reversed(parts) if not part.get_filename()}
    plain = bodies.get("text/plain")
    calendar = bodies.get("text/calendar")
    return Mail(
        name=name,
        number=number,
        written_at=written_at,
        sent_at=_sent_at(message, written_at),
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        recipients=str(message.get("To", "")),
        text=_text(plain) if plain else "",
        has_html="text/html" in bodies,
        calendar=_read_calendar(calendar) if calendar else None,
        attachments=tuple(_attachments(parts)),
        source=source,
    )


def _sent_at(message: EmailMessage, otherwise: datetime) -> datetime:
    try:
        sent_at = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return otherwise
    return sent_at.replace(tzinfo=UTC) if sent_at.tzinfo is None else sent_at


def _text(part: EmailMessage) -> str:
    """The part as text, whatever it says of its own character set."""
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)  # noqa: S101 - only multipart has none
    try:
        return content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _attachments(parts: list[EmailMessage]) -> Iterator[Attachment]:
    for part in parts:
        name = part.get_filename()
        if name:
            content = part.get_payload(decode=True)
            yield Attachment(name, part.get_content_type(), content if isinstance(content, bytes) else b"")


def _read_calendar(part: EmailMessage) -> CalendarPart:
    source = _text(part)
    declared = str(part.get_param("method", ""))
    try:
        calendar = Calendar.from_ical(source)
        entries = tuple(_entry(event) for event in calendar.walk("VEVENT"))
        return CalendarPart(str(calendar.get("METHOD", declared)), entries, source)
    except ValueError:
        return CalendarPart(declared, (), source)


def _entry(event: Component) -> CalendarEntry:
    return CalendarEntry(
        summary=str(event.get("SUMMARY", "")),
        # A value that can't be read stands there without `dt`.
        starts=getattr(event.get("DTSTART"), "dt", None),
        ends=getattr(event.get("DTEND"), "dt", None),
        location=str(event.get("LOCATION", "")),
        sequence=str(event.get("SEQUENCE", "")),
        status=str(event.get("STATUS", "")),
        uid=str(event.get("UID", "")),
    )
