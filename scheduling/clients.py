"""Registering clients."""

from datetime import datetime

from django.db import IntegrityError, transaction

from scheduling.models import Client
from scheduling.pseudonyms import new_code
from sites.encryption import blind_index, blind_indexes
from sites.models import Facility, User
from sites.phones import parse_phone
from sites.refusals import Refusal


class NoCodeFree(Refusal):
    code = "no_code_free"
    sentence = "Es war kein freies Kürzel zu finden. Bitte versuchen Sie es noch einmal."


def register_client(
    *, facility: Facility, by: User, now: datetime, name: str = "", phone: str = ""
) -> Client:
    """A new client of `facility` under a new pseudonym. Raises sites.phones.PhoneInvalid, NoCodeFree."""
    number = parse_phone(phone) if phone else ""
    client = Client(
        facility=facility,
        name=name.strip(),
        phone=number,
        phone_index=blind_index(number) if number else "",
        created_at=now,
        created_by=by,
    )
    for _ in range(20):
        client.code = new_code()
        try:
            with transaction.atomic():
                client.save(force_insert=True)
        except IntegrityError:
            continue  # the facility has a client with this code
        return client
    raise NoCodeFree


def clients_with_phone(number: str) -> list[Client]:
    """The clients, of any facility, that can be reached under `number` (E.164)."""
    return list(Client.objects.filter(phone_index__in=blind_indexes(number)).order_by("pk"))


def change_phone(*, client: Client, phone: str, by: User, now: datetime) -> Client:
    """Gives `client` another number, or none for "". Raises sites.phones.PhoneInvalid."""
    client.phone = parse_phone(phone) if phone else ""
    client.phone_index = blind_index(client.phone) if client.phone else ""
    client.save(update_fields=["phone", "phone_index"])
    return client
