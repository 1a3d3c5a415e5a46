"""A slot is written while its hour shrinks: whoever is second waits for the first, and is refused."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from scheduling.models import ConsultationHour
from tests.builders import make_published_hour
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

STRETCH_SLOT = """
    UPDATE scheduling_slot SET ends_at = ends_at + interval '15 minutes'
    WHERE hour_id = %s AND starts_at = (SELECT max(starts_at) FROM scheduling_slot WHERE hour_id = %s)
"""
SHRINK_HOUR = """
    UPDATE scheduling_consultationhour SET ends_at = ends_at - interval '10 minutes' WHERE id = %s
"""


@pytest.fixture
def hour() -> ConsultationHour:
    """An hour with a quarter of an hour left after its last slot."""
    hour = make_published_hour()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_consultationhour SET ends_at = ends_at + interval '15 minutes' WHERE id = %s",
            [hour.pk],
        )
    return hour


@pytest.fixture
def two() -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    parameters = connection.get_connection_params()
    known = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if parameters.get(name)
    }
    with psycopg.connect(**known) as one, psycopg.connect(**known) as other:
        yield one, other


@pytest.mark.parametrize("slot_first", [True, False])
def test_slot_and_hour_are_not_changed_apart(
    hour: ConsultationHour, two: tuple[psycopg.Connection, psycopg.Connection], slot_first: bool
) -> None:
    stretch, shrink = (STRETCH_SLOT, [hour.pk, hour.pk]), (SHRINK_HOUR, [hour.pk])
    first, second = (stretch, shrink) if slot_first else (shrink, stretch)
    one, other = two
    one.execute(*first)
    refused: list[psycopg.Error] = []

    def follow() -> None:
        try:
            other.execute(*second)
            other.commit()
        except psycopg.errors.CheckViolation as error:
            refused.append(error)

    follower = threading.Thread(target=follow)
    follower.start()
    wait_until_it_waits_or_ends(other, follower)
    one.commit()
    follower.join(timeout=20)
    assert not follower.is_alive()
    assert [error.diag.constraint_name for error in refused] == [
        "hour_contains_slots" if slot_first else "slot_within_hour"
    ]
    assert "slots lie within their hour, apart from each other" not in broken()


def wait_until_it_waits_or_ends(session: psycopg.Connection, thread: threading.Thread) -> None:
    """Until the session's statement waits for a lock, or the thread is through without waiting."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while thread.is_alive() and time.monotonic() < deadline:
            cursor.execute(
                "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
                [session.info.backend_pid],
            )
            if cursor.rowcount:
                return
            time.sleep(0.01)
