"""The waiting list as its page shows it: everybody in order, and why they stand there.

All who wait are read, since all are put in order; models are made only of those who are shown.
"""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling import offering, waiting_order
from scheduling.models import AppointmentType, Client, Offer, WaitingEntry
from scheduling.plain_sql import columns, fetch, made
from sites.access import Permission, places_of
from sites.models import Site, User

ENTRY = (
    *("id", "client_id", "site_id", "appointment_type", "since_at", "earliest_date", "latest_date"),
    *("day_parts", "requested_date", "discharge_date", "medication_until_date", "version"),
)
OFFER = ("id", "entry_id", "slot_id", "hour_id", "site_id", "starts_at", "ends_at", "offered_at", "until_at")

# Who waits at the sites of some facilities, and the other sites of each.
WAITING = f"""
SELECT {columns("entry", ENTRY)}, client.code, ARRAY (
    SELECT also.site_id FROM scheduling_waitingentry_also_at also WHERE also.waitingentry_id = entry.id
)
FROM scheduling_waitingentry entry
JOIN scheduling_client client ON client.id = entry.client_id
JOIN pia_sites_site site ON site.id = entry.site_id
WHERE entry.closed_at IS NULL AND client.closed_at IS NULL AND site.facility_id = ANY(%(facilities)s)
"""  # noqa: S608 -- constants only

# What `offering.live` finds of them, the one that ends first before the others.
LIVE = f"""
SELECT {columns("offer", OFFER)}
FROM scheduling_offer offer
JOIN scheduling_slot slot ON slot.id = offer.slot_id
JOIN scheduling_consultationhour hour ON hour.id = offer.hour_id
WHERE offer.state = 'standing' AND offer.until_at > %(now)s AND offer.entry_id = ANY(%(entries)s)
    AND slot.state = 'held' AND slot.held_by_id IS NULL AND slot.starts_at = offer.starts_at
    AND hour.status = 'published'
ORDER BY offer.until_at, offer.id
"""  # noqa: S608 -- constants only


class Listed(NamedTuple):
    """One of WAITING."""

    pk: int
    client_id: int
    site_id: int
    appointment_type: str
    since_at: datetime.datetime
    earliest_date: datetime.date | None
    latest_date: datetime.date | None
    day_parts: list[str]
    requested_date: datetime.date | None
    discharge_date: datetime.date | None
    medication_until_date: datetime.date | None
    version: int
    code: str
    also_at: list[int]


@dataclasses.dataclass(frozen=True)
class Waiter:
    """One who waits: the `number`-th of the list, why, and what stands offered to them.

    `is_past`: the latest day that they can come is over.
    """

    entry: WaitingEntry
    number: int
    why: str
    is_past: bool
    offer: Offer | None


@dataclasses.dataclass(frozen=True)
class WaitingList:
    """Who waits at one site for one type, the next one first."""

    site: Site
    appointment_type: AppointmentType
    rows: Sequence[Listed]

    @property
    def key(self) -> str:
        return f"{self.site.slug}.{self.appointment_type.value}"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an entry stands on one list, and why."""

    list: WaitingList
    number: int
    why: str


@dataclasses.dataclass(frozen=True)
class Lists:
    """All lists of a person, by site and type (those that are empty are not there), the offers that they may
    answer now, and their sites by key."""

    lists: Sequence[WaitingList]
    offers: Sequence[Offer]
    sites: Mapping[int, Site]
    now: datetime.datetime

    def waiters(self, rows: Iterable[Listed], *, start: int) -> list[Waiter]:
        """Those of `rows`, of which the first is the `start`-th of its list."""
        offers = {offer.entry_id: offer for offer in self.offers}
        made = []
        for number, row in enumerate(rows, start):
            zone = self.sites[row.site_id].zone
            today = self.now.astimezone(zone).date()
            is_past = row.latest_date is not None and row.latest_date < today
            why = waiting_order.why(row, today, zone)
            made.append(Waiter(_entry(row, self.sites), number, why, is_past, offers.get(row.pk)))
        return made

    def places_of(self, entry: WaitingEntry) -> list[Place]:
        """Where `entry` stands, on each list that it is on."""
        zone = entry.site.zone
        why = waiting_order.why(entry, self.now.astimezone(zone).date(), zone)
        return [
            Place(each, number, why)
            for each in self.lists
            for number, row in enumerate(each.rows, 1)
            if row.pk == entry.pk
        ]


def read(user: User, *, now: datetime.datetime) -> Lists:
    """Of the sites where `user` works with clients, in three queries. Names of clients are not read."""
    facilities = places_of(user.held, Permission.BOOK).facilities
    found = Site.objects.filter(facility__in=facilities).select_related("facility").order_by("name")
    sites = {site.pk: site for site in found}
    rows = [Listed(*row) for row in fetch(WAITING, {"facilities": facilities})]
    by_key = {row.pk: row for row in rows}
    offers = []
    for values in fetch(LIVE, {"entries": list(by_key), "now": now}):
        offer = made(Offer, OFFER, values)
        offer.entry, offer.site = _entry(by_key[offer.entry_id], sites), sites[offer.site_id]
        offers.append(offer)
    return Lists(_lists(rows, sites, now), offers, sites, now)


def _lists(rows: Sequence[Listed], sites: Mapping[int, Site], now: datetime.datetime) -> list[WaitingList]:
    zones: dict[int, ZoneInfo] = {site.pk: site.zone for site in sites.values()}
    found = offering.in_order(rows, {row.pk: row.also_at for row in rows}, zones, now)
    lists = [WaitingList(sites[site], AppointmentType(kind), there) for (site, kind), there in found.items()]
    kinds = list(AppointmentType)
    return sorted(lists, key=lambda each: (each.site.name, kinds.index(each.appointment_type)))


def read_names(entries: Iterable[WaitingEntry]) -> None:
    """Of those on one page only: names stand encrypted. One query."""
    by_client: dict[int, list[WaitingEntry]] = defaultdict(list)
    for entry in entries:
        by_client[entry.client_id].append(entry)
    for pk, name in Client.objects.filter(pk__in=by_client).values_list("pk", "name"):
        for entry in by_client[pk]:
            entry.client.name = name


def _entry(row: Listed, sites: Mapping[int, Site]) -> WaitingEntry:
    entry = made(WaitingEntry, ENTRY, row)
    entry.client = made(Client, ("id", "code"), (row.client_id, row.code))
    entry.site = sites[row.site_id]
    return entry
