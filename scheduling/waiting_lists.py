"""The waiting list as its page shows it: everybody in order, and why they stand there."""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence

from scheduling import offering, waiting, waiting_order
from scheduling.models import AppointmentType, Client, Offer, WaitingEntry
from sites.models import Site, User


@dataclasses.dataclass(frozen=True)
class Waiter:
    """One who waits: the `number`-th of the list, `why`, and what stands offered to them."""

    entry: WaitingEntry
    number: int
    why: str
    is_urgent: bool
    is_past: bool
    offer: Offer | None


@dataclasses.dataclass(frozen=True)
class WaitingList:
    """Who waits at one site for one type, the next one first."""

    site: Site
    appointment_type: AppointmentType
    waiters: Sequence[Waiter]

    @property
    def key(self) -> str:
        return f"{self.site.slug}.{self.appointment_type.value}"


def lists_for(user: User, *, now: datetime.datetime) -> list[WaitingList]:
    """The lists of the sites where `user` works with clients, by site and type; those that are empty are not
    there. A constant number of queries. Names and numbers of the clients are not read."""
    hidden = ("client__name", "client__phone", "client__note", "client__birth_date", "added_by__phone")
    entries = list(waiting.entries_of(user).filter(closed_at=None).defer(*hidden))
    offers = {
        offer.entry_id: offer
        for offer in offering.live(Offer.objects.filter(entry__in=entries), now=now).select_related("site")
    }
    sites = {site.pk: site for entry in entries for site in (entry.site, *entry.also_at.all())}
    return sorted(
        (
            WaitingList(
                sites[site],
                AppointmentType(kind),
                [_waiter(*each, offers, now) for each in enumerate(found, 1)],
            )
            for (site, kind), found in offering.in_order(entries, now).items()
        ),
        key=lambda each: (each.site.name, list(AppointmentType).index(each.appointment_type)),
    )


def read_names(waiters: Iterable[Waiter]) -> None:
    """Of those on one page only: names stand encrypted. One query."""
    clients = {each.entry.client_id: each.entry.client for each in waiters}
    for pk, name in Client.objects.filter(pk__in=clients).values_list("pk", "name"):
        clients[pk].name = name


def place_of(entry: WaitingEntry, lists: Sequence[WaitingList]) -> list[tuple[WaitingList, Waiter]]:
    """Where `entry` stands, on each list that it is on."""
    return [(list_, each) for list_ in lists for each in list_.waiters if each.entry.pk == entry.pk]


def _waiter(number: int, entry: WaitingEntry, offers: dict[int, Offer], now: datetime.datetime) -> Waiter:
    zone = entry.site.zone
    today = now.astimezone(zone).date()
    return Waiter(
        entry=entry,
        number=number,
        why=waiting_order.why(entry, today, zone),
        is_urgent=waiting_order.is_urgent(entry, today),
        is_past=entry.latest_date is not None and entry.latest_date < today,
        offer=offers.get(entry.pk),
    )
