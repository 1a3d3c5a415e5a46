"""What was decided after an appointment and is still open: a follow-up without a slot, a way into the PIA."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q

from notifications.worklist.items import Item, Page, Source, of_my_clients
from scheduling.models import Appointment, AppointmentStatus, Handover, NextStep, WaitingEntry
from scheduling.selectors import live_appointments
from sites.models import User

SLOT, PIA = "follow_up", "handover"
BACK = timedelta(days=90)
WITHIN = timedelta(days=7)


def without_slot(user: User, now: datetime) -> list[Item]:
    """A follow-up that was cancelled again, or somebody who went back to the waiting list and is still on it.
    One query."""
    later = live_appointments().filter(client=OuterRef("client"), starts_at__gt=OuterRef("starts_at"))
    waits = WaitingEntry.objects.filter(
        client=OuterRef("client"), site=OuterRef("slot__site"), closed_at=None
    )
    lost = Q(next_step=NextStep.FOLLOW_UP, follow_up__status=AppointmentStatus.CANCELLED)
    found = of_my_clients(
        user,
        Appointment.objects.filter(
            Q(Exists(waits), next_step=NextStep.WAITING) | lost,
            ~Exists(later),
            status=AppointmentStatus.FULFILLED,
            next_step_at__gt=now - BACK,
        ),
    )
    return [
        Item(
            kind=SLOT,
            client_id=client,
            subject=pk,
            instance=decided_at.isoformat(),
            due_at=decided_at + WITHIN,
            what="Einen Folgetermin suchen",
            why="steht auf der Warteliste" if step == NextStep.WAITING else "Folgetermin ist abgesagt",
            appointment_id=pk,
            starts_at=starts_at,
        )
        for pk, client, starts_at, step, decided_at in found.values_list(
            "pk", "client_id", "starts_at", "next_step", "next_step_at"
        )
    ]


def into_pia(user: User, now: datetime) -> list[Item]:
    """The psychiatrist's line for the way into the PIA; due a day before it. One query."""
    found = of_my_clients(
        user,
        Appointment.objects.filter(
            status=AppointmentStatus.FULFILLED,
            next_step=NextStep.PIA,
            next_step_at__gt=now - BACK,
            pia_date__gte=(now - timedelta(days=14)).date(),
        ).exclude(handover__in=["", Handover.GIVEN]),
    )
    return [
        Item(
            kind=PIA,
            client_id=client,
            subject=pk,
            instance=decided_at.isoformat(),
            due_at=datetime.combine(day - timedelta(days=1), time(12), tzinfo=ZoneInfo(zone)),
            what=str(Handover(line).label),
            why=f"Weiterbehandlung in der PIA ab {day:%d.%m.%Y}",
            appointment_id=pk,
        )
        for pk, client, decided_at, day, line, zone in found.values_list(
            "pk", "client_id", "next_step_at", "pia_date", "handover", F("client__facility__time_zone")
        )
    ]


SLOTS = Source(
    kind=SLOT,
    label="Folgetermin suchen",
    items=without_slot,
    page=Page.MONTH,
    page_label="Zeitfenster ansehen",
)
HANDOVERS = Source(kind=PIA, label="Übergabe in die PIA", items=into_pia)
