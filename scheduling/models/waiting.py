"""Who waits for an appointment."""

from django.db import models
from django.db.models import F, Q

from scheduling.models.clients import Client
from scheduling.models.series import AppointmentType
from sites.models import Site, User


class WaitingEntry(models.Model):
    """A client who waits for an appointment of one type at one site, until the entry is closed."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="waiting_entries")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    appointment_type = models.CharField(max_length=10, choices=AppointmentType.choices)
    since_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["since_at", "pk"]
        verbose_name_plural = "waiting entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="waiting_closed_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("since_at")),
                name="waiting_closed_after_since",
            ),
            models.UniqueConstraint(
                fields=["client", "site", "appointment_type"],
                condition=Q(closed_at__isnull=True),
                name="client_waits_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "since_at"], name="waiting_by_site", condition=Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_appointment_type_display()} seit {self.since_at:%d.%m.%Y}"
