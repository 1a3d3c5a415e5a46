"""To be told in person: changes of appointments that no SMS told of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from notifications.models import (
    Channel,
    Message,
    MessageKind,
    MessageState,
    NoticeState,
    PersonalNotice,
    Reason,
)
from notifications.models.messages import PROBLEMS
from notifications.personal import TOLD_TO_CLIENTS
from notifications.worklist.items import Item, Source
from scheduling.models import AppointmentStatus, Change
from sites.access import client_facilities_for
from sites.models import User

KIND = "tell"
FIELDS = (
    *("change_id", "change__at", "change__data", "appointment_id", "appointment__client_id"),
    *("appointment__status", "appointment__starts_at", "reason"),
)


def items(user: User, now: datetime) -> list[Item]:
    """Whole hours that changed for somebody whom no SMS reaches, and moves and cancellations whose SMS came
    to nothing. Two queries."""
    mine = Q(
        appointment__client__facility__in=client_facilities_for(user).values("pk"),
        appointment__client__closed_at=None,
    )
    notices = PersonalNotice.objects.filter(mine, state=NoticeState.OPEN).order_by()
    made = {each.key: each for each in _made(notices.values_list(*FIELDS, F("state")))}
    for item in _made(_untold(mine, now).values_list(*FIELDS, F("state"))):
        made.setdefault(item.key, item)
    return list(made.values())


def _untold(mine: Q, now: datetime) -> Any:
    later = Change.objects.filter(
        appointment=OuterRef("appointment"), pk__gt=OuterRef("change"), kind__in=TOLD_TO_CLIENTS
    )
    return Message.objects.filter(
        mine,
        ~Exists(later),
        channel=Channel.SMS,
        recipient_client__isnull=False,
        kind__in=[MessageKind.MOVED, MessageKind.CANCELLED],
        state__in=PROBLEMS,
        appointment_starts_at__gt=now,
    ).order_by()


def _made(rows: Iterable[tuple[Any, ...]]) -> Iterable[Item]:
    for change, changed_at, data, appointment, client, status, starts_at, reason, state in rows:
        cancelled = status == AppointmentStatus.CANCELLED
        span = data.get("from")
        yield Item(
            kind=KIND,
            client_id=client,
            subject=appointment,
            instance=str(change),
            due_at=changed_at,
            what="Sagen, dass der Termin ausfällt" if cancelled else "Die neue Zeit sagen",
            why=_why(state, reason),
            appointment_id=appointment,
            starts_at=starts_at,
            before=datetime.fromisoformat(span["starts_at"]) if span and not cancelled else None,
        )


def _why(state: str, reason: str) -> str:
    if state == MessageState.UNCERTAIN:
        return "ungewiss, ob die SMS angekommen ist"
    return "keine Telefonnummer" if reason == Reason.NO_ADDRESS else str(Reason(reason).label)


SOURCE = Source(kind=KIND, label="Änderung mitteilen", items=items, done="Bescheid gesagt")
