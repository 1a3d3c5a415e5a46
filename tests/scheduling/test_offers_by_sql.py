"""What must never be false of offers, broken by raw SQL: the database refuses."""

from typing import LiteralString

import pytest
from django.db import IntegrityError, connection, transaction

from scheduling.models import Offer
from tests.builders import NOW
from tests.scheduling.waiting_scenes import List, make_list, offer_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def list_() -> List:
    """Two wait, one slot stands offered to the first, another is free."""
    list_ = make_list()
    list_.waits()
    list_.waits(now=NOW)
    list_.free(0)
    offer_all()
    Offer.objects.get()
    return list_


@transaction.atomic
def run(statement: LiteralString) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


COPY = """
INSERT INTO scheduling_offer
    (entry_id, slot_id, hour_id, site_id, starts_at, ends_at, offered_at, until_at, state)
SELECT {}, {}, hour_id, site_id, starts_at, ends_at, offered_at, until_at, 'standing' FROM scheduling_offer
"""
EXPIRE = """
UPDATE scheduling_offer SET state = 'expired', closed_at = until_at,
    closed_by_id = (SELECT min(id) FROM pia_sites_user)
"""
OTHER_ENTRY = "(SELECT max(id) FROM scheduling_waitingentry)"
OTHER_SLOT = "(SELECT max(id) FROM scheduling_slot)"

BROKEN: list[tuple[str, LiteralString]] = [
    ("slot_stands_offered_once", COPY.format(OTHER_ENTRY, "slot_id")),
    ("entry_has_one_standing_offer", COPY.format("entry_id", OTHER_SLOT)),
    ("offered_slot_is_held", COPY.format(OTHER_ENTRY, OTHER_SLOT)),
    (
        "slot_is_offered_once_to_each",
        EXPIRE + "; " + COPY.format("entry_id", "slot_id"),
    ),
    (
        "held_slot_has_offer",
        EXPIRE,
    ),
    ("held_slot_has_offer", "DELETE FROM scheduling_passedover; DELETE FROM scheduling_offer"),
    (
        "held_slot_has_offer",
        "UPDATE scheduling_slot SET state = 'held', held_until = starts_at WHERE state = 'blocked'",
    ),
    ("offer_closed_has_at_and_by", "UPDATE scheduling_offer SET state = 'declined'"),
    (
        "offer_accepted_has_appointment",
        "UPDATE scheduling_offer SET state = 'accepted', closed_at = until_at, closed_by_id = "
        "(SELECT min(id) FROM pia_sites_user)",
    ),
    ("offer_ends_before_slot", "UPDATE scheduling_offer SET until_at = starts_at + interval '1 minute'"),
    ("offer_ends_before_slot", "UPDATE scheduling_offer SET until_at = offered_at"),
    ("offer_ends_after_start", "UPDATE scheduling_offer SET ends_at = starts_at"),
    (
        "passed_over_once",
        "INSERT INTO scheduling_passedover (offer_id, entry_id, reason) "
        "SELECT offer.id, offer.entry_id, 'has_offer' FROM scheduling_offer offer, generate_series(1, 2)",
    ),
    (
        "waiting_latest_after_earliest",
        "UPDATE scheduling_waitingentry SET earliest_date = '2026-12-02', latest_date = '2026-12-01'",
    ),
    ("waiting_day_parts_known", "UPDATE scheduling_waitingentry SET day_parts = '{midnight}'"),
    ("waiting_reason_when_closed", "UPDATE scheduling_waitingentry SET closed_reason = 'booked'"),
]


@pytest.mark.parametrize(("name", "statement"), BROKEN)
def test_the_database_refuses(list_: List, name: str, statement: LiteralString) -> None:
    if "'blocked'" in statement:
        slot = list_.free(2)
        type(slot).objects.filter(pk=slot.pk).update(state="blocked")
    with pytest.raises(IntegrityError, match=name):
        run(statement)


def test_a_slot_that_goes_leaves_the_offer_behind(list_: List) -> None:
    """Whoever divides an hour anew need not see offers."""
    offer = Offer.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_appointment SET slot_id = %s WHERE slot_id = %s AND status = 'cancelled'",
            [list_.booked[1].slot_id, offer.slot_id],
        )
        cursor.execute("DELETE FROM scheduling_slot WHERE id = %s", [offer.slot_id])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    offer.refresh_from_db()
    assert offer.slot_id is None
    offer_all()
    offer.refresh_from_db()
    assert offer.state == "gone"
