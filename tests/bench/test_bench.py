"""The benchmark itself: its arithmetic, and each workload run once in small."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench import __main__ as command
from bench import databases, measuring
from bench.measuring import Row
from bench.workloads import booking, clients, desk, free_slots, months, psychiatrist

FASTER = Row(workload="book", ours="40/s", floor="100/s", ratio=0.4, sense=">=", bound=0.3)
SLOWER = Row(workload="read", ours="13 ms", floor="10 ms", ratio=1.3, sense="<=", bound=1.2)


def test_a_bound_is_met_from_its_side() -> None:
    assert [row.ok for row in (FASTER, SLOWER)] == [True, False]


def test_sides_take_turns_and_the_warm_up_is_left_out() -> None:
    turns: list[str] = []

    def side(name: str, taken: list[float]) -> Callable[[], float]:
        def measure() -> float:
            turns.append(name)
            return taken.pop(0)

        return measure

    sides = [side("ours", [9.0, 1.0, 3.0, 2.0]), side("floor", [9.0, 5.0, 5.0, 8.0])]
    assert measuring.alternately(sides, rounds=3, warm_up=1) == [2.0, 5.0]
    assert turns == ["floor", "ours", "ours", "floor"] * 2


def test_the_table_shows_each_row_with_its_bound() -> None:
    assert measuring.table([FASTER, SLOWER]).splitlines() == [
        "workload   ours  floor  ratio    bound  ok",
        "--------  -----  -----  -----  -------  ---",
        "book       40/s  100/s   0.40  >= 0.30  yes",
        "read      13 ms  10 ms   1.30  <= 1.20  NO",
    ]


@pytest.mark.parametrize(("rows", "code"), [([FASTER], 0), ([FASTER, SLOWER], 1)])
def test_a_bound_that_is_missed_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row], code: int
) -> None:
    monkeypatch.setattr(command, "run", lambda names: rows)
    assert command.main(["--json"]) == code
    printed = json.loads(capsys.readouterr().out)
    assert [(row["workload"], row["ratio"], row["ok"]) for row in printed] == [
        (row.workload, row.ratio, row.ok) for row in rows
    ]


def test_an_unknown_workload_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["baking"])
    assert "no such workload: baking" in capsys.readouterr().err


DESK = [
    "start page",
    "start page for a client",
    "search as one types",
    "form of a slot",
    "form with the client's file",
    "suggestions as one types",
    "clients",
    "a client",
    "the queue of an hour",
    "hold of a slot",
    "an appointment",
    "its messages",
    "cancelling it",
    "its card",
    "waiting list",
    "one who waits",
    "an offer",
]

SMALL: list[tuple[ModuleType, dict[str, Any], list[str]]] = [
    (booking, {"BOOKINGS": 3, "ROUNDS": 2, "WARM_UP": 1}, ["book a slot"]),
    (months, {"SITES": 3, "ROUNDS": 1}, ["propose and publish a month, 3 sites"]),
    (
        free_slots,
        {"SIZES": [1, 1000, 2000], "ROUNDS": 1},
        ["free slots of a site, 1,000 slots", "free slots of a site, 2,000 slots"],
    ),
    (
        clients,
        {"IN_ALL": 90, "PER_FACILITY": 30, "ROUNDS": 1},
        [
            "a page of 30 clients of 90",
            "a client's page, one of 90",
            "search by pseudonym in 30 of 90",
            "search by name in 30 of 90",
            "suggestions as one types, of 90",
        ],
    ),
    (
        psychiatrist,
        {"HOURS": 2, "CLIENTS": 9, "ROUNDS": 1},
        [
            "a psychiatrist's day, 5 sites, 80 appointments",
            "the sheet of an hour, 5 sites, 80 appointments",
            "months of all sites, 5 sites, 80 appointments",
            "month of a site, 5 sites, 80 appointments",
            "month of a site as a grid, 5 sites, 80 appointments",
            "an hour, 5 sites, 80 appointments",
            "moving an hour, 5 sites, 80 appointments",
            "handing an hour over, 5 sites, 80 appointments",
            "drafts, 5 sites, 80 appointments",
            "series of a site, 5 sites, 80 appointments",
            "a new series, 5 sites, 80 appointments",
            "a series, 5 sites, 80 appointments",
            "what differs from a series, 5 sites, 80 appointments",
            "who is told if all follow, 5 sites, 80 appointments",
        ],
    ),
    (
        desk,
        {"CLIENTS": 30, "ITEMS": 2, "HOURS": 4, "ROUNDS": 1},
        [f"desk: {page}, 30 clients, 2 items" for page in DESK],
    ),
]


@pytest.fixture(scope="module")
def own_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The benchmark's own way to a database, which must leave nothing behind."""
    with django_db_blocker.unblock():
        before = databases_of_the_server()
        with databases.own():
            yield
        assert databases_of_the_server() == before


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize(
    ("module", "sizes", "names"),
    SMALL,
    ids=["booking", "months", "free_slots", "clients", "psychiatrist", "desk"],
)
def test_each_workload_runs(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, sizes: dict[str, Any], names: list[str]
) -> None:
    for name, value in sizes.items():
        monkeypatch.setattr(module, name, value)
    try:
        rows = module.run()
    finally:
        call_command("flush", interactive=False, verbosity=0)
    assert [row.workload for row in rows] == names
    assert all(row.ratio > 0 for row in rows)


def databases_of_the_server() -> set[str]:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}
