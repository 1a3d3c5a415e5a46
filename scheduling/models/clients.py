"""Whom appointments are for."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from scheduling.languages import Language
from sites.encryption import BlindIndexField, EncryptedDateField, EncryptedTextField
from sites.models import Facility, User
from sites.names import same_name
from sites.phones import takes_sms

NOTE_LENGTH = 200


class Insurance(models.TextChoices):
    """What is known of a client's health insurance; unknown is the empty text."""

    PROVEN = "proven", "nachgewiesen"
    CLEARING = "clearing", "wird geklärt"
    NONE = "none", "keine"


class SuspendReason(models.TextChoices):
    """Why nothing is sent to a number any more."""

    UNREACHABLE = "unreachable", "nicht erreichbar"
    NOT_THEIRS = "not_theirs", "gehört jemand anderem"
    LOST = "lost", "Telefon verloren"


# What a file holds of which nothing is known; the state of an anonymised one. Indexes follow their fields.
EMPTY_FILE: dict[str, Any] = {
    **dict.fromkeys(("name", "phone", "phone_suspended_reason"), ""),
    **dict.fromkeys(("language", "insurance", "insurance_quarter", "note"), ""),
    **dict.fromkeys(("birth_date", "phone_verified_at", "phone_verified_by"), None),
    **dict.fromkeys(("phone_suspended_at", "phone_suspended_by", "caseload_of"), None),
    **dict.fromkeys(("phone_shared", "needs_interpreter", "wants_companion"), False),
    "purge_announced_at": None,
}
NOTHING_KNOWN: dict[str, Any] = {
    (f"{name}__isnull" if value is None else name): (True if value is None else value)
    for name, value in {**EMPTY_FILE, "name_index": "", "phone_index": ""}.items()
}


def quarter_of(day: date) -> str:
    """ "2026-Q4", as statutory health insurance counts"""
    return f"{day.year}-Q{(day.month + 2) // 3}"


class Client(models.Model):
    """A client of one facility. FHIR: Patient.

    The pseudonym `code` is enough to book; everything else is optional. What names or reaches a person, and
    the note, stand encrypted and are for the facility alone. `version` rises with every change of the file,
    so that two tabs don't overwrite each other. `insurance_quarter` ("2026-Q4") says for when insurance was
    proven. `caseload_of` looks after the client and is told of the appointments. `language` is empty where
    nobody asked: then German.

    At the end nothing of a person is left: `closed_at` ends the work with the file, `anonymised_at` says that
    everything in it is gone. The empty row stays, under a code that means nobody, so that appointments can be
    counted. `purge_announced_at` is when the facility was last told that this will happen by itself.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="clients")
    code = models.CharField(max_length=12)
    name = EncryptedTextField(blank=True, default="")
    name_index = BlindIndexField(of="name", normal=same_name)
    birth_date = EncryptedDateField(null=True, blank=True)
    phone = EncryptedTextField(blank=True, default="")
    phone_index = BlindIndexField(of="phone")
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    phone_shared = models.BooleanField(default=False)
    phone_suspended_at = models.DateTimeField(null=True, blank=True)
    phone_suspended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    phone_suspended_reason = models.CharField(
        max_length=12, choices=SuspendReason.choices, blank=True, default=""
    )
    language = models.CharField(max_length=2, choices=Language.choices, blank=True, default="")
    needs_interpreter = models.BooleanField(default=False)
    wants_companion = models.BooleanField(default=False)
    insurance = models.CharField(max_length=8, choices=Insurance.choices, blank=True, default="")
    insurance_quarter = models.CharField(max_length=7, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    caseload_of = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    anonymised_at = models.DateTimeField(null=True, blank=True)
    purge_announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "code"], name="client_code_in_facility"),
            models.CheckConstraint(
                condition=Q(phone_verified_at__isnull=True, phone_verified_by__isnull=True)
                | Q(phone_verified_at__isnull=False, phone_verified_by__isnull=False),
                name="client_phone_verified_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(
                    phone_suspended_at__isnull=True,
                    phone_suspended_by__isnull=True,
                    phone_suspended_reason="",
                )
                | (
                    Q(phone_suspended_at__isnull=False, phone_suspended_by__isnull=False)
                    & ~Q(phone_suspended_reason="")
                ),
                name="client_phone_suspended_at_has_by_and_reason",
            ),
            models.CheckConstraint(
                condition=(Q(insurance=Insurance.PROVEN) & Q(insurance_quarter__regex=r"^\d{4}-Q[1-4]$"))
                | (~Q(insurance=Insurance.PROVEN) & Q(insurance_quarter="")),
                name="client_insurance_proven_for_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(changed_at__isnull=True, changed_by__isnull=True)
                | Q(changed_at__isnull=False, changed_by__isnull=False),
                name="client_changed_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="client_closed_at_has_by",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=True) | Q(closed_at__isnull=False, **NOTHING_KNOWN),
                name="client_anonymised_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="client_by_phone", condition=~Q(phone_index="")),
            models.Index(
                fields=["facility", "name_index"], name="client_by_name", condition=~Q(name_index="")
            ),
            # For the beginning of a code, whatever the database's collation.
            models.Index(
                fields=["facility", "code"],
                opclasses=["int8_ops", "text_pattern_ops"],
                name="client_by_code_prefix",
            ),
            models.Index(
                fields=["closed_at"],
                name="client_being_erased",
                condition=Q(closed_at__isnull=False, anonymised_at__isnull=True),
            ),
            models.Index(
                fields=["caseload_of", "facility", "code"],
                name="client_by_caseload",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["facility"],
                name="client_with_phone_at_rest",
                condition=Q(phone_suspended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, *, update_fields: Iterable[str] | None = None, **how: Any) -> None:
        """As always, by keyword; the blind indexes follow their fields also when only some are saved."""
        if update_fields is not None:
            update_fields = {*update_fields}
            update_fields |= {f"{name}_index" for name in ("name", "phone") if name in update_fields}
        super().save(update_fields=update_fields, **how)

    @property
    def gets_sms(self) -> bool:
        """Whether a text could arrive: a number that is no landline and not suspended."""
        return bool(self.phone) and self.phone_suspended_at is None and takes_sms(self.phone)

    @property
    def has_landline(self) -> bool:
        return bool(self.phone) and not takes_sms(self.phone)

    def insurance_proven_on(self, day: date) -> bool:
        return self.insurance == Insurance.PROVEN and self.insurance_quarter == quarter_of(day)


class FormerCode(models.Model):
    """A code that a client once had, before two records of one person were merged.

    It stays taken and still finds the client: it may stand on a card in somebody's pocket. `former_id` is the
    key that the record with this code had: history and looks of that time go on under it.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=12)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="former_codes")
    former_id = models.BigIntegerField(null=True)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["merged_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="former_code_in_facility")]

    def __str__(self) -> str:
        return self.code
