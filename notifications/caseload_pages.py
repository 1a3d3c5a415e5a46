"""Whom somebody looks after, with what is behind and ahead of each. A constant number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery

from scheduling.caseloads import without_anybody
from scheduling.models import Appointment, AppointmentStatus, Client
from scheduling.selectors import clients_visible_to, live_appointments
from sites.models import User

# Each costs a decryption for every client.
UNREAD = ("phone", "birth_date", "note")


@dataclass(frozen=True)
class Row:
    """A client with the next and the last appointment, and how much there is to do."""

    client: Client
    next_pk: int | None
    next_at: datetime | None
    last_pk: int | None
    last_at: datetime | None
    open_work: int

    @property
    def zone(self) -> ZoneInfo:
        return self.client.facility.zone


def of(user: User, owner: User | None) -> QuerySet[Client]:
    """Those of the clients that `user` works with whom `owner` looks after, or nobody."""
    mine = clients_visible_to(user).select_related("facility").defer(*UNREAD).order_by("code")
    return mine.filter(caseload_of=owner) if owner else without_anybody(mine)


def with_appointments(clients: QuerySet[Client], *, now: datetime) -> QuerySet[Any]:
    own = Appointment.objects.filter(client=OuterRef("pk")).order_by("starts_at", "pk")
    coming = own.filter(status=AppointmentStatus.BOOKED, starts_at__gt=now)[:1]
    past = live_appointments().filter(client=OuterRef("pk"), starts_at__lte=now).order_by("-starts_at")[:1]
    return clients.annotate(
        next_pk=Subquery(coming.values("pk")),
        next_at=Subquery(coming.values("starts_at")),
        last_pk=Subquery(past.values("pk")),
        last_at=Subquery(past.values("starts_at")),
    )


def rows(found: Iterable[Any], *, open_work: Mapping[int, int]) -> list[Row]:
    """`found` as `with_appointments` gives them."""
    return [
        Row(
            client=each,
            next_pk=each.next_pk,
            next_at=each.next_at,
            last_pk=each.last_pk,
            last_at=each.last_at,
            open_work=open_work.get(each.pk, 0),
        )
        for each in found
    ]
