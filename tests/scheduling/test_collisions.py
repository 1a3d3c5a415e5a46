"""What speaks against an hour: found on every look, held back by `publish_month`, decided hour by hour."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import collisions, publishing
from scheduling.collisions import CollisionKind
from scheduling.models import ConsultationHour, HourStatus
from scheduling.months import Month
from scheduling.publishing import HourCollides
from sites.models import Absence, FacilityClosure
from tests.builders import (
    NOW,
    make_draft_hour,
    make_published_hour,
    make_series,
    make_site,
    make_user,
)

pytestmark = pytest.mark.django_db

NINTH = datetime.date(2026, 12, 9)


def found_for(hour: ConsultationHour) -> list[tuple[CollisionKind, str]]:
    [found] = collisions.find([hour])
    return [(each.kind, each.text) for each in found]


def publish_month_of(hour: ConsultationHour) -> publishing.Published:
    return publishing.publish_month(
        sites=[hour.site], month=Month.containing(hour.local_date), by=hour.psychiatrist, now=NOW
    )


def assert_held_back(hour: ConsultationHour, kind: CollisionKind) -> None:
    result = publish_month_of(hour)
    assert result.hours == []
    assert [(held, [each.kind for each in found]) for held, found in result.held_back] == [(hour, [kind])]
    hour.refresh_from_db()
    assert hour.status == HourStatus.DRAFT


def assert_can_be_decided(hour: ConsultationHour, kind: CollisionKind) -> None:
    """The hour is refused at first, and published by somebody who insists."""
    with pytest.raises(HourCollides) as refused:
        publishing.publish_hour(hour=hour, by=hour.psychiatrist, now=NOW)
    assert [each.kind for each in refused.value.found] == [kind]
    published = publishing.publish_hour(hour=hour, by=hour.psychiatrist, now=NOW, despite_collisions=True)
    assert published.status == HourStatus.PUBLISHED


@pytest.mark.parametrize(
    ("day", "state", "expected"),
    [
        (datetime.date(2026, 12, 25), "BE", "Feiertag: Erster Weihnachtstag"),
        (datetime.date(2027, 3, 8), "BE", "Feiertag: Frauentag"),
        (datetime.date(2028, 6, 17), "BE", "Feiertag: 75. Jahrestag des Aufstandes vom 17. Juni 1953"),
        (datetime.date(2027, 1, 1), "BE", "Feiertag: Neujahr"),
        (datetime.date(2027, 1, 6), "BY", "Feiertag: Heilige Drei Könige"),
    ],
)
def test_a_public_holiday_of_the_facilitys_state(day: datetime.date, state: str, expected: str) -> None:
    hour = make_draft_hour(make_site(state=state), day=day)
    assert found_for(hour) == [(CollisionKind.PUBLIC_HOLIDAY, expected)]
    assert_held_back(hour, CollisionKind.PUBLIC_HOLIDAY)
    assert_can_be_decided(hour, CollisionKind.PUBLIC_HOLIDAY)


def test_a_holiday_of_another_state_is_no_collision() -> None:
    hour = make_draft_hour(make_site(state="BY"), day=datetime.date(2027, 3, 8))
    assert found_for(hour) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime.date(2026, 12, 24), "Heiligabend: bitte prüfen"),
        (datetime.date(2026, 12, 31), "Silvester: bitte prüfen"),
    ],
)
def test_the_two_days_that_need_care(day: datetime.date, expected: str) -> None:
    hour = make_draft_hour(day=day)
    assert found_for(hour) == [(CollisionKind.DAY_THAT_NEEDS_CARE, expected)]
    assert_held_back(hour, CollisionKind.DAY_THAT_NEEDS_CARE)
    assert_can_be_decided(hour, CollisionKind.DAY_THAT_NEEDS_CARE)


@pytest.mark.parametrize("days_before", [0, 3])
@pytest.mark.parametrize("days_after", [0, 3])
def test_a_closure_of_the_facility(days_before: int, days_after: int) -> None:
    hour = make_draft_hour(day=NINTH)
    FacilityClosure.objects.create(
        facility=hour.site.facility,
        first_date=NINTH - datetime.timedelta(days=days_before),
        last_date=NINTH + datetime.timedelta(days=days_after),
        reason="Inventur",
    )
    assert found_for(hour) == [(CollisionKind.CLOSURE, "Einrichtung geschlossen: Inventur")]
    assert_held_back(hour, CollisionKind.CLOSURE)
    assert_can_be_decided(hour, CollisionKind.CLOSURE)


@pytest.mark.parametrize("days_before", [0, 3])
@pytest.mark.parametrize("days_after", [0, 3])
def test_an_absence_of_the_psychiatrist(days_before: int, days_after: int) -> None:
    hour = make_draft_hour(day=NINTH)
    Absence.objects.create(
        user=hour.psychiatrist,
        first_date=NINTH - datetime.timedelta(days=days_before),
        last_date=NINTH + datetime.timedelta(days=days_after),
    )
    assert found_for(hour) == [(CollisionKind.ABSENCE, f"{hour.psychiatrist} ist abwesend")]
    assert_held_back(hour, CollisionKind.ABSENCE)
    assert_can_be_decided(hour, CollisionKind.ABSENCE)


def test_closures_and_absences_of_other_days_places_and_people_are_no_collisions() -> None:
    hour = make_draft_hour(day=NINTH)
    eighth, tenth = NINTH - datetime.timedelta(days=1), NINTH + datetime.timedelta(days=1)
    for day in (eighth, tenth):
        FacilityClosure.objects.create(facility=hour.site.facility, first_date=day, last_date=day)
        Absence.objects.create(user=hour.psychiatrist, first_date=day, last_date=day)
    FacilityClosure.objects.create(facility=make_site().facility, first_date=NINTH, last_date=NINTH)
    Absence.objects.create(user=make_user(), first_date=NINTH, last_date=NINTH)
    assert found_for(hour) == []


def test_a_closure_is_seen_on_the_facilitys_calendar() -> None:
    """00:15 in Berlin is still the day before in UTC."""
    hour = make_draft_hour(day=NINTH, from_time=datetime.time(0, 15), slots=1)
    FacilityClosure.objects.create(facility=hour.site.facility, first_date=NINTH, last_date=NINTH)
    assert [kind for kind, _ in found_for(hour)] == [CollisionKind.CLOSURE]


def taken(hour: ConsultationHour, kind: CollisionKind) -> tuple[CollisionKind, str]:
    what = hour.psychiatrist if kind is CollisionKind.PSYCHIATRIST_TAKEN else hour.room
    return kind, f"{what} ist schon vergeben, 13:00–16:00"


def drafted(hour: ConsultationHour, kind: CollisionKind) -> tuple[CollisionKind, str]:
    what = hour.psychiatrist if kind is CollisionKind.PSYCHIATRIST_TAKEN else hour.room
    return kind, f"{what} steht auch in einem anderen Entwurf, 13:00–16:00"


def draft_against(published: ConsultationHour, kind: CollisionKind) -> ConsultationHour:
    """A draft at 15:00 of the same person elsewhere, or of another person in the same room."""
    clock = datetime.time(15)
    if kind is CollisionKind.PSYCHIATRIST_TAKEN:
        return make_draft_hour(from_time=clock, psychiatrist=published.psychiatrist)
    beside = make_site(facility=published.site.facility)
    return make_draft_hour(beside, from_time=clock, room=published.room)


@pytest.mark.parametrize("kind", [CollisionKind.PSYCHIATRIST_TAKEN, CollisionKind.ROOM_TAKEN])
def test_a_person_or_room_that_is_taken_can_not_be_decided_away(kind: CollisionKind) -> None:
    published = make_published_hour()
    draft = draft_against(published, kind)
    assert found_for(draft) == [taken(published, kind)]
    assert_held_back(draft, kind)
    with pytest.raises(HourCollides) as refused:
        publishing.publish_hour(hour=draft, by=draft.psychiatrist, now=NOW, despite_collisions=True)
    assert refused.value.code == "hour_collides"
    assert str(refused.value) == (
        f"Gegen diese Sprechstunde spricht: {taken(published, kind)[1]}. "
        "Bitte lassen Sie sie aus oder klären Sie das zuerst."
    )


@pytest.mark.parametrize("kind", [CollisionKind.PSYCHIATRIST_TAKEN, CollisionKind.ROOM_TAKEN])
def test_two_drafts_at_a_time_are_both_held_back_until_somebody_decides(kind: CollisionKind) -> None:
    first = make_draft_hour()
    second = draft_against(first, kind)
    both = publishing.publish_month(
        sites=[first.site, second.site], month=Month(2026, 12), by=first.psychiatrist, now=NOW
    )
    assert both.hours == []
    assert [(hour, [each.kind for each in found]) for hour, found in both.held_back] == [
        (first, [kind]),
        (second, [kind]),
    ]
    assert found_for(second) == [drafted(first, kind)]
    assert_can_be_decided(second, kind)
    with pytest.raises(HourCollides):
        publishing.publish_hour(hour=first, by=first.psychiatrist, now=NOW, despite_collisions=True)


def test_hours_that_touch_are_no_collision() -> None:
    published = make_published_hour(slots=4)  # until 15:00
    draft = draft_against(published, CollisionKind.PSYCHIATRIST_TAKEN)
    assert found_for(draft) == []


def test_a_skipped_hour_takes_nobodys_time() -> None:
    skipped = make_draft_hour()
    publishing.skip(hour=skipped, by=skipped.psychiatrist, now=NOW)
    assert found_for(draft_against(skipped, CollisionKind.PSYCHIATRIST_TAKEN)) == []


def test_hours_that_are_only_planned_collide_with_each_other() -> None:
    psychiatrist = make_user()
    sites = [make_series(make_site(), psychiatrist=psychiatrist).site for _ in range(2)]
    planned = publishing.plan_month(sites=sites, month=Month(2026, 12), now=NOW)
    assert [[each.kind for each in found] for found in collisions.find(planned)] == [
        [CollisionKind.PSYCHIATRIST_TAKEN],
        [CollisionKind.PSYCHIATRIST_TAKEN],
    ]


def test_several_collisions_are_all_named() -> None:
    hour = make_draft_hour(day=datetime.date(2026, 12, 24))
    day = hour.local_date
    FacilityClosure.objects.create(facility=hour.site.facility, first_date=day, last_date=day)
    Absence.objects.create(user=hour.psychiatrist, first_date=day, last_date=day)
    assert [kind for kind, _ in found_for(hour)] == [
        CollisionKind.DAY_THAT_NEEDS_CARE,
        CollisionKind.CLOSURE,
        CollisionKind.ABSENCE,
    ]


def test_finding_costs_one_query_for_any_number_of_hours() -> None:
    one, five = drafts(1), drafts(5)
    assert [count_queries(one), count_queries(five)] == [1, 1]
    assert collisions.find([]) == []


def drafts(number: int) -> list[ConsultationHour]:
    sites = [make_draft_hour().site for _ in range(number)]
    return list(
        ConsultationHour.objects.filter(site__in=sites).select_related(
            "site__facility", "psychiatrist", "room"
        )
    )


def count_queries(hours: list[ConsultationHour]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert collisions.find(hours) == [()] * len(hours)
    return len(queries)
