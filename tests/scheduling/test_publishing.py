"""Publishing: drafts become visible once, those with collisions stay behind, and the history says by whom."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import publishing
from scheduling.models import Change, ConsultationHour, HourStatus
from scheduling.months import Month
from scheduling.publishing import HourCollides, HourIsOver, HourNotDraft, MonthIsOver, Published
from sites.models import Site, User
from tests.builders import (
    DECEMBER,
    NOW,
    instant,
    make_draft_hour,
    make_published_hour,
    make_series,
    make_site,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make_user()


def publish(*sites: Site, by: User, month: Month = DECEMBER, now: datetime.datetime = NOW) -> Published:
    return publishing.publish_month(sites=sites, month=month, by=by, now=now)


def test_a_draft_is_published(by: User) -> None:
    draft = make_draft_hour()
    result = publish(draft.site, by=by)
    assert (result.hours, result.held_back) == ([draft], [])
    for hour in (result.hours[0], ConsultationHour.objects.get(pk=draft.pk)):
        assert (hour.status, hour.published_at, hour.published_by) == (HourStatus.PUBLISHED, NOW, by)


def test_publishing_twice_publishes_once(by: User) -> None:
    draft = make_draft_hour()
    publish(draft.site, by=by)
    again = publish(draft.site, by=make_user(), now=NOW + datetime.timedelta(days=1))
    assert (again.hours, again.held_back) == ([], [])
    draft.refresh_from_db()
    assert (draft.published_at, draft.published_by) == (NOW, by)
    assert [change.kind for change in Change.objects.filter(hour=draft)] == [
        "hour_proposed",
        "hour_published",
    ]


def test_publishing_one_hour_twice_is_refused(by: User) -> None:
    hour = make_published_hour()
    with pytest.raises(HourNotDraft) as refused:
        publishing.publish_hour(hour=hour, by=by, now=NOW)
    assert refused.value.code == "hour_not_draft"


def test_a_skipped_hour_is_not_published(by: User) -> None:
    skipped = publishing.skip(hour=make_draft_hour(), by=by, now=NOW)
    assert publish(skipped.site, by=by).hours == []
    with pytest.raises(HourNotDraft):
        publishing.publish_hour(hour=skipped, by=by, now=NOW)


def test_only_the_month_asked_for_is_published(by: User) -> None:
    site = make_site()
    december = make_draft_hour(site, day=datetime.date(2026, 12, 30))
    january = make_draft_hour(site, day=datetime.date(2027, 1, 4))
    assert publish(site, by=by).hours == [december]
    january.refresh_from_db()
    assert january.status == HourStatus.DRAFT


def test_only_the_given_sites_are_published(by: User) -> None:
    wanted, other = make_draft_hour(), make_draft_hour()
    assert publish(wanted.site, by=by).hours == [wanted]
    other.refresh_from_db()
    assert other.status == HourStatus.DRAFT


def test_two_sites_of_one_psychiatrist_at_different_times_are_published_together(by: User) -> None:
    morning = make_draft_hour(from_time=datetime.time(9))
    afternoon = make_draft_hour(from_time=datetime.time(13), psychiatrist=morning.psychiatrist)
    result = publish(morning.site, afternoon.site, by=by)
    assert (result.hours, result.held_back) == ([morning, afternoon], [])


def test_of_two_sites_of_one_psychiatrist_at_a_time_the_second_is_refused(by: User) -> None:
    first = make_draft_hour()
    publish(first.site, by=by)
    second = make_draft_hour(psychiatrist=first.psychiatrist)
    result = publish(second.site, by=by)
    assert [hour for hour, _ in result.held_back] == [second]
    with pytest.raises(HourCollides):
        publishing.publish_hour(hour=second, by=by, now=NOW, despite_collisions=True)


def test_a_month_that_is_over_is_refused(by: User) -> None:
    draft = make_draft_hour()
    with pytest.raises(MonthIsOver):
        publish(draft.site, by=by, now=instant(datetime.date(2027, 1, 1), "00:00"))


def test_an_hour_that_has_begun_is_refused(by: User) -> None:
    draft = make_draft_hour()
    assert publish(draft.site, by=by, now=draft.starts_at).hours == []
    with pytest.raises(HourIsOver) as refused:
        publishing.publish_hour(hour=draft, by=by, now=draft.starts_at)
    assert refused.value.code == "hour_is_over"


def test_publishing_without_a_site_does_nothing(by: User) -> None:
    assert publish(by=by) == Published([], [])


def test_publishing_is_recorded_and_tells_nobody(by: User) -> None:
    draft = make_draft_hour()
    publish(draft.site, by=by)
    change = Change.objects.get(kind="hour_published")
    assert (change.hour, change.site, change.by, change.at, change.planned_at) == (
        draft,
        draft.site,
        by,
        NOW,
        NOW,
    )


def test_what_is_held_back_is_not_recorded(by: User) -> None:
    draft = make_draft_hour(day=datetime.date(2026, 12, 24))
    assert publish(draft.site, by=by).hours == []
    assert not Change.objects.filter(kind="hour_published").exists()


def test_publishing_costs_the_same_number_of_queries_for_any_number_of_sites(by: User) -> None:
    one, five = sites_with_drafts(1), sites_with_drafts(5)
    assert count_queries(one, by) == count_queries(five, by)


def sites_with_drafts(number: int) -> list[Site]:
    sites = [make_series(make_site()).site.pk for _ in range(number)]
    found = list(Site.objects.filter(pk__in=sites))
    publishing.propose_month(sites=found, month=DECEMBER, by=make_user(), now=NOW)
    return list(Site.objects.filter(pk__in=sites))


def count_queries(sites: list[Site], by: User) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert len(publish(*sites, by=by).hours) == len(sites)
    return len(queries)
