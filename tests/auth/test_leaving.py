"""The end of a role ends its access at once, in every browser."""

import pytest
from allauth.mfa.models import Authenticator

from sites.models import Membership, Role, User
from sites.people import LastAdmin, NotYours, end_membership, reset_second_factor
from tests.auth.people import is_in, make_person, sign_in
from tests.builders import make_facility, make_user
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_every_session_ends_and_none_begins() -> None:
    facility = make_facility()
    lead, worker = make_person(Role.FACILITY_LEAD, facility), make_person(facility=facility)
    browsers = [sign_in(worker), sign_in(worker)]
    sign_in(lead).post(f"/personen/rolle/{worker.memberships.get().pk}/beenden/")
    assert [is_in(browser) for browser in browsers] == [False, False]
    assert not is_in(sign_in(worker))
    assert Membership.objects.filter(user=worker).count() == 0


def test_with_another_role_somebody_signs_in_again() -> None:
    facility = make_facility()
    lead, worker = make_person(Role.FACILITY_LEAD, facility), make_person(facility=facility)
    Membership.objects.create(user=worker, role=Role.SOCIAL_WORKER, facility=make_facility())
    browser = sign_in(worker)
    end_membership(membership=worker.memberships.get(facility=facility), by=lead)
    assert (is_in(browser), is_in(sign_in(worker))) == (False, True)


def test_others_stay_in() -> None:
    facility = make_facility()
    lead, worker = make_person(Role.FACILITY_LEAD, facility), make_person(facility=facility)
    colleague = sign_in(make_person(facility=facility))
    end_membership(membership=worker.memberships.get(), by=lead)
    assert is_in(colleague)


@pytest.mark.parametrize("role", [Role.FACILITY_LEAD, Role.CLINIC_COORDINATOR, Role.SOCIAL_WORKER])
def test_nobody_ends_a_role_elsewhere(role: Role) -> None:
    stranger, worker = make_user(role), make_person()
    with pytest.raises(NotYours):
        end_membership(membership=worker.memberships.get(), by=stranger)
    with pytest.raises(NotYours):
        reset_second_factor(membership=worker.memberships.get(), by=stranger)
    assert worker.memberships.count() == 1


def test_the_last_admin_stays() -> None:
    admin = make_user(Role.NETWORK_ADMIN)
    with pytest.raises(LastAdmin):
        end_membership(membership=admin.memberships.get(), by=admin)
    other = make_user(Role.NETWORK_ADMIN)
    end_membership(membership=admin.memberships.get(), by=other)
    assert User.objects.get(pk=admin.pk).is_active is False


def test_a_lost_second_factor_is_taken_away_and_sessions_with_it() -> None:
    facility = make_facility()
    lead, worker = make_person(Role.FACILITY_LEAD, facility), make_person(facility=facility)
    browser = sign_in(worker)
    give_second_factor(worker)
    sign_in(lead).post(f"/personen/rolle/{worker.memberships.get().pk}/zweiter-faktor/")
    assert (Authenticator.objects.filter(user=worker).count(), is_in(browser)) == (0, False)
