"""Of which months a planner was told."""

from django.db import models

from notifications.models.messages import OF_MONTHS, Message, MessageKind
from sites.models import Site, User


class MonthNotice(models.Model):
    """A person was told once, by `message`, that drafts of the month wait or that it is still unpublished.

    Several months and sites go into one mail. `month` is the month's first day.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="month_notices")

    class Meta:
        ordering = ["month", "site"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "site", "month"], name="told_of_a_month_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=OF_MONTHS), name="month_notice_is_about_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.month:%Y-%m}"
