"""People come by invitation: once, for seven days, to one role, by somebody who may give it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client

from sites import inviting
from sites.models import Facility, Invitation, Role, User
from sites.people import NotYours, Post, manageable_posts
from tests.auth.people import PASSWORD, is_in, make_person, sign_in
from tests.builders import NOW, make_clinic, make_facility, make_user

pytestmark = pytest.mark.django_db

EMAIL = "neu@example.org"


@pytest.fixture(autouse=True)
def _present() -> Iterator[None]:
    """The pages ask the clock, too, whether an invitation still counts."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def facility() -> Facility:
    return make_facility()


@pytest.fixture
def lead(facility: Facility) -> User:
    return make_person(Role.FACILITY_LEAD, facility)


@pytest.fixture
def post(facility: Facility) -> Post:
    return Post(Role.SOCIAL_WORKER, facility=facility)


def accept(token: str, *, now: datetime = NOW) -> User:
    return inviting.accept(token=token, now=now, display_name="Kim Neu", password=PASSWORD)


def test_from_the_mail_to_the_first_sign_in(lead: User, post: Post) -> None:
    sign_in(lead).post("/personen/einladen/", {"email": "Neu@Example.org", "role": post.key})
    [message] = mail.outbox
    assert (message.to, message.subject) == ([EMAIL], "Einladung")
    [path] = re.findall(r"http://127.0.0.1:8000(/einladung/\S+)", str(message.body))
    browser = Client()
    assert browser.get(path).status_code == 200
    browser.post(path, {"display_name": "Kim Neu", "password1": PASSWORD})
    user = User.objects.get(email=EMAIL)
    assert [(each.role, each.facility) for each in user.memberships.all()] == [(post.role, post.facility)]
    assert is_in(sign_in(user))


def test_the_mail_names_no_place_and_no_role(lead: User, post: Post) -> None:
    sign_in(lead).post("/personen/einladen/", {"email": EMAIL, "role": post.key})
    text = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert post.facility is not None
    assert [word for word in (post.facility.name, post.role.label, "PIA", "Klinik") if word in text] == []


def test_it_counts_once(lead: User, post: Post) -> None:
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    accept(token)
    with pytest.raises(inviting.InvitationUsed):
        accept(token)
    assert "schon angenommen" in Client().get(f"/einladung/{token}/").content.decode()


def test_it_ends_after_seven_days(lead: User, post: Post) -> None:
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    with pytest.raises(inviting.InvitationExpired):
        accept(token, now=NOW + timedelta(days=7))
    assert accept(token, now=NOW + timedelta(days=7, seconds=-1)).email == EMAIL


def test_a_withdrawn_one_is_refused(lead: User, post: Post) -> None:
    invitation, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    sign_in(lead).post(f"/personen/einladung/{invitation.pk}/zurueckziehen/")
    with pytest.raises(inviting.InvitationWithdrawn):
        accept(token)


def test_nobody_withdraws_one_of_another_place(lead: User, post: Post) -> None:
    invitation, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    with pytest.raises(NotYours):
        inviting.withdraw(invitation=invitation, by=make_user(Role.FACILITY_LEAD), now=NOW)
    assert accept(token).email == EMAIL


def test_a_new_one_ends_the_one_before(lead: User, post: Post) -> None:
    _, first = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    _, second = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    with pytest.raises(inviting.InvitationWithdrawn):
        accept(first)
    assert accept(second).email == EMAIL


def test_a_wrong_link_says_what_to_do() -> None:
    response = Client().get("/einladung/wrong/")
    assert (response.status_code, "Diese Einladung gibt es nicht" in response.content.decode()) == (410, True)


def test_the_database_does_not_know_the_token(lead: User, post: Post) -> None:
    invitation, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    assert token not in [str(value) for value in vars(invitation).values()]


def test_it_does_not_take_over_an_account(lead: User, post: Post) -> None:
    """Whoever may invite must not get into somebody's account by inviting its address."""
    owner = make_user(email=EMAIL, password=PASSWORD)
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    Client().post(f"/einladung/{token}/", {"display_name": "X", "password1": "another long password"})
    sign_in(lead).post(f"/einladung/{token}/", {"display_name": "X", "password1": "another long password"})
    owner.refresh_from_db()
    assert (owner.check_password(PASSWORD), owner.memberships.count()) == (True, 0)
    with pytest.raises(inviting.SignInFirst):
        accept(token)
    sign_in(owner).post(f"/einladung/{token}/")
    assert owner.memberships.get().role == post.role


def test_who_is_signed_in_as_somebody_else_finds_the_way(lead: User, post: Post) -> None:
    owner = make_user(email=EMAIL, password=PASSWORD)
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    path = f"/einladung/{token}/"
    browser = sign_in(lead)
    assert "Abmelden und weiter" in browser.get(path).content.decode()
    left = browser.post("/abmelden/", {"next": path})
    assert left["Location"] == f"/anmelden/?next={path}"
    sign_in(owner, browser=browser, next=path)
    browser.post(path)
    assert owner.memberships.get().role == post.role


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_signing_out_leads_to_no_other_site(lead: User, elsewhere: str) -> None:
    assert sign_in(lead).post("/abmelden/", {"next": elsewhere})["Location"] == "/anmelden/"


def test_a_weak_password_is_refused_with_a_reason(lead: User, post: Post) -> None:
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    # Like the address; one character short; digits only.
    weak = [EMAIL, "kurzwindrad", "918273645546"]
    refused = [
        list(
            Client()
            .post(f"/einladung/{token}/", {"display_name": "Kim", "password1": text})
            .context["form"]
            .errors
        )
        for text in weak
    ]
    assert refused == [["password1"]] * 3


@pytest.mark.parametrize(
    ("role", "own"),
    [
        (Role.FACILITY_LEAD, ["social_worker", "facility_lead"]),
        (Role.CLINIC_COORDINATOR, ["psychiatrist", "clinic_coordinator"]),
        (Role.SOCIAL_WORKER, []),
        (Role.PSYCHIATRIST, []),
    ],
)
def test_each_gives_the_roles_of_the_own_place(role: Role, own: list[str]) -> None:
    make_facility(), make_clinic()
    user = make_user(role)
    place = user.memberships.get()
    posts = manageable_posts(user)
    assert [post.role.value for post in posts] == own
    assert all((post.clinic, post.facility) == (place.clinic, place.facility) for post in posts)


def test_the_network_gives_all() -> None:
    facility, clinic = make_facility(), make_clinic()
    assert [str(post) for post in manageable_posts(make_user(Role.NETWORK_ADMIN))] == [
        f"Soziale Arbeit – {facility}",
        f"Leitung der Einrichtung – {facility}",
        f"Psychiater:in – {clinic}",
        f"Koordination der Klinik – {clinic}",
        "Netzwerkverwaltung",
    ]


def test_nobody_gives_a_role_elsewhere(lead: User) -> None:
    foreign = Post(Role.SOCIAL_WORKER, facility=make_facility())
    with pytest.raises(NotYours):
        inviting.invite(email=EMAIL, post=foreign, by=lead, now=NOW)
    sign_in(lead).post("/personen/einladen/", {"email": EMAIL, "role": foreign.key})
    assert Invitation.objects.count() == 0


def test_there_is_no_other_way_in() -> None:
    answers = [
        Client().get(path).status_code for path in ("/konto/registrieren/", "/accounts/signup/", "/signup/")
    ]
    assert answers == [404, 404, 404]


def test_a_used_invitation_names_its_person_in_the_database(lead: User, post: Post) -> None:
    invitation, _ = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    with pytest.raises(IntegrityError, match="invitation_accepted_at_and_by"), connection.cursor() as cursor:
        cursor.execute("UPDATE pia_sites_invitation SET accepted_at = now() WHERE id = %s", [invitation.pk])
