"""In a real browser the page follows what happens, and leaves what is being typed alone."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from twilio.rest import Client

from tests.browser.people import PATIENCE_MILLISECONDS
from tests.demophones.conftest import ACCOUNT, OTHER_PHONE, PHONE, Application, RunningDemo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages() -> Iterator[Page]:
    """A page of the system's Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        yield page
        browser.close()


@pytest.fixture
def page(pages: Page, running: RunningDemo, client: Client) -> Iterator[Page]:
    """The phones' page, with one SMS on one phone. Whatever the browser complains of fails the test."""
    complaints: list[str] = []

    def note(message: object) -> None:
        complaints.append(str(message))

    pages.on("console", note)
    pages.on("pageerror", note)
    client.messages.create(to=PHONE, from_=ACCOUNT.sender, body="eins")
    pages.goto(running.url)
    yield pages
    # Before its server goes: else it asks on, and complains in the next test.
    pages.goto("about:blank")
    pages.remove_listener("console", note)
    pages.remove_listener("pageerror", note)
    assert complaints == []


def test_an_sms_appears_while_somebody_types(page: Page, client: Client) -> None:
    answer = page.get_by_label("Antwort von 0171 3920012")
    answer.press_sequentially("Ich kom")
    client.messages.create(to=PHONE, from_=ACCOUNT.sender, body="zwei")
    client.messages.create(to=OTHER_PHONE, from_=ACCOUNT.sender, body="drei")
    expect(page.locator(".demo-bubble__text")).to_have_text(["drei", "eins", "zwei"])
    expect(page.get_by_text("zugestellt")).to_have_count(3)
    expect(answer).to_be_focused()
    page.keyboard.type("me")
    expect(answer).to_have_value("Ich komme")


def test_an_answer_is_sent_with_the_enter_key(page: Page, application: Application) -> None:
    answer = page.get_by_label("Antwort von 0171 3920012")
    answer.fill("Ich komme")
    answer.press("Enter")
    expect(page.locator(".demo-bubble__text")).to_have_text(["eins", "Ich komme"])
    expect(page.get_by_text("angekommen")).to_be_visible()
    assert [call.fields["Body"] for call in application.calls] == ["Ich komme"]


def test_a_button_sends_its_word(page: Page, application: Application) -> None:
    page.get_by_role("button", name="STOP").click()
    expect(page.get_by_role("button", name="START")).to_be_visible()
    assert [call.fields["Body"] for call in application.calls] == ["STOP"]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, running: RunningDemo, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/", "/postfach"):
        page.goto(running.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
