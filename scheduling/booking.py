"""Booking, cancelling and moving appointments.

Locks are taken in one order, client before hour before slot before appointment, so that two commands never
wait for each other. Hours are locked in share mode: bookings don't wait for each other, but publishing and
withdrawing wait for them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from scheduling import changelog
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    CancelReason,
    ChangeKind,
    Client,
    HourStatus,
    MoveReason,
    Slot,
    SlotState,
)
from scheduling.publishing import HourNotPublished
from scheduling.selectors import nearest_free_slots
from scheduling.versioning import bump_sequence
from sites.models import User
from sites.refusals import Refusal


class SlotTaken(Refusal):
    """Somebody else has the slot; `alternatives` are the nearest free ones of the same type."""

    code = "slot_taken"

    def __init__(self, alternatives: Collection[Slot]) -> None:
        super().__init__()
        self.alternatives = list(alternatives)

    def __str__(self) -> str:
        if not self.alternatives:
            return "Dieses Zeitfenster ist inzwischen belegt, und es gibt zurzeit kein anderes freies."
        return f"Dieses Zeitfenster ist inzwischen belegt. Frei sind noch: {_starts(self.alternatives)}."


class SlotHeld(SlotTaken):
    """`held_by` is about to book the slot, or it is offered to somebody who waits (then nobody): until then
    it is kept, on the clock of the facility."""

    code = "slot_held"

    def __init__(self, slot: Slot, alternatives: Collection[Slot]) -> None:
        super().__init__(alternatives)
        self.slot = slot

    def __str__(self) -> str:
        rest = "Zurzeit gibt es kein anderes freies."
        if self.alternatives:
            rest = f"Frei sind noch: {_starts(self.alternatives)}."
        return f"Dieses Zeitfenster ist {held_in_words(self.slot)}. {rest}"


class AlreadyBooked(Refusal):
    """This very client has the slot, by `appointment`: somebody asked twice."""

    code = "already_booked"
    sentence = "Dieses Zeitfenster ist für diese Klient:in schon gebucht."

    def __init__(self, appointment: Appointment) -> None:
        super().__init__()
        self.appointment = appointment


class SlotIsOver(Refusal):
    code = "slot_is_over"
    sentence = "Dieses Zeitfenster hat schon begonnen. Bitte wählen Sie ein späteres."


class SlotIsOpenTime(Refusal):
    code = "slot_is_open_time"
    sentence = "Die offene Sprechstunde ist ohne Termin und kann nicht gebucht werden."


class SlotElsewhere(Refusal):
    code = "slot_elsewhere"
    sentence = "Dieses Zeitfenster gehört nicht zur Einrichtung der Klient:in. Bitte wählen Sie ein anderes."


class ClientHasAppointment(Refusal):
    code = "client_has_appointment"
    sentence = (
        "Zu dieser Zeit hat die Klient:in schon einen Termin. "
        "Bitte wählen Sie ein anderes Zeitfenster oder verschieben Sie den Termin."
    )


class SlotGone(Refusal):
    code = "slot_gone"
    sentence = (
        "Dieses Zeitfenster gibt es nicht mehr, die Sprechstunde ist inzwischen anders eingeteilt. "
        "Bitte wählen Sie ein anderes."
    )


class ClientClosed(Refusal):
    code = "client_closed"
    sentence = (
        "Die Angaben zu dieser Klient:in werden gelöscht oder sind es schon. Kommt die Person wieder, "
        "legen Sie sie bitte neu an."
    )


class AppointmentNotBooked(Refusal):
    code = "appointment_not_booked"
    sentence = "Dieser Termin ist nicht mehr gebucht. Bitte laden Sie die Seite neu, um den Stand zu sehen."


class AppointmentNotCancelled(Refusal):
    code = "appointment_not_cancelled"
    sentence = "Dieser Termin ist nicht mehr abgesagt. Bitte laden Sie die Seite neu, um den Stand zu sehen."


class AppointmentIsOver(Refusal):
    code = "appointment_is_over"
    sentence = "Dieser Termin hat schon begonnen und kann nicht mehr geändert werden."


def _starts(slots: Collection[Slot]) -> str:
    return ", ".join(f"{slot.starts_at.astimezone(slot.site.zone):%d.%m.%Y %H:%M}" for slot in slots)


def held_in_words(slot: Slot) -> str:
    """ "bis 14:32 Uhr von Kim Beispiel vorgemerkt", on the clock of the facility."""
    assert slot.held_until is not None  # noqa: S101 - for the type checker
    until = f"{slot.held_until.astimezone(slot.site.zone):%H:%M}"
    if slot.held_by is None:
        return f"bis {until} Uhr jemandem von der Warteliste angeboten"
    return f"bis {until} Uhr von {slot.held_by} vorgemerkt"


@transaction.atomic
def book(
    *,
    slot: Slot,
    client: Client,
    by: User,
    now: datetime,
    is_offered: bool = False,
    data: Mapping[str, Any] | None = None,
) -> Appointment:
    """Books `slot` for `client`, in three queries; also one that `by` holds. `data` is kept in the change.

    With `is_offered` the client takes a slot that is held for an offer; the caller knows that it is theirs.
    Raises SlotTaken, SlotHeld, AlreadyBooked, SlotIsOver, SlotIsOpenTime, SlotElsewhere, HourNotPublished,
    ClientHasAppointment, ClientClosed.
    """
    claimed = _claim(slot, client, by, now, is_offered=is_offered)
    appointment = Appointment(
        slot=claimed,
        client=client,
        appointment_type=claimed.appointment_type,
        starts_at=claimed.starts_at,
        ends_at=claimed.ends_at,
        booked_at=now,
        booked_by=by,
    )
    _save(appointment, force_insert=True)
    changelog.record(
        [
            changelog.appointment_change(
                ChangeKind.BOOKED, appointment, claimed, by=by, now=now, data=dict(data or {})
            )
        ]
    )
    return appointment


@transaction.atomic
def cancel(
    *,
    appointment: Appointment,
    reason: CancelReason,
    by: User,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> Appointment:
    """Cancels a booked appointment that has not begun; its slot is free again at once.

    `reason`, and what else is in `data`, is kept in the change.

    Raises AppointmentNotBooked, AppointmentIsOver.
    """
    appointment = _locked(appointment, now)
    appointment.status = AppointmentStatus.CANCELLED.value
    appointment.cancelled_at = now
    appointment.cancelled_by = by
    appointment.cancel_reason = reason.value
    bump_sequence(appointment)
    appointment.save()
    _free(appointment.slot_id)
    changelog.record(
        [
            changelog.appointment_change(
                ChangeKind.CANCELLED,
                appointment,
                appointment.slot,
                by=by,
                now=now,
                data={"reason": reason.value, **(data or {})},
            )
        ]
    )
    return appointment


@transaction.atomic
def move(
    *,
    appointment: Appointment,
    to_slot: Slot,
    by: User,
    now: datetime,
    reason: MoveReason | None = None,
    data: Mapping[str, Any] | None = None,
) -> Appointment:
    """Moves a booked appointment to another slot of the facility; the old slot is free at once.

    `reason`, and what else is in `data`, is kept in the change. It stays the same appointment for every
    calendar: same UID, higher SEQUENCE. Raises AppointmentNotBooked, AppointmentIsOver and what `book`
    raises.
    """
    appointment = _locked(appointment, now)
    old = _place(appointment)
    claimed = _claim(to_slot, appointment.client, by, now)
    _free(appointment.slot_id)
    appointment.slot = claimed
    appointment.appointment_type = claimed.appointment_type
    appointment.starts_at, appointment.ends_at = claimed.starts_at, claimed.ends_at
    appointment.confirmed_at = None  # the client said yes to another time
    bump_sequence(appointment)
    _save(appointment)
    kept = {"from": old, "to": _place(appointment), **(data or {})}
    if reason is not None:
        kept["reason"] = reason.value
    changelog.record(
        [changelog.appointment_change(ChangeKind.MOVED, appointment, claimed, by=by, now=now, data=kept)]
    )
    return appointment


@transaction.atomic
def revive(
    *, appointment: Appointment, by: User, now: datetime, data: Mapping[str, Any] | None = None
) -> Appointment:
    """A cancelled appointment is booked again, in its slot if that is still to be had.

    Raises AppointmentNotCancelled, SlotGone, and what `book` raises.
    """
    Client.objects.select_for_update(no_key=True).get(pk=appointment.client_id)
    try:
        slot = appointment.slot
    except Slot.DoesNotExist as error:  # the hour was divided anew since the caller read the appointment
        raise SlotGone from error
    # Claimed before the appointment is locked: slots come before appointments.
    claimed = _claim(slot, appointment.client, by, now)
    current = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    if current.status != AppointmentStatus.CANCELLED:
        raise AppointmentNotCancelled
    # What it points to may have become another slot since: the hour was divided anew, or moved.
    if (claimed.starts_at, claimed.ends_at) != (current.starts_at, current.ends_at):
        raise SlotGone
    current.status = AppointmentStatus.BOOKED.value
    current.cancelled_at, current.cancelled_by, current.cancel_reason = None, None, ""
    current.slot, current.appointment_type = claimed, claimed.appointment_type
    bump_sequence(current)
    _save(current)
    changelog.record(
        [
            changelog.appointment_change(
                ChangeKind.REVIVED, current, claimed, by=by, now=now, data=dict(data or {})
            )
        ]
    )
    return current


def lock_client(client: Client) -> None:
    """Keeps others from changing what `client` has meanwhile. Raises ClientClosed."""
    if Client.objects.select_for_update(no_key=True).only("closed_at").get(pk=client.pk).closed_at:
        raise ClientClosed


# One statement, so that a booking costs three. The client's row is locked first: two bookings of one client
# then queue up here instead of meeting in the exclusion constraint, where they would deadlock.
CLAIM = """
WITH client AS MATERIALIZED (
    SELECT id, facility_id FROM scheduling_client
    WHERE id = %(client)s AND closed_at IS NULL
    FOR NO KEY UPDATE
), hour AS MATERIALIZED (
    SELECT hour.id
    FROM client, scheduling_consultationhour hour
    JOIN scheduling_slot slot ON slot.hour_id = hour.id
    WHERE slot.id = %(slot)s AND hour.status = 'published'
    FOR SHARE OF hour
)
UPDATE scheduling_slot slot SET state = 'busy', held_until = NULL, held_by_id = NULL
FROM client, hour, pia_sites_site site
WHERE slot.id = %(slot)s AND slot.hour_id = hour.id
  AND site.id = slot.site_id AND site.facility_id = client.facility_id
  AND (
    slot.state = 'free'
    OR slot.state = 'held' AND (
        slot.held_until <= %(now)s OR slot.held_by_id = %(by)s OR slot.held_by_id IS NULL AND %(is_offered)s
    )
  )
  AND slot.starts_at > %(now)s
  AND slot.appointment_type <> 'open'
RETURNING slot.id, slot.hour_id, slot.site_id, slot.starts_at, slot.ends_at, slot.appointment_type, slot.state
"""


def _claim(slot: Slot, client: Client, by: User, now: datetime, *, is_offered: bool = False) -> Slot:
    """Takes a slot that is free, or held for the caller: a conditional UPDATE that changes one row or none,
    never two callers' row."""
    values: dict[str, Any] = {
        "slot": slot.pk,
        "client": client.pk,
        "by": by.pk,
        "now": now,
        "is_offered": is_offered,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row is None:
        raise _why_not(slot, client, now)
    names = ("id", "hour_id", "site_id", "starts_at", "ends_at", "appointment_type", "state")
    return Slot(**dict(zip(names, row, strict=True)))


def _why_not(slot: Slot, client: Client, now: datetime) -> Refusal:
    if not Client.objects.filter(pk=client.pk, closed_at=None).exists():
        return ClientClosed()
    current = Slot.objects.select_related("hour", "site__facility", "held_by").filter(pk=slot.pk).first()
    if current is None:
        return SlotGone()
    if current.site.facility_id != client.facility_id:
        return SlotElsewhere()
    if current.hour.status != HourStatus.PUBLISHED:
        return HourNotPublished()
    if current.appointment_type == AppointmentType.OPEN:
        return SlotIsOpenTime()
    if current.starts_at <= now:
        return SlotIsOver()
    own = Appointment.objects.filter(slot=current, client=client, status=AppointmentStatus.BOOKED).first()
    if own:
        return AlreadyBooked(own)
    nearest = nearest_free_slots(current, now=now)
    return SlotHeld(current, nearest) if current.state_at(now) == SlotState.HELD else SlotTaken(nearest)


def _free(slot_id: int) -> None:
    Slot.objects.filter(pk=slot_id, state=SlotState.BUSY).update(state=SlotState.FREE)


def _save(appointment: Appointment, **how: Any) -> None:
    try:
        appointment.save(**how)
    except IntegrityError as error:
        if "client_has_one_appointment_at_a_time" in str(error):
            raise ClientHasAppointment from error
        raise


def _locked(appointment: Appointment, now: datetime) -> Appointment:
    """The appointment as it is now, its client and itself locked in that order."""
    Client.objects.select_for_update(no_key=True).get(pk=appointment.client_id)
    # Locked by itself: joined with a slot that is just replaced, PostgreSQL would wait and then find no row.
    current = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if current.status != AppointmentStatus.BOOKED:
        raise AppointmentNotBooked
    if current.starts_at <= now:
        raise AppointmentIsOver
    return current


def _place(appointment: Appointment) -> dict[str, Any]:
    return {
        "slot": appointment.slot_id,
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
    }
