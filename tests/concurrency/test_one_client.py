"""Fifty threads book ten overlapping slots for one client: no two of the appointments overlap."""

import datetime
from functools import partial

import pytest

from scheduling import booking
from scheduling.models import Appointment, CancelReason, Client, Slot
from tests.builders import NOW, make_client, make_facility, make_published_hour, make_site
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race, without_constraint
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

OVERLAP = "client_has_one_appointment_at_a_time"


def ten_overlapping_slots() -> tuple[Client, list[Slot]]:
    """Two hours of a house, the second a quarter later: each slot overlaps one or two of the other hour."""
    one = make_published_hour(slots=5)
    other = make_published_hour(
        make_site(facility=one.site.facility), from_time=datetime.time(13, 15), slots=5
    )
    return make_client(one.site.facility), [*one.slots.all(), *other.slots.all()]


def fifty_book(client: Client, slots: list[Slot]) -> Outcome:
    return race(
        [
            partial(booking.book, slot=slots[number % 10], client=client, by=client.created_by, now=NOW)
            for number in range(50)
        ]
    )


def test_no_two_appointments_overlap_and_every_loser_is_refused() -> None:
    client, slots = ten_overlapping_slots()
    outcome = fifty_book(client, slots)
    outcome.assert_no_errors()
    assert broken() == {}
    booked = list(Appointment.objects.all())
    assert len(booked) == len(outcome.results) == 50 - len(outcome.refusals)
    expected = {"slot_taken", "already_booked", "client_has_appointment"}
    assert {refusal.code for refusal in outcome.refusals} <= expected
    # Nobody was refused without need: what is left would overlap.
    left = [slot for slot in slots if slot.pk not in {each.slot_id for each in booked}]
    assert [slot for slot in left if not any(overlap(slot, each) for each in booked)] == []


def overlap(one: Slot, other: Appointment) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def test_without_the_constraint_appointments_overlap() -> None:
    """The negative control for the rule."""
    with without_constraint(Appointment, OVERLAP):
        client, slots = ten_overlapping_slots()
        fifty_book(client, slots).assert_no_errors()
        assert "a client has one appointment at a time" in broken()


def test_without_the_lock_on_the_client_bookings_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control for the lock: without it they meet in the constraint, and errors come out."""
    monkeypatch.setattr(booking, "CLAIM", booking.CLAIM.replace("FOR NO KEY UPDATE", ""))
    facility = make_facility()
    hours = [make_published_hour(make_site(facility=facility), slots=1) for _ in range(16)]
    slots = [hour.slots.get() for hour in hours]
    client = make_client(facility)
    by = client.created_by
    for _ in range(ROUNDS_OF_CONTROL):
        outcome = race([partial(booking.book, slot=slot, client=client, by=by, now=NOW) for slot in slots])
        if outcome.errors:
            break
        booking.cancel(
            appointment=Appointment.objects.get(status="booked"), reason=CancelReason.MISTAKE, by=by, now=NOW
        )
    assert {str(error).splitlines()[0] for error in outcome.errors} == {"deadlock detected"}
    assert broken() == {}  # the constraint still holds
