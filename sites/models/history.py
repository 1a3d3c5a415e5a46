"""What was changed and who looked: written by the database itself, never altered by the program's roles."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from sites.encryption import SealedValuesField
from sites.models.organisations import Clinic, Facility
from sites.models.people import User


def _remembered(to: type[models.Model], **how: Any) -> Any:
    """A key that stays when its row goes: history outlives what it tells of. Writing it looks nothing up."""
    return models.ForeignKey(
        to, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **how
    )


class HistoryAction(models.TextChoices):
    INSERT = "insert", "angelegt"
    UPDATE = "update", "geändert"
    DELETE = "delete", "gelöscht"


class HistoryEntry(models.Model):
    """One row of a tracked table was added, changed or removed. FHIR: AuditEvent.

    Written by the trigger `pia_history` alone (`sites.tracking`), so also for raw SQL and bulk updates.
    `actor` is the person whom the database was told, `system` the role (and program) that did it in any
    case. `changes` has [old, new] by column, `sealed` the same for encrypted columns; [] says that a column
    changed and not how. `client_id`, `facility`, `clinic` and `person` say of whom and where.
    """

    at = models.DateTimeField()
    table_name = models.CharField(max_length=63)
    object_id = models.BigIntegerField()
    action = models.CharField(max_length=6, choices=HistoryAction.choices)
    actor = _remembered(User, null=True)
    system = models.CharField(max_length=130)
    client_id = models.BigIntegerField(null=True)
    facility = _remembered(Facility, null=True)
    clinic = _remembered(Clinic, null=True)
    person = _remembered(User, null=True)
    changes = models.JSONField(default=dict)
    sealed = SealedValuesField(default=dict)

    class Meta:
        verbose_name_plural = "history entries"
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["facility", "at", "id"], name="history_by_facility"),
            models.Index(
                fields=["client_id", "at", "id"],
                name="history_by_client",
                condition=Q(client_id__isnull=False),
            ),
            models.Index(
                fields=["clinic", "at", "id"],
                name="history_by_clinic",
                condition=Q(clinic__isnull=False, client_id__isnull=True),
            ),
            models.Index(
                fields=["person", "at", "id"], name="history_by_person", condition=Q(person__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.object_id} {self.get_action_display()}"


class LookKind(models.TextChoices):
    """The page on which somebody saw what is known of clients."""

    FILE = "file", "Akte"
    EDITING = "editing", "Formular der Angaben"
    COMPARISON = "comparison", "Vergleich zweier Einträge"
    RELEASE = "release", "Formular der Schweigepflichtentbindung"
    SHEET = "sheet", "Druckblatt"
    APPOINTMENT = "appointment", "Termin"
    MESSAGES = "messages", "Nachrichten zu einem Termin"
    HOUR = "hour", "Sprechstunde"
    DAY = "day", "Tagesliste"
    LIST = "list", "Liste der Klient:innen"
    SUGGESTIONS = "suggestions", "Vorschläge beim Buchen"
    WORKLIST = "worklist", "Aufgaben"
    CASELOAD = "caseload", "Liste der eigenen Klient:innen"
    WEEK = "week", "Tag und Woche der Einrichtung"
    LOG = "log", "Protokoll"
    EXPORT = "export", "Auskunft"


class ClientLook(models.Model):
    """One look of one person at a page that shows clients of one facility. FHIR: AuditEvent (read).

    Written by the database function `pia_note_look` alone (`sites.looking`). Of a page that shows one client
    there is one key; of a list those that could be read by name. What was searched for is not kept.
    `named` says whether the page showed more than the pseudonym.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=LookKind.choices)
    user = _remembered(User, null=True)
    system = models.CharField(max_length=130)
    facility = _remembered(Facility)
    client_ids = ArrayField(models.BigIntegerField())
    named = models.BooleanField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(client_ids=[]), name="look_at_somebody")]
        indexes = [
            models.Index(fields=["facility", "at", "id"], name="look_by_facility"),
            GinIndex(fields=["client_ids"], name="look_by_client"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d.%m.%Y %H:%M} UTC"
