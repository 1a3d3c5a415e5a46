"""To be followed up: who did not come, and has nothing new yet."""

from datetime import timedelta

from notifications.worklist.behind import MISSED_BACK, left_open
from notifications.worklist.items import Item, Scope, Source
from scheduling.models import AppointmentStatus

KIND = "no_show"
WITHIN = timedelta(days=2)


def items(scope: Scope) -> list[Item]:
    """The last appointment of each such client who waits for no other."""
    return [
        Item(
            kind=KIND,
            client_id=each.client_id,
            subject=each.pk,
            instance=each.ended_at.isoformat(),
            due_at=each.ended_at + WITHIN,
            what="Nachfragen und einen neuen Termin anbieten",
            why="nicht erschienen, kein neuer Termin",
            appointment_id=each.pk,
            starts_at=each.starts_at,
        )
        for each, _ in left_open(scope)
        if each.status == AppointmentStatus.NOSHOW
        and each.ended_at > scope.now - MISSED_BACK
        and not each.has_later
        and not each.waits_at
    ]


SOURCE = Source(kind=KIND, label="Nicht erschienen", items=items, done="Nachgefragt")
