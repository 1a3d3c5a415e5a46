"""Passkeys in a real browser, whose authenticator is a virtual one: from setting one up to taking it away."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, Route, expect
from pytest_django import Settings

from sites.forms import PASSKEY_REFUSED
from sites.models import Role, User
from tests.browser.people import PASSWORD, Person, Watch
from tests.builders import make_facility, make_user
from tests.second_factor import give_second_factor

ADD = "/konto/zweiter-faktor/passkeys/neu/"


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False


@pytest.fixture
def user() -> User:
    return make_user(Role.SOCIAL_WORKER, facility=make_facility(), password=PASSWORD)


class Device:
    """A phone or key that confirms whatever it is asked."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})[
            "authenticatorId"
        ]

    @property
    def credentials(self) -> list[Any]:
        return list(
            self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]
        )


def begin(enter: Callable[..., Person], user: User) -> tuple[Person, Device]:
    """Signed in by password only, and with a device at hand."""
    person = enter()
    device = Device(person.page)
    by_password(person, user)
    return person, device


def by_password(person: Person, user: User) -> None:
    person.page.goto("/")
    person.page.get_by_label("E-Mail-Adresse").fill(user.email)
    person.page.get_by_label("Passwort").fill(PASSWORD)
    person.press("Anmelden")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Zweiter Faktor")


def confirm(person: Person) -> None:
    person.page.get_by_label("Passwort").fill(PASSWORD)
    person.press("Bestätigen")


def set_up(person: Person) -> None:
    person.follows("Passkey einrichten")
    confirm(person)
    person.sees_heading("Passkey einrichten")
    person.page.get_by_label("Name des Passkeys").fill("Diensthandy")
    person.press("Passkey einrichten")


def sign_out(person: Person) -> None:
    person.page.get_by_role("button", name="Abmelden").click()
    person.sees_heading("Anmelden")


def test_from_the_first_sign_in_to_taking_it_away(enter: Callable[..., Person], user: User) -> None:
    person, device = begin(enter, user)
    set_up(person)
    person.sees_heading("Ihre Ersatzcodes")
    assert len(device.credentials) == 1
    person.follows("Ich habe die Codes")
    person.sees_heading("Übersicht")
    sign_out(person)

    by_password(person, user)
    person.press("Mit Passkey anmelden")
    person.sees_heading("Übersicht")
    [stored] = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    assert stored.last_used_at is not None

    give_second_factor(user)
    person.opens("/konto/zweiter-faktor/passkeys/")
    person.follows("Entfernen")
    person.follows("Mit einem Passkey bestätigen")
    person.press("Mit Passkey bestätigen")
    person.sees_heading("Passkey entfernen")
    person.press("Passkey entfernen")
    expect(person.page.locator("#meldungen")).to_contain_text("Der Passkey ist entfernt.")
    sign_out(person)
    by_password(person, user)
    expect(person.page.get_by_label("Code")).to_be_visible()
    expect(person.page.get_by_role("button", name="Mit Passkey anmelden")).to_have_count(0)


def test_the_last_second_factor_stays(enter: Callable[..., Person], user: User) -> None:
    person, _ = begin(enter, user)
    set_up(person)
    person.sees_heading("Ihre Ersatzcodes")
    person.opens("/konto/zweiter-faktor/passkeys/")
    person.follows("Entfernen")
    person.press("Passkey entfernen")
    person.sees("Ihr Zugang braucht einen zweiten Faktor, und das ist der letzte.")
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() == 1


def test_a_device_that_says_no_is_told_of_and_lets_nobody_in(
    enter: Callable[..., Person], user: User
) -> None:
    person, _ = begin(enter, user)
    set_up(person)
    person.follows("Ich habe die Codes")
    sign_out(person)
    by_password(person, user)
    page = person.page
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }"
    )
    person.press("Mit Passkey anmelden")
    expect(page.locator("#passkey-antwort")).to_contain_text("Der Passkey wurde nicht bestätigt")
    page.goto("/")
    person.sees_heading("Zweiter Faktor")


def test_the_passkey_of_another_device_does_not_let_in(enter: Callable[..., Person], user: User) -> None:
    person, _ = begin(enter, user)
    set_up(person)
    person.sees_heading("Ihre Ersatzcodes")
    other = make_user(Role.SOCIAL_WORKER, facility=make_facility(), password=PASSWORD)
    thief, _ = begin(enter, other)
    set_up(thief)
    thief.sees_heading("Ihre Ersatzcodes")
    sign_out(thief)
    by_password(thief, user)
    # The page asks for this person's passkeys; whoever changes that offers an own one.
    own = Authenticator.objects.get(user=other, type=Authenticator.Type.WEBAUTHN).data["credential"]["id"]
    thief.page.evaluate(
        """id => {
            const data = document.getElementById("js_data");
            const asked = JSON.parse(data.textContent);
            asked.request_options.publicKey.allowCredentials = [{type: "public-key", id}];
            data.textContent = JSON.stringify(asked);
        }""",
        own,
    )
    thief.press("Mit Passkey anmelden")
    thief.sees(PASSKEY_REFUSED)
    thief.page.goto("/")
    thief.sees_heading("Zweiter Faktor")


def from_elsewhere(route: Route) -> None:
    """The form as a page of another address would send it: only that address in it is another."""
    if route.request.method != "POST":
        route.continue_()
        return
    fields = dict(parse_qsl(route.request.post_data or ""))
    credential = json.loads(fields["credential"])
    encoded = credential["response"]["clientDataJSON"]
    client = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    client["origin"] = "https://termine.example.com"
    changed = urlsafe_b64encode(json.dumps(client).encode()).decode().rstrip("=")
    credential["response"]["clientDataJSON"] = changed
    route.continue_(post_data=urlencode({**fields, "credential": json.dumps(credential)}))


@pytest.mark.parametrize("unguarded", [False, True])
def test_a_passkey_made_for_another_address_is_refused(
    enter: Callable[..., Person], user: User, settings: Settings, unguarded: bool
) -> None:
    """Without the check it is taken, so nothing else than the address is what is refused."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = unguarded
    person, _ = begin(enter, user)
    person.page.route(f"**{ADD}", from_elsewhere)
    set_up(person)
    if unguarded:
        person.sees_heading("Ihre Ersatzcodes")
    else:
        person.sees(PASSKEY_REFUSED)
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == int(unguarded)


def test_at_an_address_without_a_name_the_page_says_so(
    enter: Callable[..., Person], user: User, server: str, watch: Watch, settings: Settings
) -> None:
    numbered = server.replace("localhost", "127.0.0.1")
    watch.servers.append(numbered)
    settings.CSRF_TRUSTED_ORIGINS = [numbered]
    person = enter()
    Device(person.page)
    page = person.page
    page.goto(f"{numbered}/")
    page.get_by_label("E-Mail-Adresse").fill(user.email)
    page.get_by_label("Passwort").fill(PASSWORD)
    person.press("Anmelden")
    set_up(person)
    expect(page.locator("#passkey-antwort")).to_contain_text("Unter dieser Adresse gehen keine Passkeys")
