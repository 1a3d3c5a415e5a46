"""What a crash or a lost answer leaves behind. Nothing is sent again unless it certainly never left."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from notifications import outbox, reaching
from notifications.models import Channel, Message, MessageState, Reason
from notifications.transports import TransportError, sms
from notifications.transports.sms import Known
from notifications.transports.statuses import state_of

logger = logging.getLogger(__name__)

# No attempt takes that long: the transports give up much earlier.
STUCK_AFTER = timedelta(minutes=2)
# How far Twilio's clock and ours may be apart.
CLOCKS_APART = timedelta(minutes=5)


def recover_stuck(*, now: datetime) -> int:
    """Takes claims away from processes that must have died; how many.

    If nothing was handed to the transport the message is simply due again. Otherwise nobody here knows.
    """
    stuck = Message.objects.filter(state=MessageState.SENDING, claimed_at__lt=now - STUCK_AFTER)
    unsent = stuck.filter(body="").update(state=MessageState.PLANNED, claimed_at=None)
    return unsent + stuck.update(state=MessageState.UNCERTAIN, error_code="interrupted")


def resolve_uncertain(*, now: datetime, limit: int = 200) -> int:
    """Asks Twilio about every SMS that may or may not have left; how many are settled.

    Found: it is sent. Not found a while after it was handed over: it never left, and is due again. While
    Twilio doesn't answer all of them stay uncertain, to be asked for again. E-mails stay so for good: no
    mail server can be asked.
    """
    if settings.TWILIO is None:
        return 0
    settled = 0
    uncertain = Message.objects.filter(state=MessageState.UNCERTAIN, channel=Channel.SMS)
    for pk in list(uncertain.order_by("claimed_at").values_list("pk", flat=True)[:limit]):
        try:
            settled += _resolve(pk, now)
        except TransportError as error:
            logger.warning("Message %s is still uncertain: %s", pk, error.code)
            if not error.permanent:
                break
        except Exception as error:
            logger.error("Message %s is still uncertain: %s", pk, type(error).__name__)
    return settled


def _resolve(pk: int, now: datetime) -> bool:
    message = Message.objects.filter(pk=pk, state=MessageState.UNCERTAIN).first()
    if message is None or message.claimed_at is None:
        return False
    known = _find(message, message.claimed_at - CLOCKS_APART, sms.sent_to(message.address))
    if known is not None:
        return _found(message, known, now)
    return message.claimed_at <= now - STUCK_AFTER and _never_left(message, message.claimed_at, now)


def _find(message: Message, earliest: datetime, candidates: Iterable[Known]) -> Known | None:
    """The attempt among what Twilio knows: same text, not before `earliest`, and no other message's."""
    alike = [
        each
        for each in candidates
        if each.body.endswith(message.body) and (each.created_at is None or each.created_at >= earliest)
    ]
    taken = set(
        Message.objects.filter(provider_sid__in=[each.sid for each in alike]).values_list(
            "provider_sid", flat=True
        )
    )
    # Of several the oldest, so that two messages with one text find one each.
    free = [each for each in alike if each.sid not in taken]
    return min(free, key=lambda each: each.created_at or earliest, default=None)


def _found(message: Message, known: Known, now: datetime) -> bool:
    state = state_of(known.status)
    try:
        with transaction.atomic():
            settled = _settle(
                message,
                state=state,
                sent_at=known.created_at or now,
                provider_sid=known.sid,
                provider_status=known.status,
                error_code=known.error_code,
                reason=Reason.UNDELIVERED if state is MessageState.FAILED else "",
            )
            if settled and state is MessageState.FAILED:
                reaching.note_failure(error_code=known.error_code, address=message.address, now=now)
            return settled
    except IntegrityError:
        return False  # it proved to be another message's meanwhile; asked again at the next sweep


def _never_left(message: Message, claimed_at: datetime, now: datetime) -> bool:
    due_at = max(now, claimed_at + outbox.pause_after(message.attempts))
    if message.attempts >= outbox.MAX_ATTEMPTS:
        return _settle(message, state=MessageState.FAILED, reason=Reason.TOO_MANY_ATTEMPTS)
    if message.appointment_starts_at <= due_at:
        return _settle(message, state=MessageState.FAILED, reason=Reason.TOO_LATE)
    return _settle(message, state=MessageState.PLANNED, due_at=due_at, claimed_at=None, address="", body="")


def _settle(message: Message, **fields: object) -> bool:
    """Writes what was found, unless somebody (a callback, another sweep) settled it first."""
    mine = Message.objects.filter(pk=message.pk, state=MessageState.UNCERTAIN, claimed_at=message.claimed_at)
    return bool(mine.update(**fields))
