"""At the moment of sending everything is asked again: is it allowed, is it possible, is it still true?"""

from datetime import datetime

from django.conf import settings

from notifications import consent, hour_notes
from notifications.models import Channel, Message, MessageKind, MessageState, Reason
from notifications.models.messages import TOLD
from notifications.outbox import Objection
from notifications.timing import end_of_night
from scheduling.models import AppointmentStatus, Client


def objection(message: Message, *, now: datetime) -> Objection | None:
    """What speaks against sending `message` (as loaded by the outbox) now, or None."""
    if message.hour is not None:
        return _against_note(message, now)
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


def _against_note(message: Message, now: datetime) -> Objection | None:
    """What speaks against a note about an hour ahead: it is true or nobody needs it."""
    if reason := _not_allowed(message):
        return Objection(MessageState.DROPPED, reason)
    if message.appointment_starts_at <= now:
        return Objection(MessageState.DROPPED, Reason.TOO_LATE)
    return None if hour_notes.is_still_true(message) else Objection(MessageState.DROPPED, Reason.SUPERSEDED)


def _not_allowed(message: Message) -> Reason | None:
    if message.recipient_user is not None:
        return None if message.recipient_user.is_active else Reason.INACTIVE
    if message.recipient_client is None:
        return Reason.NO_ADDRESS
    if message.channel == Channel.SMS and settings.TWILIO is None:
        return Reason.SMS_OFF
    if not consent.has_standing(message.recipient_client):
        return Reason.NO_CONSENT
    return _unreachable(message.recipient_client)


def _unreachable(client: Client) -> Reason | None:
    if not client.phone:
        return Reason.NO_ADDRESS
    if client.has_landline:
        return Reason.LANDLINE
    return Reason.PHONE_SUSPENDED if client.phone_suspended_at else None


def _no_longer_true(message: Message) -> Reason | None:
    appointment = message.told_appointment
    match message.kind:
        case MessageKind.REMINDER:
            if appointment.status == AppointmentStatus.CANCELLED:
                return Reason.APPOINTMENT_CANCELLED
            same = (
                appointment.status == AppointmentStatus.BOOKED
                and appointment.starts_at == message.appointment_starts_at
            )
            return None if same else Reason.SUPERSEDED
        case MessageKind.CANCELLED:
            if _takes_part(message):
                return Reason.SUPERSEDED
            return None if _was_told(message) else Reason.NEVER_TOLD
        case _:
            return Reason.SUPERSEDED if appointment.sequence > message.sequence else None


def _takes_part(message: Message) -> bool:
    """Whether the appointment came back to somebody whom it had been taken from."""
    appointment = message.told_appointment
    if appointment.status == AppointmentStatus.CANCELLED:
        return False
    people = {appointment.slot.hour.psychiatrist_id, appointment.booked_by_id}
    return message.recipient_user_id in people or message.recipient_client_id == appointment.client_id


def _was_told(message: Message) -> bool:
    """Whether the recipient knows, or may know, of the appointment: who doesn't, needs no cancellation."""
    earlier = Message.objects.filter(
        appointment=message.appointment_id, channel=message.channel, pk__lt=message.pk, state__in=TOLD
    )
    if message.recipient_user_id is not None:
        return earlier.filter(recipient_user=message.recipient_user_id).exists()
    return earlier.filter(recipient_client=message.recipient_client_id).exists()
