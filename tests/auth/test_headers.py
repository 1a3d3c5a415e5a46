"""What every answer tells the browser to allow, and that no page needs more."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sites.models import User
from tests.browser.people import PATIENCE_MILLISECONDS
from tests.browser.serving import left_alone_afterwards
from tests.faults.processes import wait_until
from tests.pages.desks import make_place, slot_of

CSP = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; script-src 'self'; style-src 'self'"
)


def parts(policy: str) -> list[str]:
    return sorted(part.strip() for part in policy.split(";"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/anmelden/", "/healthz", "/nirgends/", "/einladung/x/"])
def test_every_answer_carries_them(path: str) -> None:
    headers = Client().get(path).headers
    assert parts(headers["Content-Security-Policy"]) == parts(CSP)
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


# Not for each test: while Playwright runs, asgiref keeps this thread's connections apart from those before
# and after it, and the end of a test must find those that the test opened.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    with left_alone_afterwards(live_server):
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        yield context
        context.close()


def enter(context: BrowserContext, server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])


PATHS = [
    "/",
    "/konto/",
    "/konto/e-mail/",
    "/konto/zweiter-faktor/",
    "/konto/zweiter-faktor/app/",
    "/konto/zweiter-faktor/passkeys/neu/",
    "/personen/",
    "/personen/einladen/",
    "/klientinnen/",
    "/tag/",
    "/kalender/",
]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_asks_elsewhere_breaks_the_policy_or_is_too_wide(
    context: BrowserContext, live_server: LiveServer, settings: Settings, width: int
) -> None:
    place = make_place()
    hour = place.hour()
    appointment = place.book(slot_of(hour))
    enter(context, live_server, place.lead)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    own = [f"/sprechstunden/{hour.pk}/", f"/termine/{appointment.pk}/"]
    too_wide = []
    for path in [*PATHS, *own]:
        page.goto(live_server.url + path)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            too_wide.append(path)
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert [text for text in complaints if "404" not in text] == []
    assert too_wide == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_violation_would_be_noticed(context: BrowserContext, live_server: LiveServer) -> None:
    page = context.new_page()
    page.goto(live_server.url + "/anmelden/")
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x'}))")


def last_sign_of_life(page: Page) -> int:
    return int(page.evaluate("Number(localStorage.getItem('pia-session-seen'))"))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_warns_and_holds_the_form_when_time_is_up(
    context: BrowserContext, live_server: LiveServer, settings: Settings
) -> None:
    place = make_place()
    enter(context, live_server, place.lead)
    page = context.new_page()
    page.clock.install()
    page.goto(live_server.url + "/personen/einladen/")
    page.get_by_label("E-Mail-Adresse").fill("neu@example.org")
    stay = page.get_by_role("button", name="Angemeldet bleiben")
    page.clock.run_for((settings.IDLE_MINUTES * 60 - 60) * 1000)
    expect(stay).to_be_visible()
    before = last_sign_of_life(page)
    stay.click()
    expect(stay).to_be_hidden()
    # Its answer must have come before the clock runs on: it counts from when it comes.
    wait_until("the session to be kept", lambda: last_sign_of_life(page) > before)
    page.clock.run_for((settings.IDLE_MINUTES * 60 + 10) * 1000)
    page.wait_for_url("**/anmelden/**")
    assert "next=/konto/fortsetzen/" in page.url
    expect(page.get_by_text("Ihre Eingaben sind aufgehoben")).to_be_visible()
