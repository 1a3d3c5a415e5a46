"""From changes to messages: who is told what, through which channel, when; exactly once per change.

Reminders are planned ahead, as messages that are due later; they follow the appointment as it stands.
"""

import datetime
import logging
from collections.abc import Collection, Iterable, Sequence

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q

from notifications import offer_messages, outbox, participants, personal, short_notice
from notifications.hosts import Hosts
from notifications.models import (
    Channel,
    Consent,
    Message,
    MessageKind,
    Purpose,
    Reason,
)
from notifications.participants import Participants
from notifications.timing import REMINDER_STAGE, reminder_due_at
from scheduling.models import OF_ONE_PERSON, Appointment, AppointmentStatus, Change, ChangeKind, Client
from sites.models import User

logger = logging.getLogger(__name__)

# Any number will do, as long as nothing else in this database takes a lock of that name.
PLANNERS_LOCK = 0x706C616E

KIND_OF_CHANGE = {
    ChangeKind.BOOKED.value: MessageKind.CONFIRMATION,
    ChangeKind.MOVED.value: MessageKind.MOVED,
    ChangeKind.SUBSTITUTED.value: MessageKind.SUBSTITUTED,
    ChangeKind.CANCELLED.value: MessageKind.CANCELLED,
    ChangeKind.REVIVED.value: MessageKind.CONFIRMATION,
}
# Who holds the hour is nothing that a client is told.
FOR_CLIENTS = (MessageKind.CONFIRMATION, MessageKind.MOVED, MessageKind.CANCELLED)
KIND_OF_HOUR_CHANGE = {
    ChangeKind.HOUR_PUBLISHED.value: MessageKind.CONFIRMATION,
    ChangeKind.HOUR_MOVED.value: MessageKind.MOVED,
    ChangeKind.HOUR_RESIZED.value: MessageKind.MOVED,
    ChangeKind.HOUR_SUBSTITUTED.value: MessageKind.CONFIRMATION,
    ChangeKind.HOUR_CANCELLED.value: MessageKind.CANCELLED,
    ChangeKind.HOUR_ADAPTED.value: MessageKind.MOVED,
    ChangeKind.HOUR_WITHDRAWN.value: MessageKind.CANCELLED,
}
# What the facility would notice; that a replacement is published is told with the cancelling, and a withdrawn
# hour had nobody in it.
HOUR_IS_OTHER = KIND_OF_HOUR_CHANGE.keys() - {
    ChangeKind.HOUR_PUBLISHED.value,
    ChangeKind.HOUR_WITHDRAWN.value,
}


class _AnotherPlans(Exception):
    """Another process is planning at this moment, and will see what this one would."""


def plan_changes(*, now: datetime.datetime, limit: int = 500) -> int:
    """Makes the messages for every change that has none yet, `limit` changes at a time; how many changes.

    A constant number of queries for `limit` changes. Only one process plans at a time, another returns at
    once. A change that can't be planned is logged and left for the next time; it holds up no other.
    """
    planned = 0
    try:
        for ids in _batches(limit):
            planned += _plan_together_or_singly(ids, now)
    except _AnotherPlans:
        pass
    return planned


def _batches(limit: int) -> Iterable[list[int]]:
    last = 0
    unplanned = Change.objects.filter(planned_at=None).order_by("pk").values_list("pk", flat=True)
    while ids := list(unplanned.filter(pk__gt=last)[:limit]):
        yield ids
        last = ids[-1]


def _plan_together_or_singly(ids: Sequence[int], now: datetime.datetime) -> int:
    try:
        return _plan(ids, now)
    except (OperationalError, InterfaceError, _AnotherPlans):
        raise  # no change is to blame
    except Exception as error:
        if len(ids) == 1:
            logger.error("Change %s can't be planned: %s", ids[0], type(error).__name__)
            return 0
    return sum(_plan_together_or_singly([each], now) for each in ids)


@transaction.atomic
def _plan(ids: Sequence[int], now: datetime.datetime) -> int:
    _be_the_only_planner()
    changes = _load(ids)
    hosts = Hosts(changes)
    consenting = _consenting(change.appointment.client_id for change in changes if change.appointment)
    touched = {change.appointment.pk: change.appointment for change in changes if change.appointment}
    parties = Participants(touched.values())
    about_hours = [change for change in changes if change.kind in KIND_OF_HOUR_CHANGE]
    told = [
        message
        for change in changes
        if change.appointment is not None
        for message in _messages_of(change, change.appointment, hosts, parties, consenting, now)
    ]
    messages = [*told, *_messages_about_hours(about_hours, hosts, now)]
    messages += offer_messages.messages_of(changes, now=now)
    messages += _messages_of_joining(changes, hosts, parties, now)
    personal.plan(changes, told)
    _drop_reminders(touched.values())
    messages += _reminders(touched.values(), consenting, now)
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    return Change.objects.filter(pk__in=ids, planned_at=None).update(planned_at=now)


def _be_the_only_planner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PLANNERS_LOCK])
        (alone,) = cursor.fetchone()
    if not alone:
        raise _AnotherPlans


def _load(ids: Sequence[int]) -> list[Change]:
    """What is left to plan of `ids`. Neither names nor numbers are read: planning needs no key."""
    return list(
        Change.objects.filter(pk__in=ids, planned_at=None)
        .select_related(
            "appointment__client",
            "appointment__booked_by",
            "appointment__slot__site__facility",
            "hour__psychiatrist",
            "hour__site",
        )
        .defer(
            "appointment__client__name",
            "appointment__client__phone",
            "appointment__booked_by__phone",
            "hour__psychiatrist__phone",
        )
        .order_by("pk")
    )


def _consenting(client_ids: Iterable[int]) -> set[int]:
    standing = Consent.objects.filter(
        client__in=set(client_ids), channel=Channel.SMS, purpose=Purpose.APPOINTMENTS, withdrawn_at=None
    )
    return set(standing.values_list("client", flat=True))


# -- who is told what ---------------------------------------------------------------------------------


def _messages_of(
    change: Change,
    appointment: Appointment,
    hosts: Hosts,
    parties: Participants,
    consenting: Collection[int],
    now: datetime.datetime,
) -> Iterable[Message]:
    kind = KIND_OF_CHANGE.get(change.kind)
    if kind is None or change.hour is None:
        return
    if kind in FOR_CLIENTS and _reachable(appointment.client, consenting):
        yield _message(change, appointment, Channel.SMS, kind, now, recipient_client=appointment.client)
    for user, told in _staff(hosts.of(change), parties.of(appointment), hosts.before(change), kind):
        yield _message(change, appointment, Channel.EMAIL, told, now, recipient_user=user)


def _reachable(client: Client, consenting: Collection[int]) -> bool:
    return client.pk in consenting and client.phone_index != ""


def _staff(
    host: User, parties: Sequence[User], former: User | None, kind: MessageKind
) -> list[tuple[User, MessageKind]]:
    """The psychiatrist and the `parties` at the facility, each once. Who takes over a moved appointment never
    heard of it before; who gives it away is done with it."""
    told = dict.fromkeys([*parties, host], kind)
    if former is not None and former != host:
        told[host] = kind if host in parties else MessageKind.CONFIRMATION
        told.setdefault(former, MessageKind.CANCELLED)
    return [(user, kind) for user, kind in told.items() if not user.is_system]


def _messages_of_joining(
    changes: Collection[Change], hosts: Hosts, parties: Participants, now: datetime.datetime
) -> Iterable[Message]:
    """To who looks after the client from now on or comes along, and to who did."""
    joining = [change for change in changes if change.kind in OF_ONE_PERSON]
    people = participants.named_in(joining)
    for change in joining:
        if change.appointment is None or change.appointment.status != AppointmentStatus.BOOKED:
            continue
        told = participants.told_of_joining(change, parties.of(change.appointment), people)
        for user, kind in told.items():
            if user != hosts.of(change) and not user.is_system:
                yield _message(change, change.appointment, Channel.EMAIL, kind, now, recipient_user=user)


def _message(
    change: Change,
    appointment: Appointment,
    channel: Channel,
    kind: MessageKind,
    now: datetime.datetime,
    *,
    recipient_client: Client | None = None,
    recipient_user: User | None = None,
) -> Message:
    starts_at = appointment.starts_at
    if kind is MessageKind.CANCELLED and change.kind == ChangeKind.MOVED:
        starts_at = datetime.datetime.fromisoformat(change.data["from"]["starts_at"])
    return Message(
        channel=channel,
        kind=kind,
        change=change,
        appointment=appointment,
        recipient_client=recipient_client,
        recipient_user=recipient_user,
        sequence=change.sequence,
        appointment_starts_at=starts_at,
        due_at=min(change.at, now),
    )


# -- whole hours --------------------------------------------------------------------------------------


def _messages_about_hours(
    changes: Collection[Change], hosts: Hosts, now: datetime.datetime
) -> Iterable[Message]:
    """Calendar entries for who holds the hour or held it; and at short notice a word to the facility."""
    short = [change for change in changes if change.kind in HOUR_IS_OTHER and short_notice.is_short(change)]
    teams = short_notice.teams({change.told_hour.site.facility_id for change in short}) if short else {}
    for change in changes:
        holders = _holders(change, hosts)
        for user, kind in holders.items():
            yield _hour_message(change, Channel.EMAIL, kind, user, now)
        for user in teams.get(change.told_hour.site.facility_id, []) if change in short else []:
            for channel in short_notice.wishes(user):
                if user not in holders or channel is not Channel.EMAIL:
                    yield _hour_message(change, channel, MessageKind.SHORT_NOTICE, user, now)


def _holders(change: Change, hosts: Hosts) -> dict[User, MessageKind]:
    if pair := hosts.giver_and_taker(change):
        giver, taker = pair
        return {giver: MessageKind.CANCELLED, taker: MessageKind.CONFIRMATION}
    return {hosts.of(change): KIND_OF_HOUR_CHANGE[change.kind]}


def _hour_message(
    change: Change, channel: Channel, kind: MessageKind, user: User, now: datetime.datetime
) -> Message:
    return Message(
        channel=channel,
        kind=kind,
        change=change,
        hour=change.hour,
        recipient_user=user,
        sequence=change.sequence,
        appointment_starts_at=short_notice.told_start(change),
        due_at=min(change.at, now),
    )


# -- reminders ----------------------------------------------------------------------------------------


def plan_missing_reminders(*, client: Client, now: datetime.datetime) -> None:
    """Plans the reminders that `client`, who may have consented just now, should get and has none of."""
    upcoming = (
        Appointment.objects.filter(client=client, status=AppointmentStatus.BOOKED, starts_at__gt=now)
        .select_related("client", "slot__site__facility")
        .defer("client__name", "client__phone")
    )
    reminders = _reminders(upcoming, _consenting([client.pk]), now)
    Message.objects.bulk_create(reminders, ignore_conflicts=True)


def _reminders(
    appointments: Iterable[Appointment], consenting: Collection[int], now: datetime.datetime
) -> list[Message]:
    """For appointments as they stand now. One that is planned already is met by its unique constraint."""
    return [
        Message(
            channel=Channel.SMS,
            kind=MessageKind.REMINDER,
            appointment=appointment,
            recipient_client=appointment.client,
            sequence=appointment.sequence,
            appointment_starts_at=appointment.starts_at,
            stage=REMINDER_STAGE,
            due_at=due_at,
        )
        for appointment in appointments
        if appointment.status == AppointmentStatus.BOOKED
        and _reachable(appointment.client, consenting)
        and (due_at := reminder_due_at(appointment.starts_at, appointment.slot.site.zone, now))
    ]


def _drop_reminders(appointments: Collection[Appointment]) -> None:
    """Drops what was planned for a time that no longer holds."""
    reminders = Message.objects.filter(kind=MessageKind.REMINDER)
    cancelled = [each for each in appointments if each.status == AppointmentStatus.CANCELLED]
    moved = ~Q(appointment_starts_at=F("appointment__starts_at"))
    outbox.drop_planned(reminders.filter(appointment__in=cancelled), Reason.APPOINTMENT_CANCELLED)
    outbox.drop_planned(reminders.filter(moved, appointment__in=list(appointments)), Reason.SUPERSEDED)
