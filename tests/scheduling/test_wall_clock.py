"""A series keeps its time on the wall clock over both changes of the clocks, wherever the server stands.

In 2026 the clocks of Berlin go forward in the night to 29 March and back in the night to 25 October.
"""

import datetime
import time
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from scheduling import booking, collisions, publishing, recurrence, selectors
from scheduling.booking import SlotIsOver, SlotTaken
from scheduling.models import ConsultationHour, Slot
from scheduling.month_reading import hours_at
from scheduling.months import Month
from scheduling.publishing import MonthIsOver
from sites.models import Absence, FacilityClosure, Site
from tests.builders import instant, make_client, make_published_hour, make_series, make_site, make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2025, 12, 15, 12, 0, tzinfo=datetime.UTC)
YEAR = [Month(2026, number) for number in range(1, 13)]
FORWARD, BACK = datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)
NINE, HALF_PAST_ELEVEN = datetime.time(9), datetime.time(23, 30)

# Berlin is an hour ahead of UTC in the first three and the last two months, two hours in between.
IN_UTC_AT_13 = ["12:00"] * 3 + ["11:00"] * 7 + ["12:00"] * 2


@pytest.fixture(autouse=True, params=["UTC", "Pacific/Auckland"])
def server_zone(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The zone of the machine and of Django: one without changes, one that changes the other way round."""
    settings.TIME_ZONE = request.param  # Django sets the process's zone with it
    january = time.localtime(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp())
    assert january.tm_gmtoff == {"UTC": 0, "Pacific/Auckland": 13 * 3600}[request.param]
    return str(request.param)


def propose_year(site: Site, *, months: Sequence[Month] = YEAR) -> list[ConsultationHour]:
    by = make_user()
    return [
        hour
        for month in months
        for hour in publishing.propose_month(sites=[site], month=month, by=by, now=NOW)
    ]


def publish_year(site: Site) -> list[ConsultationHour]:
    propose_year(site)
    by = make_user()
    return [
        hour
        for month in YEAR
        for hour in publishing.publish_month(sites=[site], month=month, by=by, now=NOW).hours
    ]


def stored(site: Site) -> list[ConsultationHour]:
    return list(ConsultationHour.objects.filter(site=site).select_related("site__facility"))


def in_utc(hours: list[ConsultationHour]) -> list[str]:
    return [f"{hour.starts_at.astimezone(datetime.UTC):%H:%M}" for hour in hours]


def on_the_wall(instants: list[datetime.datetime], zone: str = "Europe/Berlin") -> set[str]:
    return {f"{each.astimezone(ZoneInfo(zone)):%H:%M}" for each in instants}


@pytest.mark.parametrize("starts_date", [datetime.date(2025, 1, 1), datetime.date(2025, 7, 1)])
def test_the_rule_gives_the_same_wall_clock_time_all_year(starts_date: datetime.date) -> None:
    """Whether the series began in winter or in summer."""
    make_series(site := make_site(), starts_date=starts_date)
    days = []
    for month in YEAR:
        [series] = recurrence.series_of([site], month)
        days += recurrence.days_in_month(series, month)
    assert [f"{day.starts_at:%H:%M}" for day in days] == IN_UTC_AT_13
    assert on_the_wall([day.ends_at for day in days]) == {"16:30"}
    assert {(day.date.weekday(), (day.date.day - 1) // 7) for day in days} == {(2, 1)}


def test_proposed_hours_and_their_slots_keep_the_wall_clock_time() -> None:
    make_series(site := make_site(), starts_date=datetime.date(2026, 1, 1))
    propose_year(site)
    hours = stored(site)
    assert in_utc(hours) == IN_UTC_AT_13
    assert on_the_wall([hour.ends_at for hour in hours]) == {"16:30"}
    assert {hour.local_date for hour in hours} == {hour.rule_date for hour in hours}
    slots = Slot.objects.filter(site=site)
    assert on_the_wall([slot.starts_at for slot in slots]) == {
        "13:00",
        "13:50",
        "14:40",
        "15:05",
        "15:30",
    }


def test_a_second_proposal_finds_every_day_of_the_year_taken_up() -> None:
    make_series(site := make_site(), starts_date=datetime.date(2026, 1, 1))
    assert len(propose_year(site)) == 12
    assert propose_year(site) == []


def test_published_hours_keep_the_wall_clock_time() -> None:
    make_series(site := make_site(), starts_date=datetime.date(2026, 1, 1))
    publish_year(site)
    assert in_utc(stored(site)) == IN_UTC_AT_13
    assert {hour.status for hour in stored(site)} == {"published"}


def test_a_place_elsewhere_keeps_its_own_wall_clock_time() -> None:
    """Lisbon is an hour behind Berlin, and changes in the same nights."""
    make_series(site := make_site(time_zone="Europe/Lisbon"), starts_date=datetime.date(2026, 1, 1))
    propose_year(site)
    assert on_the_wall([hour.starts_at for hour in stored(site)], "Europe/Lisbon") == {"13:00"}
    assert on_the_wall([hour.starts_at for hour in stored(site)]) == {"14:00"}


@pytest.mark.parametrize(
    ("day", "hours"), [(FORWARD, 2), (BACK, 4), (FORWARD - datetime.timedelta(days=7), 3)]
)
def test_an_hour_over_the_change_itself_begins_and_ends_by_the_wall_clock(
    day: datetime.date, hours: int
) -> None:
    make_series(
        site := make_site(),
        frequency="weekly",
        weekday="SU",
        nth=None,
        starts_date=day,
        ends_date=day,
        from_time=datetime.time(1),
        to_time=datetime.time(4),
        plan=[("first", 60)] * 4,
    )
    [hour] = propose_year(site)
    assert (f"{hour.local_start:%H:%M}", on_the_wall([hour.ends_at])) == ("01:00", {"04:00"})
    assert hour.ends_at - hour.starts_at == datetime.timedelta(hours=hours)
    assert hour.slots.filter(appointment_type="first").count() == hours
    assert propose_year(site) == []


def test_a_time_that_the_clocks_show_twice_is_proposed_once() -> None:
    make_series(
        site := make_site(),
        frequency="weekly",
        weekday="SU",
        nth=None,
        starts_date=datetime.date(2026, 10, 1),
        ends_date=datetime.date(2026, 10, 31),
        from_time=datetime.time(2, 30),
        to_time=datetime.time(5),
    )
    assert [hour.local_date.day for hour in propose_year(site)] == [4, 11, 18, 25]
    assert propose_year(site) == []


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_an_hour_on_the_day_of_the_change_keeps_the_wall_clock_time(day: datetime.date) -> None:
    [hour] = publish_year(one_day_of(day, NINE))
    assert hour.starts_at == instant(day, "09:00")
    assert on_the_wall([slot.starts_at for slot in hour.slots.all()]) == {"09:00"}


def one_day_of(day: datetime.date, clock: datetime.time) -> Site:
    site = make_site()
    make_series(
        site,
        frequency="weekly",
        weekday=list(recurrence.WEEKDAYS)[day.weekday()],
        nth=None,
        starts_date=day,
        ends_date=day,
        from_time=clock,
        to_time=clock.replace(minute=clock.minute + 25),
        plan=[("first", 25)],
    )
    return site


# Days on which UTC, Berlin and Auckland disagree most easily about the date or the month.
EDGES = [
    (datetime.date(2026, 1, 1), datetime.time(0, 15)),
    (FORWARD, HALF_PAST_ELEVEN),
    (datetime.date(2026, 3, 31), HALF_PAST_ELEVEN),
    (datetime.date(2026, 4, 1), datetime.time(0, 15)),
    (BACK, HALF_PAST_ELEVEN),
    (datetime.date(2026, 10, 31), HALF_PAST_ELEVEN),
    (datetime.date(2026, 11, 1), datetime.time(0, 15)),
    (datetime.date(2026, 12, 31), HALF_PAST_ELEVEN),
]


@pytest.mark.parametrize(("day", "clock"), EDGES)
def test_an_hour_late_or_early_belongs_to_the_month_of_its_place(
    day: datetime.date, clock: datetime.time
) -> None:
    site = one_day_of(day, clock)
    by = make_user()
    own = Month.containing(day)
    around = [own.plus(-1), own, own.plus(1)]
    for month in around:
        proposed = publishing.propose_month(sites=[site], month=month, by=by, now=NOW)
        assert [hour.local_date for hour in proposed] == ([day] if month == own else [])
    for month in around:
        shown = hours_at(site, month, may_plan=True, now=NOW)
        assert [hour.rule_date for hour in shown] == ([day] if month == own else [])
        assert len(publishing.drafts_of_month([site], month, NOW)) == (1 if month == own else 0)
    [hour] = stored(site)
    publishing.publish_hour(hour=hour, by=by, now=NOW, despite_collisions=True)
    for month in around:
        free = selectors.free_slots([site], *month.bounds(site.zone))
        assert [slot.hour_id for slot in free] == ([hour.pk] if month == own else [])


@pytest.mark.parametrize(("day", "clock"), EDGES)
def test_closures_and_absences_are_days_of_the_place(day: datetime.date, clock: datetime.time) -> None:
    [hour] = propose_year(one_day_of(day, clock), months=[Month.containing(day)])
    today = collisions.find([hour])
    for number in (-1, 1):
        other = day + datetime.timedelta(days=number)
        FacilityClosure.objects.create(facility=hour.site.facility, first_date=other, last_date=other)
        Absence.objects.create(user=hour.psychiatrist, first_date=other, last_date=other)
    assert collisions.find([hour]) == today
    FacilityClosure.objects.create(facility=hour.site.facility, first_date=day, last_date=day)
    Absence.objects.create(user=hour.psychiatrist, first_date=day, last_date=day)
    assert [each.kind.value for each in collisions.find([hour])[0]][-2:] == ["closure", "absence"]


def test_holidays_are_days_of_the_place() -> None:
    [new_year] = propose_year(one_day_of(datetime.date(2026, 1, 1), datetime.time(0, 15)))
    [silvester] = propose_year(one_day_of(datetime.date(2026, 12, 31), HALF_PAST_ELEVEN))
    assert [[each.text for each in found] for found in collisions.find([new_year, silvester])] == [
        ["Feiertag: Neujahr"],
        ["Silvester: bitte prüfen"],
    ]


def test_two_hours_at_one_wall_clock_time_collide_all_year() -> None:
    psychiatrist = make_user()
    sites = [
        make_series(make_site(), psychiatrist=psychiatrist, starts_date=first).site
        for first in (datetime.date(2025, 1, 1), datetime.date(2025, 7, 1))
    ]
    for month in YEAR:
        hours = publishing.propose_month(sites=sites, month=month, by=psychiatrist, now=NOW)
        found = collisions.find(hours)
        assert [[each.kind.value for each in some] for some in found] == [["psychiatrist_taken"]] * 2
        assert {some[0].text.rsplit(", ", maxsplit=1)[1] for some in found} == {"13:00–16:30"}


@pytest.mark.parametrize(
    "last_day",
    [datetime.date(2026, 3, 31), datetime.date(2026, 10, 31), datetime.date(2026, 12, 31)],
)
def test_a_month_ends_at_midnight_of_the_place(last_day: datetime.date) -> None:
    make_series(site := make_site())
    by = make_user()
    month = Month.containing(last_day)
    half_past_eleven = instant(last_day, "23:30")
    assert publishing.propose_month(sites=[site], month=month, by=by, now=half_past_eleven) == []
    with pytest.raises(MonthIsOver):
        publishing.propose_month(
            sites=[site], month=month, by=by, now=half_past_eleven + datetime.timedelta(minutes=30)
        )


@pytest.mark.parametrize("day", [datetime.date(2026, 2, 11), datetime.date(2026, 7, 8), FORWARD, BACK])
def test_a_slot_is_bookable_until_its_wall_clock_time_and_named_by_it(day: datetime.date) -> None:
    hour = make_published_hour(day=day, slots=2, now=NOW)
    first, second = hour.slots.all()
    client, other = make_client(hour.site.facility), make_client(hour.site.facility)
    by = client.created_by
    with pytest.raises(SlotIsOver):
        booking.book(slot=first, client=client, by=by, now=instant(day, "13:00"))
    appointment = booking.book(slot=first, client=client, by=by, now=instant(day, "12:59"))
    assert f"{appointment.local_start:%H:%M}" == "13:00"
    with pytest.raises(SlotTaken, match=f"Frei sind noch: {day:%d.%m.%Y} 13:30"):
        booking.book(slot=first, client=other, by=by, now=instant(day, "12:59"))
    assert second.starts_at == instant(day, "13:30")


@pytest.mark.parametrize(
    ("from_time", "to_time", "local"),
    [
        ("02:30", "03:30", "03:30-04:30"),
        ("02:00", "02:45", "03:00-03:45"),
        ("02:30", "04:00", "03:30-05:00"),
        # Only what begins in the hour that is left out is put off by it.
        ("01:30", "02:30", "01:30-03:30"),
        ("01:00", "04:00", "01:00-04:00"),
    ],
)
def test_an_hour_that_begins_when_the_clocks_go_forward_begins_an_hour_later(
    from_time: str, to_time: str, local: str
) -> None:
    """RFC 5545, 3.3.5: a time that does not occur is read with the offset before the gap."""
    site = make_site()
    make_series(
        site,
        plan=[("first", 30)],
        frequency="weekly",
        weekday="SU",
        nth=None,
        starts_date=datetime.date(2026, 3, 1),
        ends_date=datetime.date(2026, 4, 5),
        from_time=datetime.time.fromisoformat(from_time),
        to_time=datetime.time.fromisoformat(to_time),
    )
    hours = {hour.local_date: hour for hour in propose_year(site, months=YEAR[2:4])}
    shown = {
        day: f"{hour.local_start:%H:%M}-{hour.ends_at.astimezone(hour.zone):%H:%M}"
        for day, hour in hours.items()
    }
    assert shown.pop(FORWARD) == local
    assert set(shown.values()) == {f"{from_time}-{to_time}"}
    assert len(shown) == 5
    assert {hour.slots.filter(appointment_type="first").count() for hour in hours.values()} == {1}


@pytest.mark.parametrize(("from_time", "to_time"), [("02:30", "03:30"), ("01:00", "02:30")])
def test_a_series_does_not_begin_at_a_time_that_its_first_day_lacks(from_time: str, to_time: str) -> None:
    """Its times are read from its first day; from this one all others would be an hour off."""
    site = make_site()
    with pytest.raises(recurrence.StartsInSkippedHour, match="Bitte lassen Sie die Reihe einen Tag später"):
        make_series(
            site,
            frequency="weekly",
            weekday="SU",
            nth=None,
            starts_date=FORWARD,
            from_time=datetime.time.fromisoformat(from_time),
            to_time=datetime.time.fromisoformat(to_time),
        )
