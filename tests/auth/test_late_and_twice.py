"""Links that are used late or twice, forms sent again, and forged keys: each has a clear answer."""

import datetime
import re
from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import Settings

from sites import inviting
from sites.models import Invitation, Membership, Role, User
from sites.people import Post
from tests.auth.people import PASSWORD, is_in, make_person, sign_in, sign_in_with_code, way
from tests.builders import NOW, make_facility
from tests.second_factor import give_second_factor

Clock = time_machine.Traveller

pytestmark = pytest.mark.django_db

NEW = "another long password"
JUST_OVER_THREE_DAYS = datetime.timedelta(days=3, seconds=2)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


def path_in_mail(start: str) -> str:
    [path] = re.findall(rf"http://[^/]+({start}\S+)", str(mail.outbox[-1].body))
    return str(path)


def ask_for_reset(user: User) -> str:
    Client().post("/anmelden/passwort/", {"email": user.email})
    return path_in_mail("/anmelden/passwort/")


def ask_for_address(user: User, email: str = "neu@example.org") -> tuple[Client, str]:
    browser = sign_in(user)
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    browser.post("/konto/e-mail/", {"action_add": "1", "email": email})
    return browser, path_in_mail("/konto/e-mail/")


def test_a_link_for_a_new_password_ends_after_three_days(clock: Clock) -> None:
    path = ask_for_reset(make_person())
    clock.shift(JUST_OVER_THREE_DAYS)
    page = Client().get(path, follow=True).content.decode()
    assert "Dieser Link gilt nicht mehr" in page
    assert "Neuen Link anfordern" in page


def test_the_form_for_a_new_password_counts_once() -> None:
    user = make_person()
    browser = Client()
    form = browser.get(ask_for_reset(user))["Location"]
    browser.post(form, {"password1": NEW})
    again = browser.post(form, {"password1": "a third long password"}, follow=True)
    assert "Dieser Link gilt nicht mehr" in again.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_a_new_password_ends_the_sessions_of_the_old_one() -> None:
    user = make_person()
    thief = sign_in(user)
    browser = Client()
    browser.post(browser.get(ask_for_reset(user))["Location"], {"password1": NEW})
    assert not is_in(thief)
    here, there = sign_in(user, password=NEW), sign_in(user, password=NEW)
    here.post("/konto/passwort/", {"oldpassword": NEW, "password1": "a third long password"})
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_new_password_does_not_replace_the_second_factor(settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    user = make_person()
    give_second_factor(user)
    browser = Client()
    browser.post(browser.get(ask_for_reset(user))["Location"], {"password1": NEW})
    assert way(browser.get("/")) == "/anmelden/"
    assert way(sign_in(user, password=NEW).get("/")) == "/anmelden/"


def test_a_link_to_confirm_an_address_ends_after_three_days(clock: Clock) -> None:
    user = make_person()
    _, path = ask_for_address(user)
    clock.shift(JUST_OVER_THREE_DAYS)
    assert "Dieser Link gilt nicht mehr" in Client().get(path).content.decode()
    Client().post(path)
    user.refresh_from_db()
    assert user.email != "neu@example.org"


def test_an_address_is_confirmed_once() -> None:
    user = make_person()
    browser, path = ask_for_address(user)
    browser.post(path)
    assert "Dieser Link gilt nicht mehr" in browser.get(path).content.decode()
    user.refresh_from_db()
    assert user.email == "neu@example.org"


def test_the_address_of_somebody_else_is_not_taken_over() -> None:
    other = make_person()
    user = make_person()
    before = user.email
    browser = sign_in(user)
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    browser.post("/konto/e-mail/", {"action_add": "1", "email": other.email})
    user.refresh_from_db()
    assert user.email == before
    assert [User.objects.filter(email=other.email).count(), is_in(sign_in(other))] == [1, True]


def test_mails_of_an_address_name_no_place_and_tell_in_german() -> None:
    ask_for_address(make_person())
    message = mail.outbox[-1]
    assert message.subject == "Bitte bestätigen Sie Ihre Adresse"
    text = f"{message.subject} {message.body}"
    assert [
        word for word in ("PIA", "Klinik", "Psych", "Droge", "Hello", "example.com") if word in text
    ] == []


def test_recovery_codes_are_shown_once_and_a_new_set_ends_the_old(settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    user = make_person()
    give_second_factor(user)
    browser = sign_in_with_code(user)
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    browser.post("/konto/zweiter-faktor/ersatzcodes/neu/")
    shown = browser.get("/konto/zweiter-faktor/ersatzcodes/")
    old = shown.context["unused_codes"]
    assert (len(set(old)), all(code in shown.content.decode() for code in old)) == (10, True)
    again = browser.get("/konto/zweiter-faktor/ersatzcodes/").content.decode()
    assert [code for code in old if code in again] == []
    assert "Unbenutzte Ersatzcodes: 10." in again
    other = sign_in(user)
    other.post("/anmelden/zweiter-faktor/", {"code": old[0]})
    assert is_in(other)
    assert "Unbenutzt: 9." in browser.get("/konto/zweiter-faktor/").content.decode()
    browser.post("/konto/zweiter-faktor/ersatzcodes/neu/")
    third = sign_in(user)
    third.post("/anmelden/zweiter-faktor/", {"code": old[1]})
    assert not is_in(third)


def test_an_invitation_sent_twice_makes_one_person() -> None:
    facility = make_facility()
    lead = make_person(Role.FACILITY_LEAD, facility)
    post = Post(Role.SOCIAL_WORKER, facility=facility)
    _, token = inviting.invite(email="neu@example.org", post=post, by=lead, now=NOW)
    fields = {"display_name": "Kim Neu", "password1": PASSWORD}
    first = Client().post(f"/einladung/{token}/", fields)
    second = Client().post(f"/einladung/{token}/", {**fields, "display_name": "Robin Dieb"})
    assert (first.status_code, second.status_code) == (302, 410)
    assert "schon angenommen" in second.content.decode()
    assert User.objects.get(email="neu@example.org").display_name == "Kim Neu"


def test_an_invitation_used_late_says_what_to_do(clock: Clock) -> None:
    facility = make_facility()
    lead = make_person(Role.FACILITY_LEAD, facility)
    post = Post(Role.SOCIAL_WORKER, facility=facility)
    _, token = inviting.invite(email="neu@example.org", post=post, by=lead, now=NOW)
    clock.shift(datetime.timedelta(days=7))
    page = Client().post(f"/einladung/{token}/", {"display_name": "Kim", "password1": PASSWORD})
    assert (page.status_code, "ist abgelaufen" in page.content.decode()) == (410, True)
    assert not User.objects.filter(email="neu@example.org").exists()


def test_the_invited_address_and_role_cannot_be_changed_by_the_form() -> None:
    facility = make_facility()
    lead = make_person(Role.FACILITY_LEAD, facility)
    post = Post(Role.SOCIAL_WORKER, facility=facility)
    _, token = inviting.invite(email="neu@example.org", post=post, by=lead, now=NOW)
    forged = {"email": "dieb@example.org", "role": "network_admin", "is_system": "1", "clinic": "1"}
    Client().post(f"/einladung/{token}/", {"display_name": "Kim", "password1": PASSWORD, **forged})
    [membership] = Membership.objects.filter(user__email="neu@example.org")
    assert (membership.role, membership.facility) == (post.role, facility)
    assert not User.objects.filter(email="dieb@example.org").exists()


@pytest.mark.parametrize(
    "role", ["", "network_admin", "social_worker:999999", "x:y", "facility_lead:", "\x00"]
)
def test_a_forged_role_is_refused_beside_its_field(role: str) -> None:
    lead = make_person(Role.FACILITY_LEAD)
    page = sign_in(lead).post("/personen/einladen/", {"email": "neu@example.org", "role": role})
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["role"])
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    "email", ["", "x", "a" * 10_000 + "@example.org", "a@example.org\nBcc: b@example.org", "\x00"]
)
def test_a_forged_address_is_refused_beside_its_field(email: str) -> None:
    facility = make_facility()
    lead = make_person(Role.FACILITY_LEAD, facility)
    role = Post(Role.SOCIAL_WORKER, facility=facility).key
    page = sign_in(lead).post("/personen/einladen/", {"email": email, "role": role})
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["email"])
    assert mail.outbox == []


@pytest.mark.parametrize("text", ["x" * 10_000, "\x00", "مرحبا 👋 <b>{{ 1 }}</b>'; DROP TABLE x; --"])
def test_odd_credentials_are_only_wrong(text: str) -> None:
    answers = [
        Client().post("/anmelden/", {"login": text, "password": text}).status_code,
        Client().post("/anmelden/", {"login": make_person().email, "password": text}).status_code,
        Client().post("/anmelden/passwort/", {"email": text}).status_code,
    ]
    assert answers == [200, 200, 200]


@pytest.mark.parametrize("name", ["", " ", "x" * 151, "\x00"])
def test_a_name_that_is_none_is_refused_beside_its_field(name: str) -> None:
    facility = make_facility()
    lead = make_person(Role.FACILITY_LEAD, facility)
    post = Post(Role.SOCIAL_WORKER, facility=facility)
    _, token = inviting.invite(email="neu@example.org", post=post, by=lead, now=NOW)
    page = Client().post(f"/einladung/{token}/", {"display_name": name, "password1": PASSWORD})
    assert list(page.context["form"].errors) == ["display_name"]


def test_the_passkey_of_somebody_else_looks_as_if_it_did_not_exist() -> None:
    owner, other = make_person(), make_person()
    data = {"name": "Schlüssel", "credential": {}}
    key = Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data=data)
    browser = sign_in(other)
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    pages = [f"/konto/zweiter-faktor/passkeys/{key.pk}/{end}" for end in ("", "entfernen/")]
    answers = [getattr(browser, method)(page).status_code for page in pages for method in ("get", "post")]
    assert (answers, Authenticator.objects.filter(pk=key.pk).count()) == ([404] * 4, 1)


@pytest.mark.parametrize("code", ["", "x", "0" * 21, "٠٠٠٠٠٠", "\x00", "12 34 56", "' OR 1=1"])
def test_an_odd_code_is_only_wrong(code: str) -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in(user)
    page = browser.post("/anmelden/zweiter-faktor/", {"code": code})
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["code"])
    assert not is_in(browser)
