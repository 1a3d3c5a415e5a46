"""The worklist as a person sees it. Each function costs a constant number of queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.urls import reverse

from notifications.models import WorkMark
from notifications.worklist.items import Item, Key, Page, Scope, Source
from notifications.worklist.sources import OF_KIND, SOURCES
from scheduling.models import Client
from scheduling.plain_sql import columns, fetch, made, parts
from sites.access import Permission, places_of
from sites.models import User

MARK = tuple(field.attname for field in WorkMark._meta.concrete_fields)
PERSON = ("id", "display_name")
# With whoever has it, and whoever tried last.
MARKS = f"""
SELECT {columns("mark", MARK)}, {columns("has_it", PERSON)}, {columns("tried", PERSON)}
FROM notifications_workmark mark
LEFT JOIN pia_sites_user has_it ON has_it.id = mark.claimed_by_id
LEFT JOIN pia_sites_user tried ON tried.id = mark.not_reached_by_id
WHERE mark.client_id = ANY (%(clients)s)
"""  # noqa: S608 -- constants only
CLIENT = ("id", "facility_id", "code", "name", "phone")
CLIENTS = f"""
SELECT {columns("client", CLIENT)}, facility.time_zone
FROM scheduling_client client JOIN pia_sites_facility facility ON facility.id = client.facility_id
WHERE client.id = ANY (%(clients)s) AND client.facility_id = ANY (%(facilities)s)
    AND client.closed_at IS NULL
"""  # noqa: S608 -- constants only

# Who took something and went home doesn't keep it from the others.
CLAIM_HOLDS = timedelta(hours=4)


@dataclass(frozen=True)
class Entry:
    """A thing to do with what was done about it so far; `claimed_by` only while that holds."""

    item: Item
    mark: WorkMark | None
    now: datetime

    @property
    def source(self) -> Source:
        return OF_KIND[self.item.kind]

    @property
    def version(self) -> int:
        return self.mark.version if self.mark else 0

    @property
    def is_late(self) -> bool:
        return self.item.due_at <= self.now

    @property
    def claimed_by(self) -> User | None:
        return self.mark.claimed_by if self.mark and holds(self.mark, self.now) else None

    @property
    def is_resting(self) -> bool:
        return self.mark is not None and self.mark.back_at is not None and self.mark.back_at > self.now


@dataclass(frozen=True)
class Row:
    """An entry with the client that it is about, of whom key, code, name and number are read."""

    entry: Entry
    client: Client
    zone: ZoneInfo

    @property
    def is_named(self) -> bool:
        """Whether more than the pseudonym can be read."""
        return bool(self.client.name or self.client.phone)

    @property
    def page_url(self) -> str:
        """Where it is done, if elsewhere."""
        page = self.entry.source.page
        if page is None:
            return ""
        if page is Page.MONTH:
            return reverse(page.value)
        item = self.entry.item
        return reverse(page.value, kwargs={"pk": item.subject if page is Page.OFFER else item.client_id})


@dataclass(frozen=True)
class Count:
    source: Source
    open: int
    late: int


def holds(mark: WorkMark, now: datetime) -> bool:
    """Whether somebody has taken it, and not long ago."""
    return mark.claimed_at is not None and mark.claimed_at > now - CLAIM_HOLDS


def entries(user: User, *, now: datetime, sources: Iterable[Source] = SOURCES) -> list[Entry]:
    """What is still to be done of all that `user` may see, the most urgent first."""
    scope = Scope(user, now)
    found = [item for source in sources for item in source.items(scope)]
    marks = _marks({item.client_id for item in found})
    made = [Entry(item, marks.get(item.key), now) for item in found]
    still = [each for each in made if each.mark is None or each.mark.done_at is None]
    return sorted(still, key=lambda each: (each.item.due_at, each.item.key))


def _marks(clients: set[int]) -> dict[Key, WorkMark]:
    marks = [_mark(row) for row in fetch(MARKS, {"clients": list(clients)})]
    return {(each.client_id, each.kind, each.subject, each.instance): each for each in marks}


def _mark(row: Sequence[Any]) -> WorkMark:
    own, has_it, tried = parts(row, MARK, PERSON, PERSON)
    mark = made(WorkMark, MARK, own)
    if mark.claimed_by_id is not None:
        mark.claimed_by = made(User, PERSON, has_it)
    if mark.not_reached_by_id is not None:
        mark.not_reached_by = made(User, PERSON, tried)
    return mark


def entry_of(
    user: User, client: Client, *, kind: str, subject: int, instance: str, now: datetime
) -> Entry | None:
    """That very thing, if it is still to be done."""
    source = OF_KIND.get(kind)
    found = entries(user, now=now, sources=[source]) if source else []
    key = (client.pk, kind, subject, instance)
    return next((each for each in found if each.item.key == key), None)


def rows(user: User, shown: Sequence[Entry]) -> list[Row]:
    """`shown` with their clients; one query."""
    values = {
        "clients": list({each.item.client_id for each in shown}),
        "facilities": places_of(user.held, Permission.BOOK).facilities,
    }
    found = {row[0]: _client(row) for row in fetch(CLIENTS, values)}
    return [Row(each, *found[each.item.client_id]) for each in shown if each.item.client_id in found]


def _client(row: Sequence[Any]) -> tuple[Client, ZoneInfo]:
    own, (zone,) = parts(row, CLIENT, (1,))
    client = made(Client, CLIENT, own)
    client.name, client.phone = _opened("name", client.name), _opened("phone", client.phone)
    return client, ZoneInfo(zone)


def _opened(column: str, stored: str) -> str:
    """What stands encrypted in `column` of a client."""
    field: Any = Client._meta.get_field(column)
    return field.from_db_value(stored, None, connection)


def counts(found: Iterable[Entry]) -> list[Count]:
    """How many there are of each kind that there is something of, in the order of SOURCES."""
    waking = [each for each in found if not each.is_resting]
    number = Counter(each.item.kind for each in waking)
    late = Counter(each.item.kind for each in waking if each.is_late)
    return [
        Count(source, number[source.kind], late[source.kind]) for source in SOURCES if number[source.kind]
    ]


def open_of_clients(user: User, *, now: datetime) -> Counter[int]:
    """By key of the client: how much there is to do."""
    return Counter(each.item.client_id for each in entries(user, now=now))
