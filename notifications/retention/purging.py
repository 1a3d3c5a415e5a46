"""Forgetting clients by themselves when their time has come, and texts with them.

A client is kept until a site's `retention_days` after the last appointment there; of several sites the last
day counts. So does a visit without appointment; a cancelled appointment counts from its cancellation, a wait
from its end. Without any of these it is the facility's longest period after the last change of the file. So
nobody goes who has an appointment to come, or waits for one.

The facility hears of it AHEAD of time, once for each period. Who was due long ago, as when the program is
new, is kept until it has been told.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from notifications.models import Channel, Message, MessageState, Reply
from notifications.retention import announcing, erasing
from scheduling.models import Appointment, Client, WaitingEntry, WalkIn
from sites import acting
from sites.models import Facility, Site, User
from sites.models.organisations import DEFAULT_RETENTION_DAYS

AHEAD = timedelta(days=7)
CLIENTS_AT_ONCE = 100
TEXTS_AT_ONCE = 1000

Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """For whoever doesn't watch."""


def _days_after(instant: Any, days: Any) -> Expression:
    period = ExpressionWrapper(days * Value(timedelta(days=1)), output_field=DurationField())
    return ExpressionWrapper(instant + period, output_field=DateTimeField())


def with_end(clients: QuerySet[Client]) -> QuerySet[Client]:
    """Adds `keep_until` to those whose file is open and who wait for nothing, and `last_at`, what it is
    counted from."""
    ended = Coalesce(F("cancelled_at"), F("ends_at"))
    appointments = Appointment.objects.filter(client=OuterRef("pk")).annotate(
        ended=ended, until=_days_after(ended, F("slot__site__retention_days"))
    )
    gone = Coalesce(F("ended_at"), F("hour__ends_at"))
    walk_ins = WalkIn.objects.filter(client=OuterRef("pk")).annotate(
        ended=gone, until=_days_after(gone, F("hour__site__retention_days"))
    )
    waits = WaitingEntry.objects.filter(client=OuterRef("pk")).annotate(
        ended=F("closed_at"), until=_days_after(F("closed_at"), F("site__retention_days"))
    )
    contacts = (appointments, walk_ins, waits)
    longest = Site.objects.filter(facility=OuterRef("facility")).order_by("-retention_days")
    days = Coalesce(Subquery(longest.values("retention_days")[:1]), DEFAULT_RETENTION_DAYS)
    changed = Greatest(F("created_at"), F("changed_at"))
    return clients.filter(~Exists(waits.filter(closed_at=None)), closed_at=None).annotate(
        last_at=Coalesce(_latest(contacts, "ended"), changed),
        keep_until=Coalesce(
            _latest(contacts, "until"),
            _days_after(changed, ExpressionWrapper(days, output_field=IntegerField())),
        ),
    )


def _latest(contacts: Iterable[QuerySet[Any]], name: str) -> Expression:
    """Of several kinds of contact the last, or NULL: PostgreSQL's GREATEST leaves NULL out."""
    return Greatest(*(Subquery(each.order_by(F(name).desc()).values(name)[:1]) for each in contacts))


def _announced() -> Q:
    """For the period that ends at `keep_until`: of one before, the facility was told something else."""
    return Q(purge_announced_at__gte=ExpressionWrapper(F("keep_until") - AHEAD, output_field=DateTimeField()))


def expiring(clients: QuerySet[Client], *, now: datetime) -> QuerySet[Client]:
    """Those of `clients` whose time ends within AHEAD, or is over; the first to go first."""
    return with_end(clients).filter(Q(keep_until__lte=now + AHEAD)).order_by(F("keep_until").asc(), "pk")


def to_announce(*, now: datetime) -> QuerySet[Client]:
    return expiring(Client.objects.all(), now=now).exclude(_announced())


def due(*, now: datetime) -> QuerySet[Client]:
    """Those who go now: their time is over, and the facility was told long enough ago."""
    over = with_end(Client.objects.all()).filter(_announced() & Q(keep_until__lte=now))
    return over.filter(purge_announced_at__lte=now - AHEAD)


def goes_at(client: Client, *, now: datetime) -> datetime:
    """When `client` (of `expiring`) goes at the earliest."""
    keep_until: datetime = client.keep_until  # type: ignore[attr-defined]
    told_at = client.purge_announced_at
    if told_at is None or told_at < keep_until - AHEAD:
        told_at = now
    return max(keep_until, told_at + AHEAD)


def purge(*, now: datetime, progress: Progress = _silent) -> Counter[str]:
    """Tells the facilities, forgets who is due, and empties what was written too long ago.

    Works in small transactions and may be interrupted and run again at any time. Returns counts: `announced`,
    `forgotten`, `texts`, `sessions`. Raises ExceptionGroup at the end if something failed; the rest is done.
    """
    counts: Counter[str] = Counter()
    failures: list[Exception] = []
    steps: tuple[tuple[str, Callable[[], int]], ...] = (
        ("announced", lambda: _announce(now)),
        ("forgotten", lambda: _forget_due(now, progress)),
        ("texts", lambda: _empty_texts(now, progress)),
        ("sessions", lambda: Session.objects.filter(expire_date__lt=now).delete()[0]),
    )
    with acting.as_system(acting.System.KEEPER):
        for name, step in steps:
            try:
                counts[name] = step()
            except Exception as error:
                failures.append(error)
    if failures:
        raise ExceptionGroup("purge", failures)
    return counts


# -- telling ------------------------------------------------------------------------------------------


def _announce(now: datetime) -> int:
    """Told first and noted then: a process that ends in between tells twice, never not at all."""
    told, failures = 0, list[Exception]()
    for facility in Facility.objects.filter(pk__in=to_announce(now=now).values("facility")).order_by("pk"):
        here = to_announce(now=now).filter(facility=facility)
        count = here.count()
        try:
            announcing.tell(facility, count, ahead=AHEAD, now=now)
        except announcing.NotTold as error:
            failures.append(error)
            continue
        Client.objects.filter(pk__in=here.values("pk")).update(purge_announced_at=now)
        told += count
    if failures:
        raise ExceptionGroup("announcing", failures)
    return told


# -- forgetting ---------------------------------------------------------------------------------------


def _forget_due(now: datetime, progress: Progress) -> int:
    total, done, seen = due(now=now).count(), 0, 0
    failures: list[Exception] = []
    for keys in _batches(due(now=now), CLIENTS_AT_ONCE):
        try:
            done += erasing.forget_all(keys, now=now, forget=_forget)
        except ExceptionGroup as group:
            failures.append(group)
        seen += len(keys)
        progress("Klient:innen", seen, total)
    if failures:
        raise ExceptionGroup("forgetting", failures)
    return done


@transaction.atomic
def _forget(pk: int, now: datetime) -> bool:
    """Looks again under the lock: somebody may have booked for this client meanwhile."""
    client = Client.objects.select_for_update().get(pk=pk)
    if not due(now=now).filter(pk=pk).exists():
        return False
    client.closed_at, client.closed_by = now, User.objects.system_actor("purge")
    erasing.empty(client, now=now)
    return True


def _batches(rows: QuerySet[Any], size: int) -> Iterator[list[int]]:
    last = 0
    while keys := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys
        last = keys[-1]


# -- texts, also of clients who stay ------------------------------------------------------------------


def _empty_texts(now: datetime, progress: Progress) -> int:
    """What was told of an appointment, and what was answered, as long after it as a client would be kept."""
    over = ExpressionWrapper(
        F("appointment__slot__site__retention_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    told = (
        Message.objects.annotate(period=over)
        .filter(appointment__ends_at__lt=ExpressionWrapper(Value(now) - F("period"), DateTimeField()))
        .exclude(body="", address="")
        .exclude(state__in=[MessageState.PLANNED, MessageState.SENDING])
        .exclude(state=MessageState.UNCERTAIN, channel=Channel.SMS)
    )
    done = 0
    for keys in _batches(told, TEXTS_AT_ONCE):
        done += Message.objects.filter(pk__in=keys).update(body="", address="")
        progress("Nachrichten", done, done)
    longest = Site.objects.aggregate(days=Max("retention_days"))["days"] or DEFAULT_RETENTION_DAYS
    answered = Reply.objects.filter(received_at__lt=now - timedelta(days=longest)).exclude(body="")
    for keys in _batches(answered, TEXTS_AT_ONCE):
        done += Reply.objects.filter(pk__in=keys).update(body="")
    return done
