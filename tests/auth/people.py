"""A person with a password, and the browser in which they sign in."""

from typing import Any

from django.test import Client

from sites.models import Facility, Role, User
from tests.builders import make_user
from tests.second_factor import code_now

PASSWORD = "correct horse battery staple"


def make_person(role: Role = Role.SOCIAL_WORKER, facility: Facility | None = None) -> User:
    return make_user(role, facility=facility, password=PASSWORD)


def sign_in(
    user: User, *, password: str = PASSWORD, browser: Client | None = None, next: str = "/"
) -> Client:
    """A browser that has sent the sign-in form."""
    browser = browser or Client()
    browser.post("/anmelden/", {"login": user.email, "password": password, "next": next})
    return browser


def sign_in_with_code(user: User) -> Client:
    browser = sign_in(user)
    browser.post("/anmelden/zweiter-faktor/", {"code": code_now()})
    return browser


def is_in(browser: Client) -> bool:
    """Whether the overview is shown, and not the way to signing in or to a second factor."""
    return browser.get("/").status_code == 200


def way(response: Any) -> str:
    """Where a redirect leads, without its query."""
    return response["Location"].split("?")[0]
