"""How somebody comes in: asked by a person who may, once, for a time, to one role."""

from django.db import models
from django.db.models import F, Q

from sites.models.organisations import Clinic, Facility
from sites.models.people import CLINIC_ROLES, FACILITY_ROLES, Role, User


class Invitation(models.Model):
    """An invitation of `email` to `role` at a clinic, at a facility or for the network.

    Of the token only a digest is stored: who reads the database can't come in by it.
    """

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    clinic = models.ForeignKey(
        Clinic, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(role__in=CLINIC_ROLES, clinic__isnull=False, facility__isnull=True)
                    | Q(role__in=FACILITY_ROLES, clinic__isnull=True, facility__isnull=False)
                    | Q(role=Role.NETWORK_ADMIN, clinic__isnull=True, facility__isnull=True)
                ),
                name="invitation_role_fits_place",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_after_creation"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="invitation_withdrawn_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["email", "role", "clinic", "facility"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        place = self.clinic or self.facility
        return f"{self.get_role_display()} – {place}" if place else self.get_role_display()
