"""Anything that people, clients and the clock do to offers, in any order: nothing is ever broken.

No slot is held by an offer that is over, no two offers hold one slot, nobody is passed over in silence.
"""

import datetime
import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scheduling import booking, holding, offering, publishing, waiting
from scheduling.models import (
    Appointment,
    CancelReason,
    ClosedReason,
    DayPart,
    Offer,
    PassedOver,
    Slot,
    WaitingEntry,
)
from sites.refusals import Refusal
from tests.builders import NOW, make_published_hour
from tests.scheduling.invariants import broken
from tests.scheduling.waiting_scenes import make_list, offer_all

pytestmark = pytest.mark.django_db

happened: Counter[str] = Counter()
DAYS = [datetime.date(2026, 12, 9), datetime.date(2026, 12, 10)]

# By SQL alone: rows that break a rule of offers.
RULES = {
    "two offers hold one slot": """
        SELECT slot_id FROM scheduling_offer WHERE state = 'standing' GROUP BY slot_id HAVING count(*) > 1
    """,
    "one has two offers": """
        SELECT entry_id FROM scheduling_offer WHERE state = 'standing' GROUP BY entry_id HAVING count(*) > 1
    """,
    "a slot is held without an offer": """
        SELECT slot.id FROM scheduling_slot slot WHERE state = 'held' AND held_by_id IS NULL AND NOT EXISTS (
            SELECT FROM scheduling_offer offer WHERE offer.slot_id = slot.id AND offer.state = 'standing'
        )
    """,
    "a slot is held longer than its offer stands": """
        SELECT slot.id FROM scheduling_slot slot JOIN scheduling_offer offer ON offer.slot_id = slot.id
        WHERE slot.state = 'held' AND slot.held_by_id IS NULL AND offer.state = 'standing'
        AND slot.held_until <> offer.until_at
    """,
    "an offer that was taken has no appointment of that client": """
        SELECT offer.id FROM scheduling_offer offer
        JOIN scheduling_waitingentry entry ON entry.id = offer.entry_id
        JOIN scheduling_appointment appointment ON appointment.id = offer.appointment_id
        WHERE appointment.client_id <> entry.client_id
    """,
}
# After somebody swept: who stood before whoever got an offer has an offer of that slot, or a reason.
SILENT = """
    SELECT entry.id FROM scheduling_offer offer
    JOIN scheduling_waitingentry got ON got.id = offer.entry_id
    JOIN scheduling_waitingentry entry ON entry.site_id = got.site_id
        AND entry.appointment_type = got.appointment_type
    WHERE entry.since_at < got.since_at AND entry.requested_date IS NULL AND got.requested_date IS NULL
    AND entry.discharge_date IS NULL AND got.discharge_date IS NULL
    AND entry.since_at <= offer.offered_at AND (entry.closed_at IS NULL OR entry.closed_at > offer.offered_at)
    AND NOT EXISTS (
        SELECT FROM scheduling_passedover passed
        WHERE passed.offer_id = offer.id AND passed.entry_id = entry.id
    )
"""


def found(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


class RandomOffers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.list_ = make_list(slots=2)
        self.hour = make_published_hour(self.list_.hour.site, day=DAYS[1], slots=2)
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.pick = random.Random(seed).choice  # noqa: S311 - nothing secret

    @rule()
    def step(self) -> None:
        name = self.pick([each for each in dir(self) if each.startswith("do_")])
        self.now += datetime.timedelta(minutes=self.pick([1, 5, 70]))
        with suppress(Refusal):
            getattr(self, name)()
            happened[name] += 1

    def any(self, rows: Any) -> Any:
        return self.pick(list(rows) or [None])

    def do_wait(self) -> None:
        wishes: dict[str, Any] = self.pick(
            [{}, {}, {"day_parts": (DayPart.MORNING,)}, {"earliest_date": DAYS[1]}, {"latest_date": DAYS[0]}]
        )
        self.list_.waits(now=self.now, **wishes)

    def do_sweep(self) -> None:
        offer_all(self.now)
        assert found(SILENT) == []
        dead = offering.live(Offer.objects.all(), now=self.now)
        assert not Offer.objects.filter(state="standing").exclude(pk__in=dead).exists()

    def do_cancel(self) -> None:
        if appointment := self.any(Appointment.objects.filter(status="booked")):
            booking.cancel(
                appointment=appointment, reason=CancelReason.CLIENT, by=self.list_.worker, now=self.now
            )

    def do_book(self) -> None:
        if slot := self.any(Slot.objects.order_by("pk")):
            entry = self.any(WaitingEntry.objects.order_by("pk"))
            client = entry.client if entry and self.pick([True, False]) else self.list_.client()
            booking.book(slot=slot, client=client, by=self.list_.worker, now=self.now)

    def do_hold_at_the_desk(self) -> None:
        if slot := self.any(Slot.objects.order_by("pk")):
            holding.hold(slot=slot, by=self.list_.worker, now=self.now)

    def do_accept(self) -> None:
        if offer := self.any(Offer.objects.order_by("pk")):
            offering.accept(offer=offer, by=self.list_.worker, now=self.now)

    def do_decline(self) -> None:
        if offer := self.any(Offer.objects.order_by("pk")):
            offering.decline(offer=offer, by=self.list_.worker, now=self.now)

    def do_close(self) -> None:
        if entry := self.any(WaitingEntry.objects.order_by("pk")):
            waiting.close(entry=entry, reason=ClosedReason.NOT_NEEDED, by=self.list_.worker, now=self.now)

    def do_withdraw(self) -> None:
        self.hour.refresh_from_db()
        publishing.withdraw(hour=self.hour, by=self.hour.psychiatrist, now=self.now)

    def do_publish(self) -> None:
        self.hour.refresh_from_db()
        publishing.publish_hour(
            hour=self.hour, by=self.hour.psychiatrist, now=self.now, despite_collisions=True
        )

    @invariant()
    def nothing_is_broken(self) -> None:
        assert {name: rows for name, query in RULES.items() if (rows := found(query))} == {}
        assert broken() == {}
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def run(examples: int, **more: Any) -> None:
    happened.clear()
    run_state_machine_as_test(
        RandomOffers,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_nothing_breaks_an_offer() -> None:
    run(8)
    assert {name for name in dir(RandomOffers) if name.startswith("do_")} - set(happened) == set()


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("bulk_create", lambda rows: None),
        ("hold", lambda slot, until, now: None),
    ],
)
def test_the_random_offers_find_a_mistake(monkeypatch: pytest.MonkeyPatch, name: str, mistake: Any) -> None:
    """The negative control: passing over in silence, and offering without holding, are noticed."""
    if name == "bulk_create":
        monkeypatch.setattr(PassedOver.objects, "bulk_create", mistake)
    else:
        monkeypatch.setattr(offering, "_hold", mistake)
    with pytest.raises(Exception, match=r"assert|offered_slot_is_held|slot"):
        run(6, phases=[Phase.generate], print_blob=False)
