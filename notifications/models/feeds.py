"""Calendars that staff subscribe to."""

from django.db import models

from sites.models import User


class CalendarFeed(models.Model):
    """A secret address under which one person's calendar can be read, one for each device.

    Only the SHA-256 of its token is kept: who reads the database can't read the calendars' addresses.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feeds")
    label = models.CharField(max_length=60, blank=True, default="")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label or f"Kalender-Abo vom {self.created_at:%d.%m.%Y}"
