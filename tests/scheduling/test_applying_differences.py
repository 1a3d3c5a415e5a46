"""Published hours are made as their series has them now, with what is booked in them."""

import dataclasses
import datetime

import pytest

from scheduling import (
    booking,
    cancelling,
    differences,
    disruptions,
    drafts,
    planning,
    publishing,
    rearranging,
    rehousing,
)
from scheduling.models import (
    Appointment,
    Change,
    ConsultationHour,
    ConsultationSeries,
    HourCancelReason,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.planning import SeriesPlan
from scheduling.slot_plan import Line
from sites.models import Absence, Role, Site, User
from tests.builders import NOW, make_client, make_published_hour, make_room, make_site, make_user
from tests.scheduling.hour_scenes import changes_of, clocks, slots_of
from tests.scheduling.plans import make_plan, with_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def plan(site: Site) -> SeriesPlan:
    """13:00 to 15:00: first contact at 13:00, follow-up at 14:10, open time at 14:40."""
    return make_plan(site)


@pytest.fixture
def by(plan: SeriesPlan) -> User:
    return plan.psychiatrist


@pytest.fixture
def series(site: Site, plan: SeriesPlan) -> ConsultationSeries:
    series, drafted = planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)
    for hour in drafted:
        publishing.publish_hour(hour=hour, by=plan.psychiatrist, now=NOW)
    return series


@pytest.fixture
def hour(series: ConsultationSeries) -> ConsultationHour:
    """9 December."""
    return ConsultationHour.objects.filter(series=series).earliest("starts_at")


@pytest.fixture
def appointments(hour: ConsultationHour) -> list[Appointment]:
    """In the first contact and in the follow-up."""
    return [book(slot) for slot in hour.slots.order_by("starts_at")[:2]]


def book(slot: Slot) -> Appointment:
    client = make_client(slot.hour.site.facility)
    return booking.book(slot=slot, client=client, by=client.created_by, now=NOW)


def change(series: ConsultationSeries, plan: SeriesPlan) -> None:
    planning.change_series(series=series, plan=plan, by=plan.psychiatrist, now=NOW)
    series.refresh_from_db()


def apply(hour: ConsultationHour, by: User, now: datetime.datetime = NOW) -> ConsultationHour:
    differences.apply(hour=hour, by=by, now=now)
    hour.refresh_from_db()
    return hour


def again(appointments: list[Appointment]) -> list[Appointment]:
    return list(Appointment.objects.filter(pk__in=[each.pk for each in appointments]).order_by("pk"))


def obstacle(series: ConsultationSeries, now: datetime.datetime = NOW) -> str:
    """The code of what stands in the way of the first difference."""
    first = differences.differences(series=series, now=now)[0]
    return first.obstacle.code if first.obstacle else ""


def test_what_is_booked_moves_along_with_day_and_start(
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    change(series, with_rule(plan, weekday="TH", from_time=datetime.time(12)))
    apply(hour, by)
    assert clocks(again(appointments)) == ["10.12. 12:00", "10.12. 13:10"]
    assert slots_of(hour) == [
        ("10.12. 12:00", "first", "busy"),
        ("10.12. 13:10", "follow_up", "busy"),
        ("10.12. 13:40", "open", "free"),
    ]
    assert [(each.uid, each.sequence) for each in again(appointments)] == [
        (each.uid, 1) for each in appointments
    ]
    assert [changes_of(each)[-1] for each in appointments] == [("moved", 1)] * 2
    adapted = Change.objects.get(kind="hour_adapted")
    assert (adapted.hour, adapted.planned_at) == (hour, None)
    moved = Change.objects.filter(kind="moved")
    assert {each.data["hour_change"] for each in moved} == {adapted.pk}
    assert [each.hour for each in differences.differences(series=series, now=NOW)] != [hour]


def test_what_has_its_place_in_the_plan_stays_there(
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    earlier = with_rule(plan, from_time=datetime.time(12))
    change(series, dataclasses.replace(earlier, lines=(Line("open", 60), *plan.lines)))
    apply(hour, by)
    assert clocks(again(appointments)) == ["09.12. 13:00", "09.12. 14:10"]
    assert slots_of(hour)[0] == ("09.12. 12:00", "open", "free")
    assert [each.sequence for each in again(appointments)] == [0, 0]


def test_a_longer_hour_and_another_room_leave_appointments_as_they_are(
    site: Site,
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    room = make_room(site.facility)
    change(series, dataclasses.replace(with_rule(plan, to_time=datetime.time(16)), room=room))
    apply(hour, by)
    assert (hour.room, f"{hour.ends_at:%H:%M}", hour.sequence) == (room, "15:00", 1)
    assert [each.sequence for each in again(appointments)] == [0, 0]


def test_another_person_takes_the_appointments_over(
    site: Site,
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    taker = make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    change(series, dataclasses.replace(plan, psychiatrist=taker))
    apply(hour, by)
    assert hour.psychiatrist == taker
    assert [changes_of(each)[-1] for each in appointments] == [("substituted", 1)] * 2
    handed = Change.objects.filter(kind="substituted").first()
    assert handed is not None
    assert (handed.data["from"], handed.data["to"]) == (by.pk, taker.pk)


def test_other_slots_alone_raise_no_sequence_and_are_told_to_nobody(
    series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    change(series, dataclasses.replace(plan, lines=(Line("first", 60),)))
    apply(hour, by)
    assert [kind for _, kind, _ in slots_of(hour)] == ["first", "open"]
    adapted = Change.objects.get(kind="hour_adapted")
    assert (hour.sequence, adapted.planned_at) == (0, NOW)


def test_what_has_no_place_in_the_plan_is_shown_and_refused(
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    shorter = with_rule(plan, from_time=datetime.time(12), to_time=datetime.time(13, 15))
    change(series, dataclasses.replace(shorter, lines=plan.lines[:1]))
    (listed, *_) = differences.differences(series=series, now=NOW)
    assert listed.dont_fit == appointments[1:]
    with pytest.raises(rehousing.AppointmentsDontFit) as refusal:
        apply(hour, by)
    assert refusal.value.appointments == appointments[1:]
    assert clocks(again(appointments)) == ["09.12. 13:00", "09.12. 14:10"]


def test_a_held_slot_has_to_have_its_place_too(
    series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    slots = hour.slots.filter(appointment_type="follow_up")
    slots.update(state=SlotState.HELD, held_until=hour.ends_at, held_by=by)
    change(series, dataclasses.replace(plan, lines=(Line("first", 60),)))
    assert obstacle(series) == "taken_slot_moved"
    with pytest.raises(rearranging.TakenSlotMoved):
        apply(hour, by)


def test_a_day_that_is_gone_is_not_taken_from_those_who_are_booked(
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    change(series, with_rule(plan, starts_date=datetime.date(2027, 1, 1)))
    assert obstacle(series) == "hour_has_appointments"
    with pytest.raises(publishing.HourHasAppointments):
        apply(hour, by)


def test_a_person_who_is_away_takes_nothing_over(
    site: Site, series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    taker = make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    Absence.objects.create(user=taker, first_date=hour.local_date, last_date=hour.local_date)
    change(series, dataclasses.replace(plan, psychiatrist=taker))
    assert obstacle(series) == "time_taken"
    with pytest.raises(disruptions.TimeTaken):
        apply(hour, by)


def test_nothing_is_put_into_the_past(
    series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    change(series, with_rule(plan, nth=1))
    later = datetime.datetime(2026, 12, 5, 12, tzinfo=datetime.UTC)
    assert obstacle(series, now=later) == "time_is_past"
    with pytest.raises(drafts.TimeIsPast):
        apply(hour, by, now=later)


def test_nothing_is_put_where_the_site_does_not_run(
    site: Site, series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    change(series, with_rule(plan, nth=3))
    site.until_date = datetime.date(2026, 12, 10)
    site.save()
    assert obstacle(series) == "site_does_not_run"
    with pytest.raises(drafts.SiteDoesNotRun):
        apply(hour, by)


def test_a_client_who_is_elsewhere_then_stands_in_the_way(
    site: Site,
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    other = make_published_hour(site, day=datetime.date(2026, 12, 10))
    client = appointments[0].client
    booking.book(slot=other.slots.earliest("starts_at"), client=client, by=client.created_by, now=NOW)
    change(series, with_rule(plan, weekday="TH"))
    assert obstacle(series) == "clients_elsewhere"
    with pytest.raises(disruptions.ClientsElsewhere) as refusal:
        apply(hour, by)
    assert refusal.value.codes == [client.code]


def test_who_has_arrived_already_stands_in_the_way(
    series: ConsultationSeries,
    plan: SeriesPlan,
    hour: ConsultationHour,
    appointments: list[Appointment],
    by: User,
) -> None:
    Appointment.objects.filter(pk=appointments[0].pk).update(status="arrived", arrived_at=NOW, arrived_by=by)
    change(series, with_rule(plan, to_time=datetime.time(16)))
    assert obstacle(series) == "appointment_under_way"
    with pytest.raises(disruptions.AppointmentUnderWay):
        apply(hour, by)


def test_what_came_from_no_series_or_has_begun_is_refused(
    series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    change(series, with_rule(plan, to_time=datetime.time(16)))
    with pytest.raises(disruptions.HourHasBegun):
        apply(hour, by, now=hour.starts_at)
    (later,) = ConsultationHour.objects.filter(series=series).exclude(pk=hour.pk)
    replaced = cancelling.cancel_hour(
        hour=later,
        reason=HourCancelReason.PERSON,
        replacement_date=datetime.date(2027, 1, 14),
        by=by,
        now=NOW,
    )
    assert replaced.replacement is not None
    with pytest.raises(publishing.HourNotPublished):
        apply(replaced.replacement, by)
    ConsultationHour.objects.filter(pk=hour.pk).update(status=HourStatus.DRAFT)
    with pytest.raises(publishing.HourNotPublished):
        apply(hour, by)


def test_all_are_applied_as_they_were_shown_but_what_was_changed_by_hand(
    site: Site, plan: SeriesPlan, series: ConsultationSeries, by: User
) -> None:
    planning.look_ahead(
        site=site, months_ahead=4, publish_days_ahead=42, remind_days_ahead=14, by=by, now=NOW
    )
    hours = list(ConsultationHour.objects.filter(series=series).order_by("rule_date"))
    for hour in hours[2:]:
        publishing.publish_hour(hour=hour, by=by, now=NOW)
    booked = book(hours[0].slots.earliest("starts_at"))
    rearranging.rearrange(hour=hours[1], lines=[Line("first", 60)], by=by, now=NOW)
    change(series, with_rule(plan, from_time=datetime.time(12)))
    listed = differences.differences(series=series, now=NOW)
    assert [(each.by_hand, each.goes_with_all) for each in listed] == [
        (False, True),
        (True, False),
        (False, True),
        (False, True),
    ]
    chosen = [(each.hour, each.state) for each in listed if each.goes_with_all]
    late = book(hours[3].slots.earliest("starts_at"))
    applied, refusals = differences.apply_all(chosen=chosen, by=by, now=NOW)
    assert (applied, [type(each) for each in refusals]) == (2, [disruptions.HourChangedMeanwhile])
    assert clocks(again([booked, late])) == ["09.12. 12:00", "10.03. 13:00"]


def test_a_series_that_changed_since_is_noticed_too(
    series: ConsultationSeries, plan: SeriesPlan, hour: ConsultationHour, by: User
) -> None:
    change(series, with_rule(plan, from_time=datetime.time(12)))
    (shown, *_) = differences.differences(series=series, now=NOW)
    change(series, with_rule(plan, from_time=datetime.time(11)))
    with pytest.raises(disruptions.HourChangedMeanwhile):
        differences.apply(hour=hour, seen=shown.state, by=by, now=NOW)
