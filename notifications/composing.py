"""From a message to what leaves: the text of an SMS, or a mail with its calendar entry."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from notifications import calendars, wording
from notifications.denylist import DenyList
from notifications.models import Message, MessageKind
from notifications.transports import Receipt, email, sms
from notifications.transports.email import Mail
from scheduling.models import ChangeKind, Client
from scheduling.selectors import outlook


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """What leaves, to where, and how. `send` raises TransportError."""

    address: str
    body: str
    send: Callable[[], Receipt]


def compose(message: Message, deny_list: DenyList, *, now: datetime) -> Outgoing:
    """The SMS or mail that says what `message` (as loaded by the outbox) is about. Raises DeniedWord."""
    if message.recipient_client is not None:
        return _sms(message, message.recipient_client, deny_list, now)
    if message.recipient_user is None:
        raise ValueError("a message has a recipient")
    write = _mail if message.hour is None else _note
    mail = write(message, message.recipient_user.email, deny_list, now)
    return Outgoing(mail.to, f"{mail.subject}\n\n{mail.text}", lambda: email.send(mail))


def _sms(message: Message, client: Client, deny_list: DenyList, now: datetime) -> Outgoing:
    text = wording.sms_text(
        message.kind,
        starts_at=message.appointment_starts_at,
        facility=message.told_appointment.slot.site.facility,
        can_reply=sms.can_be_answered(),
    )
    deny_list.check(text, client)
    useful_seconds = (message.appointment_starts_at - now).total_seconds()
    return Outgoing(
        client.phone,
        text,
        lambda: sms.send(to=client.phone, text=text, message_id=message.pk, useful_seconds=useful_seconds),
    )


def _mail(message: Message, to: str, deny_list: DenyList, now: datetime) -> Mail:
    appointment = message.told_appointment
    facility = appointment.slot.site.facility
    starts_at, ends_at = _span(message)
    subject = wording.subject(message.kind, starts_at=starts_at, zone=facility.zone)
    for text in (subject, facility.neutral_name):
        deny_list.check(text, appointment.client)
    sender = settings.DEFAULT_FROM_EMAIL
    cancelled = message.kind == MessageKind.CANCELLED
    method = calendars.CANCEL if cancelled else calendars.REQUEST
    event = calendars.entry(
        uid=str(appointment.uid),
        sequence=message.sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        stamp=now,
        place=facility.neutral_name,
        cancelled=cancelled,
    )
    context = {
        "headline": wording.HEADLINES[message.kind],
        "when": wording.long_time(starts_at, facility.zone),
        "before": _time_before(message),
        "place": facility.neutral_name,
        "link": settings.BASE_URL + reverse("appointment", kwargs={"pk": appointment.pk}),
    }
    address = parseaddr(sender)[1]
    return Mail(
        sender=sender,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/calendar_mail.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/calendar_mail.html", context),
        method=method,
        calendar=calendars.invitation(event, method=method, organizer=address, attendee=to),
        # The same for each attempt, so that a mail server can tell a second one.
        message_id=f"<{appointment.uid}.{message.pk}@{address.rpartition('@')[2]}>",
    )


def _note(message: Message, to: str, deny_list: DenyList, now: datetime) -> Mail:
    """To staff, about an hour ahead: how much of it is free, and that it takes place."""
    hour = message.hour
    if hour is None:
        raise ValueError("a note is about an hour")
    facility = hour.site.facility
    subject = wording.subject(message.kind, starts_at=hour.starts_at, zone=facility.zone)
    for text in (subject, facility.neutral_name):
        deny_list.check(text)
    context = {
        "headline": wording.HEADLINES[message.kind],
        "when": wording.long_time(hour.starts_at, facility.zone),
        "place": facility.neutral_name,
        "outlook": wording.outlook(outlook(hour)),
        "link": settings.BASE_URL
        + reverse("day", kwargs={"day": hour.local_date.isoformat()})
        + f"#sprechstunde-{hour.pk}",
    }
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Mail(
        sender=settings.DEFAULT_FROM_EMAIL,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/hour_note.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/hour_note.html", context),
        message_id=f"<{hour.uid}.{message.pk}@{address.rpartition('@')[2]}>",
    )


def _span(message: Message) -> tuple[datetime, datetime]:
    """Start and end that are told: the former ones to somebody whom the appointment was taken from."""
    before = _before(message)
    if message.kind == MessageKind.CANCELLED and before is not None:
        return before
    return message.told_appointment.starts_at, message.told_appointment.ends_at


def _time_before(message: Message) -> str:
    before = _before(message)
    if message.kind != MessageKind.MOVED or before is None:
        return ""
    return wording.long_time(before[0], message.told_appointment.slot.site.zone)


def _before(message: Message) -> tuple[datetime, datetime] | None:
    """Start and end before the move that is told of, if it is one."""
    if message.change is None or message.change.kind != ChangeKind.MOVED:
        return None
    old = message.change.data["from"]
    return datetime.fromisoformat(old["starts_at"]), datetime.fromisoformat(old["ends_at"])
