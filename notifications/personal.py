"""What no SMS can tell of a changed hour, somebody at the facility says in person (`worklist.tell`)."""

from collections.abc import Collection, Iterable

from notifications.models import (
    Channel,
    Consent,
    Message,
    NoticeState,
    PersonalNotice,
    Purpose,
    Reason,
)
from scheduling.models import Appointment, Change, ChangeKind

TOLD_TO_CLIENTS = (ChangeKind.MOVED.value, ChangeKind.CANCELLED.value)


def plan(changes: Collection[Change], messages: Iterable[Message]) -> None:
    """Puts on the list whom `messages`, made for `changes`, don't tell although their whole hour changed.

    What waited there about an earlier state of the same appointments is overtaken.
    """
    moved = [each for each in changes if each.appointment_id and each.kind in TOLD_TO_CLIENTS]
    if not moved:
        return
    newest = {each.appointment_id: each for each in moved}
    PersonalNotice.objects.filter(
        appointment__in=newest, state=NoticeState.OPEN, change__lt=min(each.pk for each in moved)
    ).update(state=NoticeState.SUPERSEDED)
    by_sms = {each.change_id for each in messages if each.recipient_client_id is not None}
    untold = [
        PersonalNotice(change=each, appointment=each.appointment, reason=_why_not(each))
        for each in newest.values()
        if "hour_change" in each.data and each.pk not in by_sms
    ]
    PersonalNotice.objects.bulk_create(untold, ignore_conflicts=True)


def _why_not(change: Change) -> Reason:
    client = change.appointment.client if change.appointment else None
    return Reason.NO_CONSENT if client and client.phone_index else Reason.NO_ADDRESS


# -- before it happens --------------------------------------------------------------------------------


def told_by_sms(appointments: Collection[Appointment]) -> set[int]:
    """The keys of those whose client can be told by SMS now, as far as can be known before; one query."""
    consents = Consent.objects.filter(
        client__in={each.client_id for each in appointments},
        channel=Channel.SMS,
        purpose=Purpose.APPOINTMENTS,
        withdrawn_at=None,
    )
    consenting = set(consents.values_list("client", flat=True))
    return {each.pk for each in appointments if each.client_id in consenting and each.client.gets_sms}
