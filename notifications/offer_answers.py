"""A client's answer by SMS to a slot that was offered: yes books it, no passes it on."""

import re
from datetime import datetime, timedelta

from notifications import confirming
from notifications.models import Message, MessageKind, ReplyOutcome
from notifications.models.messages import TOLD
from scheduling import offering
from scheduling.models import Client, Offer
from sites.models import User
from sites.refusals import Refusal

# Nothing but one of these; «nein, aber …» is for people to read.
NO_WORDS = frozenset(
    (
        *("nein", "nee", "nö", "ne", "no", "nope", "nicht", "neindanke", "leidernein", "leidernicht"),
        *("kannnicht", "ichkannnicht", "neinleider", "passtnicht", "gehtnicht", "gehtleidernicht"),
    )
)
NO_SIGNS = frozenset("👎❌")
# So long after its end a yes can only mean that offer.
LATE = timedelta(hours=24)


def is_no(body: str) -> bool:
    """Whether the SMS is nothing but a no, however it is written."""
    plain = re.sub("[\\s.!,;:)(\\-\U0001f3fb-\U0001f3ff\ufe0f]+", "", body.casefold())
    words = "".join(letter for letter in plain if letter not in NO_SIGNS)
    return bool(plain) and (not words or words in NO_WORDS)


def answer_offer(*, client: Client, body: str, now: datetime) -> ReplyOutcome | None:
    """Takes `body` for the answer to what `client` was last asked, if that was an offer; else None.

    A yes that comes too late is told so. What was meant is never guessed: neither where an SMS about
    something else came after the offer, nor where the answer is more than yes or no.
    """
    is_yes = confirming.is_yes(body)
    if not is_yes and not is_no(body):
        return None
    offer = _last_asked(client)
    if offer is None:
        return None
    by = User.objects.system_actor("sms")
    try:
        if is_yes:
            offering.accept(offer=offer, by=by, now=now)
            return ReplyOutcome.OFFER_ACCEPTED
        offering.decline(offer=offer, by=by, now=now)
        return ReplyOutcome.OFFER_DECLINED
    except Refusal:
        if not is_yes or offer.until_at + LATE < now or offer.appointment_id is not None:
            return None
        offering.note_missed(offer=offer, by=by, now=now)
        return ReplyOutcome.OFFER_MISSED


def _last_asked(client: Client) -> Offer | None:
    """The offer that the last SMS to `client` told of; None if it told of something else."""
    told = Message.objects.filter(recipient_client=client, state__in=TOLD).order_by("-sent_at", "-pk")
    last = told.only("kind", "offer").first()
    if last is None or last.kind != MessageKind.OFFER or last.offer_id is None:
        return None
    return Offer.objects.select_related("entry__client", "hour").get(pk=last.offer_id)
