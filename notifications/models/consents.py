"""What a client agreed to."""

from django.db import models
from django.db.models import F, Q

from scheduling.languages import Language
from scheduling.models import Client
from sites.models import User


class Channel(models.TextChoices):
    SMS = "sms", "SMS"
    EMAIL = "email", "E-Mail"


class Purpose(models.TextChoices):
    APPOINTMENTS = "appointments", "Nachrichten zu Terminen"


class GivenHow(models.TextChoices):
    SPOKEN = "spoken", "mündlich"
    WRITTEN = "written", "schriftlich"
    FORM = "form", "im Formular"


class WithdrawnHow(models.TextChoices):
    SPOKEN = "spoken", "mündlich"
    WRITTEN = "written", "schriftlich"
    SMS = "sms", "per SMS"
    MERGED = "merged", "durch Zusammenführen zweier Einträge"


class Consent(models.Model):
    """A client's express agreement to one channel for one purpose. FHIR: Consent.

    A number given for booking is no consent (DSK, June 2025). It stands until `withdrawn_at`; a withdrawn
    one is kept as proof. `text_version` names the text that was agreed to (`consent_texts`).
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="consents", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.SMS.value)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.APPOINTMENTS.value)
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.DE.value)
    given_at = models.DateTimeField()
    given_how = models.CharField(max_length=10, choices=GivenHow.choices)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_how = models.CharField(max_length=10, choices=WithdrawnHow.choices, blank=True, default="")
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "channel", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_standing_consent",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_how="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_how="")),
                name="consent_withdrawn_at_has_by_and_how",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]
        indexes = [models.Index(fields=["client", "given_at"], name="consent_by_client")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.given_at:%d.%m.%Y}"
