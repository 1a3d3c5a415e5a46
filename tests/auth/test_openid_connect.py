"""People of a hospital sign in by its own provider: existing people only, found by a verified address."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from sites.models import User
from tests.auth.oidc_provider import CLIENT_ID, SECRET, Provider
from tests.auth.people import PASSWORD, is_in, make_person, sign_in
from tests.second_factor import code_now, give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with Provider() as running:
        configure(settings, running.url)
        yield running


def configure(settings: Settings, url: str, *, trust_email: bool = False) -> None:
    app = {
        "provider_id": "klinik",
        "name": "Klinikum",
        "client_id": CLIENT_ID,
        "secret": SECRET,
        "settings": {"server_url": url, "trust_email": trust_email},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def claims(user: User, **changes: Any) -> dict[str, Any]:
    return {"sub": f"person-{user.pk}", "email": user.email, "email_verified": True, **changes}


def come_back(browser: Client, **query: str) -> Any:
    """Goes to the provider by the button, and comes back from it."""
    leave = browser.post("/anmelden/mit/klinik/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(leave["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    return browser.get("/anmelden/mit/klinik/zurueck/", {"code": "1", "state": asked["state"], **query})


def test_the_sign_in_page_shows_its_button(provider: Provider) -> None:
    page = Client().get("/anmelden/").content.decode()
    assert 'action="/anmelden/mit/klinik/' in page
    assert "Klinikum" in page


def test_somebody_known_comes_in_and_keeps_the_password(provider: Provider) -> None:
    user = make_person()
    provider.claims = claims(user)
    browser = Client()
    come_back(browser)
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert "code_verifier" in provider.asked[0]
    assert is_in(sign_in(user, password=PASSWORD))


@pytest.mark.parametrize("verified", [False, None, "false", "true"])
def test_an_address_that_is_not_verified_does_not_count(provider: Provider, verified: object) -> None:
    user = make_person()
    provider.claims = claims(user, email_verified=verified)
    browser = Client()
    page = come_back(browser)
    assert not is_in(browser)
    assert "noch keinen Zugang" in page.content.decode()


def test_a_directory_that_assigns_its_addresses_can_be_trusted(
    provider: Provider, settings: Settings
) -> None:
    configure(settings, provider.url, trust_email=True)
    user = make_person()
    provider.claims = claims(user, email_verified=None)
    browser = Client()
    come_back(browser)
    assert is_in(browser)


def test_nobody_new_comes_in(provider: Provider) -> None:
    before = User.objects.count()
    provider.claims = {"sub": "1", "email": "fremd@example.org", "email_verified": True}
    browser = Client()
    page = come_back(browser)
    assert (is_in(browser), User.objects.count()) == (False, before)
    assert "noch keinen Zugang" in page.content.decode()


def test_who_was_switched_off_stays_out(provider: Provider) -> None:
    user = make_person()
    User.objects.filter(pk=user.pk).update(is_active=False)
    provider.claims = claims(user)
    browser = Client()
    come_back(browser)
    assert not is_in(browser)


@pytest.mark.parametrize("spoiled", [{"aud": "other"}, {"iss": "https://example.com"}, {"exp": 1}])
def test_a_token_for_others_or_by_others_is_refused(provider: Provider, spoiled: dict[str, Any]) -> None:
    provider.claims, provider.spoiled = claims(make_person()), spoiled
    browser = Client()
    come_back(browser)
    assert not is_in(browser)


def test_an_answer_that_nobody_asked_for_is_refused(provider: Provider) -> None:
    provider.claims = claims(make_person())
    browser = Client()
    come_back(browser, state="made-up")
    assert not is_in(browser)


def test_the_second_factor_is_asked_for_all_the_same(provider: Provider, settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    user = make_person()
    give_second_factor(user)
    provider.claims = claims(user)
    browser = Client()
    come_back(browser)
    assert not is_in(browser)
    browser.post("/anmelden/zweiter-faktor/", {"code": code_now()})
    assert is_in(browser)


def test_a_provider_that_is_down_says_so(settings: Settings) -> None:
    configure(settings, "http://127.0.0.1:9")
    page = Client().post("/anmelden/mit/klinik/")
    assert "Die Anmeldung bei Ihrem Haus hat nicht geklappt" in page.content.decode()
