"""The one door: which sites a person may see, and what they may do there.

Views never ask for an object by its id alone; they ask here for the sites (or facilities) on which a
person may act, and look for the object within those. What a person may not see looks like what does
not exist (404).
"""

import dataclasses
import enum
from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from sites.models import CLINIC_ROLES, FACILITY_ROLES, Facility, Membership, Role, Site, User


class Permission(enum.Enum):
    """What somebody may do at a site; the value names the roles that may."""

    VIEW_HOURS = ("hours", (*CLINIC_ROLES, *FACILITY_ROLES, Role.NETWORK_ADMIN.value))
    VIEW_APPOINTMENTS = ("appointments", (*CLINIC_ROLES, *FACILITY_ROLES))
    ATTEND = ("attend", (*CLINIC_ROLES, *FACILITY_ROLES))
    PLAN_HOURS = ("plan", tuple(CLINIC_ROLES))
    BOOK = ("book", tuple(FACILITY_ROLES))
    ANSWER_FOR_CLIENTS = ("answer", (Role.FACILITY_LEAD.value,))
    MANAGE_PEOPLE = (
        "people",
        (Role.CLINIC_COORDINATOR.value, Role.FACILITY_LEAD.value, Role.NETWORK_ADMIN.value),
    )
    READ_LOG = (
        "log",
        (Role.FACILITY_LEAD.value, Role.CLINIC_COORDINATOR.value, Role.NETWORK_ADMIN.value),
    )

    @property
    def roles(self) -> tuple[str, ...]:
        return self.value[1]


def sites_for(user: User, permission: Permission) -> QuerySet[Site]:
    """The sites at which `user` holds a role that grants `permission`."""
    mine = Membership.objects.filter(user=user, role__in=permission.roles)
    return Site.objects.filter(
        Q(clinic__in=mine.values("clinic"))
        | Q(facility__in=mine.values("facility"))
        | Exists(mine.filter(role=Role.NETWORK_ADMIN))
    ).select_related("clinic", "facility")


def site_or_404(user: User, permission: Permission, slug: str) -> Site:
    sites = Site.objects.filter(sites_of(user.held, permission)).select_related("clinic", "facility")
    return get_object_or_404(sites, slug=slug)


def may(user: User, permission: Permission, site: Site) -> bool:
    return sites_for(user, permission).filter(pk=site.pk).exists()


def permissions_anywhere(user: User) -> set[Permission]:
    """What `user` may do at one site or another: which doors to show. What is behind them is asked there."""
    roles = set(Membership.objects.filter(user=user).values_list("role", flat=True))
    return {permission for permission in Permission if roles.intersection(permission.roles)}


def permissions_of(held: Collection[Membership]) -> set[Permission]:
    """The same, where the memberships were read already."""
    return {permission for permission in Permission if any(each.role in permission.roles for each in held)}


@dataclasses.dataclass(frozen=True)
class Places:
    """Clinics and facilities by their keys; a site is in it if either of its two is, or if it is
    `everywhere`."""

    clinics: list[int]
    facilities: list[int]
    everywhere: bool


def places_of(held: Collection[Membership], permission: Permission) -> Places:
    """For plain SQL: where the memberships, read already, grant `permission`; the sites of `sites_for`."""
    granting = [each for each in held if each.role in permission.roles]
    return Places(
        clinics=[each.clinic_id for each in granting if each.clinic_id],
        facilities=[each.facility_id for each in granting if each.facility_id],
        everywhere=any(each.role == Role.NETWORK_ADMIN for each in granting),
    )


def sites_of(held: Collection[Membership], permission: Permission) -> Q:
    """For a query of sites: those of `sites_for`, where the memberships were read already."""
    granting = [each for each in held if each.role in permission.roles]
    if any(each.role == Role.NETWORK_ADMIN for each in granting):
        return Q()
    return Q(clinic__in=[each.clinic_id for each in granting if each.clinic_id]) | Q(
        facility__in=[each.facility_id for each in granting if each.facility_id]
    )


def permissions_at(
    user: User, sites: Iterable[Site], *, held: Collection[Membership] | None = None
) -> dict[int, frozenset[Permission]]:
    """What `user` may do at each of `sites`, by the site's key; one query for any number of them, none with
    the memberships `held` at hand."""
    held = list(Membership.objects.filter(user=user)) if held is None else held
    return {
        site.pk: frozenset(
            permission
            for permission in Permission
            if any(each.role in permission.roles and _covers(each, site) for each in held)
        )
        for site in sites
    }


def _covers(membership: Membership, site: Site) -> bool:
    return (
        membership.role == Role.NETWORK_ADMIN
        or membership.clinic_id == site.clinic_id
        or membership.facility_id == site.facility_id
    )


@dataclasses.dataclass(frozen=True)
class LogScope:
    """Of which places somebody may read the log, by their keys; `network` means everybody's roles."""

    facilities: tuple[int, ...]
    clinics: tuple[int, ...]
    network: bool

    @property
    def is_empty(self) -> bool:
        return not (self.facilities or self.clinics or self.network)


def log_scope_of(user: User) -> LogScope:
    """A lead reads all of the own facility; a coordinator and the network admin nothing of clients."""
    held = list(Membership.objects.filter(user=user, role__in=Permission.READ_LOG.roles))
    return LogScope(
        facilities=tuple(sorted({each.facility_id for each in held if each.facility_id})),
        clinics=tuple(sorted({each.clinic_id for each in held if each.clinic_id})),
        network=any(each.role == Role.NETWORK_ADMIN for each in held),
    )


def client_facilities_for(user: User) -> QuerySet[Facility]:
    """The facilities whose clients `user` works with and may see by name."""
    mine = Membership.objects.filter(user=user, role__in=FACILITY_ROLES)
    return Facility.objects.filter(pk__in=mine.values("facility"))


def works_with_clients(user: User, facility: Facility) -> bool:
    """Whether `user` works with the clients of `facility`."""
    return Membership.objects.filter(user=user, role__in=FACILITY_ROLES, facility=facility).exists()


def team_of(facilities: Collection[Facility] | Collection[int]) -> QuerySet[User]:
    """Who works with the clients of `facilities` (or those with these keys) and may sign in."""
    posts = Membership.objects.filter(facility__in=facilities, role__in=FACILITY_ROLES)
    return User.objects.filter(pk__in=posts.values("user"), is_active=True).defer("phone")


def is_answered_for_by(user: User) -> Exists:
    """For a query of rows with a `facility`: whether `user` may hand out, and erase, what it keeps."""
    roles = Permission.ANSWER_FOR_CLIENTS.roles
    return Exists(Membership.objects.filter(user=user, role__in=roles, facility=OuterRef("facility")))
