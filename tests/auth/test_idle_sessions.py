"""A session ends when nobody has done anything for a while, and a form that comes too late is not lost."""

import datetime
from collections.abc import Iterator

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from tests.auth.people import PASSWORD, is_in, make_person, sign_in, way
from tests.builders import NOW

Clock = time_machine.Traveller

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


def pass_minutes(clock: Clock, minutes: float) -> None:
    clock.shift(datetime.timedelta(minutes=minutes))


def test_it_lives_as_long_as_something_happens(clock: Clock) -> None:
    browser = sign_in(make_person())
    for _ in range(4):
        pass_minutes(clock, 29)
        assert is_in(browser)


def test_it_ends_after_half_an_hour_of_nothing(clock: Clock) -> None:
    browser = sign_in(make_person())
    pass_minutes(clock, 31)
    response = browser.get("/konto/")
    assert response["Location"] == "/anmelden/?next=/konto/"
    assert "mehr als 30 Minuten nicht aktiv" in browser.get("/anmelden/").content.decode()
    assert UserSession.objects.count() == 0


def test_a_sign_of_life_from_the_page_keeps_it(clock: Clock) -> None:
    browser = sign_in(make_person())
    pass_minutes(clock, 20)
    assert browser.post("/konto/sitzung/").status_code == 204
    pass_minutes(clock, 20)
    assert is_in(browser)


def late_form(browser: Client) -> str:
    """Sends the form for a new password's e-mail address too late; where that leads."""
    return browser.post("/konto/e-mail/", {"action_add": "1", "email": "neu@example.org"})["Location"]


def test_a_late_form_is_handed_back_to_its_sender(clock: Clock) -> None:
    user = make_person()
    browser = sign_in(user)
    pass_minutes(clock, 31)
    assert late_form(browser) == "/anmelden/?next=/konto/fortsetzen/"
    [stored] = Session.objects.values_list("session_data", flat=True)
    assert "neu@example.org" not in str(Session(session_data=stored).get_decoded())
    response = browser.post(
        "/anmelden/", {"login": user.email, "password": PASSWORD, "next": "/konto/fortsetzen/"}
    )
    assert way(response) == "/konto/fortsetzen/"
    page = browser.get("/konto/fortsetzen/").content.decode()
    assert 'action="/konto/e-mail/"' in page
    assert '<input type="hidden" name="email" value="neu@example.org">' in page
    assert way(browser.get("/konto/fortsetzen/")) == "/"  # handed back once


def test_nobody_else_gets_it(clock: Clock) -> None:
    browser = sign_in(make_person())
    pass_minutes(clock, 31)
    late_form(browser)
    sign_in(make_person(), browser=browser)
    assert way(browser.get("/konto/fortsetzen/")) == "/"


def test_no_password_is_held(clock: Clock) -> None:
    user = make_person()
    browser = sign_in(user)
    pass_minutes(clock, 31)
    browser.post("/konto/passwort/", {"oldpassword": "a", "password1": "b", "code": "c", "rest": "d"})
    sign_in(user, browser=browser)
    held = browser.get("/konto/fortsetzen/").context["held"]
    assert held.fields == [("rest", "d")]


def test_the_page_itself_can_hand_its_form_over() -> None:
    user = make_person()
    browser = sign_in(user)
    fields = {"hold_path": "http://testserver/konto/e-mail/", "email": "neu@example.org"}
    assert browser.post("/konto/aufheben/", fields)["Location"] == "/anmelden/?next=/konto/fortsetzen/"
    assert not is_in(browser)
    sign_in(user, browser=browser)
    held = browser.get("/konto/fortsetzen/").context["held"]
    assert (held.path, held.fields) == ("/konto/e-mail/", [("email", "neu@example.org")])


@pytest.mark.parametrize("path", ["https://example.com/x", "//example.com/x", "javascript:alert(1)"])
def test_a_form_is_never_handed_to_another_site(path: str) -> None:
    user = make_person()
    browser = sign_in(user)
    browser.post("/konto/aufheben/", {"hold_path": path, "email": "neu@example.org"})
    sign_in(user, browser=browser)
    assert browser.get("/konto/fortsetzen/").context["held"].path == "/konto/aufheben/"


def test_what_was_read_is_not_kept_by_the_browser() -> None:
    assert "no-store" in sign_in(make_person()).get("/")["Cache-Control"]


def test_a_fragment_leads_the_whole_page_to_signing_in() -> None:
    response = Client().get("/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"].startswith("/anmelden/")


def test_the_own_sessions_are_listed_and_ended_one_by_one() -> None:
    user = make_person()
    here, there = sign_in(user), sign_in(user)
    [other] = UserSession.objects.filter(session_key=there.session.session_key)
    assert len(here.get("/konto/").context["sessions"]) == 2
    here.post(f"/konto/sitzung/{other.pk}/beenden/")
    assert (is_in(here), is_in(there)) == (True, False)


def test_what_lies_idle_is_not_kept_once_somebody_signs_in(clock: Clock) -> None:
    sign_in(make_person())
    pass_minutes(clock, 20)
    sign_in(make_person())
    assert UserSession.objects.count() == 2
    pass_minutes(clock, 20)
    newest = make_person()
    sign_in(newest)
    assert UserSession.objects.filter(user=newest).count() == 1
    assert (UserSession.objects.count(), Session.objects.count()) == (2, 2)


def test_nobody_ends_the_session_of_another() -> None:
    victim = sign_in(make_person())
    [session] = UserSession.objects.all()
    sign_in(make_person()).post(f"/konto/sitzung/{session.pk}/beenden/")
    assert is_in(victim)
