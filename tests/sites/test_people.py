"""Accounts: one per person however the address is typed, and machines that can't sign in."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from sites.models import Membership, Role, User
from tests.builders import make_clinic, make_facility, make_user
from tests.sites.raw_sql import refused_by

pytestmark = pytest.mark.django_db


class TestSigningIn:
    @pytest.fixture
    def user(self) -> User:
        return make_user(email="Soziale.Arbeit@example.org", password="right")

    @pytest.mark.parametrize(
        "typed", ["soziale.arbeit@example.org", "Soziale.Arbeit@Example.org", "SOZIALE.ARBEIT@EXAMPLE.ORG"]
    )
    def test_letters_of_the_address_may_be_large_or_small(self, user: User, typed: str) -> None:
        assert authenticate(username=typed, password="right") == user

    def test_letters_of_the_password_may_not(self, user: User) -> None:
        assert authenticate(username=user.email, password="Right") is None

    def test_who_was_switched_off_stays_out(self, user: User) -> None:
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert authenticate(username=user.email, password="right") is None

    def test_imported_people_stay_out_until_they_have_a_password(self) -> None:
        user = User.objects.create_user("neu@example.org", display_name="Neu")
        assert user.has_usable_password() is False
        assert authenticate(username=user.email, password="") is None

    def test_the_form_takes_the_address_as_typed(self, user: User) -> None:
        browser = Client()
        browser.post("/anmelden/", {"login": "Soziale.Arbeit@Example.org", "password": "right"})
        assert browser.session["_auth_user_id"] == str(user.pk)

    def test_a_machine_stays_out(self) -> None:
        machine = User.objects.system_actor("cli")
        for password in ("", "!", "cli"):
            assert authenticate(username=machine.email, password=password) is None


class TestAccounts:
    def test_the_address_is_stored_in_small_letters(self) -> None:
        assert make_user(email="Neu@Example.ORG").email == "neu@example.org"

    def test_a_machine_has_one_account(self) -> None:
        first = User.objects.system_actor("cli")
        assert User.objects.system_actor("cli") == first
        assert (first.email, first.is_active, first.is_system) == ("cli@system.invalid", False, True)

    def test_the_database_keeps_addresses_small(self) -> None:
        user = make_user()
        statement = "UPDATE pia_sites_user SET email = %s WHERE id = %s"
        assert refused_by(statement, "Groß@example.org", user.pk) == "user_email_lower_case"

    def test_the_database_keeps_addresses_apart(self) -> None:
        user, other = make_user(), make_user()
        statement = "UPDATE pia_sites_user SET email = %s WHERE id = %s"
        assert refused_by(statement, other.email, user.pk).startswith("pia_sites_user_email_")

    def test_the_database_keeps_machines_out(self) -> None:
        machine = User.objects.system_actor("cli")
        statement = "UPDATE pia_sites_user SET is_active = true WHERE id = %s"
        assert refused_by(statement, machine.pk) == "system_actor_cannot_sign_in"


class TestMemberships:
    """A role stands for a clinic, for a facility, or for the whole network, and nowhere else."""

    INSERT = (
        "INSERT INTO pia_sites_membership (user_id, role, clinic_id, facility_id) VALUES (%s, %s, %s, %s)"
    )
    CLINIC, FACILITY, NETWORK = (True, False), (False, True), (False, False)

    PLACES = {
        Role.PSYCHIATRIST: CLINIC,
        Role.CLINIC_COORDINATOR: CLINIC,
        Role.SOCIAL_WORKER: FACILITY,
        Role.FACILITY_LEAD: FACILITY,
        Role.NETWORK_ADMIN: NETWORK,
    }

    @pytest.mark.parametrize("place", [CLINIC, FACILITY, NETWORK, (True, True)], ids=str)
    @pytest.mark.parametrize("role", list(Role))
    def test_a_role_fits_its_place_only(self, role: Role, place: tuple[bool, bool]) -> None:
        clinic = make_clinic().pk if place[0] else None
        facility = make_facility().pk if place[1] else None
        refused = refused_by(self.INSERT, make_user().pk, role.value, clinic, facility)
        assert refused == ("" if self.PLACES[role] == place else "membership_role_fits_place")

    def test_an_unknown_role_fits_nowhere(self) -> None:
        values = (make_user().pk, "boss", make_clinic().pk, None)
        assert refused_by(self.INSERT, *values) == "membership_role_fits_place"

    @pytest.mark.parametrize("role", [Role.PSYCHIATRIST, Role.SOCIAL_WORKER, Role.NETWORK_ADMIN])
    def test_a_role_is_held_once(self, role: Role) -> None:
        user = make_user(role)
        held = Membership.objects.get(user=user)
        values = (user.pk, held.role, held.clinic_id, held.facility_id)
        assert refused_by(self.INSERT, *values) == "membership_once"

    def test_a_role_may_be_held_in_two_places(self) -> None:
        user = make_user(Role.PSYCHIATRIST)
        assert refused_by(self.INSERT, user.pk, Role.PSYCHIATRIST, make_clinic().pk, None) == ""
