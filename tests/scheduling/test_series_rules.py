"""What a series' rule is called, and which days it gives: the same in the preview as when proposed."""

import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import planning, recurrence
from scheduling.recurrence import Recurrence
from tests.builders import DECEMBER, NOW, make_series, make_site
from tests.scheduling.plans import make_plan, with_rule

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "Jeden zweiten Mittwoch im Monat"),
        ({"nth": -1, "weekday": "TH"}, "Jeden letzten Donnerstag im Monat"),
        ({"interval": 2}, "Alle 2 Monate am zweiten Mittwoch"),
        ({"frequency": "weekly", "nth": None}, "Jeden Mittwoch"),
        ({"frequency": "weekly", "nth": None, "interval": 3}, "Alle 3 Wochen am Mittwoch"),
        ({"frequency": "dates", "dates": (TODAY,)}, "An einem festen Tag"),
        ({"frequency": "dates", "dates": (TODAY, datetime.date(2027, 1, 4))}, "An 2 festen Tagen"),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule: dict[str, Any], words: str) -> None:
    assert make_plan(make_site(), **rule).recurrence.in_words == words


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({}, ["2026-12-09", "2027-01-13", "2027-02-10"]),
        ({"nth": -1, "weekday": "TH"}, ["2026-12-31", "2027-01-28", "2027-02-25"]),
        ({"frequency": "weekly", "nth": None, "interval": 2}, ["2026-12-02", "2026-12-16", "2026-12-30"]),
        ({"ends_date": datetime.date(2027, 1, 13)}, ["2026-12-09", "2027-01-13"]),
    ],
)
def test_the_next_days_of_a_rule(rule: dict[str, Any], days: list[str]) -> None:
    found = recurrence.next_days(make_plan(make_site(), **rule).recurrence, TODAY, 3)
    assert [day.isoformat() for day in found] == days


def test_fixed_days_are_kept_and_proposed() -> None:
    site = make_site()
    dates = (datetime.date(2026, 12, 3), datetime.date(2026, 12, 17), datetime.date(2027, 3, 1))
    rule = recurrence.fixed(dates, datetime.time(9), datetime.time(11), site.zone)
    plan = with_rule(make_plan(site), **vars(rule))
    series, drafts = planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)
    assert planning.plan_of(series).recurrence == rule
    assert [hour.local_date for hour in drafts] == [*dates[:2]]
    series.refresh_from_db()
    changed = with_rule(make_plan(site), weekday="MO")
    planning.change_series(series=series, plan=changed, by=plan.psychiatrist, now=NOW)
    series.refresh_from_db()
    assert (series.fixed_dates, planning.plan_of(series).recurrence) == ([], changed.recurrence)
    planning.change_series(series=series, plan=plan, by=plan.psychiatrist, now=NOW)
    series.refresh_from_db()
    assert (series.event.rule, planning.plan_of(series).recurrence) == (None, rule)


RULES = st.one_of(
    st.fixed_dictionaries(
        {
            "frequency": st.just("monthly"),
            "nth": st.sampled_from([1, 2, 3, 4, -1]),
            "interval": st.integers(1, 4),
        }
    ),
    st.fixed_dictionaries({"frequency": st.just("weekly"), "nth": st.none(), "interval": st.integers(1, 6)}),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=RULES,
    weekday=st.sampled_from(list(recurrence.WEEKDAYS)),
    starts_date=st.dates(datetime.date(2026, 9, 1), datetime.date(2026, 12, 20)),
)
def test_the_preview_gives_the_days_that_will_be_proposed(
    rule: dict[str, Any], weekday: str, starts_date: datetime.date
) -> None:
    series = make_series(make_site(), weekday=weekday, starts_date=starts_date, **rule)
    read: Recurrence = planning.plan_of(series).recurrence
    for month in (DECEMBER.plus(ahead) for ahead in range(0, 12, 3)):
        (loaded,) = recurrence.series_of([series.site], month)
        previewed = [day for day in recurrence.days_from(read, month.first_date) if day <= month.last_date]
        assert previewed == [each.date for each in recurrence.days_in_month(loaded, month)]
