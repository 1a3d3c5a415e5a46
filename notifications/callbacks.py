"""What Twilio reports after it took a message: where it has got to."""

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from notifications import consent, reaching
from notifications.models import Message, MessageState, Reason
from notifications.transports.statuses import OPTED_OUT, before, state_of

# Also a message that is planned again: an attempt was thought lost and was not.
WITHOUT_ANSWER = [MessageState.PLANNED.value, MessageState.SENDING.value, MessageState.UNCERTAIN.value]


class UnknownMessage(Exception):
    """No message has that id at the provider."""


def record_status(
    *, sid: str, status: str, error_code: str, now: datetime, message_id: int | None = None
) -> bool:
    """Notes that the message `sid` has reached `status`; whether that was news.

    Callbacks come late, twice and out of order: a status that is not after the noted one changes nothing.
    A callback may even come before the answer to the request; `message_id` is ours, from the callback's
    address, and finds a message that has no sid yet. Raises UnknownMessage.
    """
    message = _find(sid, message_id)
    state = state_of(status)
    failed = state is MessageState.FAILED
    # The condition is in the UPDATE: of two callbacks at the same moment the later status wins.
    changed = Message.objects.filter(
        pk=message.pk, provider_sid=message.provider_sid, provider_status__in=before(status)
    ).update(
        state=state,
        provider_sid=sid,
        provider_status=status,
        error_code=error_code,
        reason=_reason(error_code) if failed else "",
        sent_at=Coalesce(F("sent_at"), Value(now)),
    )
    if changed and error_code == OPTED_OUT and message.recipient_client is not None:
        consent.withdraw_by_sms(client=message.recipient_client, now=now)
    if changed and failed:
        reaching.note_failure(error_code=error_code, address=message.address, now=now)
    return bool(changed)


def _find(sid: str, message_id: int | None) -> Message:
    messages = Message.objects.select_related("recipient_client")
    message = messages.filter(provider_sid=sid).first()
    if message is None and message_id is not None:
        message = messages.filter(
            pk=message_id, provider_sid="", attempts__gt=0, state__in=WITHOUT_ANSWER
        ).first()
    if message is None:
        raise UnknownMessage
    return message


def _reason(error_code: str) -> Reason:
    return Reason.OPTED_OUT if error_code == OPTED_OUT else Reason.UNDELIVERED
