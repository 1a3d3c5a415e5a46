"""Outside the demo nobody reaches a page without a second factor."""

from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from sites.models import Role
from tests.auth.people import PASSWORD, is_in, make_person, sign_in, sign_in_with_code, way
from tests.builders import NOW
from tests.second_factor import SECRET, code_now, give_second_factor, wrong_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> Iterator[None]:
    settings.MFA_REQUIRED = True
    # Early in one of the half minutes that a code is good for, so that none ends within a test.
    with time_machine.travel(NOW):
        yield


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_sent_to_set_one_up(role: Role) -> None:
    browser = sign_in(make_person(role))
    assert way(browser.get("/")) == "/konto/zweiter-faktor/"
    assert browser.get("/konto/zweiter-faktor/").status_code == 200


PAGES = [
    "/konto/",
    "/konto/passwort/",
    "/konto/e-mail/",
    "/personen/",
    "/personen/einladen/",
    "/klientinnen/",
]


@pytest.mark.parametrize("page", [*PAGES, "/tag/", "/profil/kalender/", "/konto/fortsetzen/"])
def test_before_that_no_other_page_opens(page: str) -> None:
    assert way(sign_in(make_person(Role.FACILITY_LEAD)).get(page)) == "/konto/zweiter-faktor/"


def test_in_the_demo_nobody_is(settings: Settings) -> None:
    settings.MFA_REQUIRED = False
    assert is_in(sign_in(make_person()))


def test_a_fragment_leads_the_whole_page_there() -> None:
    browser = sign_in(make_person())
    response = browser.get("/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/konto/zweiter-faktor/"


def set_up_app(browser: Client) -> str:
    """Sets up an app as the pages say; the secret."""
    page = browser.get("/konto/zweiter-faktor/app/", follow=True)
    if page.redirect_chain:
        browser.post("/konto/bestaetigen/?next=/konto/zweiter-faktor/app/", {"password": PASSWORD})
        page = browser.get("/konto/zweiter-faktor/app/")
    secret = page.context["form"].secret
    done = browser.post("/konto/zweiter-faktor/app/", {"code": code_now(secret)})
    assert way(done) == "/konto/zweiter-faktor/ersatzcodes/"
    return str(secret)


def test_with_an_app_set_up_all_pages_open() -> None:
    user = make_person()
    browser = sign_in(user)
    secret = set_up_app(browser)
    assert is_in(browser)
    kinds = Authenticator.objects.filter(user=user).order_by("type").values_list("type", flat=True)
    assert list(kinds) == ["recovery_codes", "totp"]
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in stored


def test_the_password_alone_does_not_let_in() -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in(user)
    assert way(browser.get("/")) == "/anmelden/"
    browser.post("/anmelden/zweiter-faktor/", {"code": wrong_code()})
    assert way(browser.get("/")) == "/anmelden/"
    browser.post("/anmelden/zweiter-faktor/", {"code": code_now()})
    assert is_in(browser)


def test_a_code_counts_once() -> None:
    user = make_person()
    give_second_factor(user)
    assert is_in(sign_in_with_code(user))
    assert not is_in(sign_in_with_code(user))


def test_a_recovery_code_lets_in_once() -> None:
    user = make_person()
    browser = sign_in(user)
    set_up_app(browser)
    [code, *_] = browser.get("/konto/zweiter-faktor/ersatzcodes/").context["unused_codes"]
    outcomes = []
    for _ in range(2):
        other = sign_in(user)
        other.post("/anmelden/zweiter-faktor/", {"code": code})
        outcomes.append(is_in(other))
    assert outcomes == [True, False]


def test_five_wrong_codes_lock_the_second_factor_for_right_ones_too() -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in(user)
    for _ in range(5):
        browser.post("/anmelden/zweiter-faktor/", {"code": wrong_code(SECRET)})
    page = browser.post("/anmelden/zweiter-faktor/", {"code": code_now()})
    assert "zu viele falsche Versuche" in page.content.decode()
    assert not is_in(browser)


def test_the_last_one_stays() -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in_with_code(user)
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    browser.post("/konto/zweiter-faktor/app/entfernen/")
    assert Authenticator.objects.filter(user=user, type="totp").count() == 1


@pytest.mark.parametrize("page", ["app/", "passkeys/neu/", "ersatzcodes/neu/"])
def test_an_unattended_desk_is_not_enough_to_change_it(page: str, settings: Settings) -> None:
    settings.MFA_REQUIRED = False
    browser = sign_in(make_person())
    answers = [way(getattr(browser, method)(f"/konto/zweiter-faktor/{page}")) for method in ("get", "post")]
    assert answers == ["/konto/bestaetigen/"] * 2
