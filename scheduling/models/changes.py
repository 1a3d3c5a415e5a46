"""History, audit trail and outbox in one."""

from django.db import models
from django.db.models import Q

from scheduling.models.appointments import Appointment
from scheduling.models.hours import ConsultationHour
from sites.models import Site, User


class ChangeKind(models.TextChoices):
    HOUR_PROPOSED = "hour_proposed", "Sprechstunde vorgeschlagen"
    HOUR_PUBLISHED = "hour_published", "Sprechstunde veröffentlicht"
    HOUR_WITHDRAWN = "hour_withdrawn", "Veröffentlichung zurückgenommen"
    HOUR_SKIPPED = "hour_skipped", "Sprechstunde ausgelassen"
    HOUR_RESTORED = "hour_restored", "Sprechstunde wieder aufgenommen"
    BOOKED = "booked", "Termin gebucht"
    MOVED = "moved", "Termin verschoben"
    CANCELLED = "cancelled", "Termin abgesagt"
    CONFIRMED = "confirmed", "per SMS bestätigt"
    ARRIVED = "arrived", "angekommen"
    IN_ROOM = "in_room", "im Raum"
    DONE = "done", "fertig"
    NOT_COME = "not_come", "nicht erschienen"
    LEFT = "left", "gegangen"
    MARK_UNDONE = "mark_undone", "Eintrag zurückgenommen"
    NEXT_STEP = "next_step", "Wie es weitergeht"
    HOUR_LATE = "hour_late", "Verspätung gemeldet"
    CLIENT_MERGED = "client_merged", "Klient:in zusammengeführt"


class Change(models.Model):
    """One change of an hour or an appointment: never altered, never deleted (trigger in migration 0002).

    `data` holds what changed, as ids, instants (ISO 8601, UTC) and codes; never what names a client.
    `planned_at` alone is written later, once, when `notifications.planning` has made the messages.
    """

    kind = models.CharField(max_length=20, choices=ChangeKind.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    hour = models.ForeignKey(ConsultationHour, on_delete=models.PROTECT, related_name="changes")
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="changes")
    sequence = models.PositiveIntegerField()
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    planned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["id"], name="change_to_plan", condition=Q(planned_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d.%m.%Y %H:%M} UTC"
