"""What one thing to do is, what a source of such things looks like, and whose things are asked for."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from scheduling.models import Client
from scheduling.plain_sql import fetch
from sites.access import Permission, places_of
from sites.models import User

Key = tuple[int, str, int, str]

ZONES = "SELECT id, time_zone FROM pia_sites_facility WHERE id = ANY (%(facilities)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to do for the client with the key `client_id`.

    `kind`, `subject` and `instance` are explained at WorkMark. `what` says in German what to do, `why` why it
    is on the list; `starts_at` is when the appointment begins that it is about, `before` when it was to.
    """

    kind: str
    client_id: int
    subject: int
    instance: str
    due_at: datetime
    what: str
    why: str = ""
    appointment_id: int | None = None
    starts_at: datetime | None = None
    before: datetime | None = None

    @property
    def key(self) -> Key:
        return self.client_id, self.kind, self.subject, self.instance


@dataclass
class Scope:
    """Whose things to do, and when: those of the clients that `user` works with.

    What several sources read they read through here, once. They ask by SQL that is written out: composing it
    anew each time, and asking anew who works where, would cost more than the answer.
    """

    user: User
    now: datetime
    _read: dict[str, list[Any]] = field(default_factory=dict)

    @cached_property
    def zones(self) -> dict[int, ZoneInfo]:
        """By key, the clocks of the facilities."""
        facilities = places_of(self.user.held, Permission.BOOK).facilities
        return {pk: ZoneInfo(zone) for pk, zone in fetch(ZONES, {"facilities": facilities})}

    def rows(self, statement: LiteralString, **values: Any) -> list[Any]:
        """What `statement` finds at `%(facilities)s`; the second time from memory."""
        if statement not in self._read:
            self._read[statement] = fetch(statement, {"facilities": [*self.zones], "now": self.now, **values})
        return self._read[statement]


class Page(enum.Enum):
    """Where the thing is done that one button on the list can't do."""

    FILE = "edit_client"
    RELEASE = "give_release"
    MONTH = "months"
    OFFER = "offer"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A kind of things to do.

    `items` finds all of them in a constant number of queries. `done` is the label of the button that says it
    is done, empty where only that page can. `page` is where it is done, if elsewhere. `by_talking`: the
    client may not be reached. `settle` does what is to be done beyond the mark, in the same transaction; it
    may refuse.
    """

    kind: str
    label: str
    items: Callable[[Scope], list[Item]]
    done: str = "Erledigt"
    page: Page | None = None
    page_label: str = ""
    by_talking: bool = True
    settle: Callable[[Client, User, datetime], Any] | None = None


def by_kind(sources: Sequence[Source]) -> dict[str, Source]:
    return {each.kind: each for each in sources}
