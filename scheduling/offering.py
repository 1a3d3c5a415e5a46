"""Offering slots that got free to those who wait, one after another.

What can be offered is derived from how things stand: slots that are free, entries that wait. So it doesn't
matter why a slot is free (cancelled, moved away, published, unblocked, an hour made longer), who asks, how
often, and whether somebody asked before: `make_offers` may run any number of times, in many processes.

A slot is held for one of them until a time, and free for all after it, by the clock: nothing has to run for
that. Whoever asks next closes the offer and makes the next one. Locks are taken in the order client, slot,
offer, entry.
"""

import dataclasses
import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from scheduling import changelog, holding, insurance
from scheduling.booking import book, lock_client
from scheduling.insurance import DespiteInsurance
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ChangeKind,
    Client,
    ClosedReason,
    HourStatus,
    Offer,
    OfferState,
    PassedOver,
    PassReason,
    Slot,
    SlotState,
    WaitingEntry,
)
from scheduling.models.hours import free_at
from scheduling.offer_times import offer_ends_at
from scheduling.waiting_order import Facts, Place, misfit, place
from sites.models import Site, User
from sites.refusals import Refusal

# More in one day would be a nuisance on the phone.
OFFERS_A_DAY = 3


class OfferOver(Refusal):
    """The offer stands no more; `offer` is it as it is now."""

    code = "offer_over"

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer

    def __str__(self) -> str:
        what = {
            OfferState.ACCEPTED.value: "ist inzwischen angenommen",
            OfferState.DECLINED.value: "ist inzwischen abgelehnt",
        }.get(self.offer.state, "gilt nicht mehr")
        return (
            f"Dieses Angebot {what}. Sehen Sie auf der Warteliste nach, "
            "ob es ein neues gibt, oder buchen Sie ein freies Zeitfenster."
        )


# -- making -------------------------------------------------------------------------------------------


def make_offers(*, now: datetime.datetime) -> int:
    """Closes what has ended, and offers each slot that is free to the first who waits and fits; how many.

    A constant number of queries while there is nothing to close and nothing to offer.
    """
    close_ended(now=now)
    close_who_has_one(now=now)
    list_ = _List.read(now)
    made = 0
    for slot in _free_slots(list_.sites, now):
        until = offer_ends_at(slot.starts_at, minutes=slot.site.offer_minutes, now=now, zone=slot.site.zone)
        if until is None:
            continue
        entry, passed = list_.first_for(slot)
        if entry is not None and _offer(slot, entry, passed, until, now=now):
            list_.note(entry, slot)
            made += 1
    return made


def _free_slots(sites: Collection[int], now: datetime.datetime) -> Iterable[Slot]:
    if not sites:
        return []
    free = Slot.objects.filter(
        free_at(now), site__in=sites, starts_at__gt=now, hour__status=HourStatus.PUBLISHED
    )
    free = free.exclude(appointment_type=AppointmentType.OPEN)
    return free.select_related("site__facility", "hour").order_by("starts_at", "pk")


@dataclasses.dataclass
class _List:
    """Everybody who waits, in order, with what speaks against another offer to them now."""

    now: datetime.datetime
    entries: dict[tuple[int, str], list[WaitingEntry]]
    standing: set[int]
    had: set[tuple[int, int | None, datetime.datetime]]
    today: Counter[int]
    busy: dict[int, list[tuple[datetime.datetime, datetime.datetime]]]

    @classmethod
    def read(cls, now: datetime.datetime) -> "_List":
        waiting = list(
            WaitingEntry.objects.filter(closed_at=None, since_at__lte=now, client__closed_at=None)
            .select_related("site__facility")
            .prefetch_related("also_at")
        )
        offers = list(
            Offer.objects.filter(entry__in=waiting).values_list(
                "entry", "slot", "starts_at", "state", "offered_at"
            )
        )
        zones = {entry.pk: entry.site.zone for entry in waiting}
        also_at = {entry.pk: [site.pk for site in entry.also_at.all()] for entry in waiting}
        booked = Appointment.objects.filter(
            client__in={entry.client_id for entry in waiting},
            status=AppointmentStatus.BOOKED,
            ends_at__gt=now,
        )
        busy: dict[int, list[tuple[datetime.datetime, datetime.datetime]]] = defaultdict(list)
        for client, starts_at, ends_at in booked.values_list("client", "starts_at", "ends_at"):
            busy[client].append((starts_at, ends_at))
        return cls(
            now=now,
            entries=in_order(waiting, also_at, {entry.site_id: entry.site.zone for entry in waiting}, now),
            standing={entry for entry, _, _, state, _ in offers if state == OfferState.STANDING},
            had={(entry, slot, starts_at) for entry, slot, starts_at, _, _ in offers},
            today=Counter(
                entry
                for entry, _, _, _, at in offers
                if at.astimezone(zones[entry]).date() == now.astimezone(zones[entry]).date()
            ),
            busy=busy,
        )

    @property
    def sites(self) -> set[int]:
        return {site for site, _ in self.entries}

    def first_for(self, slot: Slot) -> tuple[WaitingEntry | None, list[tuple[WaitingEntry, PassReason]]]:
        """The first whom `slot` may be offered to, and whom it passes over, why."""
        passed: list[tuple[WaitingEntry, PassReason]] = []
        for entry in self.entries.get((slot.site_id, slot.appointment_type), ()):
            reason = self._against(entry, slot)
            if reason is None:
                return entry, passed
            passed.append((entry, reason))
        return None, passed

    def note(self, entry: WaitingEntry, slot: Slot) -> None:
        self.standing.add(entry.pk)
        self.had.add((entry.pk, slot.pk, slot.starts_at))

    def _against(self, entry: WaitingEntry, slot: Slot) -> PassReason | None:
        if reason := misfit(entry, slot, slot.site.zone):
            return reason
        if (entry.pk, slot.pk, slot.starts_at) in self.had:
            return PassReason.HAD_THIS
        if entry.pk in self.standing:
            return PassReason.HAS_OFFER
        if self.today[entry.pk] >= OFFERS_A_DAY:
            return PassReason.ENOUGH_TODAY
        spans = self.busy.get(entry.client_id, ())
        if any(starts_at < slot.ends_at and slot.starts_at < ends_at for starts_at, ends_at in spans):
            return PassReason.HAS_APPOINTMENT
        return None


class Waits(Facts, Protocol):
    """And by which list."""

    @property
    def site_id(self) -> int: ...
    @property
    def appointment_type(self) -> str: ...


Entry = TypeVar("Entry", bound=Waits)


def in_order(
    waiting: Iterable[Entry],
    also_at: Mapping[int, Collection[int]],
    zones: Mapping[int, ZoneInfo],
    now: datetime.datetime,
) -> dict[tuple[int, str], list[Entry]]:
    """By site and type, who is next first.

    `also_at` holds, by entry, the keys of its other sites; `zones` the clocks, by site.
    """
    lists: dict[tuple[int, str], list[Entry]] = defaultdict(list)
    days = {zone: now.astimezone(zone).date() for zone in set(zones.values())}

    def order(entry: Entry) -> Place:
        zone = zones[entry.site_id]
        return place(entry, days[zone], zone)

    for entry in sorted(waiting, key=order):
        for site in {entry.site_id, *also_at[entry.pk]}:
            lists[site, entry.appointment_type].append(entry)
    return lists


def _offer(
    slot: Slot,
    entry: WaitingEntry,
    passed: Collection[tuple[WaitingEntry, PassReason]],
    until: datetime.datetime,
    *,
    now: datetime.datetime,
) -> Offer | None:
    """Holds `slot` for `entry`; None if meanwhile somebody took it, or the entry was closed or served."""
    try:
        with transaction.atomic():
            return _hold_and_offer(slot, entry, passed, until, now=now)
    except _NoMore:
        return None
    except IntegrityError as error:
        if any(name in str(error) for name in ("slot_stands_offered", "entry_has_one", "offered_once_to")):
            return None  # another process was faster
        raise


def _machine() -> User:
    """In whose name offers are made and ended by the clock; asked for only when there is something to do."""
    return User.objects.system_actor("offers")


class _NoMore(Exception):
    """What was read is so no more."""


def _hold_and_offer(
    slot: Slot,
    entry: WaitingEntry,
    passed: Collection[tuple[WaitingEntry, PassReason]],
    until: datetime.datetime,
    *,
    now: datetime.datetime,
) -> Offer:
    try:
        lock_client(entry.client)
    except Refusal as gone:
        raise _NoMore from gone
    still_waits = WaitingEntry.objects.filter(pk=entry.pk, closed_at=None, version=entry.version)
    if not still_waits.exists():
        raise _NoMore
    _hold(slot, until, now)
    offer = Offer.objects.create(
        entry=entry,
        slot=slot,
        hour_id=slot.hour_id,
        site_id=slot.site_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        offered_at=now,
        until_at=until,
    )
    PassedOver.objects.bulk_create(
        PassedOver(offer=offer, entry=other, reason=reason) for other, reason in passed
    )
    _record(ChangeKind.OFFERED, offer, by=_machine(), now=now)
    return offer


def _hold(slot: Slot, until: datetime.datetime, now: datetime.datetime) -> None:
    """Raises _NoMore if `slot` is not free any more, or not at the times that were read."""
    try:
        held = holding.keep(slot=Slot(pk=slot.pk), until=until, held_by=None, now=now)
    except Refusal as taken:
        raise _NoMore from taken
    held.refresh_from_db(fields=["starts_at", "ends_at", "appointment_type"])
    if (held.starts_at, held.ends_at, held.appointment_type) != (
        slot.starts_at,
        slot.ends_at,
        slot.appointment_type,
    ):
        raise _NoMore


# -- ending -------------------------------------------------------------------------------------------


def live(offers: QuerySet[Offer], *, now: datetime.datetime) -> QuerySet[Offer]:
    """Those of `offers` that can be accepted now."""
    return offers.filter(
        state=OfferState.STANDING,
        until_at__gt=now,
        slot__state=SlotState.HELD,
        slot__held_by=None,
        slot__starts_at=F("starts_at"),
        slot__hour__status=HourStatus.PUBLISHED,
        entry__closed_at=None,
        entry__client__closed_at=None,
    )


def close_ended(*, now: datetime.datetime) -> int:
    """Closes the offers that ended, by time or with their slot; how many."""
    standing = Offer.objects.filter(state=OfferState.STANDING)
    over = standing.exclude(pk__in=live(Offer.objects.all(), now=now).values("pk"))
    closed = 0
    for offer in over.order_by("pk").select_related("hour"):
        state = OfferState.EXPIRED if offer.until_at <= now else OfferState.GONE
        try:
            _end(offer, state, by=_machine(), now=now)
        except OfferOver:
            continue  # another process was faster
        closed += 1
    return closed


@transaction.atomic
def _end(offer: Offer, state: OfferState, *, by: User, now: datetime.datetime) -> Offer:
    """Frees the slot and closes the offer. Raises OfferOver."""
    if offer.slot_id is not None:
        held = Slot.objects.filter(pk=offer.slot_id, state=SlotState.HELD, held_by=None)
        held.update(state=SlotState.FREE, held_until=None)
    standing = Offer.objects.filter(pk=offer.pk, state=OfferState.STANDING)
    if not standing.update(state=state, closed_at=max(now, offer.offered_at), closed_by=by):
        raise OfferOver(Offer.objects.get(pk=offer.pk))
    offer.state, offer.closed_at, offer.closed_by = state.value, max(now, offer.offered_at), by
    _record(ChangeKind.OFFER_CLOSED, offer, by=by, now=now, how=state.value)
    return offer


def end_of_entries(entries: QuerySet[WaitingEntry], *, by: User, now: datetime.datetime) -> None:
    """Takes back what still stands for `entries`, whose client the caller has locked."""
    for offer in Offer.objects.filter(entry__in=entries, state=OfferState.STANDING).select_related("hour"):
        _end(offer, OfferState.GONE, by=by, now=now)


def close_who_has_one(*, now: datetime.datetime) -> int:
    """Closes the entries of clients who have an appointment of that type ahead; how many."""
    ahead = Appointment.objects.filter(
        client=OuterRef("client"),
        appointment_type=OuterRef("appointment_type"),
        status=AppointmentStatus.BOOKED,
        starts_at__gt=now,
    )
    served = WaitingEntry.objects.filter(Exists(ahead), closed_at=None, since_at__lte=now)
    return sum(close_entry(entry, ClosedReason.BOOKED, by=_machine(), now=now) for entry in served)


def end_what_fits_no_more(entry: WaitingEntry, *, by: User, now: datetime.datetime) -> None:
    """Takes back what stands for `entry` against its wishes as they are now."""
    standing = Offer.objects.filter(entry=entry, state=OfferState.STANDING).select_related(
        "hour", "slot", "site__facility"
    )
    places = {entry.site_id, *entry.also_at.values_list("pk", flat=True)}
    for offer in standing:
        unwanted = offer.site_id not in places or (
            offer.slot is not None and misfit(entry, offer.slot, offer.site.zone) is not None
        )
        if unwanted:
            _end(offer, OfferState.GONE, by=by, now=now)


@transaction.atomic
def close_entry(entry: WaitingEntry, reason: ClosedReason, *, by: User, now: datetime.datetime) -> bool:
    """Closes `entry` and takes back what stands for it; False if it was closed already."""
    try:
        lock_client(entry.client)
    except Refusal:
        return False  # being erased, and then closed with everything else
    end_of_entries(WaitingEntry.objects.filter(pk=entry.pk), by=by, now=now)
    return set_closed(entry, reason, by=by, now=now)


def set_closed(entry: WaitingEntry, reason: ClosedReason, *, by: User, now: datetime.datetime) -> bool:
    """False if `entry` was closed already. The caller has taken back what stood for it."""
    return bool(
        WaitingEntry.objects.filter(pk=entry.pk, closed_at=None).update(
            closed_at=max(now, entry.since_at), closed_by=by, closed_reason=reason, version=F("version") + 1
        )
    )


# -- answering ----------------------------------------------------------------------------------------


@transaction.atomic
def accept_at_desk(
    *, offer: Offer, despite: DespiteInsurance | None, by: User, now: datetime.datetime
) -> Appointment:
    """As `accept`, by whoever can ask the client: where the site wants proof of an insurance and there is
    none, `despite` says why it may be. Raises InsuranceAsked too.
    """
    lock_client(offer.entry.client)
    _refuse_over(offer, now)
    client = Client.objects.get(pk=offer.entry.client_id)
    slot = Slot(site=offer.site, starts_at=offer.starts_at)
    data = insurance.check(client, slot, despite=despite, now=now)
    return accept(offer=offer, by=by, now=now, data=data)


@transaction.atomic
def accept(
    *, offer: Offer, by: User, now: datetime.datetime, data: Mapping[str, str] | None = None
) -> Appointment:
    """Books the slot that is offered; the client waits no more. `data` is kept in the change.

    Raises OfferOver, and what `booking.book` raises.
    """
    entry = offer.entry
    lock_client(entry.client)
    _refuse_over(offer, now)
    slot = Slot(pk=offer.slot_id)
    appointment = book(slot=slot, client=entry.client, by=by, now=now, is_offered=True, data=data)
    standing = Offer.objects.filter(pk=offer.pk, state=OfferState.STANDING, until_at__gt=now)
    if not standing.update(state=OfferState.ACCEPTED, closed_at=now, closed_by=by, appointment=appointment):
        raise OfferOver(Offer.objects.get(pk=offer.pk))
    set_closed(entry, ClosedReason.BOOKED, by=by, now=now)
    _record(ChangeKind.OFFER_CLOSED, offer, by=by, now=now, how=OfferState.ACCEPTED.value)
    return appointment


@transaction.atomic
def decline(*, offer: Offer, by: User, now: datetime.datetime) -> Offer:
    """The slot is free for the next one; the client waits on. Raises OfferOver."""
    _refuse_over(offer, now)
    return _end(offer, OfferState.DECLINED, by=by, now=now)


def _refuse_over(offer: Offer, now: datetime.datetime) -> None:
    if not live(Offer.objects.filter(pk=offer.pk), now=now).exists():
        raise OfferOver(Offer.objects.get(pk=offer.pk))


def note_missed(*, offer: Offer, by: User, now: datetime.datetime) -> None:
    """A client's yes came after the offer had ended: they are told that it did."""
    _record(ChangeKind.OFFER_MISSED, offer, by=by, now=now)


def _record(kind: ChangeKind, offer: Offer, *, by: User, now: datetime.datetime, how: str = "") -> None:
    """Rings too: who is told of the offer must hear soon, and what is free again is offered to the next."""
    data: dict[str, object] = {"offer": offer.pk, "slot": offer.slot_id}
    if how:
        data["how"] = how
    changelog.record([changelog.hour_change(kind, offer.hour, by=by, now=now, data=data, is_told=True)])


# -- settings -----------------------------------------------------------------------------------------


def set_minutes(*, site: Site, minutes: int) -> Site:
    """How long the offers of `site` stand from now on; those that stand keep their end."""
    site.offer_minutes = minutes
    site.save(update_fields=["offer_minutes"])
    return site
