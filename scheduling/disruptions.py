"""What cancelling, moving and handing over a published hour have in common.

Such a command changes the hour and all its appointments at once. It locks the clients, the hour and the
appointments, in that order: nobody can book meanwhile, nobody can cancel or move one of the appointments, and
the clients can't get another one at the new time.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from scheduling import changelog, collisions
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    Change,
    ChangeKind,
    Client,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
    WalkIn,
)
from scheduling.publishing import HourCollides, HourHasWalkIns, HourNotPublished, lock_people_and_rooms
from scheduling.seen import fingerprint
from scheduling.selectors import live_appointments
from scheduling.versioning import bump_sequence
from sites.models import User
from sites.refusals import Refusal

# How often a booking at the same moment may get in between, before somebody is asked to look again.
ATTEMPTS = 5
# What says how late an hour runs.
LATENESS = ("late_minutes", "late_at", "late_by")
# As far ahead as anybody plans.
HORIZON = timedelta(days=366)


class HourChangedMeanwhile(Refusal):
    code = "hour_changed_meanwhile"
    sentence = (
        "Inzwischen hat sich an dieser Sprechstunde etwas geändert. "
        "Bitte sehen Sie sich noch einmal an, wer Bescheid bekommt, und bestätigen Sie dann."
    )


class HourHasBegun(Refusal):
    code = "hour_has_begun"
    sentence = (
        "Diese Sprechstunde hat schon begonnen. Bitte lassen Sie die übrigen Termine einzeln "
        "von der Einrichtung verschieben oder absagen."
    )


class AppointmentUnderWay(Refusal):
    code = "appointment_under_way"
    sentence = (
        "In dieser Sprechstunde ist schon jemand angekommen oder war schon da. "
        "Bitte klären Sie diesen Termin zuerst mit der Einrichtung."
    )


class DateOutOfReach(Refusal):
    code = "date_out_of_reach"
    sentence = (
        "An diesem Tag gibt es den Standort nicht, oder er liegt in der Vergangenheit oder mehr als ein Jahr "
        "voraus. Bitte wählen Sie einen anderen Tag."
    )


class TimeTaken(HourCollides):
    """The person or the room is somewhere else at the new time; `found` says which."""

    code = "time_taken"

    def __str__(self) -> str:
        reasons = "; ".join(str(collision) for collision in self.found)
        return f"Das geht nicht: {reasons}. Bitte wählen Sie eine andere Zeit oder einen anderen Raum."


class ClientsElsewhere(Refusal):
    """Clients have another appointment at the new time; `codes` are their pseudonyms."""

    code = "clients_elsewhere"

    def __init__(self, codes: Collection[str]) -> None:
        super().__init__()
        self.codes = sorted(codes)

    def __str__(self) -> str:
        if not self.codes:
            return (
                "Zu der neuen Zeit hat eine Klient:in schon einen anderen Termin. "
                "Bitte wählen Sie eine andere Zeit."
            )
        return (
            f"Zu der neuen Zeit haben schon einen anderen Termin: {', '.join(self.codes)}. "
            "Bitte wählen Sie eine andere Zeit."
        )


@dataclass(frozen=True)
class Whole:
    """A published hour with its live appointments in order of start, and whether anybody walked in."""

    hour: ConsultationHour
    appointments: list[Appointment]
    has_walk_ins: bool = False

    @property
    def state(self) -> str:
        """Differs as soon as anything about the hour or who is in it has changed."""
        hour = self.hour
        span = (hour.starts_at.isoformat(), hour.ends_at.isoformat())
        people = [(each.pk, each.sequence, each.slot_id, each.status) for each in self.appointments]
        return fingerprint(hour.status, hour.sequence, hour.psychiatrist_id, hour.room_id, span, people)


def look(hour: ConsultationHour, *, now: datetime) -> Whole:
    """`hour` as it is now, unlocked, for a preview. Refuses as the commands do."""
    [whole] = wholes([_hour(hour.pk)])
    refuse(whole, now)
    return whole


def lock(hour: ConsultationHour, *, seen: str | None, now: datetime) -> Whole:
    """`hour` as it is now, locked. `seen` is the state that somebody was shown, None for whatever it is.

    Raises HourNotPublished, HourHasBegun, AppointmentUnderWay, HourHasWalkIns, HourChangedMeanwhile.
    """
    for _ in range(ATTEMPTS):
        try:
            whole = _lock(hour.pk)
        except _SomebodyCame:
            continue
        refuse(whole, now)
        if seen is not None and seen != whole.state:
            raise HourChangedMeanwhile
        return whole
    raise HourChangedMeanwhile


class _SomebodyCame(Exception):
    """Between locking the clients and locking the hour somebody else was booked in it."""


@transaction.atomic
def _lock(pk: int) -> Whole:
    clients = set(live_appointments().filter(slot__hour=pk).values_list("client", flat=True))
    list(
        Client.objects.filter(pk__in=clients).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )
    # Locked by itself: joined with a person or room that another command is just changing, PostgreSQL would
    # wait for the row and then find that it fits the join no more.
    list(ConsultationHour.objects.filter(pk=pk).select_for_update(no_key=True).values_list("pk"))
    hour = _hour(pk)
    appointments = list(_appointments([hour]).select_for_update(of=("self",), no_key=True))
    if not clients.issuperset(each.client_id for each in appointments):
        # What was locked here is given back, so that the order of locks is kept the next time.
        raise _SomebodyCame
    return Whole(hour, appointments, hour.walk_ins.exists())


def _hour(pk: int) -> ConsultationHour:
    return ConsultationHour.objects.select_related("site__facility", "psychiatrist", "room").get(pk=pk)


def wholes(hours: Sequence[ConsultationHour]) -> list[Whole]:
    """`hours` (with slots at hand) with their appointments, unlocked and unchecked; two queries at most."""
    busy = {slot.pk: slot for hour in hours for slot in hour.slots.all() if slot.state == SlotState.BUSY}
    found: dict[int, list[Appointment]] = defaultdict(list)
    booked = live_appointments().filter(slot__in=busy).select_related("client", "booked_by")
    for each in booked.order_by("starts_at", "pk") if busy else ():
        each.slot = busy[each.slot_id]
        found[each.slot.hour_id].append(each)
    came = set(WalkIn.objects.filter(hour__in=hours).values_list("hour", flat=True))
    return [Whole(hour, found[hour.pk], hour.pk in came) for hour in hours]


def _appointments(hours: Sequence[ConsultationHour]) -> Any:
    return (
        live_appointments()
        .filter(slot__hour__in=hours)
        .select_related("slot", "client", "booked_by")
        .order_by("starts_at", "pk")
    )


def refuse(whole: Whole, now: datetime) -> None:
    """Raises HourNotPublished, HourHasBegun, AppointmentUnderWay, HourHasWalkIns."""
    if whole.hour.status != HourStatus.PUBLISHED:
        raise HourNotPublished
    if whole.hour.starts_at <= now:
        raise HourHasBegun
    if any(each.status != AppointmentStatus.BOOKED for each in whole.appointments):
        raise AppointmentUnderWay
    if whole.has_walk_ins:
        raise HourHasWalkIns


# -- the new time, place or person ------------------------------------------------------------------------


def refuse_day(hour: ConsultationHour, day: date, *, now: datetime) -> None:
    """Raises DateOutOfReach unless the site is open on `day`, and `day` neither past nor too far ahead."""
    today, site = now.astimezone(hour.zone).date(), hour.site
    is_open = site.since_date <= day and (site.until_date is None or day <= site.until_date)
    if not is_open or not today <= day <= today + HORIZON:
        raise DateOutOfReach


def refuse_collisions(hour: ConsultationHour) -> None:
    """Raises TimeTaken if `hour`, as it would be, has its person or its room somewhere else."""
    final = [each for each in collisions.find([hour])[0] if each.is_final]
    if final:
        raise TimeTaken(final)


def hold_people_and_rooms(hour: ConsultationHour) -> None:
    lock_people_and_rooms([hour])


def forget_lateness(hour: ConsultationHour) -> None:
    """Of an hour that begins at another time: it ran late against the old one. The caller saves LATENESS."""
    hour.late_minutes, hour.late_at, hour.late_by = 0, None, None


def span_of(what: ConsultationHour | Appointment) -> dict[str, Any]:
    """Start and end for a Change."""
    return {"starts_at": what.starts_at.isoformat(), "ends_at": what.ends_at.isoformat()}


# -- the appointments ---------------------------------------------------------------------------------------


def others_at(appointments: Sequence[Appointment], delta: timedelta) -> list[str]:
    """The pseudonyms of those who have another appointment when theirs is moved by `delta`; as far as whoever
    asks may see. What they may not see the database refuses in the end."""
    return others_at_each([(appointments, delta)])[0]


def others_at_each(blocks: Sequence[tuple[Sequence[Appointment], timedelta]]) -> list[list[str]]:
    """What `others_at` says of each block by itself, in one query, or none where nothing moves."""
    clash = Q()
    for appointments, delta in blocks:
        for each in appointments if delta else ():
            clash |= Q(client=each.client_id, starts_at__lt=each.ends_at + delta) & Q(
                ends_at__gt=each.starts_at + delta
            )
    found = live_appointments().select_related("client")
    found = found.only("starts_at", "ends_at", "client__code")
    others = list(found.filter(clash)) if clash else []
    return [_others_of(appointments, delta, others) for appointments, delta in blocks]


def _others_of(
    appointments: Sequence[Appointment], delta: timedelta, others: Sequence[Appointment]
) -> list[str]:
    own = {each.pk for each in appointments}
    return sorted(
        {
            other.client.code
            for each in appointments
            for other in others
            if delta and other.pk not in own and other.client_id == each.client_id
            if other.starts_at < each.ends_at + delta and other.ends_at > each.starts_at + delta
        }
    )


def move_block(
    appointments: Sequence[Appointment], slots: Mapping[int, Slot], *, cause: Change
) -> list[Change]:
    """Moves each appointment to the slot that `slots` names for its own; the changes, unsaved.

    All move by the same time, so the one that goes furthest in that direction goes first: two of one client
    never overlap on the way. Raises ClientsElsewhere.
    """
    if codes := others_at(appointments, _delta(appointments, slots)):
        raise ClientsElsewhere(codes)
    changes = []
    later = _delta(appointments, slots) > timedelta()
    for appointment in sorted(appointments, key=lambda each: each.starts_at, reverse=later):
        old = {"slot": appointment.slot_id, **span_of(appointment)}
        slot = slots[appointment.slot_id]
        appointment.slot = slot
        appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
        appointment.confirmed_at = None  # the client said yes to another time
        bump_sequence(appointment)
        try:
            appointment.save(update_fields=["slot", "starts_at", "ends_at", "confirmed_at", "sequence"])
        except IntegrityError as error:
            if "client_has_one_appointment_at_a_time" in str(error):
                raise ClientsElsewhere([]) from error
            raise
        data = {"from": old, "to": {"slot": slot.pk, **span_of(appointment)}}
        changes.append(caused(ChangeKind.MOVED, appointment, slot, cause=cause, data=data))
    return sorted(changes, key=lambda change: change.data["to"]["starts_at"])


def _delta(appointments: Sequence[Appointment], slots: Mapping[int, Slot]) -> timedelta:
    first = appointments[0]
    return slots[first.slot_id].starts_at - first.starts_at


def caused(
    kind: ChangeKind, appointment: Appointment, slot: Slot, *, cause: Change, data: dict[str, Any]
) -> Change:
    """An unsaved change of an appointment, made because its whole hour changed."""
    data = {**data, "hour_change": cause.pk}
    return changelog.appointment_change(kind, appointment, slot, by=cause.by, now=cause.at, data=data)


def check_slots_in_the_end() -> None:
    """An hour and its slots change one after the other: they need not fit until `check_slots_now`."""
    _set_constraints("DEFERRED")


def check_slots_now() -> None:
    _set_constraints("IMMEDIATE")


def _set_constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS slots_of_hour_apart, slot_within_hour, hour_contains_slots {when}")


def hour_caused(
    kind: ChangeKind, hour: ConsultationHour, *, by: User, now: datetime, data: dict[str, Any]
) -> Change:
    """The recorded change of a whole hour, of which staff are told."""
    change = changelog.hour_change(kind, hour, by=by, now=now, data=data, is_told=True)
    changelog.record([change])
    return change
