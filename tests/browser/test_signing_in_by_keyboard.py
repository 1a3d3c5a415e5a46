"""The first sign-in without a mouse: from the invitation to the overview, with a second factor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from sites import inviting
from sites.models import Role
from sites.people import Post
from tests.browser.people import Person
from tests.browser.test_by_keyboard import tab_to, wait_for_focus
from tests.builders import NOW, make_facility, make_user
from tests.second_factor import code_now

EMAIL, PASSWORD = "neu@example.org", "correct horse battery staple"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.MFA_REQUIRED = True


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def press_enter_on(page: Page, text: str) -> None:
    tab_to(page, text)
    page.keyboard.press("Enter")


def test_from_the_invitation_to_the_overview(enter: Callable[..., Person]) -> None:
    facility = make_facility()
    lead = make_user(Role.FACILITY_LEAD, facility=facility)
    post = Post(Role.SOCIAL_WORKER, facility=facility)
    _, token = inviting.invite(email=EMAIL, post=post, by=lead, now=NOW)
    page = enter().page
    page.goto(f"/einladung/{token}/")
    wait_for_focus(page, "Ihr Name")
    page.keyboard.type("Kim Neu")
    tab_to(page, "Passwort")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Anmelden")
    wait_for_focus(page, "E-Mail-Adresse")
    page.keyboard.type(EMAIL)
    tab_to(page, "Passwort")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Zweiter Faktor")
    press_enter_on(page, "App einrichten")
    heading(page, "Bitte bestätigen Sie, dass Sie es sind")
    wait_for_focus(page, "Passwort")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Authenticator-App einrichten")
    wait_for_focus(page, "Code")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("#fehler")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_focus(page, "Code")
    page.keyboard.press("Control+A")
    page.keyboard.type(code_now(page.locator(".pia-secret").inner_text()))
    page.keyboard.press("Enter")
    heading(page, "Ihre Ersatzcodes")
    with page.expect_download() as download:
        press_enter_on(page, "Als Datei speichern")
    codes = download.value.path().read_text().split()
    assert codes == page.locator(".pia-codes code").all_inner_texts()
    assert (download.value.suggested_filename, len(codes)) == ("ersatzcodes.txt", 10)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    heading(page, "Übersicht")
