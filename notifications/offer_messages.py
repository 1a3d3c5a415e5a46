"""Telling of offers from the waiting list: who cares for the client, and the client where an answer can come.

The client is asked by SMS only if they consent and can answer. Whoever put them on the list is told by mail
and SMS as they wish; if that person works there no more, everybody at the facility who wishes it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from notifications import short_notice, wording
from notifications.denylist import DenyList
from notifications.models import Channel, Consent, Message, MessageKind, MessageState, Purpose, Reason
from notifications.models.messages import TOLD
from notifications.outbox import Objection
from notifications.timing import end_of_night
from notifications.transports import sms
from notifications.transports.email import Mail
from scheduling import offering
from scheduling.models import Change, ChangeKind, Offer, OfferState
from sites.models import User

OF_OFFERS = {
    ChangeKind.OFFERED.value: MessageKind.OFFER,
    ChangeKind.OFFER_CLOSED.value: MessageKind.OFFER_OVER,
    ChangeKind.OFFER_MISSED.value: MessageKind.OFFER_OVER,
}


# -- planning -----------------------------------------------------------------------------------------


def messages_of(changes: Iterable[Change], *, now: datetime) -> list[Message]:
    """What `changes` tell of offers, unsaved; four queries for any number of them, none for none."""
    about = [change for change in changes if change.kind in OF_OFFERS]
    if not about:
        return []
    offers = (
        Offer.objects.filter(pk__in={change.data["offer"] for change in about})
        .select_related("entry__client", "entry__added_by", "site")
        .defer("entry__client__name", "entry__client__phone", "entry__added_by__phone")
        .in_bulk()
    )
    teams = short_notice.teams({offer.site.facility_id for offer in offers.values()})
    consenting = _consenting(offers.values())
    made: list[Message] = []
    for change in about:
        offer = offers[change.data["offer"]]
        if _asks_client(change, offer, consenting):
            made.append(_message(change, offer, Channel.SMS, now, client=True))
        for user in _carers(offer, teams) if change.kind != ChangeKind.OFFER_MISSED else []:
            made += [_message(change, offer, channel, now, user=user) for channel in _channels(change, user)]
    return made


def _consenting(offers: Collection[Offer]) -> set[int]:
    standing = Consent.objects.filter(
        client__in={offer.entry.client_id for offer in offers},
        channel=Channel.SMS,
        purpose=Purpose.APPOINTMENTS,
        withdrawn_at=None,
    )
    return set(standing.values_list("client", flat=True))


def _asks_client(change: Change, offer: Offer, consenting: Collection[int]) -> bool:
    """That an offer ended is told if it ended otherwise than the client was told: its slot is lost, or the
    answer came too late."""
    if change.kind == ChangeKind.OFFER_CLOSED and change.data["how"] != OfferState.GONE:
        return False
    client = offer.entry.client
    can_answer = settings.TWILIO is not None and sms.can_be_answered()
    return can_answer and client.pk in consenting and client.phone_index != ""


def _carers(offer: Offer, teams: dict[int, list[User]]) -> list[User]:
    team = teams.get(offer.site.facility_id, [])
    adder = offer.entry.added_by
    return [adder] if adder in team else team


def _channels(change: Change, user: User) -> list[Channel]:
    """Of an offer at once, as wished; how it ended by mail alone, and not to who ended it."""
    wished = short_notice.wishes(user)
    if change.kind == ChangeKind.OFFERED:
        return wished
    return [channel for channel in wished if channel is Channel.EMAIL and change.by_id != user.pk]


def _message(
    change: Change,
    offer: Offer,
    channel: Channel,
    now: datetime,
    *,
    client: bool = False,
    user: User | None = None,
) -> Message:
    kind = OF_OFFERS[change.kind]
    return Message(
        channel=channel,
        kind=kind,
        change=change,
        offer=offer,
        recipient_client=offer.entry.client if client else None,
        recipient_user=user,
        sequence=change.sequence,
        appointment_starts_at=offer.until_at if kind is MessageKind.OFFER else offer.starts_at,
        due_at=min(change.at, now),
    )


# -- before it leaves ---------------------------------------------------------------------------------


def objection(message: Message, offer: Offer, *, now: datetime) -> Objection | None:
    """What speaks against telling of `offer` now: it stands no more, or nobody heard of it before."""
    dropped = _no_longer_true(message, offer, now)
    if dropped is not None:
        return Objection(MessageState.DROPPED, dropped)
    if message.recipient_client is None:
        return None
    until = end_of_night(now, offer.site.zone)
    return Objection(MessageState.PLANNED, until=until) if until else None


def _no_longer_true(message: Message, offer: Offer, now: datetime) -> Reason | None:
    if message.kind == MessageKind.OFFER:
        stands = offering.live(Offer.objects.filter(pk=offer.pk), now=now).exists()
        return None if stands else Reason.SUPERSEDED
    if offer.starts_at <= now:
        return Reason.TOO_LATE
    if message.recipient_client is not None and not was_told(offer):
        return Reason.NEVER_TOLD
    return None


def was_told(offer: Offer) -> bool:
    """Whether the client knows, or may know, of `offer` by SMS."""
    return Message.objects.filter(
        offer=offer, kind=MessageKind.OFFER, recipient_client__isnull=False, state__in=TOLD
    ).exists()


# -- words --------------------------------------------------------------------------------------------


def sms_text(message: Message, offer: Offer, deny_list: DenyList) -> str:
    """To the client, or to one of the staff. Raises DeniedWord."""
    facility = offer.site.facility
    starts_at, until_at = offer.starts_at, offer.until_at
    if message.recipient_client is None:
        text = wording.staff_offer_sms(starts_at=starts_at, until_at=until_at, facility=facility)
    else:
        text = wording.offer_sms(message.kind, starts_at=starts_at, until_at=until_at, facility=facility)
    deny_list.check(text, message.recipient_client)
    return text


def mail(message: Message, offer: Offer, to: str, deny_list: DenyList) -> Mail:
    """To one of the staff; what it is about is behind the sign-in. Raises DeniedWord."""
    facility, sender = offer.site.facility, settings.DEFAULT_FROM_EMAIL
    subject = wording.subject(message.kind, starts_at=offer.starts_at, zone=facility.zone)
    for text in (subject, facility.neutral_name):
        deny_list.check(text, offer.entry.client)
    stands = message.kind == MessageKind.OFFER
    context = {
        "headline": wording.HEADLINES[message.kind] if stands else wording.OFFER_ENDS[_end(message, offer)],
        "when": wording.long_time(offer.starts_at, facility.zone),
        "until": wording.long_time(offer.until_at, facility.zone) if stands else "",
        "place": facility.neutral_name,
        "link": settings.BASE_URL + reverse("offer", kwargs={"pk": offer.pk}),
    }
    return Mail(
        sender=sender,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/offer.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/offer.html", context),
        message_id=f"<offer-{offer.pk}.{message.pk}@{parseaddr(sender)[1].rpartition('@')[2]}>",
    )


def _end(message: Message, offer: Offer) -> str:
    """How it ended, as it was when the message was planned."""
    return str(message.change.data.get("how", offer.state)) if message.change else offer.state
