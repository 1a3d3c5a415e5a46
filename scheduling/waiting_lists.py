"""The waiting list as its page shows it: everybody in order, and why they stand there."""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from scheduling import offering, waiting_order
from scheduling.models import AppointmentType, Client, Offer, WaitingEntry
from scheduling.plain_sql import columns, fetch, made, parts
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


@dataclasses.dataclass(frozen=True, slots=True)
class Waiter:
    """One who waits: the `number`-th of the list, and what stands offered to them."""

    entry: WaitingEntry
    number: int
    today: datetime.date
    offer: Offer | None

    @property
    def why(self) -> str:
        return waiting_order.why(self.entry, self.today, self.entry.site.zone)

    @property
    def is_past(self) -> bool:
        """Whether the latest day is over."""
        return self.entry.latest_date is not None and self.entry.latest_date < self.today


@dataclasses.dataclass(frozen=True)
class WaitingList:
    """Who waits at one site for one type, the next one first."""

    site: Site
    appointment_type: AppointmentType
    waiters: Sequence[Waiter]

    @property
    def key(self) -> str:
        return f"{self.site.slug}.{self.appointment_type.value}"


@dataclasses.dataclass(frozen=True)
class Lists:
    """All lists of a person, by site and type (those that are empty are not there), the offers that they may
    answer now, and their `sites`."""

    lists: Sequence[WaitingList]
    offers: Sequence[Offer]
    sites: Sequence[Site]

    def places_of(self, entry: WaitingEntry) -> list[tuple[WaitingList, Waiter]]:
        """Where `entry` stands, on each list that it is on."""
        return [(each, waiter) for each in self.lists for waiter in each.waiters if waiter.entry == entry]


def read(user: User, *, now: datetime.datetime) -> Lists:
    """Of the sites where `user` works with clients, in three queries. Names of clients are not read."""
    facilities = places_of(user.held, Permission.BOOK).facilities
    found = Site.objects.filter(facility__in=facilities).select_related("facility").order_by("name")
    sites = {site.pk: site for site in found}
    also_at: dict[int, Collection[int]] = {}
    entries = {}
    for row in fetch(WAITING, {"facilities": facilities}):
        entry = _entry(row, sites)
        entries[entry.pk], also_at[entry.pk] = entry, row[-1]
    offers = [_offer(row, entries, sites) for row in fetch(LIVE, {"entries": list(entries), "now": now})]
    of_entry = {offer.entry_id: offer for offer in offers}
    lists = [
        WaitingList(sites[site], AppointmentType(kind), _waiters(there, of_entry, now))
        for (site, kind), there in offering.in_order(entries.values(), also_at, now).items()
    ]
    kinds = list(AppointmentType)
    lists.sort(key=lambda each: (each.site.name, kinds.index(each.appointment_type)))
    return Lists(lists, offers, list(sites.values()))


def read_names(entries: Iterable[WaitingEntry]) -> None:
    """Of those on one page only: names stand encrypted. One query."""
    by_client: dict[int, list[WaitingEntry]] = defaultdict(list)
    for entry in entries:
        by_client[entry.client_id].append(entry)
    for pk, name in Client.objects.filter(pk__in=by_client).values_list("pk", "name"):
        for entry in by_client[pk]:
            entry.client.name = name


def _entry(row: Sequence[Any], sites: Mapping[int, Site]) -> WaitingEntry:
    own, (code, _) = parts(row, ENTRY, (1, 2))
    entry = made(WaitingEntry, ENTRY, own)
    entry.client = made(Client, ("id", "code"), (entry.client_id, code))
    entry.site = sites[entry.site_id]
    return entry


def _offer(row: Sequence[Any], entries: Mapping[int, WaitingEntry], sites: Mapping[int, Site]) -> Offer:
    offer = made(Offer, OFFER, row)
    offer.entry, offer.site = entries[offer.entry_id], sites[offer.site_id]
    return offer


def _waiters(
    entries: Sequence[WaitingEntry], offers: Mapping[int, Offer], now: datetime.datetime
) -> list[Waiter]:
    days = {zone: now.astimezone(zone).date() for zone in {entry.site.zone for entry in entries}}
    return [
        Waiter(entry, number, days[entry.site.zone], offers.get(entry.pk))
        for number, entry in enumerate(entries, 1)
    ]
