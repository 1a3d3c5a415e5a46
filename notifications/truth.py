"""At the moment of sending everything is asked again: is it allowed, is it possible, is it still true?"""

from datetime import datetime, timedelta

from django.conf import settings

from notifications import consent, hour_notes, month_notices, offer_messages, worklist
from notifications.models import Channel, Message, MessageKind, MessageState, Reason
from notifications.models.messages import OF_CALENDARS, OF_HOURS_AHEAD, OF_MONTHS, OF_OFFERS, TOLD
from notifications.outbox import Objection
from notifications.participants import Participants
from notifications.timing import end_of_night
from scheduling.models import (
    OF_ONE_PERSON,
    Appointment,
    AppointmentStatus,
    Change,
    ChangeKind,
    Client,
    ConsultationHour,
    HourStatus,
)
from sites.models import User

# Who was reminded in person so shortly before needs no SMS beside it.
IN_PERSON = timedelta(days=3)


def objection(message: Message, *, now: datetime) -> Objection | None:
    """What speaks against sending `message` (as loaded by the outbox) now, or None."""
    if message.kind in OF_MONTHS or message.kind in OF_HOURS_AHEAD:
        return _against_notice(message, now)
    if message.offer is not None:
        if reason := _not_allowed(message):
            return Objection(MessageState.DROPPED, reason)
        return offer_messages.objection(message, message.offer, now=now)
    dropped = _no_longer_true(message) or _not_allowed(message)
    if dropped:
        return Objection(MessageState.DROPPED, dropped)
    if message.appointment_starts_at <= now:
        # A reminder too late is of no interest; that nobody told of a change is.
        reminder = message.kind == MessageKind.REMINDER
        return Objection(MessageState.DROPPED if reminder else MessageState.FAILED, Reason.TOO_LATE)
    if message.kind == MessageKind.REMINDER:
        until = end_of_night(now, message.told_appointment.slot.site.zone)
        return Objection(MessageState.PLANNED, until=until) if until else None
    return None


def _against_notice(message: Message, now: datetime) -> Objection | None:
    """What speaks against telling staff of something ahead: nobody needs it any more, or it isn't so."""
    if reason := _not_allowed(message):
        return Objection(MessageState.DROPPED, reason)
    if message.appointment_starts_at <= now:
        return Objection(MessageState.DROPPED, Reason.TOO_LATE)
    if message.kind in OF_MONTHS:
        holds = bool(month_notices.still_waiting(message, now=now))
    else:
        holds = hour_notes.is_still_true(message, now=now)
    return None if holds else Objection(MessageState.DROPPED, Reason.SUPERSEDED)


def _not_allowed(message: Message) -> Reason | None:
    if message.recipient_user is not None:
        return _not_wanted(message, message.recipient_user)
    if message.recipient_client is None:
        return Reason.NO_ADDRESS
    if message.channel == Channel.SMS and settings.TWILIO is None:
        return Reason.SMS_OFF
    if not consent.has_standing(message.recipient_client):
        return Reason.NO_CONSENT
    return _unreachable(message.recipient_client)


def _not_wanted(message: Message, user: User) -> Reason | None:
    """Staff are told what concerns their own appointments; what is only at short notice, as they wish."""
    if not user.is_active:
        return Reason.INACTIVE
    if message.channel == Channel.SMS:
        if settings.TWILIO is None:
            return Reason.SMS_OFF
        return None if user.short_notice_sms and user.phone else Reason.NOT_WANTED
    as_wished = message.kind == MessageKind.SHORT_NOTICE or message.kind in OF_OFFERS
    wanted = not as_wished or user.short_notice_email
    return None if wanted else Reason.NOT_WANTED


def _unreachable(client: Client) -> Reason | None:
    if not client.phone:
        return Reason.NO_ADDRESS
    if client.has_landline:
        return Reason.LANDLINE
    return Reason.PHONE_SUSPENDED if client.phone_suspended_at else None


def _no_longer_true(message: Message) -> Reason | None:
    if message.hour is not None:
        return _hour_no_longer_true(message, message.hour)
    appointment = message.told_appointment
    match message.kind:
        case MessageKind.REMINDER:
            if appointment.status == AppointmentStatus.CANCELLED:
                return Reason.APPOINTMENT_CANCELLED
            same = (
                appointment.status == AppointmentStatus.BOOKED
                and appointment.starts_at == message.appointment_starts_at
            )
            if not same:
                return Reason.SUPERSEDED
            told = worklist.told_in_person(appointment, since=message.due_at - IN_PERSON)
            return Reason.TOLD_IN_PERSON if told else None
        case MessageKind.CANCELLED:
            if _takes_part(message, appointment):
                return Reason.SUPERSEDED
            return None if _was_told(message) else Reason.NEVER_TOLD
        case _:
            overtaken = _overtaken(message, appointment) or _knows_already(message)
            return Reason.SUPERSEDED if overtaken else None


def _hour_no_longer_true(message: Message, hour: ConsultationHour) -> Reason | None:
    """Of a whole hour its psychiatrist knows without having been told, so a cancellation always goes out.

    An hour that is withdrawn was never to be seen by anybody else: only an entry in a calendar has to go.
    """
    if message.kind == MessageKind.CANCELLED:
        takes_place = hour.status not in (HourStatus.CANCELLED, HourStatus.DRAFT)
        if takes_place and hour.psychiatrist_id == message.recipient_user_id:
            return Reason.SUPERSEDED
        withdrawn = message.change is not None and message.change.kind == ChangeKind.HOUR_WITHDRAWN
        return Reason.NEVER_TOLD if withdrawn and not _has_entry(message) else None
    return Reason.SUPERSEDED if hour.sequence > message.sequence else None


def _has_entry(message: Message) -> bool:
    """Whether a mail brought the hour into the recipient's calendar before, and none took it out."""
    earlier = Message.objects.filter(
        hour=message.hour_id,
        recipient_user=message.recipient_user_id,
        kind__in=OF_CALENDARS,
        pk__lt=message.pk,
        state__in=TOLD,
    )
    last = earlier.order_by("pk").values_list("kind", flat=True).last()
    return last is not None and last != MessageKind.CANCELLED


def _overtaken(message: Message, appointment: Appointment) -> bool:
    """Whether a later change tells the recipient of `message` what holds now."""
    if appointment.sequence <= message.sequence:
        return False
    later = Change.objects.filter(appointment=appointment, sequence__gt=message.sequence)
    if message.recipient_user_id is not None:
        # Of who else joins or leaves nobody is told.
        return any(
            each.kind not in OF_ONE_PERSON or message.recipient_user_id in each.data.values()
            for each in later
        )
    # Of a substitution no client is told: what they were to be told before still has to be said.
    return any(each.kind not in (ChangeKind.SUBSTITUTED, *OF_ONE_PERSON) for each in later)


def _knows_already(message: Message) -> bool:
    """Whether the recipient never heard of what was taken back: they know the appointment as it is again."""
    if message.change is None or "undoes" not in message.change.data:
        return False
    told = Message.objects.filter(
        appointment=message.appointment_id,
        channel=message.channel,
        pk__lt=message.pk,
        state__in=TOLD,
        recipient_client=message.recipient_client_id,
        recipient_user=message.recipient_user_id,
    ).exclude(kind=MessageKind.REMINDER)
    last = told.order_by("-pk").first()
    return (
        last is not None
        and last.kind != MessageKind.CANCELLED
        and last.appointment_starts_at == message.appointment_starts_at
    )


def _takes_part(message: Message, appointment: Appointment) -> bool:
    """Whether the appointment came back to somebody whom it had been taken from."""
    if appointment.status == AppointmentStatus.CANCELLED:
        return False
    if message.recipient_user is None:
        return message.recipient_client_id == appointment.client_id
    people = {appointment.slot.hour.psychiatrist, *Participants([appointment]).of(appointment)}
    return message.recipient_user in people


def _was_told(message: Message) -> bool:
    """Whether the recipient knows, or may know, of the appointment: who doesn't, needs no cancellation.

    A client whose whole hour is cancelled knows: they booked, or somebody did for them, and took no part in
    the cancelling.
    """
    if message.recipient_client_id is not None and message.change and "hour_change" in message.change.data:
        return True
    earlier = Message.objects.filter(
        appointment=message.appointment_id, channel=message.channel, pk__lt=message.pk, state__in=TOLD
    )
    if message.recipient_user_id is not None:
        return earlier.filter(recipient_user=message.recipient_user_id).exists()
    return earlier.filter(recipient_client=message.recipient_client_id).exists()
