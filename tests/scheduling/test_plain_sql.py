"""Statements that stay planned in the server see what the one may see who acts, each time anew."""

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from scheduling.plain_sql import fetch
from sites import acting
from sites.models import Role, User
from tests.builders import make_client, make_site, make_user

pytestmark = pytest.mark.django_db

CODES = "SELECT code FROM scheduling_client WHERE id = ANY (%(clients)s) ORDER BY id"


def at_some_facility() -> tuple[User, int, str]:
    site = make_site()
    worker = make_user(Role.SOCIAL_WORKER, facility=site.facility)
    client = make_client(site.facility, by=worker)
    return worker, client.pk, client.code


def test_of_two_in_turn_each_sees_the_own_clients_only() -> None:
    """Also by a plan that was made for the other one."""
    people = [at_some_facility(), at_some_facility()]
    keys = [client for _, client, _ in people]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for number in range(4):
            worker, _, code = people[number % 2]
            with acting.as_person(worker):
                assert fetch(CODES, {"clients": keys}) == [(code,)]
        cursor.execute("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT code%'")
        assert cursor.fetchall() == [(4,)]


def test_a_transaction_that_is_rolled_back_takes_no_statement_along() -> None:
    worker, client, code = at_some_facility()
    for _ in range(2):
        with acting.as_person(worker):
            assert fetch(CODES, {"clients": [client]}) == [(code,)]
        with transaction.atomic():
            fetch(CODES, {"clients": [client]})
            transaction.set_rollback(True)


def test_they_are_counted_as_any_other(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert fetch("SELECT %(one)s::int", {"one": 1}) == [(1,)]
