"""Erasing a client (Art. 17 DSGVO), in two steps that neither lose a message nor keep a word.

    request_erasure   the file is closed, coming appointments are cancelled: at once, in one transaction
    finish_erasures   once the client's last messages have left, or at the latest after LONGEST_WAIT: all that
                      leads to the person is gone, in one transaction for each client

In between nobody sees or changes the file. The number stays until the SMS that tells of the cancellation is
out; mails to staff need nothing of the client and may still wait.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from notifications.models import Channel, Message, MessageState
from notifications.retention.sections import SECTIONS, replies_of_nobody
from notifications.retention.traces import Traces
from scheduling import booking
from scheduling import waiting as waiting_list
from scheduling.models import Appointment, AppointmentStatus, CancelReason, Change, Client
from sites import acting, holding
from sites.models import User
from sites.refusals import Refusal

logger = logging.getLogger(__name__)

# Empties one client in a transaction of its own; whether there was anything to do.
Forget = Callable[[int, datetime], bool]

# A mail server or Twilio that is down for so long does not keep anybody's name.
LONGEST_WAIT = timedelta(hours=24)


class AlreadyClosed(Refusal):
    code = "already_closed"
    sentence = (
        "Die Angaben zu dieser Klient:in werden schon gelöscht oder sind es. Sie müssen nichts weiter tun."
    )


def coming_appointments(client: Client, *, now: datetime) -> QuerySet[Appointment]:
    """What an erasure cancels, the earliest first."""
    coming = Appointment.objects.filter(client=client, status=AppointmentStatus.BOOKED, starts_at__gt=now)
    return coming.select_related(
        "client", "slot__site__facility", "slot__site__clinic", "slot__hour__psychiatrist"
    ).order_by("starts_at", "pk")


@transaction.atomic
def request_erasure(*, client: Client, by: User, now: datetime) -> Client:
    """Closes the file of `client` and cancels what is booked; the rest follows (`finish_erasures`).

    One that has begun can't be cancelled and stays, without a person. Raises AlreadyClosed.
    """
    current = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if current.closed_at is not None:
        raise AlreadyClosed
    for appointment in coming_appointments(current, now=now):
        booking.cancel(appointment=appointment, reason=CancelReason.FACILITY, by=by, now=now)
    waiting_list.end_all(current, by=by, now=now)
    current.closed_at, current.closed_by = now, by
    current.version += 1
    current.save(update_fields=["closed_at", "closed_by", "version"])
    return current


def waiting(*, now: datetime) -> QuerySet[Client]:
    """Those being erased; each says by `is_ready` whether nothing has to be waited for any more."""
    to_plan = Change.objects.filter(appointment__client=OuterRef("pk"), planned_at=None)
    to_send = Message.objects.filter(
        Q(state__in=[MessageState.PLANNED, MessageState.SENDING])
        # Twilio may still say that it never got it; a mail server never says anything.
        | Q(state=MessageState.UNCERTAIN, channel=Channel.SMS, claimed_at__gte=OuterRef("closed_at")),
        recipient_client=OuterRef("pk"),
    )
    return Client.objects.filter(closed_at__isnull=False, anonymised_at=None).annotate(
        is_ready=(~Exists(to_plan) & ~Exists(to_send)) | Q(closed_at__lte=now - LONGEST_WAIT)
    )


def finish_erasures(*, now: datetime) -> int:
    """Forgets those whose last messages have left; how many. One that fails holds up no other.

    Acts as the keeper. Raises ExceptionGroup at the end if any failed.
    """
    with acting.as_system(acting.System.KEEPER):
        ready = list(
            waiting(now=now).filter(Q(is_ready=True)).order_by("closed_at", "pk").values_list("pk", flat=True)
        )
        return forget_all(ready, now=now)


def forget_all(keys: Collection[int], *, now: datetime, forget: Forget | None = None) -> int:
    """Forgets the clients of these keys, each in a transaction of its own; how many. For the keeper."""
    if not keys:
        return 0
    traces = [Traces.of(each) for each in Client.objects.filter(pk__in=keys).prefetch_related("former_codes")]
    # First: if this process ends in between, the words to look for are still there next time.
    holding.forget(lambda text: any(each.lead_from(text) for each in traces))
    done, failures = 0, list[Exception]()
    for key in keys:
        try:
            done += (forget or forget_closed)(key, now)
        except Exception as error:
            logger.error("Client %s could not be erased: %s", key, type(error).__name__)
            failures.append(error)
    replies_of_nobody().delete()
    if failures:
        raise ExceptionGroup("erasing", failures)
    return done


@transaction.atomic
def forget_closed(pk: int, now: datetime) -> bool:
    """Empties every place that speaks of the closed client `pk`; False if it is done already."""
    client = Client.objects.select_for_update().get(pk=pk)
    if client.closed_at is None or client.anonymised_at is not None:
        return False
    empty(client, now=now)
    return True


def empty(client: Client, *, now: datetime) -> None:
    """The emptying itself, for who holds the lock on `client` and has closed it."""
    traces = Traces.of(client)
    client.anonymised_at = now
    for section in SECTIONS:
        section.erase(client, traces)
