"""Guessing passwords and flooding mailboxes end early, and a Redis that is down keeps nobody out."""

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from config.cache import ForgivingRedisCache
from tests.auth.people import PASSWORD, is_in, make_person, sign_in

pytestmark = pytest.mark.django_db

NO_REDIS = "unix:///nowhere/redis.sock"


def test_five_wrong_passwords_lock_an_address_for_the_right_one_too() -> None:
    user = make_person()
    for _ in range(5):
        assert not is_in(sign_in(user, password="wrong"))
    browser = Client()
    page = browser.post("/anmelden/", {"login": user.email, "password": PASSWORD})
    assert "Das waren zu viele falsche Versuche. Bitte warten Sie fünf Minuten" in page.content.decode()
    assert not is_in(browser)


def test_others_are_not_locked_with_it() -> None:
    user, other = make_person(), make_person()
    for _ in range(6):
        sign_in(user, password="wrong")
    assert is_in(sign_in(other))


def test_one_machine_cannot_try_many_addresses() -> None:
    user = make_person()
    for number in range(30):
        Client().post("/anmelden/", {"login": f"x{number}@example.org", "password": "wrong"})
    assert not is_in(sign_in(user))


def test_an_address_gets_three_reset_mails_and_no_more() -> None:
    user = make_person()
    answers = [Client().post("/anmelden/passwort/", {"email": user.email}).status_code for _ in range(4)]
    assert (answers, len(mail.outbox)) == ([302, 302, 302, 429], 3)


def test_a_refusal_by_limit_speaks_german() -> None:
    user = make_person()
    for _ in range(4):
        page = Client().post("/anmelden/passwort/", {"email": user.email})
    assert "Das waren zu viele Versuche" in page.content.decode()


def test_without_redis_people_sign_in_and_limits_hold_in_the_process(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": NO_REDIS}}
    user, other = make_person(), make_person()
    for _ in range(5):
        sign_in(user, password="wrong")
    assert (is_in(sign_in(user)), is_in(sign_in(other))) == (False, True)


def test_redis_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ForgivingRedisCache(NO_REDIS, {})
    clock = [100.0]
    monkeypatch.setattr("config.cache.time.monotonic", lambda: clock[0])
    assert cache.add("pause", 1) is True
    paused_until = cache._pause_until
    clock[0] += 5
    cache.get("pause")
    assert cache._pause_until == paused_until
    clock[0] += 20
    cache.get("pause")
    assert cache._pause_until > paused_until
    cache.delete("pause")


def test_counts_are_shared_by_way_of_redis(settings: Settings, live_redis: object) -> None:
    first, second = (ForgivingRedisCache(settings.REDIS_URL, {}) for _ in range(2))
    first.set("count", [1, 2])
    assert second.get("count") == [1, 2]


def test_one_machine_cannot_flood_many_mailboxes() -> None:
    for number in range(20):
        Client().post("/anmelden/passwort/", {"email": f"x{number}@example.org"})
    page = Client().post("/anmelden/passwort/", {"email": make_person().email})
    assert (page.status_code, len(mail.outbox)) == (429, 0)


def test_one_machine_cannot_try_many_links() -> None:
    answers = [
        Client().post(f"/anmelden/passwort/1-x{number}/", {"password1": PASSWORD}).status_code
        for number in range(21)
    ]
    assert answers == [200] * 20 + [429]


def test_one_machine_cannot_send_the_form_without_end() -> None:
    """Also with right passwords, which count as no failure."""
    user = make_person()
    answers = [
        Client().post("/anmelden/", {"login": user.email, "password": PASSWORD}).status_code
        for _ in range(61)
    ]
    assert answers == [302] * 60 + [429]


def test_whoever_sits_at_somebody_s_desk_cannot_guess_the_password() -> None:
    browser = sign_in(make_person())
    answers = [
        browser.post("/konto/bestaetigen/", {"password": f"wrong {number}"}).status_code
        for number in range(11)
    ]
    assert answers == [200] * 10 + [429]
