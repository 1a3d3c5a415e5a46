"""Who may give and take which roles, and the end of a role."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from sites import sessions
from sites.models import CLINIC_ROLES, FACILITY_ROLES, Clinic, Facility, Membership, Role, User
from sites.refusals import Refusal


class LastAdmin(Refusal):
    code = "last_admin"
    sentence = (
        "Das ist die letzte Netzwerkverwaltung. Bitte laden Sie zuerst eine andere Person dazu ein, "
        "und beenden Sie die Rolle dann."
    )


class NotYours(Refusal):
    """Somebody asked for a role that they may not give or take."""

    code = "role_not_yours"
    sentence = "Diese Rolle können Sie nicht verwalten. Bitte wenden Sie sich an die Netzwerkverwaltung."


@dataclass(frozen=True)
class Post:
    """A role at its place, as it is given to somebody."""

    role: Role
    clinic: Clinic | None = None
    facility: Facility | None = None

    @property
    def key(self) -> str:
        """For forms: unique among all posts."""
        place = self.clinic or self.facility
        return f"{self.role.value}:{place.pk}" if place else self.role.value

    def __str__(self) -> str:
        place = self.clinic or self.facility
        return f"{self.role.label} – {place}" if place else self.role.label


def manageable_memberships(user: User) -> QuerySet[Membership]:
    """The memberships that `user` may end: a lead's of the facility, a coordinator's clinic."""
    mine = Membership.objects.filter(user=user)
    return Membership.objects.filter(_under(mine)).select_related("user", "clinic", "facility")


def manageable_posts(user: User) -> list[Post]:
    """The posts that `user` may give, in the order in which a form shows them."""
    mine = Membership.objects.filter(user=user)
    if mine.filter(role=Role.NETWORK_ADMIN).exists():
        clinics: Iterable[Clinic] = Clinic.objects.all()
        facilities: Iterable[Facility] = Facility.objects.all()
        network = [Post(Role.NETWORK_ADMIN)]
    else:
        clinics = Clinic.objects.filter(pk__in=_led_clinics(mine))
        facilities = Facility.objects.filter(pk__in=_led_facilities(mine))
        network = []
    return [
        *(Post(Role(role), facility=facility) for facility in facilities for role in FACILITY_ROLES),
        *(Post(Role(role), clinic=clinic) for clinic in clinics for role in CLINIC_ROLES),
        *network,
    ]


def _led_clinics(mine: QuerySet[Membership]) -> QuerySet[Membership, int | None]:
    return mine.filter(role=Role.CLINIC_COORDINATOR).values_list("clinic", flat=True)


def _led_facilities(mine: QuerySet[Membership]) -> QuerySet[Membership, int | None]:
    return mine.filter(role=Role.FACILITY_LEAD).values_list("facility", flat=True)


def _under(mine: QuerySet[Membership]) -> Q:
    """What is managed by whoever holds `mine`; for anything with a clinic and a facility."""
    if mine.filter(role=Role.NETWORK_ADMIN).exists():
        return Q()
    return Q(clinic__in=_led_clinics(mine)) | Q(facility__in=_led_facilities(mine))


def managed_by(user: User) -> Q:
    """The condition on memberships and invitations that `user` manages."""
    return _under(Membership.objects.filter(user=user))


@transaction.atomic
def end_membership(*, membership: Membership, by: User) -> None:
    """End a role, and every session of its person at once. Without any role left nobody can sign in."""
    if not manageable_memberships(by).filter(pk=membership.pk).exists():
        raise NotYours
    if membership.role == Role.NETWORK_ADMIN:
        # Locked, so that the last two can't end each other at the same time.
        admins = Membership.objects.filter(role=Role.NETWORK_ADMIN, user__is_active=True).select_for_update()
        if len(admins) < 2:
            raise LastAdmin
    user = User.objects.select_for_update().get(pk=membership.user_id)
    Membership.objects.filter(pk=membership.pk).delete()
    if not user.memberships.exists():
        User.objects.filter(pk=user.pk).update(is_active=False)
    sessions.end_all(user=user)


@transaction.atomic
def reset_second_factor(*, membership: Membership, by: User) -> None:
    """Take the second factor from somebody who has lost it; they set up a new one at the next sign-in."""
    if not manageable_memberships(by).filter(pk=membership.pk).exists():
        raise NotYours
    Authenticator.objects.filter(user=membership.user_id).delete()
    sessions.end_all(user=membership.user)
