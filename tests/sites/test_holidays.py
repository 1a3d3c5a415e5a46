"""Public holidays by state, and the two days that need care."""

from datetime import date

import pytest

from sites.holidays import (
    day_that_needs_care,
    knows_school_holidays,
    public_holiday,
    school_holiday,
)
from sites.models import State

LIBERATION = (
    "80. Jahrestag der Befreiung vom Nationalsozialismus und der Beendigung des Zweiten Weltkriegs in Europa"
)


@pytest.mark.parametrize(
    ("state", "day", "name"),
    [
        pytest.param("BE", date(2027, 3, 8), "Frauentag", id="Berlin, 8 March"),
        pytest.param("BB", date(2027, 3, 8), None, id="not in Brandenburg"),
        pytest.param("BE", date(2018, 3, 8), None, id="not before 2019"),
        pytest.param(
            "BE",
            date(2025, 5, 8),
            LIBERATION,
            id="Berlin, once in 2025",
        ),
        pytest.param("BE", date(2026, 5, 8), None, id="and not in 2026"),
        pytest.param(
            "BE",
            date(2028, 6, 17),
            "75. Jahrestag des Aufstandes vom 17. Juni 1953",
            id="Berlin, once in 2028",
        ),
        pytest.param("BY", date(2028, 6, 17), None, id="not in Bavaria"),
        pytest.param("BE", date(2027, 6, 17), None, id="and not in 2027"),
        pytest.param("BE", date(2026, 12, 25), "Erster Weihnachtstag", id="everywhere"),
        pytest.param("BY", date(2027, 1, 6), "Heilige Drei Könige", id="Bavaria, Epiphany"),
        pytest.param("BE", date(2027, 1, 6), None, id="not in Berlin"),
        pytest.param("BE", date(2027, 3, 28), None, id="Easter Sunday is none in Berlin"),
        pytest.param("BB", date(2027, 3, 28), "Ostersonntag", id="but in Brandenburg"),
        pytest.param("BE", date(2026, 12, 24), None, id="Christmas Eve is none"),
    ],
)
def test_public_holidays_are_those_of_the_state(state: str, day: date, name: str | None) -> None:
    assert public_holiday(state, day) == name


def test_the_two_days_that_need_care_come_every_year() -> None:
    for year in (2026, 2027, 2100):
        assert day_that_needs_care(date(year, 12, 24)) == "Heiligabend"
        assert day_that_needs_care(date(year, 12, 31)) == "Silvester"


@pytest.mark.parametrize(
    "day", [date(2026, 12, 23), date(2026, 12, 25), date(2026, 12, 30), date(2027, 1, 1)]
)
def test_the_days_beside_them_do_not(day: date) -> None:
    assert day_that_needs_care(day) is None


def test_school_holidays_are_known_by_name_and_state() -> None:
    day = date(2026, 12, 23)
    assert (school_holiday("BE", day), school_holiday("BE", date(2026, 12, 9))) == (
        "Weihnachtsferien",
        None,
    )
    assert [state for state in State.values if not knows_school_holidays(state, 2027)] == []
