"""Rules: what is written is read again, and gives the days that a person would mark in a calendar."""

import calendar
import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import recurrence
from scheduling.models import ConsultationSeries
from scheduling.months import Month
from scheduling.recurrence import Recurrence
from sites.models import Site
from tests.builders import make_series, make_site

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = list(recurrence.WEEKDAYS)


def days(series: ConsultationSeries, month: Month) -> list[datetime.date]:
    [loaded] = recurrence.series_of([series.site], month)
    return [day.date for day in recurrence.days_in_month(loaded, month)]


def year(series: ConsultationSeries, number: int = 2027) -> str:
    found = [day for month in range(1, 13) for day in days(series, Month(number, month))]
    return " ".join(f"{day:%d.%m.}" for day in found)


def test_the_second_wednesday_of_each_month() -> None:
    series = make_series(make_site())
    assert year(series) == (
        "13.01. 10.02. 10.03. 14.04. 12.05. 09.06. 14.07. 11.08. 08.09. 13.10. 10.11. 08.12."
    )


def test_the_last_thursday_of_each_month() -> None:
    series = make_series(make_site(), weekday="TH", nth=-1)
    assert year(series) == (
        "28.01. 25.02. 25.03. 29.04. 27.05. 24.06. 29.07. 26.08. 30.09. 28.10. 25.11. 30.12."
    )


def test_every_other_month_counts_from_the_first_day() -> None:
    series = make_series(make_site(), interval=2, starts_date=datetime.date(2026, 12, 1))
    assert year(series) == "10.02. 14.04. 09.06. 11.08. 13.10. 08.12."


def test_every_other_week_counts_from_the_first_week() -> None:
    series = make_series(
        make_site(), frequency="weekly", nth=None, interval=2, starts_date=datetime.date(2026, 12, 1)
    )
    assert [f"{day:%d.%m.}" for day in days(series, Month(2026, 12))] == ["02.12.", "16.12.", "30.12."]
    assert [f"{day:%d.%m.}" for day in days(series, Month(2027, 1))] == ["13.01.", "27.01."]


def test_no_day_before_the_first_and_none_after_the_last() -> None:
    first, last = datetime.date(2027, 3, 10), datetime.date(2027, 5, 12)
    series = make_series(make_site(), starts_date=first, ends_date=last)
    assert year(series) == "10.03. 14.04. 12.05."
    series = make_series(make_site(), starts_date=first + DAY, ends_date=last - DAY)
    assert year(series) == "14.04."


DAY = datetime.timedelta(days=1)

recurrences = st.builds(
    Recurrence,
    frequency=st.just("monthly"),
    weekday=st.sampled_from(WEEKDAYS),
    nth=st.sampled_from([1, 2, 3, 4, -1]),
    interval=st.integers(1, 12),
    starts_date=st.dates(datetime.date(2020, 1, 1), datetime.date(2027, 12, 31)),
    ends_date=st.none() | st.dates(datetime.date(2028, 1, 1), datetime.date(2029, 12, 31)),
    from_time=st.just(datetime.time(9)),
    to_time=st.just(datetime.time(12)),
    zone=st.just(BERLIN),
) | st.builds(
    Recurrence,
    frequency=st.just("weekly"),
    weekday=st.sampled_from(WEEKDAYS),
    nth=st.none(),
    interval=st.integers(1, 12),
    starts_date=st.dates(datetime.date(2020, 1, 1), datetime.date(2027, 12, 31)),
    ends_date=st.none() | st.dates(datetime.date(2028, 1, 1), datetime.date(2029, 12, 31)),
    from_time=st.times(datetime.time(4), datetime.time(12)).map(
        lambda time: time.replace(second=0, microsecond=0)
    ),
    to_time=st.times(datetime.time(13), datetime.time(23)).map(
        lambda time: time.replace(second=0, microsecond=0)
    ),
    zone=st.just(BERLIN),
)


def expected_days(rule: Recurrence, month: Month) -> list[datetime.date]:
    """The rule by hand, from the calendar alone."""
    weekday = WEEKDAYS.index(rule.weekday)
    of_weekday = [
        day
        for day in calendar.Calendar().itermonthdates(month.year, month.number)
        if day.month == month.number and day.weekday() == weekday
    ]
    if rule.frequency == "monthly":
        assert rule.nth is not None
        apart = (month.year - rule.starts_date.year) * 12 + month.number - rule.starts_date.month
        chosen = (
            [of_weekday[rule.nth if rule.nth < 0 else rule.nth - 1]] if apart % rule.interval == 0 else []
        )
    else:
        monday = rule.starts_date - rule.starts_date.weekday() * DAY
        chosen = [day for day in of_weekday if (day - monday).days // 7 % rule.interval == 0]
    return [
        day for day in chosen if rule.starts_date <= day and (rule.ends_date is None or day <= rule.ends_date)
    ]


@pytest.fixture
def site() -> Site:
    return make_site()


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rule=recurrences, month=st.builds(Month, st.integers(2026, 2029), st.integers(1, 12)))
def test_any_rule_is_read_as_it_was_written_and_gives_the_days_of_the_calendar(
    site: Site, rule: Recurrence, month: Month
) -> None:
    series = make_series(site)
    assert recurrence.update_event(series.event, rule) is True
    assert recurrence.update_event(series.event, rule) is False
    series.event.refresh_from_db()
    assert recurrence.read(series.event, BERLIN) == rule
    [loaded] = recurrence.series_of([site], month).filter(pk=series.pk)
    assert [day.date for day in recurrence.days_in_month(loaded, month)] == expected_days(rule, month)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"nth": 2, "weekday": "WE"}, "zweiter Mittwoch im Monat, 13:00–16:30"),
        ({"nth": -1, "weekday": "TH"}, "letzter Donnerstag im Monat, 13:00–16:30"),
        ({"nth": 1, "weekday": "MO", "interval": 3}, "erster Montag im Monat, alle 3 Monate, 13:00–16:30"),
        ({"frequency": "weekly", "nth": None, "weekday": "FR"}, "Freitag, jede Woche, 13:00–16:30"),
        ({"frequency": "weekly", "nth": None, "interval": 2}, "Mittwoch, alle 2 Wochen, 13:00–16:30"),
    ],
)
def test_a_rule_is_said_in_german(site: Site, rule: dict[str, object], text: str) -> None:
    series = make_series(site, **rule)  # type: ignore[arg-type]
    assert str(recurrence.read(series.event, BERLIN)) == text
