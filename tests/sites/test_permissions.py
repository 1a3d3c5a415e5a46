"""`permissions_at` and `permissions_anywhere` give the same answers as asking for each permission alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.access import Permission, may, permissions_anywhere, permissions_at
from sites.models import CLINIC_ROLES, FACILITY_ROLES, Membership, Role, Site, User
from tests.builders import make_site, make_user

LEADS = {Permission.MANAGE_PEOPLE, Permission.READ_LOG}
PLANNERS = {
    Permission.VIEW_HOURS,
    Permission.VIEW_APPOINTMENTS,
    Permission.ATTEND,
    Permission.PLAN_HOURS,
}
BOOKERS = {Permission.VIEW_HOURS, Permission.VIEW_APPOINTMENTS, Permission.ATTEND, Permission.BOOK}
EXPECTED = [
    (Role.PSYCHIATRIST, PLANNERS),
    (Role.CLINIC_COORDINATOR, PLANNERS | LEADS),
    (Role.SOCIAL_WORKER, BOOKERS),
    (Role.FACILITY_LEAD, BOOKERS | LEADS | {Permission.ANSWER_FOR_CLIENTS}),
    (Role.NETWORK_ADMIN, {Permission.VIEW_HOURS} | LEADS),
]


def make_colleague(role: Role, site: Site) -> User:
    user = make_user()
    Membership.objects.create(
        user=user,
        role=role,
        clinic=site.clinic if role in CLINIC_ROLES else None,
        facility=site.facility if role in FACILITY_ROLES else None,
    )
    return user


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "expected"), EXPECTED)
def test_each_role_has_its_permissions_at_its_sites(role: Role, expected: set[Permission]) -> None:
    site, foreign = make_site(), make_site()
    user = make_colleague(role, site)
    at_foreign = expected if role == Role.NETWORK_ADMIN else set()
    assert permissions_at(user, [site, foreign]) == {site.pk: expected, foreign.pk: at_foreign}
    assert permissions_anywhere(user) == expected


@pytest.mark.django_db
def test_it_agrees_with_asking_one_by_one() -> None:
    sites = [make_site() for _ in range(3)]
    shared = make_site(clinic=sites[0].clinic, facility=sites[1].facility)
    users = [make_colleague(role, site) for role in Role for site in sites]
    Membership.objects.create(user=users[0], role=Role.SOCIAL_WORKER, facility=sites[2].facility)
    everywhere = [*sites, shared]
    assert [permissions_at(user, everywhere) for user in users] == [
        {site.pk: {each for each in Permission if may(user, each, site)} for site in everywhere}
        for user in users
    ]


@pytest.mark.django_db
def test_whoever_has_no_role_has_no_permission() -> None:
    user, site = make_user(), make_site()
    assert (permissions_at(user, [site]), permissions_anywhere(user)) == ({site.pk: frozenset()}, set())


@pytest.mark.django_db
def test_it_costs_one_query_for_any_number_of_sites() -> None:
    user, sites = make_user(), [make_site() for _ in range(5)]
    with CaptureQueriesContext(connection) as captured:
        permissions_at(user, sites)
    assert len(captured) == 1
