"""Answers to a draft: another week, day, time, room, person. Its slots go along."""

import datetime

import pytest

from scheduling import drafts, planning, publishing
from scheduling.models import ConsultationHour
from sites.models import Role
from tests.builders import (
    NOW,
    make_draft_hour,
    make_published_hour,
    make_room,
    make_series,
    make_site,
    make_user,
)
from tests.scheduling.plans import make_plan

pytestmark = pytest.mark.django_db


def clocks(hour: ConsultationHour) -> list[str]:
    return [f"{slot.starts_at.astimezone(hour.zone):%H:%M}" for slot in hour.slots.order_by("starts_at")]


def on_the_wall(hour: ConsultationHour) -> str:
    return f"{hour.local_start:%d.%m.%Y %H:%M}–{hour.ends_at.astimezone(hour.zone):%H:%M}"


def test_a_week_later_is_the_same_time_on_the_wall_also_across_a_change_of_the_clocks() -> None:
    hour = make_draft_hour(day=datetime.date(2027, 3, 25), slots=2)
    later = drafts.shift(hour=hour, weeks=1, by=hour.psychiatrist, now=NOW)
    assert on_the_wall(later) == "01.04.2027 13:00–14:00"
    assert clocks(later) == ["13:00", "13:30"]
    earlier = drafts.shift(hour=later, weeks=-1, by=hour.psychiatrist, now=NOW)
    assert on_the_wall(earlier) == "25.03.2027 13:00–14:00"
    change = earlier.changes.latest("pk")
    assert (change.kind, change.sequence, earlier.sequence) == ("hour_changed", 2, 2)


def test_a_draft_that_moved_into_another_month_is_not_proposed_again() -> None:
    site = make_site()
    plan = make_plan(site, nth=-1)
    _, (hour, *_) = planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)
    drafts.shift(hour=hour, weeks=1, by=plan.psychiatrist, now=NOW)
    assert planning.propose_ahead(sites=[site], by=plan.psychiatrist, now=NOW) == []


def test_a_shorter_hour_loses_its_last_slots_and_a_longer_one_gets_open_time() -> None:
    hour = make_draft_hour(slots=3)
    by = hour.psychiatrist
    drafts.change_draft(hour=hour, to_time=datetime.time(14, 10), by=by, now=NOW)
    assert clocks(hour) == ["13:00", "13:30", "14:00"]
    assert hour.slots.latest("starts_at").appointment_type == "open"
    drafts.change_draft(hour=hour, from_time=datetime.time(9), to_time=datetime.time(11), by=by, now=NOW)
    slots = [(slot.appointment_type, slot.minutes) for slot in hour.slots.order_by("starts_at")]
    assert slots == [("first", 30), ("first", 30), ("open", 60)]


def test_another_room_and_person() -> None:
    hour = make_draft_hour()
    room = make_room(hour.site.facility)
    person = make_user(Role.PSYCHIATRIST, clinic=hour.site.clinic)
    changed = drafts.change_draft(hour=hour, room=room, psychiatrist=person, by=person, now=NOW)
    assert (changed.room, changed.psychiatrist) == (room, person)


def test_the_same_again_leaves_no_change() -> None:
    hour = make_draft_hour()
    drafts.change_draft(hour=hour, room=hour.room, by=hour.psychiatrist, now=NOW)
    assert [change.kind for change in hour.changes.all()] == ["hour_proposed"]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"date": datetime.date(2026, 11, 20)}, drafts.TimeIsPast),
        ({"from_time": datetime.time(17)}, drafts.EndBeforeStart),
        ({"date": datetime.date(2027, 1, 2)}, drafts.SiteDoesNotRun),
    ],
)
def test_what_can_not_be_is_refused(wanted: dict[str, object], refusal: type[Exception]) -> None:
    hour = make_draft_hour(make_site(until_date=datetime.date(2026, 12, 31)))
    with pytest.raises(refusal):
        drafts.change_draft(hour=hour, by=hour.psychiatrist, now=NOW, **wanted)  # type: ignore[arg-type]


def test_rooms_and_people_of_elsewhere_are_refused() -> None:
    hour = make_draft_hour()
    by = hour.psychiatrist
    room, stranger = make_room(make_site().facility), make_user(Role.PSYCHIATRIST)
    with pytest.raises(drafts.RoomElsewhere):
        drafts.change_draft(hour=hour, room=room, by=by, now=NOW)
    with pytest.raises(drafts.NotAPsychiatrist):
        drafts.change_draft(hour=hour, psychiatrist=stranger, by=by, now=NOW)


def test_a_published_hour_is_no_draft() -> None:
    hour = make_published_hour()
    with pytest.raises(publishing.HourNotDraft):
        drafts.shift(hour=hour, weeks=1, by=hour.psychiatrist, now=NOW)


def test_only_drafts_that_nothing_speaks_against_are_published_together() -> None:
    site = make_site()
    series = make_series(site, weekday="TH", nth=-1)
    by = series.psychiatrist
    hours = [
        hour
        for ahead in (12, 13)
        for hour in planning.publishing.propose_month(
            sites=[site], month=planning.Month(2026, 12).plus(ahead - 12), by=by, now=NOW
        )
    ]
    result = publishing.publish_drafts(hours=hours, by=by, now=NOW)
    assert [hour.local_date for hour in result.hours] == [datetime.date(2027, 1, 28)]
    assert [str(found) for _, (found,) in result.held_back] == ["Silvester: bitte prüfen"]
    assert publishing.publish_drafts(hours=hours, by=by, now=NOW + datetime.timedelta(days=90)).hours == []
