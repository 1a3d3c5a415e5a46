"""The messages' states, and the conditional UPDATEs that change them.

    planned ──claim──► sending ──► sent ──► delivered
       ▲                  │ ├────► failed          (told nobody, somebody should know)
       ├──put_back────────┤ ├────► dropped         (nobody has to be told any more)
       └──(not found)── uncertain                  (only the provider knows)

Whoever claims a message may write the result of that attempt, and nobody else: each UPDATE names the claim
by its instant, so a process that was away for too long finds that it has nothing to say any more.
"""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from notifications.models import Message, MessageState, Reason
from notifications.models.messages import HANDED_OVER
from notifications.transports import Receipt, TransportError
from notifications.transports.statuses import state_of

MAX_ATTEMPTS = 20
LONGEST_PAUSE = timedelta(minutes=60)


@dataclasses.dataclass(frozen=True)
class Claim:
    """The right to send message `pk`, held since `at`; the attempt is the `attempts`-th."""

    pk: int
    at: datetime
    attempts: int
    useful_until: datetime


@dataclasses.dataclass(frozen=True)
class Objection:
    """Why a message doesn't leave now: it ends in `state` for `reason`, or waits until `until`."""

    state: MessageState
    reason: Reason | None = None
    until: datetime | None = None


# The earliest due message that no other process is about to claim. What one recipient is told of one
# appointment goes out in the order in which it was planned: nobody reads a cancellation before the booking.
# Committed at once, in a transaction of its own: what follows is the network.
CLAIM = """
UPDATE notifications_message
SET state = 'sending', claimed_at = %(now)s, attempts = attempts + 1
WHERE state = 'planned' AND id = (
    SELECT due.id FROM notifications_message due
    WHERE due.state = 'planned' AND due.due_at <= %(now)s
      AND NOT EXISTS (
          SELECT FROM notifications_message earlier
          WHERE (earlier.appointment_id = due.appointment_id OR earlier.hour_id = due.hour_id
                 OR earlier.offer_id = due.offer_id)
            AND earlier.id < due.id
            AND earlier.channel = due.channel
            AND earlier.recipient_client_id IS NOT DISTINCT FROM due.recipient_client_id
            AND earlier.recipient_user_id IS NOT DISTINCT FROM due.recipient_user_id
            AND (earlier.state = 'sending'
                 OR (earlier.state = 'planned' AND earlier.due_at <= %(now)s))
      )
    ORDER BY due.due_at, due.id
    LIMIT 1
    FOR UPDATE OF due SKIP LOCKED
)
RETURNING id, claimed_at, attempts, appointment_starts_at
"""


def claim_one(now: datetime) -> Claim | None:
    """Claims the next due message, or None if nothing is due that can go out now."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now})
        row = cursor.fetchone()
    return Claim(*row) if row else None


def load(claim: Claim) -> Message:
    """The claimed message with all that is asked and said about it."""
    return Message.objects.select_related(
        "change",
        "recipient_client",
        "recipient_user",
        "appointment__booked_by",
        "appointment__client",
        "appointment__slot__hour__psychiatrist",
        "appointment__slot__site__clinic",
        "appointment__slot__site__facility__provider",
        "hour__psychiatrist",
        "hour__site__facility",
        "offer__entry__client",
        "offer__site__facility",
    ).get(pk=claim.pk)


def hand_over(claim: Claim, *, address: str, body: str) -> bool:
    """Notes what is about to leave. False if the claim is lost: then it must not leave."""
    mine = Message.objects.filter(pk=claim.pk, state=MessageState.SENDING, claimed_at=claim.at)
    return bool(mine.update(address=address, body=body))


def put_back(claim: Claim, *, due_at: datetime, error_code: str = "") -> MessageState:
    """Plans another attempt at `due_at`. For attempts that have certainly told nobody."""
    _write(
        claim,
        state=MessageState.PLANNED,
        due_at=due_at,
        claimed_at=None,
        address="",
        body="",
        error_code=error_code,
    )
    return MessageState.PLANNED


def try_again(claim: Claim, now: datetime, error_code: str) -> MessageState:
    """Plans another attempt after a pause that doubles each time, as long as that is of any use."""
    due_at = now + pause_after(claim.attempts)
    if claim.attempts >= MAX_ATTEMPTS:
        return fail(claim, Reason.TOO_MANY_ATTEMPTS, error_code)
    if due_at >= claim.useful_until:
        return fail(claim, Reason.TOO_LATE, error_code)
    return put_back(claim, due_at=due_at, error_code=error_code)


def pause_after(attempts: int) -> timedelta:
    """1, 2, 4 … 32 minutes, then an hour."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def succeed(claim: Claim, receipt: Receipt, now: datetime) -> MessageState:
    """Notes that the provider has it. Its status may say already that it comes to nothing."""
    state = state_of(receipt.status)
    _write(
        claim,
        state=state,
        sent_at=now,
        provider_sid=receipt.sid,
        provider_status=receipt.status,
        error_code=receipt.error_code,
        reason=Reason.UNDELIVERED if state is MessageState.FAILED else "",
    )
    return state


def fail(claim: Claim, reason: Reason, error_code: str = "") -> MessageState:
    _write(claim, state=MessageState.FAILED, reason=reason, error_code=error_code)
    return MessageState.FAILED


def leave_uncertain(claim: Claim, error_code: str) -> MessageState:
    _write(claim, state=MessageState.UNCERTAIN, error_code=error_code)
    return MessageState.UNCERTAIN


def obey(claim: Claim, said: Objection) -> MessageState:
    """Ends the attempt, before anything left, as was said against it."""
    if said.until is not None:
        return put_back(claim, due_at=said.until)
    _write(claim, state=said.state, reason=said.reason or "")
    return said.state


def settle(claim: Claim, error: TransportError, now: datetime) -> MessageState:
    """Draws the conclusion from a transport's error."""
    if error.uncertain:
        return leave_uncertain(claim, error.code)
    if error.permanent:
        return fail(claim, Reason.OPTED_OUT if error.opted_out else Reason.REFUSED, error.code)
    return try_again(claim, now, error.code)


@transaction.atomic
def drop_planned(messages: QuerySet[Message], reason: Reason) -> int:
    """Drops those of `messages` that have not left yet; how many."""
    # Locked in one order, so that two processes that drop the same rows don't wait for each other.
    waiting = messages.filter(state=MessageState.PLANNED).order_by("pk")
    pks = list(waiting.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return Message.objects.filter(pk__in=pks).update(state=MessageState.DROPPED, reason=reason)


def _write(claim: Claim, **fields: Any) -> None:
    """Also while the attempt counts as uncertain: who made it knows better. Not after a callback, which
    knows better still."""
    Message.objects.filter(pk=claim.pk, state__in=HANDED_OVER, claimed_at=claim.at).update(**fields)
