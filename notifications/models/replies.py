"""What came back."""

from django.db import models

from scheduling.models import Client
from sites.encryption import BlindIndexField, EncryptedTextField


class ReplyOutcome(models.TextChoices):
    NOTED = "noted", "notiert"
    CONSENT_WITHDRAWN = "consent_withdrawn", "Einwilligung widerrufen"
    OFFER_ACCEPTED = "offer_accepted", "Angebot angenommen"
    OFFER_DECLINED = "offer_declined", "Angebot abgelehnt"
    OFFER_MISSED = "offer_missed", "Ja kam nach dem Ende des Angebots"


class Reply(models.Model):
    """An SMS that a client sent. FHIR: Communication.

    `client` is empty when several clients share the number: who wrote is never guessed. Of a number that no
    client has, nothing is kept.
    """

    received_at = models.DateTimeField()
    provider_sid = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )
    address_index = BlindIndexField(of="address", db_index=True)
    address = EncryptedTextField()
    body = EncryptedTextField(blank=True, default="")
    outcome = models.CharField(max_length=20, choices=ReplyOutcome.choices)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.received_at:%d.%m.%Y %H:%M} UTC"
