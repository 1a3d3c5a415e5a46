"""To be reminded in person: whom no SMS reaches, or whose SMS came to nothing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery

from notifications.models import Channel, Consent, Message, MessageState, Purpose, Reason
from notifications.models.messages import PROBLEMS
from notifications.timing import reminder_due_at
from notifications.worklist import REMIND
from notifications.worklist.items import Item, Source, coming
from sites.models import User

# Early enough to have another try, and over a weekend.
AHEAD = timedelta(days=3)


def items(user: User, now: datetime) -> list[Item]:
    """One for each appointment of the next days that its client has not confirmed. One query."""
    texts = Message.objects.filter(
        appointment=OuterRef("pk"),
        channel=Channel.SMS,
        recipient_client__isnull=False,
        appointment_starts_at=OuterRef("starts_at"),
    ).exclude(state=MessageState.PLANNED)
    last = texts.order_by("-pk")[:1]
    consent = Consent.objects.filter(
        client=OuterRef("client"), channel=Channel.SMS, purpose=Purpose.APPOINTMENTS, withdrawn_at=None
    )
    found = (
        coming(user, after=now, until=now + AHEAD)
        .filter(confirmed_at=None)
        .annotate(
            consents=Exists(consent),
            last_state=Subquery(last.values("state")),
            last_reason=Subquery(last.values("reason")),
        )
        .values_list(
            *("pk", "client_id", "starts_at", "booked_at", "consents", "last_state", "last_reason"),
            F("client__phone_index"),
            F("client__phone_suspended_at"),
            F("client__facility__time_zone"),
        )
    )
    made = []
    for pk, client, starts_at, booked_at, consents, state, reason, phone, suspended_at, zone in found:
        why = _no_sms(phone, suspended_at, consents=consents) or _came_to_nothing(state, reason)
        due_at = reminder_due_at(starts_at, ZoneInfo(zone), booked_at)
        if due_at is None and state in PROBLEMS:
            due_at = booked_at  # booked a moment before: the SMS was all that there was
        if why and due_at:
            made.append(
                Item(
                    kind=REMIND,
                    client_id=client,
                    subject=pk,
                    instance=starts_at.isoformat(),
                    due_at=due_at,
                    what="An den Termin erinnern",
                    why=why,
                    appointment_id=pk,
                    starts_at=starts_at,
                )
            )
    return made


def _no_sms(phone: str, suspended_at: datetime | None, *, consents: bool) -> str:
    """Why no SMS will be sent."""
    if not phone:
        return "keine Telefonnummer"
    if not consents:
        return "keine Einwilligung in SMS"
    if suspended_at:
        return "Nummer ruht"
    return "SMS ist nicht eingerichtet" if settings.TWILIO is None else ""


def _came_to_nothing(state: str | None, reason: str | None) -> str:
    """What became of the last SMS, if the client can't be counted on to know by it."""
    if state == MessageState.UNCERTAIN:
        return "ungewiss, ob die SMS angekommen ist"
    if state == MessageState.FAILED:
        return f"SMS fehlgeschlagen: {Reason(reason).label}"
    if state == MessageState.DROPPED and reason == Reason.LANDLINE:
        return str(Reason.LANDLINE.label)
    return ""


SOURCE = Source(kind=REMIND, label="Persönlich erinnern", items=items, done="Erinnert")
