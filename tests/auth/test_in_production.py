"""With a public https address cookies, transport and passkeys are strict; read from the real settings."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from config.environment import ROOT
from tests.auth.people import PASSWORD, make_person
from tests.setup.test_environment import COMPLETE

NAMES = [
    "ALLAUTH_TRUSTED_PROXY_COUNT",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_SECURE",
    "DEBUG",
    "MFA_REQUIRED",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_REDIRECT_EXEMPT",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
]
ASK = f"""
import json
from config import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES}}}))
"""


def settings_of(environ: dict[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    return settings_of(COMPLETE)


@pytest.fixture
def production(settings: Settings, real: dict[str, Any]) -> None:
    """This process answers as one in production would, but for the second factor."""
    for name, value in real.items():
        setattr(settings, name, value)
    settings.SECURE_PROXY_SSL_HEADER = tuple(real["SECURE_PROXY_SSL_HEADER"])
    settings.MFA_REQUIRED = False


def by_proxy(**more: str) -> Client:
    return Client(headers={"X-Forwarded-Proto": "https", **more})


def test_what_only_an_own_machine_may_do_without_is_on(real: dict[str, Any]) -> None:
    wanted = {"MFA_REQUIRED": True, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False, "DEBUG": False}
    assert {name: real[name] for name in wanted} == wanted


def test_the_demo_alone_does_without_a_second_factor() -> None:
    assert settings_of({"DEMO": "1", "VAR_DIR": "/tmp"})["MFA_REQUIRED"] is False  # noqa: S108


@pytest.mark.django_db
def test_cookies_are_for_https_out_of_reach_of_scripts_and_of_other_sites(production: None) -> None:
    user = make_person()
    browser = by_proxy()
    browser.get("/anmelden/")
    browser.post("/anmelden/", {"login": user.email, "password": PASSWORD})
    found = {
        name: {flag: browser.cookies[name][flag] for flag in ("secure", "httponly", "samesite", "max-age")}
        for name in ("sessionid", "csrftoken")
    }
    strict = {"secure": True, "httponly": True, "samesite": "Lax"}
    # The session ends with the browser; the token in the other says nothing of anybody.
    assert found == {
        "sessionid": {**strict, "max-age": ""},
        "csrftoken": {**strict, "max-age": found["csrftoken"]["max-age"]},
    }


@pytest.mark.django_db
def test_browsers_are_told_to_come_by_https_only(production: None) -> None:
    header = by_proxy().get("/anmelden/")["Strict-Transport-Security"]
    assert header == "max-age=31536000; includeSubDomains; preload"
    answer = Client().get("/anmelden/")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/anmelden/")


@pytest.mark.django_db
def test_a_forged_address_does_not_widen_the_limit(production: None) -> None:
    """The proxy appends the true one; what stands before it anybody can write."""
    user = make_person()
    for number in range(31):
        by_proxy(**{"X-Forwarded-For": f"10.0.0.{number}, 192.0.2.7"}).post(
            "/anmelden/", {"login": f"x{number}@example.org", "password": "wrong"}
        )
    browser = by_proxy(**{"X-Forwarded-For": "10.0.1.1, 192.0.2.7"})
    browser.post("/anmelden/", {"login": user.email, "password": PASSWORD})
    assert "sessionid" not in browser.cookies
    other = by_proxy(**{"X-Forwarded-For": "192.0.2.8"})
    other.post("/anmelden/", {"login": user.email, "password": PASSWORD})
    assert "sessionid" in other.cookies
