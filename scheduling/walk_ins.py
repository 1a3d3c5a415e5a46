"""Taking in who comes without an appointment, to wait for open time or into a slot; and saying who it is."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from scheduling import attending, changelog, clients
from scheduling.attending import DayNotCome, MoveImpossible, has_come
from scheduling.booking import ClientHasAppointment, SlotElsewhere, SlotIsOver, SlotTaken, lock_client
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ChangeKind,
    Client,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
    WalkIn,
    free_at,
)
from scheduling.publishing import HourIsOver, HourNotPublished
from scheduling.selectors import nearest_free_slots
from sites.models import User
from sites.refusals import Refusal


class AlreadyNamed(Refusal):
    """The walk-in is somebody else already; `client` says who."""

    code = "already_named"

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client

    def __str__(self) -> str:
        return (
            f"Hier steht inzwischen {self.client}. Stimmt das nicht, nehmen Sie den Eintrag bitte zurück und "
            "tragen Sie die Person neu ein."
        )


@transaction.atomic
def take_in(
    *,
    hour: ConsultationHour,
    number: int,
    by: User,
    now: datetime,
    client: Client | None = None,
    slot: Slot | None = None,
) -> WalkIn | Appointment:
    """Notes that somebody has come to `hour` without an appointment; on its day only.

    `number` is the next one as the page showed it: the same person's second tap finds the first's walk-in,
    somebody else's gets the number after it. With `slot` they have that free slot: a client is booked into
    it and has arrived, an anonymous one blocks it. Raises HourNotPublished, DayNotCome, HourIsOver,
    SlotElsewhere, SlotTaken, SlotIsOver, ClientHasAppointment, ClientClosed.
    """
    if client is not None:
        lock_client(client)
    rows = ConsultationHour.objects.filter(pk=hour.pk)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    hour = rows.select_related("site__facility").get()
    _refuse_wrong_day(hour, now)
    if client is not None and client.facility_id != hour.site.facility_id:
        raise SlotElsewhere
    if client is not None and slot is not None:
        return _book_in(hour, client, slot, by, now)
    again = hour.walk_ins.filter(number=number, arrived_by=by, client=client, slot=slot).first()
    return again or _queue(hour, client, slot, by, now)


@transaction.atomic
def name_client(*, walk_in: WalkIn, client: Client | None, by: User, now: datetime) -> WalkIn:
    """Notes who it is that walked in: `client`, or somebody new who is registered under a new pseudonym.

    Raises AlreadyNamed, SlotElsewhere, ClientClosed, clients.NoCodeFree, MoveImpossible if the coming was
    taken back.
    """
    if client is None:
        client = clients.register_client(facility=walk_in.hour.site.facility, by=by, now=now)
    lock_client(client)
    current = attending.locked(walk_in)
    if current is None:
        raise MoveImpossible
    if current.client not in (None, client):
        raise AlreadyNamed(current.client)
    if client.facility_id != current.hour.site.facility_id:
        raise SlotElsewhere
    current.client = client
    current.save(update_fields=["client"])
    return current


def next_number(hour: ConsultationHour) -> int:
    """The number that the next walk-in of `hour` gets. Numbers that were taken back are given again."""
    return int(hour.walk_ins.aggregate(last=Max("number"))["last"] or 0) + 1


def free_slots_of(hour: ConsultationHour, *, now: datetime) -> list[Slot]:
    """The slots of `hour` that somebody who came just now could have; also one that runs already."""
    free = hour.slots.filter(free_at(now), ends_at__gt=now)
    return list(free.exclude(appointment_type=AppointmentType.OPEN).order_by("starts_at"))


def _refuse_wrong_day(hour: ConsultationHour, now: datetime) -> None:
    if hour.status != HourStatus.PUBLISHED:
        raise HourNotPublished
    if not has_come(hour, now=now):
        raise DayNotCome
    if now.astimezone(hour.zone).date() > hour.ends_at.astimezone(hour.zone).date():
        raise HourIsOver


def _queue(
    hour: ConsultationHour, client: Client | None, slot: Slot | None, by: User, now: datetime
) -> WalkIn:
    if slot is not None:
        slot = _claim(slot, hour, SlotState.BLOCKED, now)
    walk_in = WalkIn.objects.create(
        hour=hour, number=next_number(hour), client=client, slot=slot, arrived_at=now, arrived_by=by
    )
    data = {"walk_in": walk_in.number, "from": None, "slot": slot.pk if slot else None}
    changelog.record([changelog.hour_change(ChangeKind.ARRIVED, hour, by=by, now=now, data=data)])
    return walk_in


def _book_in(hour: ConsultationHour, client: Client, slot: Slot, by: User, now: datetime) -> Appointment:
    """An appointment that nobody is sent a word about: the client stands at the desk."""
    mine = Appointment.objects.filter(slot=slot, client=client, arrived_by=by, arrived_at__isnull=False)
    if again := mine.select_related("slot", "client").first():
        return again
    claimed = _claim(slot, hour, SlotState.BUSY, now)
    appointment = Appointment(
        slot=claimed,
        client=client,
        appointment_type=claimed.appointment_type,
        starts_at=claimed.starts_at,
        ends_at=claimed.ends_at,
        status=AppointmentStatus.ARRIVED.value,
        booked_at=now,
        booked_by=by,
        arrived_at=now,
        arrived_by=by,
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        if "client_has_one_appointment_at_a_time" in str(error):
            raise ClientHasAppointment from error
        raise
    kinds = (ChangeKind.BOOKED, ChangeKind.ARRIVED)
    changes = [
        changelog.appointment_change(kind, appointment, claimed, by=by, now=now, data={"walk_in": True})
        for kind in kinds
    ]
    for change in changes:
        change.planned_at = now
    changelog.record(changes)
    return appointment


def _claim(slot: Slot, hour: ConsultationHour, state: SlotState, now: datetime) -> Slot:
    """Takes a free slot that has not ended by one conditional UPDATE."""
    bookable = Slot.objects.filter(pk=slot.pk, hour=hour).exclude(appointment_type=AppointmentType.OPEN)
    if bookable.filter(free_at(now), ends_at__gt=now).update(state=state, held_until=None, held_by=None):
        return Slot.objects.select_related("hour", "site__facility").get(pk=slot.pk)
    found = bookable.select_related("site__facility").first()
    if found is None:
        raise SlotElsewhere
    if found.ends_at <= now:
        raise SlotIsOver
    raise SlotTaken(nearest_free_slots(found, now=now))
