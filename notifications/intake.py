"""Booking for somebody at the desk: the client may be new, and consent may be recorded on the way."""

from datetime import datetime

from django.db import transaction

from notifications import consent
from notifications.models import GivenHow
from scheduling import booking
from scheduling.clients import register_client
from scheduling.models import Appointment, Slot
from sites.models import User


@transaction.atomic
def book_new_client(
    *, slot: Slot, name: str, phone: str, sms_consent: bool, by: User, now: datetime
) -> Appointment:
    """Registers a client at the slot's facility, records the consent if given, and books; all or nothing.

    `phone` as typed. Raises sites.phones.PhoneInvalid and what `booking.book` raises; then nobody is
    registered.
    """
    client = register_client(facility=slot.site.facility, name=name, phone=phone, by=by, now=now)
    if sms_consent:
        consent.give(client=client, how=GivenHow.SPOKEN, by=by, now=now)
    return booking.book(slot=slot, client=client, by=by, now=now)
