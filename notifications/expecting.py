"""What will be told about one appointment: before it changes, and before the messages are planned.

A forecast for the desk. `planning` and `truth` decide; what they made is shown once it is there.
"""

import dataclasses
from datetime import datetime

from notifications import consent
from notifications.timing import reminder_due_at
from scheduling.models import Appointment, Client
from sites.templatetags.phone_numbers import last_digits


@dataclasses.dataclass(frozen=True)
class Telling:
    """One message to come: what, to whom and where to, and when (None: at once)."""

    what: str
    to: str
    due_at: datetime | None = None


@dataclasses.dataclass(frozen=True)
class Forecast:
    """`tellings` in order; `client_by_sms` is why not (a sentence) where the client gets none."""

    tellings: tuple[Telling, ...]
    no_sms: str = ""


def after_booking(appointment: Appointment, *, now: datetime) -> Forecast:
    """What goes out about a booked appointment; `client` and `slot__site__facility` at hand, one query."""
    no_sms = _why_no_sms(appointment.client)
    tellings = [] if no_sms else _to_client(appointment, "Bestätigung", now)
    return Forecast((*tellings, *_to_staff(appointment, "Kalendereintrag")), no_sms)


def of_cancelling(appointment: Appointment) -> Forecast:
    no_sms = _why_no_sms(appointment.client)
    sms = () if no_sms else (Telling("Absage", _sms_to(appointment.client)),)
    return Forecast((*sms, *_to_staff(appointment, "Absage im Kalender")), no_sms)


def of_moving(appointment: Appointment) -> Forecast:
    no_sms = _why_no_sms(appointment.client)
    sms = () if no_sms else (Telling("neue Zeit", _sms_to(appointment.client)),)
    return Forecast((*sms, *_to_staff(appointment, "neue Zeit im Kalender")), no_sms)


def _to_client(appointment: Appointment, what: str, now: datetime) -> list[Telling]:
    to = _sms_to(appointment.client)
    due_at = reminder_due_at(appointment.starts_at, appointment.slot.site.zone, now)
    return [Telling(what, to), *([Telling("Erinnerung", to, due_at)] if due_at else [])]


def _sms_to(client: Client) -> str:
    return f"per SMS an die Klient:in (Nummer endet auf {last_digits(client.phone)})"


def _to_staff(appointment: Appointment, what: str) -> list[Telling]:
    people = {appointment.slot.hour.psychiatrist: None, appointment.booked_by: None}
    return [Telling(what, f"per E-Mail an {user}") for user in people if not user.is_system]


def _why_no_sms(client: Client) -> str:
    if not client.phone:
        return "Es ist keine Telefonnummer eingetragen."
    if client.phone_suspended_at:
        return "Die Nummer ruht."
    if not client.gets_sms:
        return "Eine Festnetznummer empfängt keine SMS."
    return "" if consent.has_standing(client) else "Eine Einwilligung in SMS liegt nicht vor."
