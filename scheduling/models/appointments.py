"""What a client has in a slot."""

import datetime
import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q

from scheduling.models.attendance import (
    Attended,
    Followed,
    at_has_by,
    index_by_next_step,
    marks_in_order,
    next_step_fits,
)
from scheduling.models.clients import Client
from scheduling.models.hours import Slot
from scheduling.models.ranges import overlapping_span, same
from scheduling.models.series import AppointmentType
from sites.models import User


class AppointmentStatus(models.TextChoices):
    """FHIR appointment status, as far as used here."""

    BOOKED = "booked", "gebucht"
    ARRIVED = "arrived", "angekommen"
    FULFILLED = "fulfilled", "wahrgenommen"
    NOSHOW = "noshow", "nicht erschienen"
    CANCELLED = "cancelled", "abgesagt"


class CancelReason(models.TextChoices):
    """Who or what a cancellation comes from; no free text that would invite more."""

    CLIENT = "client", "von Klient:in abgesagt"
    FACILITY = "facility", "von der Einrichtung abgesagt"
    CLINIC = "clinic", "von der Klinik abgesagt"
    MISTAKE = "mistake", "irrtümlich gebucht"


class MoveReason(models.TextChoices):
    """Who or what moving an appointment comes from."""

    CLIENT = "client", "Wunsch der Klient:in"
    FACILITY = "facility", "Grund in der Einrichtung"
    CLINIC = "clinic", "Grund in der Klinik"
    EARLIER = "earlier", "ein früheres Zeitfenster ist frei"
    MISTAKE = "mistake", "irrtümlich so gebucht"


class Appointment(Attended, Followed):
    """A client's appointment. FHIR: Appointment; iCalendar: VEVENT with `uid` and `sequence`.

    Keeps its own start and end beside the slot's, so that the database can see two overlapping ones of a
    client. It is the same appointment, with the same UID, when it moves to another slot. `confirmed_at` is
    when the client said by SMS that they come.
    """

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="appointments")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="appointments")
    appointment_type = models.CharField(max_length=10, choices=AppointmentType.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, choices=AppointmentStatus.choices, default=AppointmentStatus.BOOKED.value
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancel_reason = models.CharField(max_length=10, choices=CancelReason.choices, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=~Q(status=AppointmentStatus.CANCELLED),
                name="slot_carries_one_appointment",
            ),
            ExclusionConstraint(
                name="client_has_one_appointment_at_a_time",
                expressions=[same("client"), overlapping_span()],
                condition=~Q(status=AppointmentStatus.CANCELLED),
            ),
            models.CheckConstraint(
                condition=Q(
                    status=AppointmentStatus.CANCELLED,
                    cancelled_at__isnull=False,
                    cancelled_by__isnull=False,
                )
                | (
                    ~Q(status=AppointmentStatus.CANCELLED)
                    & Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancel_reason="")
                ),
                name="appointment_cancelled_has_at_and_by",
            ),
            at_has_by("arrived", "appointment_arrived_at_has_by"),
            at_has_by("started", "appointment_started_at_has_by"),
            at_has_by("ended", "appointment_ended_at_has_by"),
            marks_in_order("appointment_marks_in_order"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED],
                    arrived_at__isnull=True,
                    started_at__isnull=True,
                    ended_at__isnull=True,
                )
                | (
                    Q(status=AppointmentStatus.ARRIVED)
                    & (Q(arrived_at__isnull=False) | Q(started_at__isnull=False))
                )
                | Q(status=AppointmentStatus.FULFILLED, ended_at__isnull=False)
                | Q(
                    status=AppointmentStatus.NOSHOW,
                    arrived_at__isnull=True,
                    started_at__isnull=True,
                    ended_at__isnull=False,
                ),
                name="appointment_marks_fit_status",
            ),
            *next_step_fits("appointment"),
        ]
        # For the worklist: what comes soon, and what was left open, among the appointments of years.
        indexes = [
            models.Index(
                fields=["starts_at"],
                name="appointment_booked_by_start",
                condition=Q(status=AppointmentStatus.BOOKED),
            ),
            models.Index(
                fields=["ended_at"],
                name="appointment_noshow_by_end",
                condition=Q(status=AppointmentStatus.NOSHOW),
            ),
            index_by_next_step("appointment"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d.%m.%Y %H:%M} UTC"

    @property
    def local_start(self) -> datetime.datetime:
        """Start on the facility's clock; needs `slot__site__facility` at hand."""
        return self.starts_at.astimezone(self.slot.site.zone)
