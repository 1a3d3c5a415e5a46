"""What no browser would answer for a passkey is refused in German, and never an error page."""

import json
from base64 import urlsafe_b64encode

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from sites.forms import PASSKEY_REFUSED
from tests.auth.people import PASSWORD, is_in, make_person, sign_in
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db

RESPONSE = (
    '{"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "eA", "signature": "eA"}'
)
FORGED = [
    "",
    "null",
    "not json",
    "\x00",
    "5",
    '"x"',
    "[1]",
    "{}",
    '{"id": "x"}',
    '{"id": "äöü"}',
    '{"id": 5, "rawId": 5, "response": {}}',
    '{"id": "eA", "rawId": "eA", "response": [], "type": "public-key"}',
    f'{{"id": "eA", "rawId": "eA", "response": {RESPONSE}, "type": "public-key"}}',
    "[" * 3000,
]


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.MFA_REQUIRED = True


def confirmed(browser: Client) -> Client:
    browser.post("/konto/bestaetigen/", {"password": PASSWORD})
    return browser


@pytest.mark.parametrize("credential", FORGED)
def test_when_one_is_added(credential: str) -> None:
    browser = confirmed(sign_in(make_person()))
    browser.get("/konto/zweiter-faktor/passkeys/neu/")
    page = browser.post("/konto/zweiter-faktor/passkeys/neu/", {"name": "x", "credential": credential})
    assert (page.status_code, PASSKEY_REFUSED in page.content.decode()) == (200, True)
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize("credential", FORGED)
def test_when_it_should_let_in(credential: str) -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in(user)
    browser.get("/anmelden/zweiter-faktor/")
    page = browser.post("/anmelden/zweiter-faktor/", {"credential": credential})
    assert (page.status_code, is_in(browser)) == (200, False)
    assert page.context["webauthn_form"].errors == {"credential": [PASSKEY_REFUSED]}


def unknown_passkey() -> str:
    """Well-formed, and of no passkey that anybody has set up here."""

    def encoded(data: bytes) -> str:
        return urlsafe_b64encode(data).decode().rstrip("=")

    client = {"type": "webauthn.get", "challenge": "eA", "origin": "https://testserver"}
    response = {
        "clientDataJSON": encoded(json.dumps(client).encode()),
        "authenticatorData": encoded(bytes(37)),
        "signature": encoded(bytes(64)),
    }
    return json.dumps({"id": "eA", "rawId": "eA", "response": response, "type": "public-key"})


def test_tries_are_counted_as_those_of_codes() -> None:
    user = make_person()
    give_second_factor(user)
    browser = sign_in(user)
    for _ in range(6):
        page = browser.post("/anmelden/zweiter-faktor/", {"credential": unknown_passkey()})
    assert "zu viele falsche Versuche" in page.context["webauthn_form"].errors["credential"][0]
