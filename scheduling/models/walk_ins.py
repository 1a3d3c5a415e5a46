"""Who comes without an appointment."""

from django.db import models
from django.db.models import Q

from scheduling.models.appointments import AppointmentStatus
from scheduling.models.attendance import (
    Attended,
    Followed,
    NextStep,
    at_has_by,
    index_by_next_step,
    marks_in_order,
    next_step_fits,
)
from scheduling.models.clients import Client
from scheduling.models.hours import ConsultationHour, Slot


class WalkInStatus(models.TextChoices):
    """A part of the appointment's: a walk-in was there from the beginning."""

    ARRIVED = AppointmentStatus.ARRIVED.value, "angekommen"
    FULFILLED = AppointmentStatus.FULFILLED.value, "wahrgenommen"


class WalkIn(Attended, Followed):
    """Somebody who came to an hour without an appointment, as the `number`-th of that day.

    `client` is empty for who wants to stay anonymous. `slot` is the free slot that was given to them (blocked
    since) as long as they have it; without one they wait for the open time. Nothing follows for who is not
    named.
    """

    hour = models.ForeignKey(ConsultationHour, on_delete=models.PROTECT, related_name="walk_ins")
    number = models.PositiveSmallIntegerField()
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="walk_ins"
    )
    slot = models.OneToOneField(Slot, null=True, blank=True, on_delete=models.PROTECT, related_name="walk_in")
    status = models.CharField(max_length=10, choices=WalkInStatus.choices, default=WalkInStatus.ARRIVED.value)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "number"], name="walk_in_number_in_hour"),
            at_has_by("arrived", "walk_in_arrived_at_has_by"),
            at_has_by("started", "walk_in_started_at_has_by"),
            at_has_by("ended", "walk_in_ended_at_has_by"),
            marks_in_order("walk_in_marks_in_order"),
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=False)
                & (Q(status=WalkInStatus.ARRIVED) | Q(ended_at__isnull=False)),
                name="walk_in_marks_fit_status",
            ),
            *next_step_fits("walk_in"),
            models.CheckConstraint(
                condition=Q(next_step__in=["", NextStep.NOTHING]) | Q(client__isnull=False),
                name="walk_in_next_step_is_somebodys",
            ),
        ]
        indexes = [index_by_next_step("walk_in")]

    def __str__(self) -> str:
        return f"Nr. {self.number}"
