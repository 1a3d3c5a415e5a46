"""Signing in and out, a forgotten password, and a new address that counts only once confirmed."""

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.auth.people import PASSWORD, is_in, make_person, sign_in, way

pytestmark = pytest.mark.django_db
NEW = "another long password"


def link(pattern: str) -> str:
    [path] = re.findall(rf"http://testserver({pattern}\S+)", str(mail.outbox[-1].body))
    return str(path)


def test_in_and_out() -> None:
    browser = sign_in(make_person())
    assert is_in(browser)
    browser.post("/abmelden/")
    assert not is_in(browser)


def test_a_wrong_password_and_an_unknown_address_look_alike() -> None:
    user = make_person()
    pages = [
        Client().post("/anmelden/", {"login": login, "password": "wrong"}).context["form"].errors
        for login in (user.email, "niemand@example.org")
    ]
    assert pages[0] == pages[1] != {}


def test_next_never_leads_to_another_site() -> None:
    user = make_person()
    response = Client().post(
        "/anmelden/", {"login": user.email, "password": PASSWORD, "next": "https://example.com/"}
    )
    assert response["Location"] == "/"


def test_a_forgotten_password_is_set_anew_by_the_link_once() -> None:
    user = make_person()
    Client().post("/anmelden/passwort/", {"email": user.email})
    path = link("/anmelden/passwort/")
    browser = Client()
    form = browser.get(path)["Location"]
    assert way(browser.post(form, {"password1": NEW})) == "/anmelden/passwort/gesetzt/"
    assert is_in(sign_in(user, password=NEW))
    assert "gilt nicht mehr" in Client().get(path).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail() -> None:
    answers = [
        way(Client().post("/anmelden/passwort/", {"email": email}))
        for email in (make_person().email, "niemand@example.org")
    ]
    assert answers == ["/anmelden/passwort/gesendet/"] * 2
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_does_not_tell_which_addresses_are_known(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answers = [
        way(Client().post("/anmelden/passwort/", {"email": email}))
        for email in (make_person().email, "niemand@example.org")
    ]
    assert answers == ["/anmelden/passwort/gesendet/"] * 2


def test_mails_of_the_account_name_no_place_and_no_trade() -> None:
    user = make_person()
    Client().post("/anmelden/passwort/", {"email": user.email})
    text = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert [word for word in ("PIA", "Klinik", "Psych", "Droge", user.display_name) if word in text] == []


def test_a_new_address_counts_when_its_link_was_opened() -> None:
    user = make_person()
    browser = sign_in(user)
    page = browser.post("/konto/e-mail/", {"action_add": "1", "email": "neu@example.org"})
    if way(page) != "/konto/e-mail/":
        browser.post(page["Location"], {"password": PASSWORD})
    user.refresh_from_db()
    assert user.email != "neu@example.org"
    assert mail.outbox[-1].to == ["neu@example.org"]
    browser.post(link("/konto/e-mail/"))
    user.refresh_from_db()
    assert user.email == "neu@example.org"
    assert is_in(sign_in(user))


def test_a_new_password_is_told_by_mail() -> None:
    user = make_person()
    browser = sign_in(user)
    browser.post("/konto/passwort/", {"oldpassword": PASSWORD, "password1": NEW})
    assert is_in(sign_in(user, password=NEW))
    assert [message.subject for message in mail.outbox] == ["Ihr Zugang wurde geändert"]


def test_an_unattended_desk_is_not_enough_for_a_new_address() -> None:
    browser = sign_in(make_person())
    asked = browser.post("/konto/e-mail/", {"action_add": "1", "email": "neu@example.org"})
    assert (way(asked), len(mail.outbox)) == ("/konto/bestaetigen/", 0)
