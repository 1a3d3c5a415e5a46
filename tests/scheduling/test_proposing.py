"""Proposing a month: which days become drafts, with which slots, and that no day is drafted twice."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import publishing, recurrence
from scheduling.models import Change, ConsultationHour, HourStatus, Slot
from scheduling.months import Month
from scheduling.publishing import MonthIsOver
from sites.models import Facility, Site, User
from tests.builders import DECEMBER, NOW, instant, make_room, make_series, make_site, make_user

pytestmark = pytest.mark.django_db

NINTH = datetime.date(2026, 12, 9)


@pytest.fixture
def by() -> User:
    return make_user()


def propose(
    *sites: Site, by: User, month: Month = DECEMBER, now: datetime.datetime = NOW
) -> list[ConsultationHour]:
    return publishing.propose_month(sites=sites, month=month, by=by, now=now)


def days(hours: list[ConsultationHour]) -> list[datetime.date]:
    return [hour.local_date for hour in hours]


def test_a_day_of_the_rule_becomes_a_draft(by: User) -> None:
    series = make_series(make_site())
    [hour] = propose(series.site, by=by)
    hour.refresh_from_db()
    assert (hour.site, hour.series, hour.psychiatrist, hour.room) == (
        series.site,
        series,
        series.psychiatrist,
        series.room,
    )
    assert (hour.starts_at, hour.ends_at) == (instant(NINTH, "13:00"), instant(NINTH, "16:30"))
    assert (hour.status, hour.rule_date, hour.sequence) == (HourStatus.DRAFT, NINTH, 0)


def test_slots_follow_the_plan_in_order(by: User) -> None:
    series = make_series(
        make_site(), plan=[("first", 50), ("first", 50), ("follow_up", 25), ("follow_up", 25), ("open", 60)]
    )
    [hour] = propose(series.site, by=by)
    slots = [
        (f"{slot.starts_at.astimezone(hour.zone):%H:%M}", slot.minutes, slot.appointment_type, slot.state)
        for slot in hour.slots.all()
    ]
    assert slots == [
        ("13:00", 50, "first", "free"),
        ("13:50", 50, "first", "free"),
        ("14:40", 25, "follow_up", "free"),
        ("15:05", 25, "follow_up", "free"),
        ("15:30", 60, "open", "free"),
    ]


def test_the_rest_of_the_hour_is_open_time(by: User) -> None:
    series = make_series(make_site(), plan=[("first", 50)])
    [hour] = propose(series.site, by=by)
    assert [(slot.minutes, slot.appointment_type) for slot in hour.slots.all()] == [
        (50, "first"),
        (160, "open"),
    ]


def test_an_hour_without_a_plan_is_open_time(by: User) -> None:
    series = make_series(make_site(), plan=[])
    [hour] = propose(series.site, by=by)
    assert [(slot.minutes, slot.appointment_type) for slot in hour.slots.all()] == [(210, "open")]


def test_a_plan_longer_than_the_hour_ends_with_it(by: User) -> None:
    series = make_series(make_site(), plan=[("first", 120), ("follow_up", 90), ("follow_up", 30)])
    [hour] = propose(series.site, by=by)
    assert [slot.minutes for slot in hour.slots.all()] == [120, 90]


def test_proposing_twice_drafts_each_day_once(by: User) -> None:
    series = make_series(make_site())
    assert len(propose(series.site, by=by)) == 1
    assert propose(series.site, by=by) == []
    assert (ConsultationHour.objects.count(), Slot.objects.count(), Change.objects.count()) == (1, 5, 1)


def test_a_skipped_day_is_not_proposed_again(by: User) -> None:
    series = make_series(make_site())
    [hour] = propose(series.site, by=by)
    publishing.skip(hour=hour, by=by, now=NOW)
    assert propose(series.site, by=by) == []


def test_a_published_day_is_not_proposed_again(by: User) -> None:
    series = make_series(make_site())
    [hour] = propose(series.site, by=by)
    publishing.publish_hour(hour=hour, by=by, now=NOW)
    assert propose(series.site, by=by) == []


def test_a_day_is_not_proposed_again_when_the_series_changes_its_time(by: User) -> None:
    site = make_site()
    series = make_series(site)
    propose(site, by=by)
    old = recurrence.read(series.event, site.zone)
    later = recurrence.Recurrence(
        frequency="monthly",
        weekday=old.weekday,
        nth=old.nth,
        starts_date=old.starts_date,
        from_time=datetime.time(14),
        to_time=datetime.time(17, 30),
        zone=site.zone,
    )
    recurrence.update_event(series.event, later)
    assert propose(site, by=by) == []
    [january] = propose(site, by=by, month=Month(2027, 1))
    assert f"{january.local_start:%H:%M}" == "14:00"


def test_a_month_that_is_over_is_refused(by: User) -> None:
    series = make_series(make_site())
    with pytest.raises(MonthIsOver) as refused:
        propose(series.site, by=by, now=instant(datetime.date(2027, 1, 1), "00:00"))
    assert refused.value.code == "month_is_over"


def test_the_last_minute_of_a_month_by_the_sites_clock_still_belongs_to_it(by: User) -> None:
    series = make_series(make_site())
    assert propose(series.site, by=by, now=instant(datetime.date(2026, 12, 31), "23:59")) == []


def test_days_that_have_begun_are_not_proposed(by: User) -> None:
    series = make_series(make_site(), frequency="weekly", nth=None)
    proposed = propose(series.site, by=by, now=instant(datetime.date(2026, 12, 16), "13:00"))
    assert [day.day for day in days(proposed)] == [23, 30]


def test_proposing_without_a_site_drafts_nothing(by: User) -> None:
    assert propose(by=by) == []


def test_only_the_given_sites_are_proposed(by: User) -> None:
    wanted, other = make_series(make_site()), make_series(make_site())
    assert [hour.site for hour in propose(wanted.site, by=by)] == [wanted.site]
    assert not ConsultationHour.objects.filter(site=other.site).exists()


def test_a_site_runs_from_its_first_day_to_its_last(by: User) -> None:
    site = make_site(since_date=datetime.date(2026, 12, 9), until_date=datetime.date(2026, 12, 23))
    make_series(site, frequency="weekly", nth=None)
    assert [day.day for day in days(propose(site, by=by))] == [9, 16, 23]


def test_a_series_runs_from_its_first_day_to_its_last(by: User) -> None:
    site = make_site()
    make_series(
        site,
        frequency="weekly",
        nth=None,
        starts_date=datetime.date(2026, 12, 9),
        ends_date=datetime.date(2026, 12, 23),
    )
    assert [day.day for day in days(propose(site, by=by))] == [9, 16, 23]


def test_all_series_of_a_site_are_proposed_in_order_of_time(by: User) -> None:
    site = make_site()
    late = make_series(site, weekday="FR", nth=3)
    early = make_series(site, weekday="TU", nth=1)
    assert [hour.series for hour in propose(site, by=by)] == [early, late]


def test_a_day_of_the_series_is_kept_by_the_calendar(by: User) -> None:
    series = make_series(make_site())
    [hour] = propose(series.site, by=by)
    hour.refresh_from_db()
    occurrence = hour.occurrence
    assert occurrence is not None
    assert (occurrence.event, occurrence.start, occurrence.end, occurrence.cancelled) == (
        series.event,
        hour.starts_at,
        hour.ends_at,
        False,
    )


def test_each_proposal_is_recorded_and_tells_nobody(by: User) -> None:
    series = make_series(make_site())
    [hour] = propose(series.site, by=by)
    [change] = Change.objects.all()
    assert (change.kind, change.hour, change.appointment, change.site) == (
        "hour_proposed",
        hour,
        None,
        series.site,
    )
    assert (change.by, change.at, change.planned_at) == (by, NOW, NOW)


def test_a_plan_shows_what_proposing_would_draft_and_writes_nothing(by: User) -> None:
    site = make_site()
    make_series(site)
    make_series(site, weekday="FR")
    planned = publishing.plan_month(sites=[site], month=DECEMBER, now=NOW)
    assert (ConsultationHour.objects.count(), Slot.objects.count()) == (0, 0)
    proposed = propose(site, by=by)
    assert [(hour.series, hour.starts_at) for hour in planned] == [
        (hour.series, hour.starts_at) for hour in proposed
    ]


def test_proposing_costs_the_same_number_of_queries_for_any_number_of_sites(by: User) -> None:
    one, five = sites_with_series(1), sites_with_series(5)
    assert count_queries(one, by) == count_queries(five, by)


def sites_with_series(number: int) -> list[Site]:
    for_all = make_site().facility
    rooms = [make_room(for_all) for _ in range(number)]
    made = [make_series(make_site(facility=for_all), room=room).site.pk for room in rooms]
    return list(Site.objects.filter(pk__in=made))


def count_queries(sites: list[Site], by: User) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert len(propose(*sites, by=by)) == len(sites)
    return len(queries)


@pytest.fixture
def closed_on_the_ninth() -> Facility:
    facility = make_site().facility
    facility.closures.create(first_date=NINTH, last_date=NINTH)
    return facility


def test_a_day_with_collisions_is_drafted_all_the_same(by: User, closed_on_the_ninth: Facility) -> None:
    series = make_series(closed_on_the_ninth.sites.get())
    assert days(propose(series.site, by=by)) == [NINTH]
