"""Who works with the tool, and in which role."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from sites.encryption import EncryptedTextField
from sites.models.organisations import Clinic, Facility


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        # Phones like to begin an address with a capital.
        return self.get(email=(username or "").lower())

    def system_actor(self, name: str) -> "User":
        """The account in whose name a machine acts (`name`: "cli", "cron", "sms"). It can't sign in."""
        user, _ = self.get_or_create(
            email=f"{name}@system.invalid",  # RFC 2606: never delivered
            defaults={
                "display_name": f"System ({name})",
                "is_active": False,
                "is_system": True,
                "password": "!",
            },
        )
        return user


class User(AbstractBaseUser):
    """A member of staff, signing in by e-mail; or a system actor.

    `short_notice_…` say how this person wants to be told of what changes less than a day ahead.
    """

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    phone = EncryptedTextField(blank=True, default="")
    short_notice_email = models.BooleanField(default=True)
    short_notice_sms = models.BooleanField(default=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        ordering = ["display_name"]
        constraints = [
            # One person, one account, however the address is typed.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=Q(is_system=False) | Q(is_active=False), name="system_actor_cannot_sign_in"
            ),
            models.CheckConstraint(
                condition=Q(short_notice_sms=False) | ~Q(phone=""), name="user_short_notice_sms_has_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @cached_property
    def held(self) -> list["Membership"]:
        """The roles as they stood when this was first asked of the instance: of a request, once."""
        return list(self.memberships.all())


class Role(models.TextChoices):
    PSYCHIATRIST = "psychiatrist", "Psychiater:in"
    CLINIC_COORDINATOR = "clinic_coordinator", "Koordination der Klinik"
    SOCIAL_WORKER = "social_worker", "Soziale Arbeit"
    FACILITY_LEAD = "facility_lead", "Leitung der Einrichtung"
    NETWORK_ADMIN = "network_admin", "Netzwerkverwaltung"


CLINIC_ROLES = [Role.PSYCHIATRIST.value, Role.CLINIC_COORDINATOR.value]
FACILITY_ROLES = [Role.SOCIAL_WORKER.value, Role.FACILITY_LEAD.value]


class Membership(models.Model):
    """A role of a person: at a clinic, at a facility, or for the whole network."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    clinic = models.ForeignKey(
        Clinic, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(role__in=CLINIC_ROLES, clinic__isnull=False, facility__isnull=True)
                    | Q(role__in=FACILITY_ROLES, clinic__isnull=True, facility__isnull=False)
                    | Q(role=Role.NETWORK_ADMIN, clinic__isnull=True, facility__isnull=True)
                ),
                name="membership_role_fits_place",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "clinic", "facility"],
                name="membership_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        place = self.clinic or self.facility
        return f"{self.get_role_display()} – {place}" if place else self.get_role_display()
