"""A draft whose day the changed series no longer gives takes another day of its month, or is left out."""

import dataclasses
import datetime

import pytest

from scheduling import planning, recurrence
from scheduling.models import ConsultationHour
from scheduling.planning import SeriesPlan
from sites.models import Site
from tests.builders import NOW, make_site
from tests.scheduling.plans import make_plan, with_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def plan(site: Site) -> SeriesPlan:
    """The second Wednesday: 9 December and 13 January."""
    return make_plan(site)


def change(before: SeriesPlan, after: SeriesPlan, site: Site, *, now: datetime.datetime = NOW) -> list[str]:
    """Makes the series as it was, changes it, and says which hours there are then."""
    series, _ = planning.create_series(site=site, plan=before, by=before.psychiatrist, now=NOW)
    planning.change_series(series=series, plan=after, by=before.psychiatrist, now=now)
    hours = ConsultationHour.objects.filter(series=series).order_by("starts_at")
    return [f"{hour.local_start:%d.%m.} {hour.status}" for hour in hours]


def test_no_draft_moves_into_the_past(site: Site, plan: SeriesPlan) -> None:
    on_8_december = datetime.datetime(2026, 12, 8, 9, tzinfo=datetime.UTC)
    first_thursday = with_rule(plan, nth=1, weekday="TH")
    assert change(plan, first_thursday, site, now=on_8_december) == ["09.12. cancelled", "07.01. draft"]


def test_no_draft_moves_past_the_end_of_its_site(site: Site, plan: SeriesPlan) -> None:
    site.until_date = datetime.date(2027, 1, 13)
    site.save()
    assert change(plan, with_rule(plan, nth=3), site) == ["16.12. draft", "13.01. cancelled"]


def test_no_draft_moves_to_a_day_that_has_its_hour(site: Site, plan: SeriesPlan) -> None:
    days = [datetime.date(2026, 12, 9), datetime.date(2026, 12, 16)]
    both, second = (
        dataclasses.replace(plan, recurrence=recurrence.fixed(given, *_clocks(plan), site.zone))
        for given in (days, days[1:])
    )
    assert change(both, second, site) == ["09.12. cancelled", "16.12. draft"]


def _clocks(plan: SeriesPlan) -> tuple[datetime.time, datetime.time]:
    return plan.recurrence.from_time, plan.recurrence.to_time


def test_a_site_is_not_reminded_of_a_month_before_it_waits(site: Site, plan: SeriesPlan) -> None:
    with pytest.raises(planning.RemindedBeforeAsked):
        planning.look_ahead(
            site=site,
            months_ahead=4,
            publish_days_ahead=7,
            remind_days_ahead=30,
            by=plan.psychiatrist,
            now=NOW,
        )
    site.refresh_from_db()
    assert site.months_ahead == 2
