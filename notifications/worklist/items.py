"""What one thing to do is, and what a source of such things looks like."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, QuerySet

from scheduling.models import Appointment, AppointmentStatus, Client
from sites.access import client_facilities_for
from sites.models import User

Key = tuple[int, str, int, str]


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


class Page(enum.Enum):
    """Where the thing is done that one button on the list can't do."""

    FILE = "edit_client"
    RELEASE = "give_release"
    MONTH = "months"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A kind of things to do.

    `items` asks for all of them that `user` may see, in a constant number of queries. `done` is the label of
    the button that says it is done. `page` is where it is done, if elsewhere. `by_talking`: the client may
    not be reached. `settle` does what is to be done beyond the mark, in the same transaction; it may refuse.
    """

    kind: str
    label: str
    items: Callable[[User, datetime], list[Item]]
    done: str = "Erledigt"
    page: Page | None = None
    page_label: str = ""
    by_talking: bool = True
    settle: Callable[[Client, User, datetime], Any] | None = None


def by_kind(sources: Sequence[Source]) -> dict[str, Source]:
    return {each.kind: each for each in sources}


# -- what sources ask alike --------------------------------------------------------------------------------


def of_my_clients(user: User, appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Those of `appointments` whose client's file `user` works with."""
    return appointments.filter(
        client__facility__in=client_facilities_for(user).values("pk"), client__closed_at=None
    ).order_by()


def coming(user: User, *, after: datetime, until: datetime) -> QuerySet[Appointment]:
    """Booked appointments of the clients that `user` works with, beginning between the two."""
    return of_my_clients(
        user,
        Appointment.objects.filter(
            status=AppointmentStatus.BOOKED, starts_at__gt=after, starts_at__lte=until
        ),
    )


def next_start(appointments: QuerySet[Any]) -> QuerySet[Any]:
    """Once for each client, with `first_start`, the earliest of the appointments."""
    return appointments.annotate(first_start=Min("starts_at"))
