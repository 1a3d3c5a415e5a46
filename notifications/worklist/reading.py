"""The worklist as a person sees it. Each function costs a constant number of queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from notifications.models import WorkMark
from notifications.worklist.items import Item, Key, Page, Scope, Source
from notifications.worklist.sources import OF_KIND, SOURCES
from scheduling.models import Client
from scheduling.selectors import clients_visible_to
from sites.models import User

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
    """An entry with the client that it is about."""

    entry: Entry
    client: Client

    @property
    def zone(self) -> ZoneInfo:
        return self.client.facility.zone

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
    marks = WorkMark.objects.filter(client__in=clients).select_related("claimed_by", "not_reached_by")
    marks = marks.defer("claimed_by__phone", "not_reached_by__phone").order_by()
    return {(each.client_id, each.kind, each.subject, each.instance): each for each in marks}


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
    clients = clients_visible_to(user).select_related("facility").defer("note", "birth_date")
    found = clients.in_bulk({each.item.client_id for each in shown})
    return [Row(each, found[each.item.client_id]) for each in shown if each.item.client_id in found]


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
