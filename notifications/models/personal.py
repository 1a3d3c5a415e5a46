"""Whom somebody has to tell in person, because nothing else reaches them."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from notifications.models.messages import Reason
from scheduling.models import Appointment, AppointmentStatus, Change
from sites.models import User


class NoticeState(models.TextChoices):
    """`not_reached` stays on the list until somebody gets through."""

    OPEN = "open", "offen"
    NOT_REACHED = "not_reached", "nicht erreicht"
    DONE = "done", "Bescheid gesagt"
    SUPERSEDED = "superseded", "überholt"


# What is still to be done.
WAITING = [NoticeState.OPEN.value, NoticeState.NOT_REACHED.value]


class PersonalNotice(models.Model):
    """A change of a whole hour that a client has to be told in person; `reason` says why not by SMS.

    Made when the change is planned; and by a trigger (migration 0008) when the SMS that should have told of
    it comes to nothing, whoever writes that. `tried_…` says who last spoke to the client, or tried to.
    """

    change = models.OneToOneField(Change, on_delete=models.PROTECT, related_name="personal_notice")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="personal_notices")
    reason = models.CharField(max_length=24)
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.OPEN.value)
    tried_at = models.DateTimeField(null=True, blank=True)
    tried_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tried_at__isnull=True, tried_by__isnull=True)
                | Q(tried_at__isnull=False, tried_by__isnull=False),
                name="notice_tried_at_has_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[NoticeState.NOT_REACHED, NoticeState.DONE])
                | Q(tried_at__isnull=False),
                name="notice_tried_has_at",
            ),
        ]
        indexes = [
            models.Index(fields=["appointment"], name="notice_waiting", condition=Q(state__in=WAITING))
        ]

    def __str__(self) -> str:
        return self.get_state_display()

    @property
    def before(self) -> datetime | None:
        """When the appointment was to begin, if it has moved."""
        span = self.change.data.get("from")
        return datetime.fromisoformat(span["starts_at"]) if span else None

    @property
    def is_cancelled(self) -> bool:
        return self.appointment.status == AppointmentStatus.CANCELLED

    @property
    def why(self) -> str:
        """Why no SMS told of it, in German."""
        if self.reason == Reason.NO_ADDRESS:
            return "keine Telefonnummer"
        return str(Reason(self.reason).label)
