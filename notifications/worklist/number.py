"""Numbers to be checked: suspended ones, and such that nobody confirmed for long although they are needed."""

from datetime import datetime, timedelta

from notifications import reaching
from notifications.worklist.ahead import next_of_each
from notifications.worklist.items import Item, Page, Scope, Source
from scheduling.models import Client, SuspendReason
from sites.models import User

CHECK, MEND = "check_number", "mend_number"
# People who use drugs have 1.6 numbers a year (buprenorphine clinic; see design, domain 2).
GROWS_OLD = timedelta(days=180)
WITHIN = timedelta(days=7)
# Enough of a blind index to tell two numbers of one client apart.
DIGITS = 24

AT_REST = """
SELECT id, phone_suspended_at, phone_suspended_reason FROM scheduling_client
WHERE phone_suspended_at IS NOT NULL AND facility_id = ANY (%(facilities)s) AND closed_at IS NULL
"""


def to_check(scope: Scope) -> list[Item]:
    """Of clients with an appointment soon: changed or not confirmed for half a year."""
    made = []
    for each, _ in next_of_each(scope):
        verified_at = each.verified_at
        is_fresh = verified_at is not None and verified_at >= scope.now - GROWS_OLD
        if not each.phone_index or each.suspended_at or is_fresh:
            continue
        number = each.phone_index[:DIGITS]
        made.append(
            Item(
                kind=CHECK,
                client_id=each.client_id,
                subject=0,
                instance=f"{number} {verified_at:%Y-%m-%d}" if verified_at else number,
                due_at=each.starts_at - timedelta(days=1),
                what="Fragen, ob die Nummer noch stimmt",
                why=f"zuletzt bestätigt am {verified_at:%d.%m.%Y}" if verified_at else "noch nie bestätigt",
                starts_at=each.starts_at,
            )
        )
    return made


def to_mend(scope: Scope) -> list[Item]:
    """Suspended numbers. One query."""
    return [
        Item(
            kind=MEND,
            client_id=client,
            subject=0,
            instance=suspended_at.isoformat(),
            due_at=suspended_at + WITHIN,
            what="Nach einer neuen Nummer fragen",
            why=f"Nummer ruht: {SuspendReason(reason).label}",
        )
        for client, suspended_at, reason in scope.rows(AT_REST)
    ]


def confirm(client: Client, by: User, now: datetime) -> Client:
    """Notes that the number is right."""
    current = Client.objects.get(pk=client.pk)
    return reaching.change_client(
        client=current, version=current.version, values={}, phone_verified=True, by=by, now=now
    )


CHECKS = Source(kind=CHECK, label="Nummer prüfen", items=to_check, done="Nummer stimmt", settle=confirm)
MENDS = Source(kind=MEND, label="Nummer klären", items=to_mend, page=Page.FILE, page_label="Nummer eintragen")
