"""Proof that the keys in use are the ones that the stored data was encrypted with."""

from django.db import models
from django.db.models import Q

from sites.encryption import EncryptedTextField


class KeyCanary(models.Model):
    """One encrypted row that every start tries to open, before anybody reads or saves a person's data."""

    text = EncryptedTextField()

    class Meta:
        verbose_name_plural = "key canaries"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_key_canary")]

    def __str__(self) -> str:
        return "canary"
