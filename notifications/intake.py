"""Booking for somebody at the desk: the client may be new, and what was asked on the way is kept with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications import consent, reaching
from notifications.models import GivenHow
from scheduling import booking, insurance
from scheduling.clients import register_client
from scheduling.insurance import DespiteInsurance
from scheduling.languages import Language
from scheduling.models import Appointment, Client, Slot
from sites.models import User


@dataclass(frozen=True)
class Asked:
    """What was asked while booking: `values` for the file (names of clients.EDITABLE), as `version` of it was
    seen; whether the number was confirmed, and whether SMS are agreed to."""

    version: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    phone_verified: bool = False
    sms_consent: bool = False


NOTHING_ASKED = Asked()


@transaction.atomic
def book_new_client(
    *,
    slot: Slot,
    name: str = "",
    phone: str = "",
    asked: Asked = NOTHING_ASKED,
    despite: DespiteInsurance | None = None,
    by: User,
    now: datetime,
) -> Appointment:
    """Registers a client at the slot's facility with what was asked, and books; all or nothing.

    `phone` as typed. Raises sites.phones.PhoneInvalid, InsuranceAsked and what `booking.book` raises; then
    nobody is registered.
    """
    client = register_client(facility=slot.site.facility, name=name, phone=phone, by=by, now=now)
    return _book(slot, client, asked, despite, by, now)


@transaction.atomic
def book_known_client(
    *,
    slot: Slot,
    client: Client,
    asked: Asked = NOTHING_ASKED,
    despite: DespiteInsurance | None = None,
    by: User,
    now: datetime,
) -> Appointment:
    """Keeps what was asked in the client's file, and books; all or nothing.

    Raises scheduling.clients.ClientChanged (only if something is to be kept), sites.phones.PhoneInvalid,
    InsuranceAsked and what `booking.book` raises.
    """
    return _book(slot, client, asked, despite, by, now)


def _book(
    slot: Slot, client: Client, asked: Asked, despite: DespiteInsurance | None, by: User, now: datetime
) -> Appointment:
    # The client's row is locked first, as everywhere; booking locks it again, and the slot after it.
    if asked.values or asked.phone_verified:
        client = reaching.change_client(
            client=client,
            version=asked.version,
            values=asked.values,
            phone_verified=asked.phone_verified,
            by=by,
            now=now,
        )
    if asked.sms_consent:
        language = client.language or Language.DE.value
        consent.give(client=client, how=GivenHow.SPOKEN.value, language=language, by=by, now=now)
    data = insurance.check(client, slot, despite=despite, now=now)
    return booking.book(slot=slot, client=client, by=by, now=now, data=data)
