"""Dividing and moving hours at one instant, and against bookings and publishing."""

import datetime
from functools import partial

import pytest

from scheduling import booking, differences, drafts, planning, publishing, rearranging
from scheduling.models import Appointment, ConsultationHour, Slot
from scheduling.slot_plan import Line
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour, make_site
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race
from tests.scheduling.invariants import broken
from tests.scheduling.plans import make_plan, with_rule

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ROUNDS = 5
LINES = [Line("follow_up", 25), Line("break", 5), Line("first", 60)]


def divide_while_booking() -> tuple[ConsultationHour, Outcome]:
    """Six half hours: each is booked by somebody while somebody divides the hour anew."""
    hour = make_published_hour(slots=6)
    clients = [make_client(hour.site.facility) for _ in range(4)]
    slots = list(hour.slots.order_by("starts_at"))
    by = hour.psychiatrist
    bookings = [
        partial(booking.book, slot=slots[number], client=client, by=client.created_by, now=NOW)
        for number, client in enumerate(clients)
    ]
    return hour, race([partial(rearranging.rearrange, hour=hour, lines=LINES, by=by, now=NOW), *bookings])


def mismatched(hour: ConsultationHour) -> int:
    """Appointments whose slot is at another time, or free."""
    booked = Appointment.objects.filter(slot__hour=hour).select_related("slot")
    return sum(
        (each.starts_at, each.ends_at, "busy") != (each.slot.starts_at, each.slot.ends_at, each.slot.state)
        for each in booked
    )


def test_nobody_s_slot_is_moved_away_while_it_is_booked() -> None:
    for _ in range(ROUNDS):
        hour, outcome = divide_while_booking()
        outcome.assert_no_errors()
        assert (mismatched(hour), broken()) == (0, {})


def test_without_the_lock_on_the_hour_dividing_and_booking_get_in_each_other_s_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control."""
    monkeypatch.setattr(
        publishing,
        "locked",
        lambda hour: ConsultationHour.objects.select_related("site__facility").get(pk=hour.pk),
    )
    for _ in range(ROUNDS_OF_CONTROL):
        hour, outcome = divide_while_booking()
        if outcome.errors or mismatched(hour) or broken():
            return
    pytest.fail("the set-up shows no race")


def test_a_draft_that_many_move_and_publish_is_whole_in_the_end() -> None:
    for _ in range(ROUNDS):
        hour = make_draft_hour(slots=3)
        by = hour.psychiatrist
        acts = [
            *(partial(drafts.shift, hour=hour, weeks=weeks, by=by, now=NOW) for weeks in (1, -1, 1)),
            partial(rearranging.rearrange, hour=hour, lines=LINES, by=by, now=NOW),
            partial(publishing.publish_hour, hour=hour, by=by, now=NOW, despite_collisions=True),
        ]
        outcome = race(acts)
        outcome.assert_no_errors()
        hour.refresh_from_db()
        assert (hour.status, broken()) == ("published", {})
        assert sum(slot.minutes for slot in Slot.objects.filter(hour=hour)) in (85, 90)


def test_differences_are_applied_once_by_many() -> None:
    site = make_site()
    plan = make_plan(site)
    by = plan.psychiatrist
    series, (hour, *_) = planning.create_series(site=site, plan=plan, by=by, now=NOW)
    publishing.publish_hour(hour=hour, by=by, now=NOW)
    later = with_rule(plan, to_time=datetime.time(16))
    planning.change_series(series=series, plan=later, by=by, now=NOW)
    outcome = race([partial(differences.apply, hour=hour, by=by, now=NOW) for _ in range(5)])
    outcome.assert_no_errors()
    assert (len(outcome.results), {type(each) for each in outcome.refusals}) == (
        1,
        {differences.NothingDiffers},
    )
    hour.refresh_from_db()
    assert (hour.sequence, broken()) == (1, {})
