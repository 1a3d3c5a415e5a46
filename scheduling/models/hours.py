"""Days on which consultation hours are held, and their slots."""

import datetime
import uuid
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Deferrable, F, Q

from scheduling.models.ranges import overlapping_span, same
from scheduling.models.series import AppointmentType, ConsultationSeries
from sites.models import Room, Site, User


class HourStatus(models.TextChoices):
    DRAFT = "draft", "Entwurf"
    PUBLISHED = "published", "veröffentlicht"
    CANCELLED = "cancelled", "ausgefallen"
    HELD = "held", "abgehalten"


class HourCancelReason(models.TextChoices):
    """Why a published hour is cancelled. Absences have no reason here, so illness is not told from others."""

    PERSON = "person", "Psychiater:in fällt aus (Krankheit oder anderes)"
    ROOM = "room", "Raum steht nicht zur Verfügung"
    FACILITY = "facility", "Einrichtung ist geschlossen"
    OTHER = "other", "anderer Grund"


# A draft is a proposal: it may collide with another hour, which is shown until somebody decides.
# It takes neither person nor room before it is published.
TAKES_TIME = [HourStatus.PUBLISHED.value, HourStatus.HELD.value]


class ConsultationHour(models.Model):
    """One day of consultation hours.

    `rule_date` is the day in the facility's zone that the series' rule gives; it stays when the hour moves,
    so that a day is proposed only once. `occurrence` is that day in django-scheduler. `replaces` is the
    cancelled hour in whose place this one is held; it has no series. `late_minutes` is by how much the hour
    runs behind today, as `late_by` said at `late_at`.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="hours")
    series = models.ForeignKey(
        ConsultationSeries, null=True, blank=True, on_delete=models.PROTECT, related_name="hours"
    )
    occurrence = models.OneToOneField(
        "schedule.Occurrence", null=True, blank=True, on_delete=models.PROTECT, related_name="hour"
    )
    rule_date = models.DateField(null=True, blank=True)
    psychiatrist = models.ForeignKey(User, on_delete=models.PROTECT, related_name="hours")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="hours")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=HourStatus.choices, default=HourStatus.DRAFT.value)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacement"
    )
    late_minutes = models.PositiveSmallIntegerField(default=0, db_default=0)
    late_at = models.DateTimeField(null=True, blank=True)
    late_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="hour_ends_after_start"),
            ExclusionConstraint(
                name="psychiatrist_in_one_place",
                expressions=[same("psychiatrist"), overlapping_span()],
                condition=Q(status__in=TAKES_TIME),
            ),
            ExclusionConstraint(
                name="room_holds_one_hour",
                expressions=[same("room"), overlapping_span()],
                condition=Q(status__in=TAKES_TIME),
            ),
            models.UniqueConstraint(fields=["series", "rule_date"], name="hour_once_per_rule_date"),
            models.CheckConstraint(
                condition=(
                    Q(series__isnull=True, rule_date__isnull=True, occurrence__isnull=True)
                    | Q(series__isnull=False, rule_date__isnull=False, occurrence__isnull=False)
                ),
                name="hour_of_series_has_occurrence",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="hour_published_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="hour_cancelled_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(status=HourStatus.CANCELLED, cancelled_at__isnull=False)
                | (~Q(status=HourStatus.CANCELLED) & Q(cancelled_at__isnull=True)),
                name="hour_cancelled_has_at",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TAKES_TIME) | Q(published_at__isnull=False),
                name="hour_published_has_at",
            ),
            models.CheckConstraint(
                condition=Q(late_minutes=0, late_at__isnull=True, late_by__isnull=True)
                | Q(late_at__isnull=False, late_by__isnull=False),
                name="hour_late_has_at_and_by",
            ),
            models.CheckConstraint(condition=Q(late_minutes__lte=240), name="hour_late_by_hours_at_most"),
        ]
        indexes = [
            models.Index(fields=["site", "starts_at"], name="hour_by_site_and_start"),
            # For the sweep, which asks every minute what begins soon.
            models.Index(
                fields=["starts_at"], name="hour_published_by_start", condition=Q(status=HourStatus.PUBLISHED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.local_start:%d.%m.%Y %H:%M}"

    @property
    def zone(self) -> ZoneInfo:
        return self.site.zone

    @property
    def local_start(self) -> datetime.datetime:
        return self.starts_at.astimezone(self.zone)

    @property
    def local_date(self) -> datetime.date:
        return self.local_start.date()


class SlotState(models.TextChoices):
    """FHIR slot status; `held` is kept until a time: for who books at the desk, or offered to who waits."""

    FREE = "free", "frei"
    HELD = "held", "vorgemerkt"
    BUSY = "busy", "belegt"
    BLOCKED = "blocked", "gesperrt"


# What may be free; whether it is, the clock says (`free_at`).
OPEN = [SlotState.FREE.value, SlotState.HELD.value]


def free_at(now: datetime.datetime, *, of: str = "") -> Q:
    """Slots that nobody has or holds at `now`; `of` leads to the slot ("slots__").

    A hold that has run out is none: it needs no job to end.
    """
    # Says first what the partial index on open slots is about.
    return Q(**{f"{of}state__in": OPEN}) & (
        Q(**{f"{of}state": SlotState.FREE}) | Q(**{f"{of}held_until__lte": now})
    )


class Slot(models.Model):
    """A part of an hour for one appointment. FHIR: Slot.

    While it is `held`, it is kept until `held_until` for `held_by`, who is about to book it, or for somebody
    to whom it was offered (then `held_by` is empty). Ask `state_at`, not `state`: a hold ends by the clock.

    `site` repeats the hour's, so that free slots of a site are found by one index. A trigger keeps each
    slot within its hour and at the hour's site (migration 0002).
    """

    hour = models.ForeignKey(ConsultationHour, on_delete=models.CASCADE, related_name="slots")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    appointment_type = models.CharField(max_length=10, choices=AppointmentType.choices)
    state = models.CharField(max_length=8, choices=SlotState.choices, default=SlotState.FREE.value)
    held_until = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=SlotState.HELD, held_until__isnull=False)
                | (~Q(state=SlotState.HELD) & Q(held_until__isnull=True, held_by__isnull=True)),
                name="slot_held_has_until",
            ),
            # Deferrable, so that all slots of an hour can be shifted in one statement.
            ExclusionConstraint(
                name="slots_of_hour_apart",
                expressions=[same("hour"), overlapping_span()],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_at"], name="slot_open_by_site", condition=Q(state__in=OPEN)),
            # For whoever takes up another slot: what they held before.
            models.Index(fields=["held_by"], name="slot_held_by_person", condition=Q(held_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d.%m.%Y %H:%M} UTC {self.get_appointment_type_display()}"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def state_at(self, now: datetime.datetime) -> SlotState:
        """The state as it counts: a hold that has run out leaves the slot free."""
        is_lapsed = self.held_until is not None and self.held_until <= now
        return SlotState.FREE if is_lapsed else SlotState(self.state)
