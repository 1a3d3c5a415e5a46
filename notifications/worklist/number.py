"""Numbers to be checked: suspended ones, and such that nobody confirmed for long although they are needed."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from notifications import reaching
from notifications.worklist.items import Item, Page, Source, coming, next_start
from scheduling.models import Client, SuspendReason
from sites.access import client_facilities_for
from sites.models import User

CHECK, MEND = "check_number", "mend_number"
AHEAD = timedelta(days=14)
# People who use drugs have 1.6 numbers a year (docs: domain, 2).
GROWS_OLD = timedelta(days=180)
# Enough of a blind index to tell two numbers of one client apart.
DIGITS = 24


def to_check(user: User, now: datetime) -> list[Item]:
    """Of clients with an appointment soon: changed or not confirmed for half a year. One query."""
    old = Q(client__phone_verified_at=None) | Q(client__phone_verified_at__lt=now - GROWS_OLD)
    found = next_start(
        coming(user, after=now, until=now + AHEAD)
        .filter(old, client__phone_suspended_at=None)
        .exclude(client__phone_index="")
        .values_list("client_id", F("client__phone_index"), F("client__phone_verified_at"))
    )
    return [
        Item(
            kind=CHECK,
            client_id=client,
            subject=0,
            instance=f"{phone[:DIGITS]} {verified_at:%Y-%m-%d}" if verified_at else phone[:DIGITS],
            due_at=starts_at - timedelta(days=1),
            what="Fragen, ob die Nummer noch stimmt",
            why=f"zuletzt bestätigt am {verified_at:%d.%m.%Y}" if verified_at else "noch nie bestätigt",
            starts_at=starts_at,
        )
        for client, phone, verified_at, starts_at in found
    ]


def to_mend(user: User, now: datetime) -> list[Item]:
    """Suspended numbers. One query."""
    found = Client.objects.filter(
        facility__in=client_facilities_for(user).values("pk"),
        closed_at=None,
        phone_suspended_at__isnull=False,
    ).order_by()
    return [
        Item(
            kind=MEND,
            client_id=client,
            subject=0,
            instance=suspended_at.isoformat(),
            due_at=suspended_at + timedelta(days=7),
            what="Nach einer neuen Nummer fragen",
            why=f"Nummer ruht: {SuspendReason(reason).label}",
        )
        for client, suspended_at, reason in found.values_list(
            "pk", "phone_suspended_at", "phone_suspended_reason"
        )
    ]


def confirm(client: Client, by: User, now: datetime) -> Client:
    """Notes that the number is right."""
    current = Client.objects.get(pk=client.pk)
    return reaching.change_client(
        client=current, version=current.version, values={}, phone_verified=True, by=by, now=now
    )


CHECKS = Source(kind=CHECK, label="Nummer prüfen", items=to_check, done="Nummer stimmt", settle=confirm)
MENDS = Source(kind=MEND, label="Nummer klären", items=to_mend, page=Page.FILE, page_label="Nummer eintragen")
