"""What clients answer by SMS."""

import re
from datetime import datetime

from django.db import transaction

from notifications import confirming, consent, offer_answers
from notifications.models import Reply, ReplyOutcome
from scheduling.clients import clients_with_phone
from scheduling.models import Client

# Twilio's own words (it blocks the number for them by itself), and what people write in German.
STOP_WORDS = frozenset(
    (
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
        *("stopp", "ende", "abmelden", "abbestellen"),
    )
)
# Ten parts; nobody who means us writes more.
LONGEST = 1600


@transaction.atomic
def receive(
    *, sid: str, address: str, body: str, now: datetime, opted_out: bool = False
) -> ReplyOutcome | None:
    """Takes in the SMS `sid` from `address` (E.164); what came of it, or None if it was not for us.

    STOP, or Twilio's `opted_out`, ends the consent of every client with that number: whoever holds the phone
    wants no SMS there. Anything else is noted for the facility; a plain yes or no answers the offer that was
    asked last, and a plain yes confirms the appointment that it can only mean. Of a number that no client has
    nothing is kept. The same SMS a second time changes nothing.
    """
    clients = clients_with_phone(address)
    if not clients:
        return None
    outcome = ReplyOutcome.CONSENT_WITHDRAWN if opted_out or is_stop(body) else ReplyOutcome.NOTED
    reply, new = Reply.objects.get_or_create(
        provider_sid=sid,
        defaults={
            "received_at": now,
            "client": clients[0] if len(clients) == 1 else None,
            "address": address,
            "body": body[:LONGEST],
            "outcome": outcome.value,
        },
    )
    if new and outcome is ReplyOutcome.CONSENT_WITHDRAWN:
        for client in clients:
            consent.withdraw_by_sms(client=client, now=now)
    elif new and len(clients) == 1:
        outcome = _take_in(clients[0], body, reply, now)
    return outcome


def _take_in(client: Client, body: str, reply: Reply, now: datetime) -> ReplyOutcome:
    """What the answer of one client means, if it can mean one thing only."""
    answered = offer_answers.answer_offer(client=client, body=body, now=now)
    if answered is not None:
        Reply.objects.filter(pk=reply.pk).update(outcome=answered)
        return answered
    if confirming.is_yes(body):
        confirming.confirm_by_sms(client=client, now=now)
    return ReplyOutcome.NOTED


def is_stop(body: str) -> bool:
    """Whether the SMS is nothing but a word that means STOP, however it is written."""
    return "".join(re.findall(r"\w+", body.casefold())) in STOP_WORDS
