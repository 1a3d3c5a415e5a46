"""Whom appointments are for."""

from django.db import models
from django.db.models import Q

from sites.encryption import EncryptedTextField
from sites.models import Facility, User


class Client(models.Model):
    """A client of one facility. FHIR: Patient.

    The pseudonym `code` is enough to book. `name` and `phone` (E.164) are optional, stand encrypted, and
    are for the facility alone. `phone_index` finds a client by the number that an answer came from.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="clients")
    code = models.CharField(max_length=12)
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="client_code_in_facility")]
        indexes = [models.Index(fields=["phone_index"], name="client_by_phone", condition=~Q(phone_index=""))]

    def __str__(self) -> str:
        return self.code
