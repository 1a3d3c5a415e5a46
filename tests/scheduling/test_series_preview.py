"""The preview of a series gives days that can still be held at its site."""

import datetime

import pytest

from scheduling import planning
from sites.models import Site
from tests.builders import make_site
from tests.scheduling.plans import make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


def previewed(site: Site, *, now: datetime.datetime) -> list[str]:
    hours = planning.preview(site=site, plan=make_plan(site), now=now, count=3)
    return [f"{hour.local_start:%d.%m.%Y %H:%M}" for hour in hours]


@pytest.mark.parametrize(("clock", "first"), [("11:59", "09.12.2026 13:00"), ("12:00", "13.01.2027 13:00")])
def test_an_hour_that_has_begun_is_no_day_to_come(site: Site, clock: str, first: str) -> None:
    now = datetime.datetime.fromisoformat(f"2026-12-09T{clock}:00+00:00")  # an hour later on the wall
    days = previewed(site, now=now)
    assert days[0] == first
    assert len(days) == 3


def test_the_end_of_the_site_is_the_end_of_its_days(site: Site) -> None:
    site.until_date = datetime.date(2027, 1, 13)
    now = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
    assert previewed(site, now=now) == ["09.12.2026 13:00", "13.01.2027 13:00"]
