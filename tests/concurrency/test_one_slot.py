"""Fifty people book one slot at one instant: one has it, the others are told what is still free."""

import datetime
from functools import partial

import pytest
from django.db import IntegrityError

from scheduling import booking
from scheduling.booking import SlotTaken
from scheduling.models import Appointment, Change, Client, ConsultationHour, Slot, SlotState
from sites.models import User
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race, without_constraint
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

FIFTY = 50


def fifty_book_one_slot(hour: ConsultationHour, slot: Slot) -> Outcome:
    by = make_user()
    clients = [make_client(hour.site.facility, by=by) for _ in range(FIFTY)]
    return race([partial(booking.book, slot=slot, client=client, by=by, now=NOW) for client in clients])


def test_one_of_fifty_has_the_slot_and_the_others_are_told_what_is_free() -> None:
    hour = make_published_hour()
    wanted, *others = hour.slots.all()
    outcome = fifty_book_one_slot(hour, wanted)
    outcome.assert_no_errors()
    [winner] = outcome.results
    assert [type(refusal) for refusal in outcome.refusals] == [SlotTaken] * 49
    assert [refusal.alternatives for refusal in outcome.refusals if isinstance(refusal, SlotTaken)] == [
        others
    ] * 49
    assert Appointment.objects.get() == winner
    assert Change.objects.filter(kind="booked").count() == 1
    assert broken() == {}


def claim_by_looking_first(
    slot: Slot, client: Client, by: User, now: datetime.datetime, *, is_offered: bool
) -> Slot:
    """How it must not be done: see whether the slot is free, then take it."""
    current = Slot.objects.get(pk=slot.pk)
    if current.state != SlotState.FREE:
        raise SlotTaken([])
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.BUSY)
    return current


def test_without_its_guards_the_slot_is_booked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same race does double-book when claim and constraint are taken away."""
    monkeypatch.setattr(booking, "_claim", claim_by_looking_first)
    with without_constraint(Appointment, "slot_carries_one_appointment"):
        hour = make_published_hour(slots=ROUNDS_OF_CONTROL, minutes=5)
        for slot in hour.slots.all():
            fifty_book_one_slot(hour, slot).assert_no_errors()
            if Appointment.objects.filter(slot=slot).count() > 1:
                break
        assert "a slot carries one live appointment" in broken()


def test_the_constraint_alone_prevents_the_double_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever code writes appointments: the database lets one of them through."""
    monkeypatch.setattr(booking, "_claim", claim_by_looking_first)
    hour = make_published_hour(slots=1)
    outcome = fifty_book_one_slot(hour, hour.slots.get())
    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} <= {IntegrityError}
    assert broken() == {}
