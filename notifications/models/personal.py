"""Whom somebody has to tell in person, because nothing else reaches them."""

from django.db import models
from django.db.models import Q

from notifications.models.messages import Reason
from scheduling.models import Appointment, Change


class NoticeState(models.TextChoices):
    OPEN = "open", "nötig"
    SUPERSEDED = "superseded", "überholt"


class PersonalNotice(models.Model):
    """A change of a whole hour that a client has to be told in person; `reason` says why not by SMS.

    Made when the change is planned; and by a trigger (migration 0008) when the SMS that should have told of
    it comes to nothing, whoever writes that. It is a reason for the worklist, and what somebody did about it
    is noted there (WorkMark).
    """

    change = models.OneToOneField(Change, on_delete=models.PROTECT, related_name="personal_notice")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="personal_notices")
    reason = models.CharField(max_length=24)
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.OPEN.value)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["appointment"], name="notice_waiting", condition=Q(state=NoticeState.OPEN))
        ]

    def __str__(self) -> str:
        return self.get_state_display()

    @property
    def why(self) -> str:
        """Why no SMS told of it, in German."""
        if self.reason == Reason.NO_ADDRESS:
            return "keine Telefonnummer"
        return str(Reason(self.reason).label)
