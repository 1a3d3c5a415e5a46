"""Who comes along."""

from django.db import models

from scheduling.models.appointments import Appointment
from sites.models import User


class Companion(models.Model):
    """A peer or colleague of the facility who accompanies a client to an appointment.

    iCalendar: ATTENDEE. Gets the appointment's calendar entry like whoever looks after the client. That
    somebody was entered or taken out is a Change.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="companions", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["appointment", "user"], name="companion_once")]

    def __str__(self) -> str:
        return str(self.user)
