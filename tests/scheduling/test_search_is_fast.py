"""Searching 20,000 clients of a facility reads what is found and not what is there, row-level security on."""

from typing import Any

import pytest
from django.db import connection

from bench.workloads.clients import CLIENTS
from scheduling.models import Client
from scheduling.selectors import clients_matching, clients_visible_to, suggested_clients
from sites import acting
from sites.models import Role, User
from tests.builders import NOW, make_client, make_facility, make_user

PER_FACILITY = 20_000


@pytest.fixture
def worker(db: None) -> User:
    """Of one of three facilities with that many clients each."""
    facilities = [make_facility() for _ in range(3)]
    worker = make_user(Role.SOCIAL_WORKER, facility=facilities[0])
    with connection.cursor() as cursor:
        cursor.execute(CLIENTS, {"now": NOW, "by": worker.pk, "each": PER_FACILITY})
    for facility in facilities:
        make_client(facility, by=worker, name="Gül Muster", phone="0171 3920012")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE scheduling_client")
    return worker


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows of clients were looked at, found or not."""
    read = 0
    if plan.get("Relation Name") == "scheduling_client":
        thrown_away = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        read = round((plan["Actual Rows"] + thrown_away) * plan["Actual Loops"])
    return read + sum(rows_read(each) for each in plan.get("Plans", []))


@pytest.mark.parametrize(
    ("typed", "found"),
    [("B-1999", 11), ("b-19999", 1), ("muster, gül", 1), ("+49 171 39200 12", 1), ("Q", 0), ("%", 0)],
)
def test_what_is_found_is_read_by_its_index(worker: User, typed: str, found: int) -> None:
    search = clients_matching(clients_visible_to(worker), typed)
    with acting.as_person(worker), connection.cursor() as cursor:
        assert search.count() == found
        sql, params = search.query.sql_with_params()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        [[plan]] = cursor.fetchall()
    # Once where it is found, and once where the whole row is shown; a number also at the other facilities.
    assert rows_read(plan[0]["Plan"]) <= 2 * found + 2


def test_a_way_that_gives_away_what_it_sees_would_read_them_all(worker: User) -> None:
    """The negative control: LIKE."""
    search = clients_visible_to(worker).filter(code__startswith="B-1999").order_by()
    with acting.as_person(worker), connection.cursor() as cursor:
        sql, params = search.query.sql_with_params()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        [[plan]] = cursor.fetchall()
    assert rows_read(plan[0]["Plan"]) >= PER_FACILITY


def test_suggestions_are_few_however_little_was_typed(worker: User) -> None:
    with acting.as_person(worker):
        found = suggested_clients(clients_visible_to(worker), "B")
    assert [each.code for each in found] == [
        "B-1",
        "B-10",
        "B-100",
        "B-1000",
        "B-10000",
        "B-10001",
        "B-10002",
        "B-10003",
    ]
    assert Client.objects.count() == 3 * PER_FACILITY + 3
