"""Who came, went in and was done: the marks that appointments and walk-ins share."""

from django.db import models
from django.db.models import F, Q

from sites.models import User


def _mark_by() -> models.ForeignKey:
    return models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


class Attended(models.Model):
    """The instants that somebody noted by a tap; what nobody noted is empty.

    `arrived_at` the client was in the house, `started_at` in the room with the psychiatrist, `ended_at` done,
    gone, or given up as not come: which of these, `status` says. `scheduling.attending` alone writes them.
    """

    arrived_at = models.DateTimeField(null=True, blank=True)
    arrived_by = _mark_by()
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = _mark_by()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = _mark_by()

    class Meta:
        abstract = True


def at_has_by(mark: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{mark}_at__isnull": True, f"{mark}_by__isnull": True})
        | Q(**{f"{mark}_at__isnull": False, f"{mark}_by__isnull": False}),
        name=name,
    )


def marks_in_order(name: str) -> models.CheckConstraint:
    """Arrived, then in the room, then ended; a mark that is missing is passed over."""
    pairs = (("arrived_at", "started_at"), ("started_at", "ended_at"), ("arrived_at", "ended_at"))
    condition = Q()
    for earlier, later in pairs:
        missing = Q(**{f"{earlier}__isnull": True}) | Q(**{f"{later}__isnull": True})
        condition &= missing | Q(**{f"{later}__gte": F(earlier)})
    return models.CheckConstraint(condition=condition, name=name)
