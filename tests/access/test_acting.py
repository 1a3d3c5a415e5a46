"""Who acts is told to the database for each request, and nobody is left acting after it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import path
from pytest_django import DjangoDbBlocker

from config.environment import _with_role
from config.urls import urlpatterns as real_urlpatterns
from notifications import feeds
from sites import acting
from sites.acting import System
from tests.access.world import World, ids
from tests.builders import NOW, make_user

WHO = "SELECT current_user, current_setting('pia.user_id', true)"


def who_acts() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(WHO)
        role, user = cursor.fetchone()
        return role, user or ""


@pytest.fixture
def login(db: None) -> tuple[str, str]:
    """Who acts outside of requests, in the tests: the tables' owner."""
    return who_acts()


def show(request: HttpRequest) -> HttpResponse:
    return HttpResponse("/".join([*who_acts(), *map(str, ids("scheduling_client"))]))


def fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def fail_in_sql(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
    return HttpResponse()


def lose_connection(request: HttpRequest) -> HttpResponse:
    connection.close()
    return show(request)


urlpatterns = [
    path("zeigen", show),
    path("fehler", fail),
    path("fehler-sql", fail_in_sql),
    path("abbruch", lose_connection),
    *real_urlpatterns,
]


def browser_of(user: Any) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(user)
    return browser


def told(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured.captured_queries if "set_config" in query["sql"]]


@pytest.mark.urls(__name__)
def test_a_request_acts_as_its_person_who_sees_no_foreign_row(world: World, login: tuple[str, str]) -> None:
    here = world.here
    answers = [
        browser_of(user).get("/zeigen").content.decode() for user in (here.place.worker, here.place.admin)
    ]
    assert answers == [
        f"pia_web/{here.place.worker.pk}/{here.client.pk}/{here.other_client.pk}",
        f"pia_web/{here.place.admin.pk}",
    ]
    assert who_acts() == login


@pytest.mark.urls(__name__)
def test_nobody_is_left_acting_after_an_error(world: World, login: tuple[str, str]) -> None:
    status = browser_of(world.here.place.worker).get("/fehler").status_code
    assert (status, who_acts()) == (500, login)


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_nobody_is_left_acting_after_an_error_of_the_database() -> None:
    before = who_acts()
    status = browser_of(make_user()).get("/fehler-sql").status_code
    assert (status, who_acts()) == (500, before)


def test_a_request_of_nobody_acts_as_the_web(world: World, login: tuple[str, str]) -> None:
    with CaptureQueriesContext(connection) as captured:
        browser_of(world.here.place.worker).get("/anmelden/")
    first = told(captured)[0]
    assert ("pia_web" in first, who_acts()) == (True, login)


def test_a_request_that_asks_nothing_tells_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert Browser().get("/healthz").status_code == 200
    assert [query["sql"] for query in captured.captured_queries] == []


def test_a_feed_is_read_as_its_owner(world: World, login: tuple[str, str]) -> None:
    worker = world.here.place.worker
    _, token = feeds.create_feed(user=worker, by=worker, now=NOW)
    with CaptureQueriesContext(connection) as captured:
        answer = Browser().get(f"/calendar/{token}.ics")
    assert (answer.content.count(b"BEGIN:VEVENT"), f"'{worker.pk}'" in told(captured)[1]) == (1, True)
    assert who_acts() == login


def test_blocks_within_each_other_go_back_one_by_one(world: World, login: tuple[str, str]) -> None:
    worker = world.here.place.worker
    seen = []
    with acting.as_system(System.WORKER):
        seen.append(who_acts())
        with acting.as_person(worker):
            seen.append(who_acts())
        seen.append(who_acts())
    seen.append(who_acts())
    assert seen == [("pia_worker", ""), ("pia_web", str(worker.pk)), ("pia_worker", ""), login]


# -- as in production: connections that begin as pia_web ------------------------------------------------


@pytest.fixture
def web_process(transactional_db: None, settings: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Inside, this process is one that `config.wsgi` started."""
    wrapper = connections["default"]
    kept = wrapper.settings_dict
    wrapper.close()
    wrapper.settings_dict = _with_role(kept, "pia_web")
    settings.DATABASE_ROLE = "pia_web"
    yield
    wrapper.close()
    wrapper.settings_dict = kept


@pytest.fixture
def worker_s_browser(transactional_db: None) -> Browser:
    from tests.access.world import make_world

    return browser_of(make_world().here.place.worker)


def test_a_new_connection_begins_with_nobody_and_sees_no_client(
    worker_s_browser: Browser, web_process: None
) -> None:
    assert (who_acts(), ids("scheduling_client")) == (("pia_web", ""), [])


def test_resetting_the_role_leads_back_to_the_web_s(web_process: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert who_acts() == ("pia_web", "")


@pytest.mark.urls(__name__)
def test_a_request_costs_two_statements_on_a_connection_that_stays(
    worker_s_browser: Browser, web_process: None
) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = worker_s_browser.get("/zeigen").content.decode().split("/")
    assert (len(told(captured)), answer[0], len(answer)) == (2, "pia_web", 4)
    assert who_acts() == ("pia_web", "")


@pytest.mark.urls(__name__)
def test_a_connection_made_anew_within_a_request_knows_nobody(
    worker_s_browser: Browser, web_process: None
) -> None:
    assert worker_s_browser.get("/abbruch").content == b"pia_web/"
    assert len(worker_s_browser.get("/zeigen").content.split(b"/")) == 4
