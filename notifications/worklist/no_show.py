"""To be followed up: who did not come, and has nothing new yet."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from notifications.worklist.items import Item, Source, of_my_clients
from scheduling.models import Appointment, AppointmentStatus, WaitingEntry
from scheduling.selectors import live_appointments
from sites.models import User

KIND = "no_show"
BACK = timedelta(days=30)
WITHIN = timedelta(days=2)


def items(user: User, now: datetime) -> list[Item]:
    """The last appointment of each such client. One query."""
    later = live_appointments().filter(client=OuterRef("client"), starts_at__gt=OuterRef("starts_at"))
    waits = WaitingEntry.objects.filter(client=OuterRef("client"), closed_at=None)
    found = of_my_clients(
        user,
        Appointment.objects.filter(
            ~Exists(later), ~Exists(waits), status=AppointmentStatus.NOSHOW, ended_at__gt=now - BACK
        ),
    )
    return [
        Item(
            kind=KIND,
            client_id=client,
            subject=pk,
            instance=ended_at.isoformat(),
            due_at=ended_at + WITHIN,
            what="Nachfragen und einen neuen Termin anbieten",
            why="nicht erschienen, kein neuer Termin",
            appointment_id=pk,
            starts_at=starts_at,
        )
        for pk, client, starts_at, ended_at in found.values_list("pk", "client_id", "starts_at", "ended_at")
    ]


SOURCE = Source(kind=KIND, label="Nicht erschienen", items=items, done="Nachgefragt")
