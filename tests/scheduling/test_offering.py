"""A slot that gets free is offered to the first who waits and fits, and passed on until it is for all."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import booking, offering, publishing, waiting
from scheduling.booking import SlotHeld
from scheduling.models import Change, ClosedReason, DayPart, Offer, PassedOver, SlotState
from scheduling.offering import OfferOver
from tests.builders import NOW, make_published_hour
from tests.scheduling.waiting_scenes import make_list, minutes, offer_all, standing

pytestmark = pytest.mark.django_db

LATER = NOW + minutes(61)


def state_of(slot: object) -> tuple[str, object]:
    slot.refresh_from_db()  # type: ignore[attr-defined]
    return slot.state, slot.held_until  # type: ignore[attr-defined]


def test_a_freed_slot_is_held_for_the_first_who_waits() -> None:
    list_ = make_list()
    first, _ = list_.waits(), list_.waits(now=NOW + minutes(1))
    assert offer_all(NOW + minutes(2)) == 0
    slot = list_.free()
    assert offer_all(NOW + minutes(2)) == 1
    assert standing() == [(first.pk, slot.pk)]
    assert state_of(slot) == (SlotState.HELD, NOW + minutes(62))
    with pytest.raises(SlotHeld):
        booking.book(slot=slot, client=list_.client(), by=list_.worker, now=NOW + minutes(3))


def test_asking_again_changes_nothing() -> None:
    list_ = make_list()
    list_.waits()
    list_.free()
    assert [offer_all(), offer_all(), offer_all(NOW + minutes(5))] == [1, 0, 0]
    assert Change.objects.filter(kind="offered").count() == 1


def test_a_month_that_is_published_is_offered_too() -> None:
    list_ = make_list()
    entry = list_.waits()
    hour = make_published_hour(list_.hour.site, day=datetime.date(2026, 12, 16), slots=2)
    assert offer_all() == 1
    assert standing() == [(entry.pk, hour.slots.order_by("starts_at")[0].pk)]


def test_yes_books_and_ends_the_waiting() -> None:
    list_ = make_list()
    entry = list_.waits()
    slot = list_.free()
    offer_all()
    offer = Offer.objects.get()
    appointment = offering.accept(offer=offer, by=list_.worker, now=NOW + minutes(5))
    entry.refresh_from_db()
    offer.refresh_from_db()
    assert (appointment.slot_id, appointment.client, state_of(slot)[0]) == (slot.pk, entry.client, "busy")
    assert (offer.state, offer.appointment, offer.closed_by) == ("accepted", appointment, list_.worker)
    assert (entry.closed_reason, entry.closed_by) == ("booked", list_.worker)


def test_no_passes_it_on_to_the_next_and_at_last_to_all() -> None:
    list_ = make_list()
    entries = [list_.waits(now=NOW + minutes(number)) for number in range(2)]
    slot, now = list_.free(), NOW + minutes(10)
    for entry in entries:
        offer_all(now)
        assert standing() == [(entry.pk, slot.pk)]
        offering.decline(offer=Offer.objects.get(entry=entry), by=list_.worker, now=now)
    assert offer_all(now) == 0
    assert state_of(slot) == (SlotState.FREE, None)
    assert [entry.closed_at for entry in entries] == [None, None]


def test_silence_passes_it_on_and_is_noted() -> None:
    list_ = make_list()
    first, second = list_.waits(), list_.waits(now=NOW + minutes(1))
    slot = list_.free()
    offer_all(NOW + minutes(1))
    offer_all(NOW + minutes(62))
    assert standing() == [(second.pk, slot.pk)]
    assert Offer.objects.get(entry=first).state == "expired"
    assert list(PassedOver.objects.values_list("entry", "reason")) == [(first.pk, "had_this")]
    assert list(Change.objects.filter(kind="offer_closed").values_list("data__how", flat=True)) == ["expired"]


def test_an_offer_that_ran_out_holds_nothing_though_nobody_swept() -> None:
    list_ = make_list()
    list_.waits()
    slot = list_.free()
    offer_all()
    booked = booking.book(slot=slot, client=list_.client(), by=list_.worker, now=LATER)
    assert booked.slot_id == slot.pk
    with pytest.raises(OfferOver):
        offering.accept(offer=Offer.objects.get(), by=list_.worker, now=LATER)
    assert offer_all(LATER) == 0
    assert (Offer.objects.get().state, state_of(slot)[0]) == ("expired", "busy")


def test_too_late_is_too_late_even_if_the_slot_is_still_free() -> None:
    list_ = make_list()
    list_.waits()
    list_.free()
    offer_all()
    with pytest.raises(OfferOver, match="gilt nicht mehr"):
        offering.accept(offer=Offer.objects.get(), by=list_.worker, now=NOW + minutes(60))


def test_who_is_passed_over_is_told_why() -> None:
    list_ = make_list(slots=2)
    reasons = {
        "too_early": list_.waits(earliest_date=datetime.date(2026, 12, 10)),
        "too_late": list_.waits(latest_date=datetime.date(2026, 12, 8)),
        "day_part": list_.waits(day_parts=(DayPart.MORNING,)),
        "has_appointment": list_.waits(list_.booked[0].client),
    }
    # Of another type, so that the waiting goes on.
    list_.booked[0].appointment_type = "follow_up"
    list_.booked[0].save()
    other = make_published_hour(list_.hour.site, day=datetime.date(2026, 12, 9), slots=1)
    taken = list_.waits(now=NOW + minutes(1))
    assert offer_all(NOW + minutes(2)) == 1
    assert standing() == [(taken.pk, other.slots.get().pk)]
    found = dict(PassedOver.objects.values_list("reason", "entry"))
    assert found == {reason: entry.pk for reason, entry in reasons.items()}


def test_one_has_one_offer_at_a_time_and_three_a_day_at_most() -> None:
    list_ = make_list(slots=3)
    entry = list_.waits()
    hour = make_published_hour(list_.hour.site, day=datetime.date(2026, 12, 16), slots=6)
    now = NOW
    for _ in range(3):
        assert offer_all(now) == 1
        assert len(standing()) == 1
        now += minutes(61)
    assert offer_all(now) == 0
    assert Offer.objects.filter(state="expired").count() == 3
    assert offer_all(NOW + datetime.timedelta(days=1)) == 1
    assert standing() == [(entry.pk, hour.slots.order_by("starts_at")[3].pk)]


@pytest.mark.parametrize("what", ["closed", "withdrawn", "changed"])
def test_an_offer_ends_with_what_it_stands_for(what: str) -> None:
    list_ = make_list()
    entry = list_.waits()
    hour = make_published_hour(list_.hour.site, day=datetime.date(2026, 12, 16), slots=1)
    slot = hour.slots.get()
    offer_all()
    match what:
        case "closed":
            waiting.close(entry=entry, reason=ClosedReason.NOT_NEEDED, by=list_.worker, now=NOW)
        case "withdrawn":
            publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
        case "changed":
            wishes = waiting.Wishes(latest_date=datetime.date(2026, 12, 10))
            waiting.change(entry=entry, version=0, wishes=wishes, by=list_.worker, now=NOW)
    with pytest.raises(OfferOver):
        offering.accept(offer=Offer.objects.get(), by=list_.worker, now=NOW)
    assert offer_all() == 0
    assert (Offer.objects.get().state, state_of(slot)) == ("gone", (SlotState.FREE, None))


def test_who_is_booked_otherwise_waits_no_more() -> None:
    list_ = make_list()
    entry = list_.waits()
    slot = list_.free(1)
    booking.book(slot=slot, client=entry.client, by=list_.worker, now=NOW)
    list_.free(0)
    assert offer_all() == 0
    entry.refresh_from_db()
    assert entry.closed_reason == "booked"


def test_near_the_slot_an_offer_is_shorter_and_at_last_none() -> None:
    list_ = make_list(slots=1)
    list_.waits()
    slot = list_.free()
    two_hours_before = slot.starts_at - minutes(120)
    offer_all(two_hours_before)
    assert state_of(slot) == (SlotState.HELD, two_hours_before + minutes(30))
    list_.waits(now=NOW + minutes(1))
    assert offer_all(slot.starts_at - minutes(19)) == 0
    assert state_of(slot) == (SlotState.FREE, None)


def test_what_is_freed_in_the_night_is_held_until_after_it() -> None:
    list_ = make_list()
    list_.waits()
    slot = list_.free()
    at_two = datetime.datetime(2026, 11, 25, 1, 0, tzinfo=datetime.UTC)
    offer_all(at_two)
    assert state_of(slot) == (SlotState.HELD, datetime.datetime(2026, 11, 25, 8, 0, tzinfo=datetime.UTC))


@pytest.mark.parametrize("count", [1, 3])
def test_looking_costs_the_same_whoever_waits(count: int) -> None:
    list_ = make_list()
    for _ in range(count):
        list_.waits(latest_date=datetime.date(2026, 12, 1))
    list_.free()
    offer_all()
    with CaptureQueriesContext(connection) as captured:
        offer_all()
    queries = [query for query in captured.captured_queries if "set_config" not in query["sql"]]
    assert len(queries) == 7, "\n".join(query["sql"][:150] for query in queries)
