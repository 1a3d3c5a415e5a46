"""What people did about what there is to do."""

from django.db import models
from django.db.models import Q

from scheduling.models import Client
from sites.models import User

MARKS = ("claimed", "done", "not_reached")


def _by() -> models.ForeignKey:
    return models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


class WorkMark(models.Model):
    """Who took, did or tried one thing of the worklist. FHIR: Task.

    The thing itself is stored nowhere: `notifications.worklist` derives it from what stands in the database,
    so that it goes by itself when its reason does. `kind` names the source, `subject` the row that it is
    about (0 for the client's file), `instance` this very reason: a number that is suspended a second time, or
    an appointment that moved, is something new to do. Until `back_at` nobody needs to try again. `version`
    rises with every mark, so that a page knows when it is old.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="work_marks", db_index=False)
    kind = models.CharField(max_length=16)
    subject = models.BigIntegerField()
    instance = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = _by()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = _by()
    not_reached_at = models.DateTimeField(null=True, blank=True)
    not_reached_by = _by()
    not_reached_count = models.PositiveSmallIntegerField(default=0)
    back_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # Begins with the client and serves as the index for all marks of a list's clients.
            models.UniqueConstraint(
                fields=["client", "kind", "subject", "instance"], name="one_mark_per_reason"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{mark}_at__isnull": True, f"{mark}_by__isnull": True})
                    | Q(**{f"{mark}_at__isnull": False, f"{mark}_by__isnull": False}),
                    name=f"work_{mark}_at_has_by",
                )
                for mark in MARKS
            ),
            models.CheckConstraint(
                condition=Q(not_reached_count=0, not_reached_at__isnull=True, back_at__isnull=True)
                | Q(not_reached_count__gt=0, not_reached_at__isnull=False, back_at__isnull=False),
                name="work_not_reached_is_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
