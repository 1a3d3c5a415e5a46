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
    HOUR_CHANGED = "hour_changed", "Entwurf geändert"
    HOUR_ADAPTED = "hour_adapted", "an die Reihe angepasst"
    SLOTS_CHANGED = "slots_changed", "Zeitfenster geändert"
    HOUR_CANCELLED = "hour_cancelled", "Sprechstunde abgesagt"
    HOUR_MOVED = "hour_moved", "Sprechstunde verlegt"
    HOUR_RESIZED = "hour_resized", "Dauer der Sprechstunde geändert"
    HOUR_SUBSTITUTED = "hour_substituted", "Vertretung"
    BOOKED = "booked", "Termin gebucht"
    MOVED = "moved", "Termin verschoben"
    SUBSTITUTED = "substituted", "Termin in Vertretung"
    CANCELLED = "cancelled", "Termin abgesagt"
    REVIVED = "revived", "Absage zurückgenommen"
    CONFIRMED = "confirmed", "per SMS bestätigt"
    ARRIVED = "arrived", "angekommen"
    IN_ROOM = "in_room", "im Raum"
    DONE = "done", "fertig"
    NOT_COME = "not_come", "nicht erschienen"
    LEFT = "left", "gegangen"
    MARK_UNDONE = "mark_undone", "Eintrag zurückgenommen"
    NEXT_STEP = "next_step", "Wie es weitergeht"
    HANDED_OVER = "handed_over", "Zuständigkeit übergeben"
    COMPANION_ADDED = "companion_added", "Begleitung eingetragen"
    COMPANION_REMOVED = "companion_removed", "Begleitung ausgetragen"
    HOUR_LATE = "hour_late", "Verspätung gemeldet"
    OFFERED = "offered", "Zeitfenster der Warteliste angeboten"
    OFFER_CLOSED = "offer_closed", "Angebot beendet"
    OFFER_MISSED = "offer_missed", "Antwort auf ein Angebot kam zu spät"
    CLIENT_MERGED = "client_merged", "Klient:in zusammengeführt"


# The appointment is as it was: only who is named in `data`, as `from` or `to`, has to be told.
OF_ONE_PERSON = [
    ChangeKind.HANDED_OVER.value,
    ChangeKind.COMPANION_ADDED.value,
    ChangeKind.COMPANION_REMOVED.value,
]


class Change(models.Model):
    """One change of an hour or an appointment: never altered, never deleted (trigger in migration 0002).

    That two clients' records became one is a change too: one for each appointment that moved, and one that
    belongs to no hour and site, whether there were appointments or not.

    `data` holds what changed, as ids, instants (ISO 8601, UTC) and codes; never what names a client. An
    appointment that changed because its whole hour did has that change's key there, as `hour_change`.
    `planned_at` alone is written later, once, when `notifications.planning` has made the messages.
    """

    kind = models.CharField(max_length=20, choices=ChangeKind.choices)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    hour = models.ForeignKey(ConsultationHour, null=True, on_delete=models.PROTECT, related_name="changes")
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="changes")
    sequence = models.PositiveIntegerField()
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    planned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hour__isnull=False, site__isnull=False)
                | Q(
                    kind=ChangeKind.CLIENT_MERGED,
                    hour__isnull=True,
                    site__isnull=True,
                    appointment__isnull=True,
                ),
                name="change_of_an_hour_or_a_client",
            ),
            models.CheckConstraint(
                condition=Q(hour__isnull=False) | Q(planned_at__isnull=False),
                name="change_to_be_told_has_an_hour",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="change_to_plan", condition=Q(planned_at__isnull=True))]

    @property
    def told_hour(self) -> ConsultationHour:
        """The hour that is told of. ValueError for a change that is about no hour."""
        if self.hour is None:
            raise ValueError("the change is about no hour")
        return self.hour

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d.%m.%Y %H:%M} UTC"
