"""Dividing one hour anew: types, lengths, pauses, blocked slots, open time; what is taken stays."""

import pytest

from scheduling import booking, publishing, rearranging
from scheduling.models import CancelReason, ConsultationHour
from scheduling.slot_plan import Line
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour

pytestmark = pytest.mark.django_db

PLAN = (Line("first", 50), Line("break", 10), Line("follow_up", 25, blocked=True), Line("first", 35))


def rearrange(hour: ConsultationHour, *lines: Line) -> list[tuple[str, str, str]]:
    """Start, type and state of each slot afterwards."""
    rearranging.rearrange(hour=hour, lines=lines, by=hour.psychiatrist, now=NOW)
    return slots(hour)


def slots(hour: ConsultationHour) -> list[tuple[str, str, str]]:
    return [
        (f"{slot.starts_at.astimezone(hour.zone):%H:%M}", slot.appointment_type, slot.state)
        for slot in hour.slots.order_by("starts_at")
    ]


@pytest.mark.parametrize("make", [make_draft_hour, make_published_hour])
def test_an_hour_is_divided_anew_and_the_rest_is_open(make: "type[object]") -> None:
    hour: ConsultationHour = make(slots=6)  # type: ignore[assignment, call-arg]
    assert rearrange(hour, *PLAN) == [
        ("13:00", "first", "free"),
        ("14:00", "follow_up", "blocked"),
        ("14:25", "first", "free"),
        ("15:00", "open", "free"),
    ]
    change = hour.changes.latest("pk")
    assert (change.kind, change.data["from"]) == ("slots_changed", [["first", 30, False]] * 6)
    assert rearranging.current_lines(hour)[:4] == PLAN
    before = hour.changes.count()
    rearrange(hour, *PLAN)
    assert hour.changes.count() == before


def test_what_is_booked_stays_where_it_is() -> None:
    hour = make_published_hour(slots=3)
    client = make_client(hour.site.facility)
    booked = booking.book(
        slot=hour.slots.order_by("starts_at")[1], client=client, by=client.created_by, now=NOW
    )
    found = rearrange(hour, Line("break", 30), Line("first", 30), Line("follow_up", 15), Line("first", 15))
    assert found == [("13:30", "first", "busy"), ("14:00", "follow_up", "free"), ("14:15", "first", "free")]
    booked.refresh_from_db()
    assert booked.slot.starts_at == booked.starts_at


@pytest.mark.parametrize(
    "lines",
    [
        [Line("first", 20), Line("first", 30)],
        [Line("break", 30), Line("follow_up", 30)],
        [Line("break", 30), Line("first", 30, blocked=True)],
        [],
    ],
)
def test_moving_changing_or_blocking_what_is_booked_is_refused(lines: list[Line]) -> None:
    hour = make_published_hour(slots=3)
    client = make_client(hour.site.facility)
    booking.book(slot=hour.slots.order_by("starts_at")[1], client=client, by=client.created_by, now=NOW)
    before = slots(hour)
    with pytest.raises(rearranging.TakenSlotMoved, match=r"13:30 Uhr ist belegt"):
        rearrange(hour, *lines)
    assert slots(hour) == before


def test_a_slot_that_had_an_appointment_is_changed_and_never_removed() -> None:
    hour = make_published_hour(slots=3)
    client = make_client(hour.site.facility)
    for slot in hour.slots.order_by("starts_at")[:2]:
        made = booking.book(slot=slot, client=client, by=client.created_by, now=NOW)
        booking.cancel(appointment=made, reason=CancelReason.CLIENT, by=client.created_by, now=NOW)
    assert rearrange(hour, Line("follow_up", 60)) == [
        ("13:00", "follow_up", "free"),
        ("14:00", "open", "free"),
    ]
    with pytest.raises(rearranging.SlotHasHistory):
        rearrange(hour, Line("first", 90))


def test_lines_that_do_not_fit_are_refused() -> None:
    hour = make_draft_hour(slots=3)
    with pytest.raises(rearranging.PlanTooLong, match="zusammen 100 Minuten, die Sprechstunde 90"):
        rearrange(hour, Line("first", 50), Line("first", 50))
    with pytest.raises(rearranging.LineNotSensible):
        rearrange(hour, Line("surgery", 50))


def test_an_hour_that_does_not_take_place_or_has_begun_is_refused() -> None:
    hour = make_draft_hour()
    with pytest.raises(publishing.HourIsOver):
        rearranging.rearrange(hour=hour, lines=[], by=hour.psychiatrist, now=hour.starts_at)
    publishing.skip(hour=hour, by=hour.psychiatrist, now=NOW)
    with pytest.raises(rearranging.HourHasEnded):
        rearrange(hour, Line("first", 30))
