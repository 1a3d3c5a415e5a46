"""«Persönlich Bescheid sagen»: what no SMS can tell, somebody at the facility says in person."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from notifications.models import (
    WAITING,
    Channel,
    Consent,
    Message,
    NoticeState,
    PersonalNotice,
    Purpose,
    Reason,
)
from scheduling.models import Appointment, Change, ChangeKind
from sites.access import Permission, sites_for
from sites.models import User
from sites.refusals import Refusal

TOLD_TO_CLIENTS = (ChangeKind.MOVED.value, ChangeKind.CANCELLED.value)


class NoticeSettled(Refusal):
    code = "notice_settled"
    sentence = "Das hat inzwischen jemand erledigt, oder es ist durch eine spätere Änderung überholt."


def plan(changes: Collection[Change], messages: Iterable[Message]) -> None:
    """Puts on the list whom `messages`, made for `changes`, don't tell although their whole hour changed.

    What waited there about an earlier state of the same appointments is overtaken.
    """
    moved = [each for each in changes if each.appointment_id and each.kind in TOLD_TO_CLIENTS]
    if not moved:
        return
    newest = {each.appointment_id: each for each in moved}
    PersonalNotice.objects.filter(
        appointment__in=newest, state__in=WAITING, change__lt=min(each.pk for each in moved)
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


def of_facilities(user: User) -> QuerySet[PersonalNotice]:
    """All notices at the facilities where `user` works with clients, settled ones too."""
    return PersonalNotice.objects.filter(
        appointment__slot__site__in=sites_for(user, Permission.BOOK).values("pk"),
        appointment__client__closed_at=None,
    ).select_related("change", "tried_by", "appointment__client", "appointment__slot__site__facility")


def waiting_for(user: User) -> QuerySet[PersonalNotice]:
    """What somebody at the facilities of `user` still has to say, the nearest appointment first."""
    return of_facilities(user).filter(state__in=WAITING).order_by("appointment__starts_at", "pk")


@transaction.atomic
def settle(*, notice: PersonalNotice, reached: bool, by: User, now: datetime) -> PersonalNotice:
    """Notes that somebody told the client, or tried to. Raises NoticeSettled."""
    state = NoticeState.DONE if reached else NoticeState.NOT_REACHED
    if not PersonalNotice.objects.filter(pk=notice.pk, state__in=WAITING).update(
        state=state, tried_at=now, tried_by=by
    ):
        raise NoticeSettled
    notice.state, notice.tried_at, notice.tried_by = state.value, now, by
    return notice


# -- before it happens --------------------------------------------------------------------------------------


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
