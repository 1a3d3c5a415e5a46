"""The log as a page shows it: changes and looks in one list, the newest first."""

import datetime
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from notifications.audit import sentences
from notifications.audit.names import Names
from notifications.audit.sentences import Detail
from scheduling.models import Client, FormerCode
from scheduling.months import start_of_day
from sites import history
from sites.access import LogScope
from sites.models import ClientLook, HistoryEntry

PAGE = 50
LOOKS = "einsicht"
KINDS = [
    ("akten", "Angaben, Einwilligungen, Entbindungen"),
    ("termine", "Termine"),
    ("sprechstunden", "Sprechstunden und Reihen"),
    ("personen", "Personen und Rollen"),
    (LOOKS, "Wer was gesehen hat"),
]
TABLES = {
    "akten": [
        *("scheduling_client", "scheduling_formercode", "scheduling_release"),
        "notifications_consent",
    ],
    "termine": ["scheduling_appointment"],
    "sprechstunden": [
        *("scheduling_consultationhour", "scheduling_consultationseries", "scheduling_plannedslot"),
        *("schedule_rule", "schedule_event"),
    ],
    "personen": [
        "pia_sites_user",
        "pia_sites_membership",
        "pia_sites_invitation",
        "mfa_authenticator",
        "socialaccount_socialaccount",
    ],
}
Row = HistoryEntry | ClientLook
Stream = QuerySet[Any]


@dataclass(frozen=True)
class Wanted:
    """What somebody picked; `day` on the clocks of the page, `clients` by their keys."""

    kind: str = ""
    person: int | None = None
    day: datetime.date | None = None
    clients: Collection[int] | None = None


@dataclass(frozen=True)
class Line:
    """`link` is the key of the client whose page belongs to it."""

    at: datetime.datetime
    who: str
    sentence: str
    details: list[Detail]
    link: int | None
    is_look: bool


@dataclass(frozen=True)
class LogPage:
    """Lines, newest first; `older` is the mark to ask for those before, "" at the end.

    `named` are the clients of whom it shows what stands encrypted: reading the log is a look too.
    """

    lines: list[Line] = field(default_factory=list)
    older: str = ""
    named: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Mark:
    """A place in the list: everything after it is older, or came in a later stream at the same instant."""

    at: datetime.datetime
    stream: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(datetime.UTC):%Y%m%dT%H%M%S%f}-{self.stream}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """None for anything that no page gave out."""
        found = re.fullmatch(r"(\d{8}T\d{12})-(\d)-(\d{1,18})", text, re.ASCII)
        if not found:
            return None
        try:
            at = datetime.datetime.strptime(found[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=datetime.UTC)
        except ValueError:
            return None
        return cls(at, int(found[2]), int(found[3]))

    def before(self, stream: int) -> Q:
        if stream < self.stream:
            return Q(at__lt=self.at)
        if stream > self.stream:
            return Q(at__lte=self.at)
        # The first condition is the index's.
        return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(pk__lt=self.pk))


def log_of_places(scope: LogScope, wanted: Wanted, *, before: str, zone: ZoneInfo) -> LogPage:
    """What happened in `scope`."""
    entries, looks = history.entries_in(scope), history.looks_in(scope)
    if wanted.clients is not None:
        entries = [each.filter(client_id__in=wanted.clients) for each in entries]
        looks = looks.filter(pk__in=history.looks_at_clients(wanted.clients).values("pk"))
    return _page([*entries, looks], wanted, before, zone)


def log_of_client(client: Client, wanted: Wanted, *, before: str, zone: ZoneInfo) -> LogPage:
    """All that happened to `client` and to the records that were merged into it."""
    keys = keys_of(client)
    streams = [history.entries_of_clients(keys), history.looks_at_clients(keys)]
    return _page(streams, wanted, before, zone)


def keys_of(client: Client) -> list[int]:
    """The key of `client`, and those of the records that were merged into it."""
    former = client.former_codes.exclude(former_id=None)
    return [client.pk, *(each.former_id for each in former if each.former_id)]


def keys_with_code(facilities: Collection[int], code: str) -> list[int]:
    """The keys of those who have or had the pseudonym `code` at one of `facilities`."""
    plain = code.replace("\x00", "").strip().upper()
    had = FormerCode.objects.filter(facility__in=facilities, code=plain).values("client")
    has = Q(code=plain) | Q(pk__in=had)
    return [key for each in Client.objects.filter(has, facility__in=facilities) for key in keys_of(each)]


def _page(streams: Sequence[Stream], wanted: Wanted, before: str, zone: ZoneInfo) -> LogPage:
    mark = Mark.parse(before)
    found: list[tuple[datetime.datetime, int, int, Row]] = []
    for number, stream in enumerate(streams):
        rows = _narrowed(stream, wanted, zone)
        if rows is None:
            continue
        if mark:
            rows = rows.filter(mark.before(number))
        found += [(row.at, -number, row.pk, row) for row in rows.order_by("-at", "-pk")[: PAGE + 1]]
    found.sort(key=lambda each: each[:3], reverse=True)
    shown = found[:PAGE]
    rows_shown = [each[3] for each in shown]
    older = ""
    if len(found) > PAGE:
        at, number, pk, _ = shown[-1]
        older = str(Mark(at, -number, pk))
    return LogPage(_lines(rows_shown, zone), older, _named(rows_shown))


def _narrowed(stream: Stream, wanted: Wanted, zone: ZoneInfo) -> Stream | None:
    """The rows of `stream` that are wanted; None if they are not of that kind."""
    is_look = stream.model is ClientLook
    if wanted.kind and is_look != (wanted.kind == LOOKS):
        return None
    if wanted.kind and not is_look:
        stream = stream.filter(table_name__in=TABLES[wanted.kind])
    if wanted.person is not None:
        stream = stream.filter(**{"user" if is_look else "actor": wanted.person})
    if wanted.day is not None:
        until = start_of_day(wanted.day + datetime.timedelta(days=1), zone)
        stream = stream.filter(at__gte=start_of_day(wanted.day, zone), at__lt=until)
    return stream.select_related("user") if is_look else stream.select_related("actor", "person")


def _lines(rows: Sequence[Row], zone: ZoneInfo) -> list[Line]:
    entries = [row for row in rows if isinstance(row, HistoryEntry)]
    looks = [row for row in rows if isinstance(row, ClientLook)]
    names = Names(entries, looks, zone=zone)
    return [
        _look_line(row, names) if isinstance(row, ClientLook) else _change_line(row, names) for row in rows
    ]


def _change_line(entry: HistoryEntry, names: Names) -> Line:
    return Line(
        at=entry.at,
        who=sentences.who(str(entry.actor) if entry.actor else None, entry.system),
        sentence=sentences.sentence(entry, names),
        details=sentences.details(entry, names),
        link=names.page_of_client(entry.client_id),
        is_look=False,
    )


def _look_line(look: ClientLook, names: Names) -> Line:
    one = look.client_ids[0] if len(look.client_ids) == 1 else None
    return Line(
        at=look.at,
        who=sentences.who(str(look.user) if look.user else None, look.system),
        sentence=sentences.look_sentence(look, names),
        details=sentences.look_details(look, names),
        link=names.page_of_client(one),
        is_look=True,
    )


def _named(rows: Sequence[Row]) -> list[int]:
    return [row.client_id for row in rows if isinstance(row, HistoryEntry) and row.sealed and row.client_id]
