"""Who waits for an appointment: putting them on the list, changing what they wish, taking them off."""

import dataclasses
from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from scheduling import changelog, offering
from scheduling.booking import lock_client
from scheduling.models import AppointmentType, Client, ClosedReason, DayPart, Offer, PassedOver, WaitingEntry
from scheduling.plain_sql import columns, fetch, made, parts
from sites.access import Permission, places_of
from sites.models import Site, User
from sites.refusals import Refusal


class WaitingElsewhere(Refusal):
    code = "waiting_elsewhere"
    sentence = "Diese Klient:in gehört zu einer anderen Einrichtung. Bitte wählen Sie einen ihrer Standorte."


class NothingToWaitFor(Refusal):
    code = "nothing_to_wait_for"
    sentence = "Zur offenen Sprechstunde kommt man ohne Termin. Bitte wählen Sie eine andere Terminart."


class DaysOutOfOrder(Refusal):
    code = "days_out_of_order"
    sentence = "Der späteste Tag liegt vor dem frühesten. Bitte ändern Sie einen von beiden."


class AskedInFuture(Refusal):
    code = "asked_in_future"
    sentence = "Der Tag der Anfrage liegt in der Zukunft. Bitte prüfen Sie ihn."


class WaitsNoMore(Refusal):
    code = "waits_no_more"
    sentence = "Dieser Eintrag ist inzwischen geschlossen. Wartet die Person wieder, tragen Sie sie neu ein."


class EntryChanged(Refusal):
    """The entry is newer than what the caller has seen; `current` is it as it stands."""

    code = "entry_changed"
    sentence = (
        "Dieser Eintrag wurde inzwischen an anderer Stelle geändert. "
        "Bitte sehen Sie nach, was jetzt gespeichert ist, und speichern Sie dann noch einmal."
    )

    def __init__(self, current: WaitingEntry) -> None:
        super().__init__()
        self.current = current


@dataclasses.dataclass(frozen=True)
class Wishes:
    """What a client who waits can do, and what makes it urgent; see WaitingEntry."""

    also_at: Collection[Site] = ()
    earliest_date: date | None = None
    latest_date: date | None = None
    day_parts: tuple[DayPart, ...] = ()
    requested_date: date | None = None
    discharge_date: date | None = None
    medication_until_date: date | None = None

    def refuse_nonsense(self, client: Client, site: Site, now: datetime) -> None:
        """Raises WaitingElsewhere, DaysOutOfOrder, AskedInFuture."""
        if any(each.facility_id != client.facility_id for each in (site, *self.also_at)):
            raise WaitingElsewhere
        if self.earliest_date and self.latest_date and self.latest_date < self.earliest_date:
            raise DaysOutOfOrder
        if self.requested_date and self.requested_date > now.astimezone(site.zone).date():
            raise AskedInFuture

    @property
    def columns(self) -> dict[str, object]:
        values = dataclasses.asdict(dataclasses.replace(self, also_at=()))
        del values["also_at"]
        # In one order, so that saving the same again changes nothing.
        return {**values, "day_parts": [each.value for each in DayPart if each in self.day_parts]}


ANY = Wishes()


@transaction.atomic
def add(
    *,
    client: Client,
    site: Site,
    appointment_type: AppointmentType,
    by: User,
    now: datetime,
    wishes: Wishes = ANY,
) -> WaitingEntry:
    """`client` waits at `site` from now on; who waits already keeps the place, and the wishes.

    Raises WaitingElsewhere, NothingToWaitFor, DaysOutOfOrder, AskedInFuture, ClientClosed.
    """
    lock_client(client)
    wishes.refuse_nonsense(client, site, now)
    if appointment_type is AppointmentType.OPEN:
        raise NothingToWaitFor
    entry, is_new = WaitingEntry.objects.get_or_create(
        client=client,
        site=site,
        appointment_type=appointment_type.value,
        closed_at=None,
        defaults={"since_at": now, "added_by": by, **wishes.columns},
    )
    if is_new:
        entry.also_at.set([each for each in wishes.also_at if each != site])
        changelog.ring_after_commit()
    return entry


@transaction.atomic
def change(*, entry: WaitingEntry, version: int, wishes: Wishes, by: User, now: datetime) -> WaitingEntry:
    """Keeps other wishes. An offer that fits them no more is taken back, and the next made.

    `version` is the one that the form showed. Raises WaitsNoMore, EntryChanged, WaitingElsewhere,
    DaysOutOfOrder, AskedInFuture, ClientClosed.
    """
    lock_client(entry.client)
    current = WaitingEntry.objects.select_related("client", "site__facility").get(pk=entry.pk)
    if current.closed_at is not None:
        raise WaitsNoMore
    if current.version != version:
        raise EntryChanged(current)
    wishes.refuse_nonsense(current.client, current.site, now)
    for name, value in wishes.columns.items():
        setattr(current, name, value)
    current.version += 1
    current.save(update_fields=[*wishes.columns, "version"])
    current.also_at.set([each for each in wishes.also_at if each != current.site])
    offering.end_what_fits_no_more(current, by=by, now=now)
    changelog.ring_after_commit()
    return current


@transaction.atomic
def close(*, entry: WaitingEntry, reason: ClosedReason, by: User, now: datetime) -> WaitingEntry:
    """They wait no more; what was offered to them goes to the next. Raises WaitsNoMore, ClientClosed."""
    lock_client(entry.client)
    if not offering.close_entry(entry, reason, by=by, now=now):
        raise WaitsNoMore
    changelog.ring_after_commit()
    return WaitingEntry.objects.get(pk=entry.pk)


def end_all(client: Client, *, by: User, now: datetime) -> None:
    """For a client who is to be forgotten, and whose row the caller has locked."""
    entries = WaitingEntry.objects.filter(client=client, closed_at=None)
    offering.end_of_entries(entries, by=by, now=now)
    for entry in entries:
        offering.set_closed(entry, ClosedReason.ERASED, by=by, now=now)


# -- what a person may see ----------------------------------------------------------------------------


def entries_of(user: User) -> QuerySet[WaitingEntry]:
    """Those at the facilities where `user` works with clients, closed ones too."""
    return (
        WaitingEntry.objects.filter(
            site__facility__in=places_of(user.held, Permission.BOOK).facilities, client__closed_at=None
        )
        .select_related("client", "site__facility", "added_by", "closed_by")
        .defer(*(f"{each}__phone" for each in ("client", "added_by", "closed_by")))
        .defer("client__note", "client__birth_date")
    )


def offers_to(user: User) -> QuerySet[Offer]:
    """All offers that `user` may answer or read of."""
    return Offer.objects.filter(
        site__facility__in=places_of(user.held, Permission.BOOK).facilities, entry__client__closed_at=None
    ).select_related(
        "entry__client", "entry__site__facility", "hour__psychiatrist", "site__facility", "closed_by", "slot"
    )


def standing_for(user: User, *, now: datetime) -> QuerySet[Offer]:
    """The offers that `user` may answer now, the one that ends first before the others."""
    return offering.live(offers_to(user), now=now).order_by("until_at", "pk")


OFFER = ("id", "starts_at", "offered_at", "state")
PASS = ("id", "reason")
# What an entry was offered, then the offers that passed it over, the newest first.
HISTORY = f"""
SELECT {columns("offer", OFFER)}, NULL, '' FROM scheduling_offer offer WHERE offer.entry_id = %(entry)s
UNION ALL
SELECT {columns("offer", OFFER)}, {columns("pass", PASS)}
FROM scheduling_passedover pass JOIN scheduling_offer offer ON offer.id = pass.offer_id
WHERE pass.entry_id = %(entry)s
ORDER BY 3 DESC, 1 DESC
"""  # noqa: S608 -- constants only


def history_of(entry: WaitingEntry) -> tuple[list[Offer], list[PassedOver]]:
    """What `entry` was offered, and which offers passed it over, the newest first; one query."""
    offers, passes = [], []
    for row in fetch(HISTORY, {"entry": entry.pk}):
        own, passed = parts(row, OFFER, PASS)
        offer = made(Offer, OFFER, own)
        if passed[0] is None:
            offers.append(offer)
        else:
            passes.append(made(PassedOver, PASS, passed))
            passes[-1].offer = offer
    return offers, passes


ALSO_AT = """
SELECT site.name FROM scheduling_waitingentry_also_at also JOIN pia_sites_site site ON site.id = also.site_id
WHERE also.waitingentry_id = %(entry)s ORDER BY site.name
"""


def also_at(entry: WaitingEntry) -> list[str]:
    """The names of the other sites; one query."""
    return [name for (name,) in fetch(ALSO_AT, {"entry": entry.pk})]


ENTRY = ("id", "appointment_type")
OPEN = f"""
SELECT {columns("entry", ENTRY)}, site.name
FROM scheduling_waitingentry entry JOIN pia_sites_site site ON site.id = entry.site_id
WHERE entry.client_id = %(client)s AND entry.closed_at IS NULL ORDER BY entry.since_at, entry.id
"""  # noqa: S608 -- constants only


def open_of(client: Client) -> list[WaitingEntry]:
    """What `client` waits for, each with its site's name; one query."""
    entries = []
    for row in fetch(OPEN, {"client": client.pk}):
        own, (name,) = parts(row, ENTRY, (1,))
        entries.append(made(WaitingEntry, ENTRY, own))
        entries[-1].site = Site(name=name)
    return entries
