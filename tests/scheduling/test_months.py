"""Months: as people write them, and their edges as instants on a place's clocks."""

import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.months import Month

BERLIN = ZoneInfo("Europe/Berlin")
UTC = datetime.UTC

months = st.builds(Month, st.integers(2000, 2100), st.integers(1, 12))


@pytest.mark.parametrize(
    ("text", "month"),
    [("2026-12", Month(2026, 12)), ("2000-01", Month(2000, 1)), ("2100-12", Month(2100, 12))],
)
def test_a_month_is_read_and_written_alike(text: str, month: Month) -> None:
    assert (Month.parse(text), str(month)) == (month, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "2026-1",
        "26-12",
        "1999-12",
        "2101-01",
        " 2026-12",
        "2026-12\n",
        "٢٠٢٦-12",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="no month"):
        Month.parse(text)


def test_a_month_is_that_of_its_days() -> None:
    december = Month(2026, 12)
    assert Month.containing(datetime.date(2026, 12, 31)) == december
    assert (december.first_date, december.last_date) == (
        datetime.date(2026, 12, 1),
        datetime.date(2026, 12, 31),
    )
    assert Month(2028, 2).last_date == datetime.date(2028, 2, 29)


def test_months_follow_each_other_over_the_year() -> None:
    assert [str(Month(2026, 11).plus(number)) for number in (-11, 0, 1, 2, 14)] == [
        "2025-12",
        "2026-11",
        "2026-12",
        "2027-01",
        "2028-01",
    ]
    assert sorted([Month(2027, 1), Month(2026, 12)]) == [Month(2026, 12), Month(2027, 1)]


@pytest.mark.parametrize(
    ("month", "first", "after"),
    [
        (Month(2026, 1), (2025, 12, 31, 23), (2026, 1, 31, 23)),  # New Year, winter time
        (Month(2026, 3), (2026, 2, 28, 23), (2026, 3, 31, 22)),  # loses an hour on the 29th
        (Month(2026, 7), (2026, 6, 30, 22), (2026, 7, 31, 22)),
        (Month(2026, 10), (2026, 9, 30, 22), (2026, 10, 31, 23)),  # gains one on the 25th
    ],
)
def test_the_edges_of_a_month_in_berlin(
    month: Month, first: tuple[int, int, int, int], after: tuple[int, int, int, int]
) -> None:
    assert month.bounds(BERLIN) == (
        datetime.datetime(*first, tzinfo=UTC),
        datetime.datetime(*after, tzinfo=UTC),
    )


@given(month=months, zone=st.sampled_from(sorted(available_timezones())))
def test_the_wide_bounds_contain_the_month_in_every_zone(month: Month, zone: str) -> None:
    first, after = month.bounds(ZoneInfo(zone))
    wide_first, wide_after = month.bounds_in_any_zone
    assert wide_first <= first < after <= wide_after


def test_the_first_and_the_last_month_have_edges_too() -> None:
    assert Month(2000, 1).bounds(BERLIN)[0] == datetime.datetime(1999, 12, 31, 23, tzinfo=UTC)
    assert Month(2100, 12).bounds(BERLIN)[1] == datetime.datetime(2100, 12, 31, 23, tzinfo=UTC)
    assert Month(2100, 12).last_date == datetime.date(2100, 12, 31)


@given(month=st.builds(Month, st.integers(2002, 2098), st.integers(1, 12)), number=st.integers(-24, 24))
def test_going_and_coming_back_is_where_one_was(month: Month, number: int) -> None:
    assert month.plus(number).plus(-number) == month
