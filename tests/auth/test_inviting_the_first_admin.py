"""The first person of a new installation is invited from the terminal."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from sites.models import Invitation, Role, User
from tests.auth.people import PASSWORD, is_in, sign_in
from tests.builders import make_user

pytestmark = pytest.mark.django_db

EMAIL = "erste@example.org"


def invite(email: str = EMAIL) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    said, complained = StringIO(), StringIO()
    call_command("invite_admin", email=email, stdout=said, stderr=complained)
    return said.getvalue(), complained.getvalue()


def path_in(text: str) -> str:
    [path] = re.findall(r"http://127.0.0.1:8000(/einladung/\S+)", text)
    return str(path)


def test_from_an_empty_database_to_the_first_sign_in() -> None:
    assert User.objects.count() == 0
    said, _ = invite("Erste@Example.org")
    path = path_in(said)
    Client().post(path, {"display_name": "Kim Neu", "password1": PASSWORD})
    user = User.objects.get(email=EMAIL)
    assert [each.role for each in user.memberships.all()] == [Role.NETWORK_ADMIN]
    browser = sign_in(user)
    assert is_in(browser)
    assert browser.get("/personen/einladen/").status_code == 200
    assert "schon angenommen" in Client().get(path).content.decode()


def test_terminal_and_mail_show_the_same_link() -> None:
    said, complained = invite()
    [message] = mail.outbox
    assert (message.to, message.subject, complained) == ([EMAIL], "Einladung", "")
    assert path_in(str(message.body)) == path_in(said)
    assert "Sie sind eingeladen. Mit diesem Link" in message.body
    assert "System" not in message.body


def test_a_mail_server_that_is_down_leaves_the_link(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    said, complained = invite()
    assert Client().get(path_in(said)).status_code == 200
    assert "konnte nicht gesendet werden" in complained


def test_a_second_one_ends_the_first() -> None:
    first, _ = invite()
    second, _ = invite()
    assert [Client().get(path_in(said)).status_code for said in (first, second)] == [410, 200]


@pytest.mark.parametrize("email", ["", "erste", "erste@", "a@example.org b@example.org"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(CommandError, match="ist keine E-Mail-Adresse"):
        invite(email)
    assert Invitation.objects.count() == 0


def test_who_has_the_role_already_is_not_invited_again() -> None:
    admin = make_user(Role.NETWORK_ADMIN)
    with pytest.raises(CommandError, match="hat diese Rolle schon"):
        invite(admin.email)
