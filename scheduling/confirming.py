"""Clients who say by SMS that they come."""

from datetime import datetime

from django.db import transaction

from scheduling import changelog
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked
from scheduling.models import Appointment, AppointmentStatus, ChangeKind, Client, Slot
from sites.models import User

# All that the machine may read which takes in answers (migration 0016).
READ = ("slot", "client", "starts_at", "status", "sequence", "confirmed_at")


@transaction.atomic
def confirm(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Notes that the client comes; a second time changes nothing.

    What stands in calendars stays as it is, and so does SEQUENCE; nobody is sent anything. Raises
    AppointmentNotBooked, AppointmentIsOver.
    """
    # As everywhere the client before the appointment.
    Client.objects.select_for_update(no_key=True).only("pk").get(pk=appointment.client_id)
    current = Appointment.objects.only(*READ).select_for_update(no_key=True).get(pk=appointment.pk)
    if current.status != AppointmentStatus.BOOKED:
        raise AppointmentNotBooked
    if current.starts_at <= now:
        raise AppointmentIsOver
    if current.confirmed_at is not None:
        return current
    current.confirmed_at = now
    current.save(update_fields=["confirmed_at"])
    slot = Slot.objects.only("site", "hour").get(pk=current.slot_id)
    change = changelog.appointment_change(ChangeKind.CONFIRMED, current, slot, by=by, now=now)
    change.planned_at = now
    changelog.record([change])
    return current


def only_coming(client: Client, *, now: datetime) -> Appointment | None:
    """The one booked appointment that `client` has ahead; None with none, and with several."""
    booked = Appointment.objects.only(*READ).filter(
        client=client, status=AppointmentStatus.BOOKED, starts_at__gt=now
    )
    found = list(booked[:2])
    return found[0] if len(found) == 1 else None
