"""Which sites a person may see and act on: a table of roles, and the edges of a membership."""

import pytest
from django.http import Http404

from sites.access import Permission, client_facilities_for, may, site_or_404, sites_for
from sites.models import Membership, Role, Site, User
from tests.builders import make_clinic, make_facility, make_site, make_user

pytestmark = pytest.mark.django_db

VIEW, APPOINTMENTS = Permission.VIEW_HOURS, Permission.VIEW_APPOINTMENTS
PLAN, BOOK = Permission.PLAN_HOURS, Permission.BOOK
PEOPLE, LOG, ATTEND = Permission.MANAGE_PEOPLE, Permission.READ_LOG, Permission.ATTEND
TABLE = {
    Role.PSYCHIATRIST: {VIEW, APPOINTMENTS, ATTEND, PLAN},
    Role.CLINIC_COORDINATOR: {VIEW, APPOINTMENTS, ATTEND, PLAN, PEOPLE, LOG},
    Role.SOCIAL_WORKER: {VIEW, APPOINTMENTS, ATTEND, BOOK},
    Role.FACILITY_LEAD: {VIEW, APPOINTMENTS, ATTEND, BOOK, PEOPLE, LOG, Permission.ANSWER_FOR_CLIENTS},
    Role.NETWORK_ADMIN: {VIEW, PEOPLE, LOG},
}
ROLES = pytest.mark.parametrize("role", list(Role))
PERMISSIONS = pytest.mark.parametrize("permission", list(Permission))


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def elsewhere(site: Site) -> Site:
    """Another clinic in another facility."""
    return make_site()


def member(role: Role, site: Site) -> User:
    """Somebody with `role` where that role is held: at the site's clinic, its facility, or the network."""
    return make_user(role, clinic=site.clinic, facility=site.facility)


def found(user: User, permission: Permission) -> list[Site]:
    return list(sites_for(user, permission))


@ROLES
@PERMISSIONS
def test_what_a_role_may_do_at_its_own_site(role: Role, permission: Permission, site: Site) -> None:
    user = member(role, site)
    assert may(user, permission, site) == (permission in TABLE[role])
    assert found(user, permission) == ([site] if permission in TABLE[role] else [])


@ROLES
@PERMISSIONS
def test_what_a_role_may_do_elsewhere(
    role: Role, permission: Permission, site: Site, elsewhere: Site
) -> None:
    """Only the network administration looks beyond its place, only at hours, people and their log."""
    allowed = role is Role.NETWORK_ADMIN and permission in (VIEW, PEOPLE, LOG)
    assert may(member(role, site), permission, elsewhere) == allowed


@PERMISSIONS
def test_nobody_without_a_role_may_do_anything(permission: Permission, site: Site) -> None:
    assert found(make_user(), permission) == []


def test_a_clinic_has_all_its_sites_and_a_facility_too(site: Site) -> None:
    same_clinic = make_site(clinic=site.clinic)
    same_facility = make_site(facility=site.facility)
    assert set(found(member(Role.PSYCHIATRIST, site), PLAN)) == {site, same_clinic}
    assert set(found(member(Role.SOCIAL_WORKER, site), BOOK)) == {site, same_facility}


def test_each_role_counts_where_it_is_held(site: Site, elsewhere: Site) -> None:
    """Who plans for one place and books for another does neither at the other place."""
    user = member(Role.PSYCHIATRIST, site)
    Membership.objects.create(user=user, role=Role.SOCIAL_WORKER, facility=elsewhere.facility)
    assert found(user, PLAN) == [site]
    assert found(user, BOOK) == [elsewhere]
    assert set(found(user, VIEW)) == {site, elsewhere}


def test_a_site_that_matches_twice_is_found_once(site: Site) -> None:
    user = member(Role.SOCIAL_WORKER, site)
    for extra in (
        Membership(user=user, role=Role.FACILITY_LEAD, facility=site.facility),
        Membership(user=user, role=Role.PSYCHIATRIST, clinic=site.clinic),
        Membership(user=user, role=Role.NETWORK_ADMIN),
    ):
        extra.save()
    assert found(user, VIEW) == [site]


def test_what_may_not_be_seen_looks_like_what_does_not_exist(site: Site, elsewhere: Site) -> None:
    user = member(Role.SOCIAL_WORKER, site)
    assert site_or_404(user, BOOK, site.slug) == site
    answers = []
    for slug in (elsewhere.slug, "no-such-site"):
        with pytest.raises(Http404) as refusal:
            site_or_404(user, BOOK, slug)
        answers.append(str(refusal.value))
    assert answers[0] == answers[1]


@ROLES
def test_clients_are_known_by_name_in_their_facility_alone(role: Role, site: Site, elsewhere: Site) -> None:
    user = member(role, site)
    own = [site.facility] if role in (Role.SOCIAL_WORKER, Role.FACILITY_LEAD) else []
    assert list(client_facilities_for(user)) == own


def test_a_facility_without_a_site_has_clients_but_no_site() -> None:
    facility = make_facility()
    user = make_user(Role.SOCIAL_WORKER, facility=facility)
    assert list(client_facilities_for(user)) == [facility]
    assert found(user, VIEW) == []


def test_a_clinic_without_a_site_sees_none(site: Site) -> None:
    assert found(make_user(Role.PSYCHIATRIST, clinic=make_clinic()), VIEW) == []


def test_looking_costs_one_query(site: Site, django_assert_num_queries: object) -> None:
    user = member(Role.PSYCHIATRIST, site)
    with django_assert_num_queries(1):  # type: ignore[operator]
        [only] = sites_for(user, VIEW)
        assert (only.clinic, only.facility) == (site.clinic, site.facility)
