"""Offers made, answered and overtaken at one instant: a slot is held for one, and nobody has two."""

from datetime import datetime
from functools import partial

import pytest
from django.db import connection

from scheduling import booking, offering
from scheduling.booking import SlotTaken
from scheduling.models import Appointment, Offer, Slot, SlotState
from scheduling.offering import OfferOver
from tests.builders import NOW
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race, without_constraint
from tests.scheduling.invariants import broken
from tests.scheduling.waiting_scenes import List, make_list, minutes

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

TWENTY = 20


def offered(list_: List) -> Offer:
    list_.waits()
    list_.free()
    offering.make_offers(now=NOW)
    return Offer.objects.get()


def twice_offered() -> int:
    standing = Offer.objects.filter(state="standing")
    return standing.count() - standing.values("slot").distinct().count()


def test_twenty_sweeps_make_one_offer_of_a_slot() -> None:
    list_ = make_list(slots=2)
    for number in range(3):
        list_.waits(now=NOW + minutes(number))
    list_.free(0)
    list_.free(1)
    outcome = race([partial(offering.make_offers, now=NOW + minutes(3))] * TWENTY)
    outcome.assert_no_errors()
    assert Offer.objects.filter(state="standing").count() == 2
    assert Slot.objects.filter(state="held").count() == 2
    assert broken() == {}


def offer_one_slot_to_four(list_: List, slot: Slot) -> Outcome:
    """As four processes would that each think somebody else is next."""
    entries = [list_.waits() for _ in range(4)]
    until = NOW + minutes(30)
    return race([partial(offering._offer, slot, entry, [], until, now=NOW) for entry in entries])


def test_a_slot_is_offered_to_one_whoever_is_thought_to_be_next() -> None:
    list_ = make_list()
    offer_one_slot_to_four(list_, list_.free()).assert_no_errors()
    assert Offer.objects.filter(state="standing").count() == 1
    assert broken() == {}


def hold_by_looking_first(slot: Slot, until: datetime, now: datetime) -> None:
    """How it must not be done."""
    if Slot.objects.get(pk=slot.pk).state != SlotState.FREE:
        raise offering._NoMore
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    Slot.objects.filter(pk=slot.pk).update(state="held", held_until=until, held_by=None)


def test_without_its_guards_a_slot_is_offered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with neither the hold nor the constraint the same race offers one slot to two."""
    monkeypatch.setattr(offering, "_hold", hold_by_looking_first)
    with without_constraint(Offer, "slot_stands_offered_once"):
        list_ = make_list(slots=ROUNDS_OF_CONTROL // 10)
        for number in range(ROUNDS_OF_CONTROL // 10):
            offer_one_slot_to_four(list_, list_.free(number)).assert_no_errors()
            if twice_offered():
                break
        assert twice_offered() > 0


def test_the_constraint_alone_prevents_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "_hold", hold_by_looking_first)
    list_ = make_list()
    offer_one_slot_to_four(list_, list_.free()).assert_no_errors()
    assert (Offer.objects.filter(state="standing").count(), twice_offered()) == (1, 0)


def test_yes_at_two_places_books_once() -> None:
    list_ = make_list()
    offer = offered(list_)
    outcome = race([partial(offering.accept, offer=offer, by=list_.worker, now=NOW)] * TWENTY)
    outcome.assert_no_errors()
    assert (len(outcome.results), {type(each) for each in outcome.refusals}) == (1, {OfferOver})
    assert Appointment.objects.filter(client=offer.entry.client).count() == 1
    assert broken() == {}


def test_yes_and_no_at_once_are_one_of_both() -> None:
    list_ = make_list()
    offer = offered(list_)
    outcome = race(
        [
            partial(answer, offer=offer, by=list_.worker, now=NOW)
            for answer in (offering.accept, offering.decline)
            for _ in range(5)
        ]
    )
    outcome.assert_no_errors()
    assert len(outcome.results) == 1
    offer.refresh_from_db()
    assert Appointment.objects.filter(client=offer.entry.client).exists() == (offer.state == "accepted")
    assert broken() == {}


def test_a_yes_in_the_last_second_and_who_books_after_it() -> None:
    """The offer ends while both reach for the slot: one has it, the other is told."""
    list_ = make_list()
    offer = offered(list_)
    slot = offer.slot
    assert slot is not None
    before, after = offer.until_at - minutes(0.01), offer.until_at
    outcome = race(
        [
            partial(offering.accept, offer=offer, by=list_.worker, now=before),
            partial(booking.book, slot=slot, client=list_.client(), by=list_.worker, now=after),
            partial(offering.make_offers, now=after),
        ]
    )
    outcome.assert_no_errors()
    assert Appointment.objects.filter(slot=slot, status="booked").count() == 1
    assert {type(each) for each in outcome.refusals} <= {OfferOver, SlotTaken, booking.SlotHeld}
    assert broken() == {}
