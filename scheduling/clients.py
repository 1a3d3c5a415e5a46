"""Registering clients, and keeping what is known of them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from scheduling.models import Client, FormerCode, Insurance, SuspendReason
from scheduling.models.clients import NOTE_LENGTH, quarter_of
from scheduling.pseudonyms import new_code
from sites.access import works_with_clients
from sites.encryption import blind_indexes
from sites.models import Facility, User
from sites.names import one_line, same_name
from sites.phones import parse_phone
from sites.refusals import Refusal

NAME_LENGTH = 100
# What a person may change in a client's file.
EDITABLE = (
    *("name", "birth_date", "phone", "phone_shared", "language", "needs_interpreter"),
    *("wants_companion", "insurance", "insurance_quarter", "note"),
)
# All that suspending writes: machines may write nothing else, and no open form of the file grows old by it.
SUSPENSION = ("phone_suspended_at", "phone_suspended_by", "phone_suspended_reason")


class NoCodeFree(Refusal):
    code = "no_code_free"
    sentence = "Es war kein freies Kürzel zu finden. Bitte versuchen Sie es noch einmal."


class ClientChanged(Refusal):
    """The file is newer than what the caller has seen; `current` is the client as it stands."""

    code = "client_changed"
    sentence = (
        "Diese Angaben wurden inzwischen an anderer Stelle geändert. "
        "Bitte sehen Sie nach, was jetzt gespeichert ist, und speichern Sie dann noch einmal."
    )

    def __init__(self, current: Client) -> None:
        super().__init__()
        self.current = current


class NumberChanged(Refusal):
    code = "number_changed"
    sentence = (
        "Diese Nummer steht hier nicht mehr. Bitte sehen Sie nach, welche jetzt eingetragen ist, "
        "und versuchen Sie es dann noch einmal."
    )


class TextTooLong(Refusal):
    code = "text_too_long"
    sentence = f"Der Name darf {NAME_LENGTH} Zeichen haben, die Notiz {NOTE_LENGTH}. Bitte kürzen Sie."


class BirthDateImpossible(Refusal):
    code = "birth_date_impossible"
    sentence = "Dieses Geburtsdatum kann nicht stimmen. Bitte prüfen Sie Tag, Monat und Jahr."


def register_client(
    *, facility: Facility, by: User, now: datetime, name: str = "", phone: str = ""
) -> Client:
    """A new client of `facility` under a new pseudonym, in the caseload of `by` who works there.

    Raises sites.phones.PhoneInvalid, TextTooLong, NoCodeFree.
    """
    client = Client(
        facility=facility,
        name=_short(name, NAME_LENGTH),
        phone=parse_phone(phone) if phone else "",
        caseload_of=by if works_with_clients(by, facility) else None,
        created_at=now,
        created_by=by,
    )
    for _ in range(20):
        client.code = new_code()
        if FormerCode.objects.filter(facility=facility, code=client.code).exists():
            continue
        try:
            with transaction.atomic():
                client.save(force_insert=True)
        except IntegrityError:
            continue  # the facility has a client with this code
        return client
    raise NoCodeFree


@transaction.atomic
def change_client(
    *,
    client: Client,
    version: int,
    values: Mapping[str, Any],
    by: User,
    now: datetime,
    phone_verified: bool = False,
) -> Client:
    """Saves `values` (names of EDITABLE) over the file of `client` as `version` of it was seen.

    A new number is neither verified nor suspended; `phone_verified` says that it, or the old one, was
    confirmed just now. Raises ClientChanged, TextTooLong, BirthDateImpossible, sites.phones.PhoneInvalid;
    KeyError for other names.
    """
    current = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if current.version != version:
        raise ClientChanged(current)
    values = _clean(values, today=now.astimezone(client.facility.zone).date())
    if values.get("phone", current.phone) != current.phone:
        _forget_phone(current)
    for name, value in values.items():
        # What is the same stays as it is stored: encrypted anew it would look like a change.
        if getattr(current, name) != value:
            setattr(current, name, value)
    if phone_verified and current.phone:
        current.phone_verified_at, current.phone_verified_by = now, by
    return _save(current, by, now)


@transaction.atomic
def suspend_phone(*, client: Client, number: str, reason: SuspendReason, by: User, now: datetime) -> Client:
    """Nothing is sent to `number` (E.164) any more, until it is resumed or replaced.

    One that is suspended already stays as it is. Raises NumberChanged.
    """
    current = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if not number or current.phone != number:
        raise NumberChanged
    if current.phone_suspended_at is None:
        current.phone_suspended_at, current.phone_suspended_by = now, by
        current.phone_suspended_reason = reason.value
        current.save(update_fields=SUSPENSION)
    return current


@transaction.atomic
def resume_phone(*, client: Client, by: User, now: datetime) -> Client:
    """The number may be used again."""
    current = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if current.phone_suspended_at is None:
        return current
    _forget_suspension(current)
    current.save(update_fields=SUSPENSION)
    return current


# -- finding ------------------------------------------------------------------------------------------


def clients_with_phone(number: str) -> list[Client]:
    """The clients, of any facility, that can be reached under `number` (E.164)."""
    return list(Client.objects.filter(phone_index__in=blind_indexes(number)).order_by("pk"))


def named(name: str) -> Q:
    """Clients of exactly this name, however it is typed."""
    plain = same_name(name)
    return Q(name_index__in=blind_indexes(plain)) if plain else Q(pk__in=[])


def doubles(
    clients: QuerySet[Client],
    *,
    name: str = "",
    birth_date: date | None = None,
    phone: str = "",
    by_name_alone: bool = False,
) -> list[Client]:
    """Those of `clients` who may be the same person: same number (E.164), or same name and birth date.

    `by_name_alone` is for a form that doesn't ask when somebody was born.
    """
    same = Q(phone_index__in=blind_indexes(phone)) if phone else Q(pk__in=[])
    if name and (birth_date or by_name_alone):
        same |= named(name)
    found = clients.filter(same, closed_at=None).order_by("code")

    def is_alike(each: Client) -> bool:
        born_alike = by_name_alone or (birth_date is not None and each.birth_date == birth_date)
        return bool(phone and each.phone == phone) or (
            bool(name) and born_alike and same_name(each.name) == same_name(name)
        )

    return [each for each in found if is_alike(each)]


# -- inside -------------------------------------------------------------------------------------------


def _clean(values: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    unknown: Collection[str] = values.keys() - set(EDITABLE)
    if unknown:
        raise KeyError(*unknown)
    clean = dict(values)
    for name, length in (("name", NAME_LENGTH), ("note", NOTE_LENGTH)):
        if name in clean:
            clean[name] = _short(clean[name], length)
    if clean.get("phone"):
        clean["phone"] = parse_phone(clean["phone"])
    born = clean.get("birth_date")
    if born and not date(today.year - 120, 1, 1) <= born <= today:
        raise BirthDateImpossible
    if "insurance" in clean and clean["insurance"] != Insurance.PROVEN:
        clean["insurance_quarter"] = ""
    elif "insurance" in clean:
        clean["insurance_quarter"] = clean.get("insurance_quarter") or quarter_of(today)
    return clean


def _short(text: str, length: int) -> str:
    plain = one_line(text)
    if len(plain) > length:
        raise TextTooLong
    return plain


def _forget_phone(client: Client) -> None:
    """What was known of the old number says nothing of another."""
    client.phone_verified_at, client.phone_verified_by = None, None
    _forget_suspension(client)


def _forget_suspension(client: Client) -> None:
    client.phone_suspended_at, client.phone_suspended_by = None, None
    client.phone_suspended_reason = ""


def _save(client: Client, by: User, now: datetime) -> Client:
    client.version += 1
    client.changed_at, client.changed_by = now, by
    client.save()
    return client
