"""The machine that takes in answers notes what came of an offer, in the offer's hour, and nothing more."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from scheduling.models import ConsultationHour, Offer
from sites import acting
from sites.acting import System
from tests.builders import NOW, make_published_hour
from tests.scheduling.waiting_scenes import List, make_list, offer_all

pytestmark = pytest.mark.django_db

NOTE = """
    INSERT INTO scheduling_change (kind, site_id, hour_id, appointment_id, sequence, data, at, by_id)
    VALUES (%s, %s, %s, %s, 0, jsonb_build_object('offer', %s::bigint), %s, %s)
"""


@pytest.fixture
def list_() -> List:
    made = make_list()
    made.waits()
    made.free()
    offer_all()
    return made


def note(list_: List, kind: str, hour: ConsultationHour, appointment: int | None = None) -> int:
    values: list[Any] = [
        kind,
        hour.site_id,
        hour.pk,
        appointment,
        Offer.objects.get().pk,
        NOW,
        list_.worker.pk,
    ]
    with acting.as_system(System.SMS), connection.cursor() as cursor, transaction.atomic():
        cursor.execute(NOTE, values)
        return cursor.rowcount


@pytest.mark.parametrize("kind", ["offer_closed", "offer_missed"])
def test_what_came_of_an_offer_is_noted_in_its_hour_only(list_: List, kind: str) -> None:
    other = make_published_hour(list_.hour.site, day=NOW.date().replace(month=12, day=16))
    assert note(list_, kind, list_.hour) == 1
    with pytest.raises(ProgrammingError, match="row-level security"):
        note(list_, kind, other)
    with pytest.raises(ProgrammingError, match="row-level security"):
        note(list_, kind, list_.hour, appointment=list_.booked[1].pk)


@pytest.mark.parametrize("kind", ["booked", "cancelled", "moved", "hour_cancelled", "offered"])
def test_of_what_was_not_offered_nothing_is_noted(list_: List, kind: str) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        note(list_, kind, list_.hour, appointment=list_.booked[1].pk)
