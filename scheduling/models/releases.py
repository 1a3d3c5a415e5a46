"""What a clinic may know of a client."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from scheduling.languages import Language
from scheduling.models.clients import Client
from sites.models import Clinic, User


class ReleaseScope(models.TextChoices):
    """How much the facility may tell the clinic. Each includes the one before."""

    NAME = "name", "Name"
    COORDINATION = "coordination", "Name und Absprachen zur Behandlung"


class GivenBy(models.TextChoices):
    SPOKEN = "spoken", "mündlich"
    WRITTEN = "written", "schriftlich"


class Release(models.Model):
    """A client's release from secrecy (Schweigepflichtentbindung, § 203 StGB) towards one clinic.

    It stands until the end of `ends_date` (the facility's calendar) or until withdrawn; an ended one is kept
    as proof. Without a standing one the clinic sees the pseudonym only. `text_version` and `language` name
    the text that was agreed to.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="releases")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    scope = models.CharField(max_length=12, choices=ReleaseScope.choices)
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.DE.value)
    given_at = models.DateTimeField()
    given_how = models.CharField(max_length=10, choices=GivenBy.choices)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    ends_date = models.DateField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="release_withdrawn_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="release_withdrawn_after_given",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_date"], name="release_by_end", condition=Q(withdrawn_at__isnull=True))
        ]

    def stands_at(self, now: datetime) -> bool:
        """The rule of `selectors.standing_releases`, of a release whose client has the facility at hand."""
        today = now.astimezone(self.client.facility.zone).date()
        return self.withdrawn_at is None and self.given_at <= now and self.ends_date >= today

    def __str__(self) -> str:
        return f"{self.get_scope_display()} bis {self.ends_date:%d.%m.%Y}"
