"""Whom somebody looks after, with what is behind and ahead of each. A constant number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from scheduling.caseloads import without_anybody
from scheduling.models import Client
from scheduling.plain_sql import fetch
from scheduling.selectors import clients_visible_to
from sites.models import User


@dataclass(frozen=True)
class Row:
    """A client with the next and the last appointment, and how much there is to do."""

    client: Client
    open_work: int
    next_pk: int | None
    next_at: datetime | None
    last_pk: int | None
    last_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return self.client.facility.zone


AROUND_NOW = """
SELECT client.id, coming.id, coming.starts_at, past.id, past.starts_at
FROM scheduling_client client
LEFT JOIN LATERAL (
    SELECT id, starts_at FROM scheduling_appointment
    WHERE client_id = client.id AND status = 'booked' AND starts_at > %(now)s
    ORDER BY starts_at LIMIT 1
) coming ON true
LEFT JOIN LATERAL (
    SELECT id, starts_at FROM scheduling_appointment
    WHERE client_id = client.id AND status <> 'cancelled' AND starts_at <= %(now)s
    ORDER BY starts_at DESC LIMIT 1
) past ON true
WHERE client.id = ANY (%(clients)s)
"""


def of(user: User, owner: User | None) -> QuerySet[Client]:
    """Those of the clients that `user` works with whom `owner` looks after, or nobody."""
    mine = clients_visible_to(user).select_related("facility").order_by("code")
    mine = mine.only("code", "name", "facility__time_zone")
    return mine.filter(caseload_of=owner) if owner else without_anybody(mine)


def rows(page: Iterable[Client], *, open_work: Mapping[int, int], now: datetime) -> list[Row]:
    """The clients of `page` with what is asked of their appointments in one query."""
    clients = list(page)
    found = fetch(AROUND_NOW, {"clients": [each.pk for each in clients], "now": now})
    around = {client: rest for client, *rest in found}
    return [Row(each, open_work.get(each.pk, 0), *around[each.pk]) for each in clients]
