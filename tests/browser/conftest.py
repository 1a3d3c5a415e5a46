"""A real Chromium on a real server. What it complains of, and any request elsewhere, fails the test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Browser, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sites.models import User
from tests.browser.people import PATIENCE_MILLISECONDS, Person, Watch, find_chromium
from tests.browser.serving import left_alone_afterwards
from tests.builders import NOW

FOLDER = Path(__file__).parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.browser)


# Not for the session: only one synchronous Playwright can run at a time, and other folders start their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this folder; each person gets a fresh profile in it."""
    path = find_chromium(os.environ)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server(live_server: LiveServer, settings: Settings) -> Iterator[str]:
    """The address of a running server, whose clock begins at NOW and runs on."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    with time_machine.travel(NOW, tick=True), left_alone_afterwards(live_server):
        yield live_server.url


@pytest.fixture
def watch(server: str) -> Iterator[Watch]:
    """Notes what must not happen in any browser of the test."""
    watch = Watch([server])
    yield watch
    assert watch.complaints == []


@pytest.fixture
def enter(chromium: Browser, server: str, watch: Watch) -> Iterator[Callable[..., Person]]:
    """Brings a person (by default nobody in particular) to the start page, signed in, in an own browser."""
    people: list[Person] = []

    def enter(user: User | None = None, *, width: int = 1280, javascript: bool = True) -> Person:
        context = chromium.new_context(
            base_url=server,
            viewport={"width": width, "height": 900},
            locale="de-DE",
            java_script_enabled=javascript,
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        watch.over(context)
        people.append(Person(context.new_page(), server, user))
        return people[-1]

    yield enter
    for person in people:
        person.page.context.close()
