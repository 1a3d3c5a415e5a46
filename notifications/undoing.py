"""Taking back, for ten minutes, what was done to an appointment at the desk by a slip.

Only as long as no SMS has told the client: what was said can't be taken back, only said anew. Calendars
follow by themselves, each entry with a higher SEQUENCE. What had not been sent is overtaken (`truth`).
"""

from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import Message, MessageState
from scheduling import booking
from scheduling.models import Appointment, CancelReason, Change, ChangeKind, Client, MoveReason, Slot
from sites.models import User
from sites.refusals import Refusal

WINDOW = timedelta(minutes=10)
UNDONE_HOW = {
    ChangeKind.BOOKED.value: "Buchung",
    ChangeKind.MOVED.value: "Verschiebung",
    ChangeKind.CANCELLED.value: "Absage",
}
# States in which nothing has left, nor can any more without another look at what is so.
NOT_LEFT = [MessageState.PLANNED.value, MessageState.DROPPED.value]


class NothingToUndo(Refusal):
    code = "nothing_to_undo"
    sentence = (
        "Das lässt sich nicht mehr zurücknehmen: Es ist länger als zehn Minuten her, oder es wurde seither "
        "etwas anderes geändert. Verschieben oder absagen können Sie den Termin weiterhin."
    )


class ClientKnows(Refusal):
    code = "client_knows"
    sentence = (
        "Das lässt sich nicht mehr zurücknehmen: Die Klient:in hat schon eine SMS bekommen. Verschieben oder "
        "absagen Sie den Termin, dann bekommt sie Bescheid."
    )


def undoable(appointment: Appointment, *, now: datetime) -> Change | None:
    """The latest change of `appointment`, if it can be taken back now; at most two queries."""
    latest = appointment.changes.order_by("-pk").first()
    if latest is None or not _can_be_undone(latest, now):
        return None
    return None if _client_knows(latest) else latest


@transaction.atomic
def undo(*, appointment: Appointment, change: int, by: User, now: datetime) -> Change:
    """Takes back the change with the key `change`, the latest of `appointment`; returns that change.

    Raises NothingToUndo, ClientKnows, and what booking, moving and cancelling raise: the slot may be gone.
    """
    Client.objects.select_for_update(no_key=True).get(pk=appointment.client_id)
    latest = appointment.changes.order_by("-pk").first()
    if latest is None or latest.pk != change or not _can_be_undone(latest, now):
        raise NothingToUndo
    # Held until the end: nobody claims one of them for sending meanwhile.
    list(Message.objects.filter(change=latest).order_by("pk").select_for_update(of=("self",)).values("pk"))
    if _client_knows(latest):
        raise ClientKnows
    data = {"undoes": latest.pk}
    current = Appointment.objects.select_related("client", "slot").get(pk=appointment.pk)
    match latest.kind:
        case ChangeKind.BOOKED:
            booking.cancel(appointment=current, reason=CancelReason.MISTAKE, by=by, now=now, data=data)
        case ChangeKind.MOVED:
            old = Slot.objects.filter(pk=latest.data["from"]["slot"]).first()
            if old is None:
                raise booking.SlotGone
            booking.move(
                appointment=current, to_slot=old, by=by, now=now, reason=MoveReason.MISTAKE, data=data
            )
        case _:
            booking.revive(appointment=current, by=by, now=now, data=data)
    return latest


def _can_be_undone(change: Change, now: datetime) -> bool:
    return (
        change.kind in UNDONE_HOW
        and change.at <= now < change.at + WINDOW
        and not {"hour_change", "undoes", "walk_in"} & change.data.keys()
    )


def _client_knows(change: Change) -> bool:
    told = Message.objects.filter(change=change, recipient_client__isnull=False)
    return told.exclude(state__in=NOT_LEFT).exists()
