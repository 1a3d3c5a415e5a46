"""What was decided after a visit and is still open: a follow-up without a slot, a way into the PIA."""

from datetime import datetime, time, timedelta

from notifications.worklist.behind import LeftOpen, left_open
from notifications.worklist.items import Item, Page, Scope, Source
from scheduling.models import AppointmentStatus, Handover, NextStep

SLOT, PIA = "follow_up", "handover"
WITHIN = timedelta(days=7)
# Nobody needs the line any more so long after the day.
PIA_BACK = timedelta(days=14)


def without_slot(scope: Scope) -> list[Item]:
    """A follow-up that was cancelled again, or somebody who went back to the waiting list and still waits."""
    return [
        Item(
            kind=SLOT,
            client_id=each.client_id,
            subject=each.pk,
            instance=each.decision,
            due_at=each.decided_at + WITHIN,
            what="Einen Folgetermin suchen",
            why=why,
            appointment_id=each.appointment_id,
            starts_at=each.starts_at if each.appointment_id else None,
        )
        for each, _ in left_open(scope)
        if (why := _why(each)) and not each.has_later
    ]


def _why(each: LeftOpen) -> str:
    if each.next_step == NextStep.WAITING and each.site_id in each.waits_at:
        return "steht auf der Warteliste"
    lost = each.next_step == NextStep.FOLLOW_UP and each.follow_up_status == AppointmentStatus.CANCELLED
    return "Folgetermin ist abgesagt" if lost else ""


def into_pia(scope: Scope) -> list[Item]:
    """The psychiatrist's line for the way into the PIA; due a day before it."""
    oldest = (scope.now - PIA_BACK).date()
    return [
        Item(
            kind=PIA,
            client_id=each.client_id,
            subject=each.pk,
            instance=each.decision,
            due_at=datetime.combine(each.pia_date - timedelta(days=1), time(12), tzinfo=zone),
            what=str(Handover(each.handover).label),
            why=f"Weiterbehandlung in der PIA ab {each.pia_date:%d.%m.%Y}",
            appointment_id=each.appointment_id,
        )
        for each, zone in left_open(scope)
        if each.next_step == NextStep.PIA
        and each.handover not in ("", Handover.GIVEN)
        and each.pia_date >= oldest
    ]


SLOTS = Source(
    kind=SLOT,
    label="Folgetermin suchen",
    items=without_slot,
    page=Page.MONTH,
    page_label="Zeitfenster ansehen",
)
HANDOVERS = Source(kind=PIA, label="Übergabe in die PIA", items=into_pia)
