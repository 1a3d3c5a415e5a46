"""From a message to what leaves: the text of an SMS, or a mail with its calendar entry."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from email.utils import parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from icalendar import Event

from notifications import calendars, month_mails, offer_messages, wording
from notifications.denylist import DenyList
from notifications.models import Channel, Message, MessageKind
from notifications.models.messages import OF_HOURS_AHEAD, OF_MONTHS
from notifications.transports import Receipt, email, sms
from notifications.transports.email import Mail
from scheduling.models import OF_ONE_PERSON, Appointment, ChangeKind, Client, ConsultationHour, Offer
from scheduling.selectors import outlook
from sites.models import User


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """What leaves, to where, and how. `send` raises TransportError."""

    address: str
    body: str
    send: Callable[[], Receipt]


def compose(message: Message, deny_list: DenyList, *, now: datetime) -> Outgoing:
    """The SMS or mail that says what `message` (as loaded by the outbox) is about. Raises DeniedWord."""
    if message.offer is not None:
        return _about_offer(message, message.offer, deny_list, now)
    if message.recipient_client is not None:
        return _sms(message, message.recipient_client, deny_list, now)
    if message.recipient_user is None:
        raise ValueError("a message has a recipient")
    if message.kind in OF_MONTHS:
        return _by_mail(month_mails.month_mail(message, message.recipient_user.email, deny_list, now))
    if message.hour is not None and message.kind in OF_HOURS_AHEAD:
        return _by_mail(_note(message, message.hour, message.recipient_user.email, deny_list, now))
    if message.hour is not None:
        return _about_hour(message, message.hour, message.recipient_user, deny_list, now)
    mail = _mail(message, message.told_appointment, message.recipient_user.email, deny_list, now)
    return _by_mail(mail)


def _by_mail(mail: Mail) -> Outgoing:
    return Outgoing(mail.to, f"{mail.subject}\n\n{mail.text}", lambda: email.send(mail))


def _about_offer(message: Message, offer: Offer, deny_list: DenyList, now: datetime) -> Outgoing:
    recipient = message.recipient_client or message.recipient_user
    if recipient is None:
        raise ValueError("a message has a recipient")
    if message.channel == Channel.SMS:
        text = offer_messages.sms_text(message, offer, deny_list)
        return _by_sms(message, recipient.phone, text, now)
    if not isinstance(recipient, User):
        raise ValueError("mails are for the staff")
    return _by_mail(offer_messages.mail(message, offer, recipient.email, deny_list))


def _by_sms(message: Message, phone: str, text: str, now: datetime) -> Outgoing:
    useful_seconds = (message.appointment_starts_at - now).total_seconds()
    return Outgoing(
        phone,
        text,
        lambda: sms.send(to=phone, text=text, message_id=message.pk, useful_seconds=useful_seconds),
    )


def _sms(message: Message, client: Client, deny_list: DenyList, now: datetime) -> Outgoing:
    text = wording.sms_text(
        message.kind,
        starts_at=message.appointment_starts_at,
        facility=message.told_appointment.slot.site.facility,
        can_reply=sms.can_be_answered(),
    )
    deny_list.check(text, client)
    return _by_sms(message, client.phone, text, now)


def _mail(message: Message, appointment: Appointment, to: str, deny_list: DenyList, now: datetime) -> Mail:
    facility = appointment.slot.site.facility
    starts_at, ends_at = _span(message, appointment)
    subject, headline = _said(message, starts_at, facility.zone)
    for text in (subject, facility.neutral_name):
        deny_list.check(text, appointment.client)
    context = {
        "headline": headline,
        "when": wording.long_time(starts_at, facility.zone),
        "before": _time_before(message, facility.zone),
        "place": facility.neutral_name,
        "link": settings.BASE_URL + reverse("appointment", kwargs={"pk": appointment.pk}),
    }
    entry = calendars.entry(
        uid=str(appointment.uid),
        sequence=message.sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        stamp=now,
        place=facility.neutral_name,
        cancelled=message.kind == MessageKind.CANCELLED,
    )
    return _calendar_mail(message, to, subject, context, entry, appointment.uid)


def _said(message: Message, starts_at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Subject and headline. For who only joins or leaves, the appointment is neither new nor cancelled."""
    subject = wording.subject(message.kind, starts_at=starts_at, zone=zone)
    if message.change is None or message.change.kind not in OF_ONE_PERSON:
        return subject, wording.HEADLINES[message.kind]
    if message.kind == MessageKind.CANCELLED:
        return wording.left_subject(starts_at=starts_at, zone=zone), wording.LEFT_HEADLINE
    return subject, wording.JOINED_HEADLINE


def _calendar_mail(
    message: Message, to: str, subject: str, context: dict[str, str], entry: Event, uid: UUID
) -> Mail:
    method = calendars.CANCEL if message.kind == MessageKind.CANCELLED else calendars.REQUEST
    organizer = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    calendar = calendars.invitation(entry, method=method, organizer=organizer, attendee=to)
    return dataclasses.replace(
        _plain_mail(message, to, subject, {**context, "has_entry": "ja"}, uid),
        method=method,
        calendar=calendar,
    )


def _plain_mail(message: Message, to: str, subject: str, context: dict[str, str], uid: UUID) -> Mail:
    sender = settings.DEFAULT_FROM_EMAIL
    return Mail(
        sender=sender,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/calendar_mail.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/calendar_mail.html", context),
        # The same for each attempt, so that a mail server can tell a second one.
        message_id=f"<{uid}.{message.pk}@{parseaddr(sender)[1].rpartition('@')[2]}>",
    )


# -- whole hours --------------------------------------------------------------------------------------


def _about_hour(
    message: Message, hour: ConsultationHour, user: User, deny_list: DenyList, now: datetime
) -> Outgoing:
    zone, place = hour.zone, hour.site.facility.neutral_name
    if message.channel == Channel.SMS:
        text = wording.staff_sms(starts_at=message.appointment_starts_at, zone=zone)
        deny_list.check(text)
        return _by_sms(message, user.phone, text, now)
    starts_at = message.appointment_starts_at
    subject = wording.subject(message.kind, starts_at=starts_at, zone=zone, whole_hour=True)
    for text in (subject, place):
        deny_list.check(text)
    context = {
        "headline": _hour_headline(message),
        "when": wording.long_time(starts_at, zone),
        "before": _hour_before(message, zone),
        "place": place,
        "link": settings.BASE_URL + reverse("hour", kwargs={"pk": hour.pk}),
    }
    if message.kind == MessageKind.SHORT_NOTICE:
        context["list_link"] = settings.BASE_URL + reverse("worklist")
        return _by_mail(_plain_mail(message, user.email, subject, context, hour.uid))
    entry = calendars.entry(
        uid=str(hour.uid),
        sequence=message.sequence,
        starts_at=hour.starts_at,
        ends_at=hour.ends_at,
        stamp=now,
        place=place,
        summary=wording.HOUR_SUMMARY,
        cancelled=message.kind == MessageKind.CANCELLED,
    )
    return _by_mail(_calendar_mail(message, user.email, subject, context, entry, hour.uid))


def _hour_headline(message: Message) -> str:
    if message.kind == MessageKind.SHORT_NOTICE and message.change is not None:
        return wording.SHORT_NOTICE_HEADLINES[message.change.kind]
    return wording.HOUR_HEADLINES[message.kind]


def _hour_before(message: Message, zone: ZoneInfo) -> str:
    span = message.change.data.get("from") if message.change else None
    if not isinstance(span, dict):
        return ""
    before = datetime.fromisoformat(span["starts_at"])
    return wording.long_time(before, zone) if before != message.appointment_starts_at else ""


def _note(message: Message, hour: ConsultationHour, to: str, deny_list: DenyList, now: datetime) -> Mail:
    """To staff, about an hour ahead: how much of it is free, and that it takes place."""
    facility, sender = hour.site.facility, settings.DEFAULT_FROM_EMAIL
    subject = wording.subject(message.kind, starts_at=hour.starts_at, zone=facility.zone)
    for text in (subject, facility.neutral_name):
        deny_list.check(text)
    day = reverse("day", kwargs={"day": hour.local_date.isoformat()})
    context = {
        "headline": wording.HEADLINES[message.kind],
        "when": wording.long_time(hour.starts_at, facility.zone),
        "place": facility.neutral_name,
        "outlook": wording.outlook(outlook(hour, now=now)),
        "link": f"{settings.BASE_URL}{day}#sprechstunde-{hour.pk}",
    }
    return Mail(
        sender=sender,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/hour_note.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/hour_note.html", context),
        message_id=f"<{hour.uid}.{message.pk}@{parseaddr(sender)[1].rpartition('@')[2]}>",
    )


# -- single appointments ------------------------------------------------------------------------------


def _span(message: Message, appointment: Appointment) -> tuple[datetime, datetime]:
    """Start and end that are told: the former ones to somebody whom the appointment was taken from."""
    before = _before(message)
    if message.kind == MessageKind.CANCELLED and before is not None:
        return before
    return appointment.starts_at, appointment.ends_at


def _time_before(message: Message, zone: ZoneInfo) -> str:
    before = _before(message)
    if message.kind != MessageKind.MOVED or before is None:
        return ""
    return wording.long_time(before[0], zone)


def _before(message: Message) -> tuple[datetime, datetime] | None:
    """Start and end before the move that is told of, if it is one."""
    if message.change is None or message.change.kind != ChangeKind.MOVED:
        return None
    old = message.change.data["from"]
    return datetime.fromisoformat(old["starts_at"]), datetime.fromisoformat(old["ends_at"])
