"""Cancelling and moving at one instant, and against bookings."""

from collections.abc import Callable
from functools import partial

import pytest

from scheduling import booking
from scheduling.booking import AppointmentNotBooked, SlotTaken
from scheduling.models import Appointment, CancelReason, Change, Slot, SlotState
from tests.builders import NOW, make_client, make_published_hour
from tests.concurrency.racing import ROUNDS_OF_CONTROL, race
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

MANY = 8
ROUNDS = 6


def booked(number: int, *, slots: int = 12) -> tuple[list[Appointment], list[Slot]]:
    """An hour with so many slots, the first `number` of them booked, each by another client."""
    hour = make_published_hour(slots=slots, minutes=15)
    all_slots = list(hour.slots.all())
    clients = [make_client(hour.site.facility) for _ in range(number)]
    appointments = [
        booking.book(slot=slot, client=client, by=client.created_by, now=NOW)
        for slot, client in zip(all_slots, clients, strict=False)
    ]
    return appointments, all_slots


def cancelling(appointment: Appointment) -> Callable[[], object]:
    return partial(
        booking.cancel,
        appointment=appointment,
        reason=CancelReason.CLIENT,
        by=appointment.booked_by,
        now=NOW,
    )


def moving(appointment: Appointment, slot: Slot) -> Callable[[], object]:
    return partial(booking.move, appointment=appointment, to_slot=slot, by=appointment.booked_by, now=NOW)


def history(appointment: Appointment) -> list[tuple[str, int]]:
    return list(Change.objects.filter(appointment=appointment).values_list("kind", "sequence"))


def test_an_appointment_is_cancelled_by_one_of_many() -> None:
    [appointment], _ = booked(1)
    outcome = race([cancelling(appointment) for _ in range(MANY)])
    outcome.assert_no_errors()
    assert outcome.results == [appointment]
    assert [type(refusal) for refusal in outcome.refusals] == [AppointmentNotBooked] * (MANY - 1)
    assert history(appointment) == [("booked", 0), ("cancelled", 1)]
    assert broken() == {}


def test_many_movers_of_one_appointment_follow_each_other() -> None:
    [appointment], slots = booked(1)
    outcome = race([moving(appointment, slot) for slot in slots[1 : MANY + 1]])
    outcome.assert_no_errors()
    assert (len(outcome.results), outcome.refusals) == (MANY, [])
    assert history(appointment) == [
        ("booked", 0),
        *[("moved", number) for number in range(1, MANY + 1)],
    ]
    assert Slot.objects.filter(state=SlotState.BUSY).count() == 1
    assert broken() == {}


def test_without_the_locks_movers_would_lose_each_others_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: an old slot would stay busy, and the database alone says no."""
    monkeypatch.setattr(
        booking,
        "_locked",
        lambda appointment, now: Appointment.objects.select_related("slot", "client").get(pk=appointment.pk),
    )
    monkeypatch.setattr(booking, "CLAIM", booking.CLAIM.replace("FOR NO KEY UPDATE", ""))
    for _ in range(ROUNDS_OF_CONTROL):
        [appointment], slots = booked(1)
        outcome = race([moving(appointment, slot) for slot in slots[1 : MANY + 1]])
        if any("slot_busy_with_appointment" in str(error) for error in outcome.errors):
            return
    pytest.fail("the set-up shows no race")


def test_many_appointments_moved_to_one_slot_one_gets_it() -> None:
    appointments, slots = booked(MANY)
    outcome = race([moving(appointment, slots[-1]) for appointment in appointments])
    outcome.assert_no_errors()
    assert len(outcome.results) == 1
    assert [type(refusal) for refusal in outcome.refusals] == [SlotTaken] * (MANY - 1)
    assert broken() == {}


def test_appointments_that_would_change_places_neither_wait_nor_lose_their_slots() -> None:
    appointments, slots = booked(MANY)
    for _ in range(ROUNDS):
        around = [*slots[1:MANY], slots[0]]
        outcome = race([moving(each, slot) for each, slot in zip(appointments, around, strict=True)])
        outcome.assert_no_errors()
        assert [type(refusal) for refusal in outcome.refusals] == [SlotTaken] * MANY
    assert list(Appointment.objects.values_list("slot", flat=True)) == [slot.pk for slot in slots[:MANY]]
    assert broken() == {}


def test_moved_or_cancelled_whoever_comes_first() -> None:
    for _ in range(ROUNDS):
        [appointment], slots = booked(1)
        outcome = race([cancelling(appointment), moving(appointment, slots[1])])
        outcome.assert_no_errors()
        cancelled_first = [type(refusal) for refusal in outcome.refusals] == [AppointmentNotBooked]
        assert history(appointment) == (
            [("booked", 0), ("cancelled", 1)]
            if cancelled_first
            else [("booked", 0), ("moved", 1), ("cancelled", 2)]
        )
        assert broken() == {}


def test_a_slot_that_is_freed_goes_to_one_of_those_who_wait_for_it() -> None:
    """Whoever comes before the cancellation is refused; after it, one of the others gets the slot."""
    for number in range(ROUNDS):
        [appointment], slots = booked(1, slots=4)
        clients = [make_client(appointment.client.facility) for _ in range(MANY)]
        bookings = [
            partial(booking.book, slot=slots[0], client=client, by=client.created_by, now=NOW)
            for client in clients
        ]
        leaving = cancelling(appointment) if number % 2 else moving(appointment, slots[1])
        outcome = race([*bookings[:4], leaving, *bookings[4:]])
        outcome.assert_no_errors()
        assert len(outcome.results) in (1, 2)
        assert {type(refusal) for refusal in outcome.refusals} == {SlotTaken}
        assert broken() == {}
