"""Making and changing series: drafts follow, what was changed by hand stays, published hours stay."""

import dataclasses
import datetime

import pytest

from scheduling import differences, disruptions, drafts, planning, publishing, rearranging
from scheduling.models import Change, ConsultationHour, ConsultationSeries
from scheduling.planning import SeriesPlan
from scheduling.slot_plan import Line
from sites.models import Role, Site
from tests.builders import NOW, make_room, make_site, make_user
from tests.scheduling.plans import make_plan, with_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def plan(site: Site) -> SeriesPlan:
    return make_plan(site)


@pytest.fixture
def series(site: Site, plan: SeriesPlan) -> ConsultationSeries:
    return planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)[0]


def hours(series: ConsultationSeries) -> list[tuple[str, str, str]]:
    """Day, time and status of each of the series' hours, in order."""
    rows = ConsultationHour.objects.filter(series=series).order_by("rule_date")
    return [(f"{hour.local_start:%d.%m.}", f"{hour.local_start:%H:%M}", hour.status) for hour in rows]


def change(series: ConsultationSeries, plan: SeriesPlan) -> planning.Adapted:
    adapted = planning.change_series(series=series, plan=plan, by=plan.psychiatrist, now=NOW)
    series.refresh_from_db()
    return adapted


def hour_on(series: ConsultationSeries, month: int) -> ConsultationHour:
    return ConsultationHour.objects.get(series=series, rule_date__month=month)


def publish(series: ConsultationSeries, month: int) -> ConsultationHour:
    return publishing.publish_hour(hour=hour_on(series, month), by=series.psychiatrist, now=NOW)


def found(series: ConsultationSeries) -> list[tuple[str, ...]]:
    return [each.parts for each in differences.differences(series=series, now=NOW)]


def test_a_new_series_drafts_the_months_that_its_site_looks_ahead(
    site: Site, plan: SeriesPlan, series: ConsultationSeries
) -> None:
    assert site.months_ahead == 2
    assert hours(series) == [("09.12.", "13:00", "draft"), ("13.01.", "13:00", "draft")]
    assert planning.plan_of(series) == plan
    slots = hour_on(series, 12).slots.order_by("starts_at")
    assert [(slot.appointment_type, slot.minutes) for slot in slots] == [
        ("first", 60),
        ("follow_up", 30),
        ("open", 20),
    ]


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ({"to_time": datetime.time(12)}, drafts.EndBeforeStart),
        ({"ends_date": datetime.date(2026, 11, 1)}, planning.EndsBeforeItBegins),
        ({"ends_date": datetime.date(2026, 12, 2)}, planning.NoDays),
        ({"to_time": datetime.time(14)}, rearranging.PlanTooLong),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    site: Site, plan: SeriesPlan, rule: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        planning.create_series(site=site, plan=with_rule(plan, **rule), by=plan.psychiatrist, now=NOW)
    assert ConsultationSeries.objects.count() == 0


def test_rooms_and_people_of_elsewhere_are_refused(site: Site, plan: SeriesPlan) -> None:
    by = plan.psychiatrist
    elsewhere = dataclasses.replace(plan, room=make_room(make_site().facility))
    stranger = dataclasses.replace(plan, psychiatrist=make_user(Role.PSYCHIATRIST))
    with pytest.raises(drafts.RoomElsewhere):
        planning.create_series(site=site, plan=elsewhere, by=by, now=NOW)
    with pytest.raises(drafts.NotAPsychiatrist):
        planning.create_series(site=site, plan=stranger, by=by, now=NOW)
    short = dataclasses.replace(plan, lines=(Line("first", 4),))
    with pytest.raises(rearranging.LineNotSensible):
        planning.create_series(site=site, plan=short, by=by, now=NOW)


def test_drafts_follow_time_place_person_and_slots(
    site: Site, plan: SeriesPlan, series: ConsultationSeries
) -> None:
    other = make_plan(site, from_time=datetime.time(9), to_time=datetime.time(11))
    other = dataclasses.replace(other, lines=(Line("first", 50),))
    adapted = change(series, other)
    assert (adapted.changed, adapted.added, adapted.skipped) == (2, 0, 0)
    assert hours(series) == [("09.12.", "09:00", "draft"), ("13.01.", "09:00", "draft")]
    hour = hour_on(series, 12)
    assert (hour.room, hour.psychiatrist, hour.sequence) == (other.room, other.psychiatrist, 1)
    assert [slot.minutes for slot in hour.slots.order_by("starts_at")] == [50, 70]
    assert [change.kind for change in hour.changes.order_by("pk")] == ["hour_proposed", "hour_adapted"]


def test_changing_to_the_same_changes_nothing(plan: SeriesPlan, series: ConsultationSeries) -> None:
    before = Change.objects.count()
    adapted = change(series, plan)
    assert (adapted.changed, adapted.added, adapted.skipped) == (0, 0, 0)
    assert Change.objects.count() == before


def test_a_day_that_moves_within_its_month_takes_its_draft_along(
    plan: SeriesPlan, series: ConsultationSeries
) -> None:
    keys = list(ConsultationHour.objects.order_by("pk").values_list("pk", flat=True))
    change(series, with_rule(plan, nth=3, weekday="TH"))
    assert hours(series) == [("17.12.", "13:00", "draft"), ("21.01.", "13:00", "draft")]
    assert list(ConsultationHour.objects.order_by("pk").values_list("pk", flat=True)) == keys
    assert planning.propose_ahead(sites=[series.site], by=plan.psychiatrist, now=NOW) == []


def test_more_days_are_added_and_days_that_end_are_skipped(
    plan: SeriesPlan, series: ConsultationSeries
) -> None:
    weekly = with_rule(plan, frequency="weekly", nth=None, interval=2)
    adapted = change(series, weekly)
    assert (adapted.added, adapted.skipped) == (3, 0)
    assert [day for day, _, _ in hours(series)] == ["02.12.", "16.12.", "30.12.", "13.01.", "27.01."]
    ended = change(series, with_rule(weekly, ends_date=datetime.date(2026, 12, 31)))
    assert (ended.changed, ended.added, ended.skipped) == (0, 0, 2)
    assert [status for _, _, status in hours(series)] == ["draft"] * 3 + ["cancelled"] * 2
    assert {each.data["because"] for each in Change.objects.filter(kind="hour_skipped")} == {
        planning.SERIES_CHANGED
    }


def test_what_somebody_changed_by_hand_on_a_draft_stays(
    site: Site, plan: SeriesPlan, series: ConsultationSeries
) -> None:
    by = plan.psychiatrist
    hour, room = hour_on(series, 12), make_room(site.facility)
    drafts.change_draft(hour=hour, date=datetime.date(2026, 12, 11), room=room, by=by, now=NOW)
    rearranging.rearrange(hour=hour, lines=[Line("first", 120)], by=by, now=NOW)
    change(series, dataclasses.replace(with_rule(plan, from_time=datetime.time(12)), lines=()))
    hour.refresh_from_db()
    assert (f"{hour.local_start:%d.%m. %H:%M}", hour.room) == ("11.12. 12:00", room)
    assert [slot.minutes for slot in hour.slots.order_by("starts_at")] == [120, 60]
    assert hours(series)[1] == ("13.01.", "12:00", "draft")


def test_published_hours_stay_and_are_listed_with_the_difference(
    site: Site, plan: SeriesPlan, series: ConsultationSeries
) -> None:
    publish(series, 12)
    other = with_rule(plan, weekday="TH", from_time=datetime.time(12))
    other = dataclasses.replace(other, room=make_room(site.facility), lines=(Line("first", 60),))
    adapted = change(series, other)
    assert hours(series)[0] == ("09.12.", "13:00", "published")
    assert found(adapted.series) == [
        (
            "Tag: Mi. 09.12.2026 → Do. 10.12.2026",
            "Zeit: 13:00–15:00 → 12:00–15:00",
            f"Raum: {plan.room} → {other.room}",
            "Zeitfenster: Erstgespräch 60 Min., Pause 10 Min., Folgegespräch 30 Min., "
            "Offene Sprechstunde 20 Min. → Erstgespräch 60 Min., Offene Sprechstunde 120 Min.",
        )
    ]
    assert len(planning.propose_ahead(sites=[site], by=plan.psychiatrist, now=NOW)) == 0


def test_a_difference_is_applied_to_one_hour(plan: SeriesPlan, series: ConsultationSeries) -> None:
    hour = publish(series, 12)
    change(series, with_rule(plan, weekday="TH", to_time=datetime.time(16)))
    differences.apply(hour=hour, by=plan.psychiatrist, now=NOW)
    assert hours(series)[0] == ("10.12.", "13:00", "published")
    hour.refresh_from_db()
    assert (hour.sequence, sum(slot.minutes for slot in hour.slots.all())) == (1, 170)
    assert differences.differences(series=series, now=NOW) == []
    with pytest.raises(differences.NothingDiffers):
        differences.apply(hour=hour, by=plan.psychiatrist, now=NOW)


def test_a_difference_against_a_taken_room_is_refused(
    site: Site, plan: SeriesPlan, series: ConsultationSeries
) -> None:
    hour = publish(series, 12)
    other, _ = planning.create_series(
        site=site,
        plan=dataclasses.replace(
            make_plan(site, from_time=datetime.time(15), to_time=datetime.time(17)), room=plan.room
        ),
        by=plan.psychiatrist,
        now=NOW,
    )
    publish(other, 12)
    change(series, with_rule(plan, to_time=datetime.time(16)))
    with pytest.raises(publishing.HourCollides):
        differences.apply(hour=hour, by=plan.psychiatrist, now=NOW)
    (listed,) = differences.differences(series=series, now=NOW)
    assert (listed.goes_with_all, type(listed.obstacle)) == (False, disruptions.TimeTaken)


def test_a_published_hour_whose_day_is_gone_is_left_out_when_that_is_applied(
    plan: SeriesPlan, series: ConsultationSeries
) -> None:
    hour = publish(series, 1)
    change(series, with_rule(plan, ends_date=datetime.date(2026, 12, 31)))
    assert found(series) == [("Die Reihe gibt diesen Tag nicht mehr vor",)]
    differences.apply(hour=hour, by=plan.psychiatrist, now=NOW)
    assert hours(series)[1] == ("13.01.", "13:00", "cancelled")


def test_each_site_is_proposed_as_far_ahead_as_it_wants() -> None:
    near, far, none = make_site(), make_site(), make_site()
    for site, months in ((near, 1), (far, 3), (none, 0)):
        site.months_ahead = months
        site.save()
        plan = make_plan(site)
        _, drafted = planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)
        assert len(drafted) == months
    by = plan.psychiatrist
    assert planning.propose_ahead(sites=[near, far, none], by=by, now=NOW) == []
    later = NOW + datetime.timedelta(days=31)
    proposed = planning.propose_ahead(sites=[near, far, none], by=by, now=later)
    assert [(hour.site, f"{hour.local_date:%m}") for hour in proposed] == [(near, "01"), (far, "03")]
    assert planning.propose_ahead(sites=[near, far, none], by=by, now=later) == []
