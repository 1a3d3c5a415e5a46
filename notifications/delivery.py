"""Sending what is due: claim, ask again whether it is true and allowed, compose, send, note the result.

Any number of processes may do this side by side. Nothing is sent inside a transaction.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from notifications import consent, outbox, reaching
from notifications.composing import Outgoing, compose
from notifications.denylist import DeniedWord, DenyList
from notifications.models import Channel, Message, MessageState, Reason
from notifications.outbox import Claim
from notifications.transports import TransportError
from notifications.transports.statuses import state_of
from notifications.truth import objection

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# The database is gone: no message is to blame, and nothing could be noted of any.
DATABASE_LOST = (OperationalError, InterfaceError)


def deliver_due(*, now: datetime, limit: int = 1000, seconds: float = 100) -> Counter[str]:
    """Sends due messages until none is left, `limit` are done or `seconds` have passed.

    Returns how many ended in which state. A message that fails never ends the run.
    """
    clock, deny_list = _clock(now), None
    done: Counter[str] = Counter()
    while done.total() < limit and clock() < now + timedelta(seconds=seconds):
        claim = outbox.claim_one(clock())
        if claim is None:
            break
        deny_list = deny_list or DenyList()
        state = _deliver(claim, clock, deny_list)
        if state is not None:
            done[state.value] += 1
    return done


def _clock(now: datetime) -> Clock:
    """The time that runs on from `now`: each claim has its own instant, however long the run takes."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _deliver(claim: Claim, clock: Clock, deny_list: DenyList) -> MessageState | None:
    """Carries out one claim; the state that the message is in now, or None if the claim was lost."""
    try:
        message = outbox.load(claim)
        spoken_against = objection(message, now=clock())
        if spoken_against is not None:
            return outbox.obey(claim, spoken_against)
        outgoing = compose(message, deny_list, now=clock())
    except DATABASE_LOST:
        raise
    except DeniedWord:
        return outbox.fail(claim, Reason.DENIED_WORD)
    except Exception as error:
        logger.error("Message %s can't be composed: %s", claim.pk, type(error).__name__)
        return outbox.try_again(claim, clock(), type(error).__name__)
    if not outbox.hand_over(claim, address=outgoing.address, body=outgoing.body):
        return None
    return _send(claim, message, outgoing, clock)


def _send(claim: Claim, message: Message, outgoing: Outgoing, clock: Clock) -> MessageState:
    try:
        receipt = outgoing.send()
    except TransportError as error:
        logger.warning("Message %s was not sent: %s", claim.pk, error.code)
        if error.opted_out and message.recipient_client is not None:
            consent.withdraw_by_sms(client=message.recipient_client, now=clock())
        if error.permanent and message.channel == Channel.SMS:
            reaching.note_failure(error_code=error.code, address=outgoing.address, now=clock())
        return outbox.settle(claim, error, clock())
    except Exception as error:
        logger.error("Message %s may have been sent: %s", claim.pk, type(error).__name__)
        return outbox.leave_uncertain(claim, type(error).__name__)
    if state_of(receipt.status) is MessageState.FAILED:
        reaching.note_failure(error_code=receipt.error_code, address=outgoing.address, now=clock())
    return outbox.succeed(claim, receipt, clock())
