"""A person at a browser, and what must not happen there."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from sites.models import User
from tests.faults.processes import wait_until

PASSWORD = "demo"
PATIENCE_MILLISECONDS = 15_000
# Playwright's own five seconds are short for a machine that has other things to do.
expect.set_options(timeout=PATIENCE_MILLISECONDS)


def find_chromium(environ: Mapping[str, str]) -> str:
    """The program to drive. Without one the tests fail, they are never left out."""
    path = environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not os.access(path, os.X_OK):
        pytest.fail(
            f"{path}: no Chromium there. Run apt-get install chromium, or set CHROMIUM.", pytrace=False
        )
    return path


# What htmx says of a request that was on its way when the person left the page: a preview while one saves.
# Of a wrong answer it says htmx:responseError; of a server that is away the browser itself complains.
BROKEN_OFF = ("htmx:afterRequest, ", "htmx:sendAbort, ", "htmx:sendError, ")


class Watch:
    """Collects errors of pages, and requests to any host but those of `servers`."""

    def __init__(self, servers: list[str]) -> None:
        self.servers = servers
        self.complaints: list[str] = []
        self._listens = True

    def taken(self, page: Page, number: int = 1) -> list[str]:
        """The complaints, once there are so many. From then on nothing is a complaint any more."""

        def there() -> bool:
            page.evaluate("0")  # only while it is talked to, the browser tells what happened
            return len(self.complaints) >= number

        wait_until(f"{number} complaints", there)
        found, self.complaints, self._listens = self.complaints, [], False
        return found

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(str(error.error)))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(BROKEN_OFF):
            self._note(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        own = {urlsplit(server).netloc for server in self.servers}
        if urlsplit(request.url).netloc not in own:
            self._note(f"request to {request.url}")

    def _note(self, complaint: str) -> None:
        if self._listens:
            self.complaints.append(complaint)


class Person:
    """Somebody with an own browser; with `user` signed in without the form."""

    def __init__(self, page: Page, server: str, user: User | None) -> None:
        self.page = page
        if user is not None:
            signed_in = Browser()
            signed_in.force_login(user)
            session = signed_in.cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": session, "url": server}])

    def sign_in(self, email: str) -> None:
        """By the form, as everybody does."""
        self.page.goto("/")
        self.page.get_by_label("E-Mail-Adresse").fill(email)
        self.page.get_by_label("Passwort").fill(PASSWORD)
        self.press("Anmelden")
        self.sees_heading("Übersicht")

    def opens(self, address: str) -> None:
        response = self.page.goto(address)
        assert response is not None
        assert response.status == 200

    def follows(self, link: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def press(self, button: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()

    def sees_heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def is_told(self, text: str) -> None:
        expect(self.page.locator("#meldungen")).to_have_text(text, use_inner_text=True)

    def sees(self, text: Any) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window, once its styles and fonts are there."""
        self.page.wait_for_load_state()
        self.page.evaluate("document.fonts.ready.then(() => null)")
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))
