"""A slot is busy if and only if it has a live appointment, at its times, of a client of the facility: the
database says no at the end of whatever transaction would make it otherwise, in whatever order.
"""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from scheduling.models import Appointment, Slot
from tests.builders import make_client, make_facility
from tests.scheduling.attempts import APPOINTMENT, CLIENT, HALF_HOUR, SITE, SLOT, World, build_world
from tests.scheduling.attendance import columns_of
from tests.scheduling.sql import copy_row, delete_row, refused_by, rows, update_row

LIVE = ["booked", "arrived", "fulfilled", "noshow"]
BUSY, TIMES, FACILITY = (
    "slot_busy_with_appointment",
    "appointment_at_times_of_slot",
    "appointment_in_facility_of_client",
)
REVIVED = {"status": "booked", "cancelled_at": None, "cancelled_by_id": None, "cancel_reason": ""}


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def at_the_end() -> None:
    """What COMMIT does first."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def elsewhere() -> int:
    return make_client(make_facility()).pk


def moved_to(world: World, number: int) -> dict[str, object]:
    slot = world.slots[number]
    return {"slot_id": slot.pk, "starts_at": slot.starts_at, "ends_at": slot.ends_at}


ATTEMPTS: list[tuple[str, str, Callable[[World], object]]] = [
    (BUSY, "a busy slot freed", lambda w: update_row(SLOT, w.slots[0].pk, state="free")),
    (BUSY, "a busy slot blocked", lambda w: update_row(SLOT, w.slots[0].pk, state="blocked")),
    (BUSY, "a free slot taken by nobody", lambda w: update_row(SLOT, w.slots[3].pk, state="busy")),
    (BUSY, "a slot added busy", lambda w: slot_added_busy(w)),
    (
        BUSY,
        "an appointment in a free slot",
        lambda w: copy_row(APPOINTMENT, w.booked.pk, client_id=w.other_client, **moved_to(w, 3)),
    ),
    (BUSY, "an appointment moved alone", lambda w: update_row(APPOINTMENT, w.booked.pk, **moved_to(w, 3))),
    (BUSY, "a cancelled one revived", lambda w: update_row(APPOINTMENT, w.cancelled.pk, **REVIVED)),
    (BUSY, "a cancelled one's slot left busy", lambda w: cancelled_alone(w)),
    (BUSY, "an appointment deleted", lambda w: deleted(w)),
    (
        TIMES,
        "an appointment shifted alone",
        lambda w: update_row(APPOINTMENT, w.booked.pk, ends_at=w.booked.ends_at + HALF_HOUR),
    ),
    (
        TIMES,
        "a slot shortened alone",
        lambda w: update_row(SLOT, w.slots[0].pk, ends_at=w.slots[0].ends_at - HALF_HOUR / 2),
    ),
    (FACILITY, "another's client", lambda w: update_row(APPOINTMENT, w.booked.pk, client_id=elsewhere())),
    (
        FACILITY,
        "the client elsewhere",
        lambda w: update_row(CLIENT, w.booked.client_id, facility_id=make_facility().pk),
    ),
    (
        FACILITY,
        "the site elsewhere",
        lambda w: update_row(SITE, w.hour.site_id, facility_id=make_facility().pk),
    ),
]


def slot_added_busy(world: World) -> None:
    delete_row(SLOT, world.slots[4].pk)
    copy_row(
        SLOT,
        world.slots[3].pk,
        state="busy",
        starts_at=world.slots[4].starts_at,
        ends_at=world.slots[4].ends_at,
    )


def cancelled_alone(world: World) -> None:
    update_row(
        APPOINTMENT,
        world.booked.pk,
        status="cancelled",
        cancelled_at=world.booked.booked_at,
        cancelled_by_id=world.booked.booked_by_id,
        cancel_reason="client",
    )


def deleted(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scheduling_change DISABLE TRIGGER change_append_only")
    rows("DELETE FROM scheduling_change WHERE appointment_id = %s RETURNING id", [world.booked.pk])
    delete_row(APPOINTMENT, world.booked.pk)


@pytest.mark.parametrize(
    ("constraint", "attempt"),
    [(constraint, attempt) for constraint, _, attempt in ATTEMPTS],
    ids=[what for _, what, _ in ATTEMPTS],
)
def test_the_database_refuses(world: World, constraint: str, attempt: Callable[[World], object]) -> None:
    at_the_end()
    with refused_by(constraint):
        attempt(world)
        at_the_end()


@pytest.mark.parametrize("status", LIVE)
def test_every_live_status_keeps_the_slot_busy(world: World, status: str) -> None:
    update_row(APPOINTMENT, world.booked.pk, **columns_of(status, world.booked.booked_by_id))
    at_the_end()
    with refused_by(BUSY):
        update_row(SLOT, world.slots[0].pk, state="free")
        at_the_end()


def test_in_between_rows_may_be_changed_in_any_order(world: World) -> None:
    """As a block that moves to other slots, or an hour that begins later."""
    with transaction.atomic():
        update_row(SLOT, world.slots[0].pk, state="free")
        update_row(APPOINTMENT, world.booked.pk, **moved_to(world, 3))
        update_row(SLOT, world.slots[3].pk, state="busy")
        at_the_end()
    with transaction.atomic():
        later = world.slots[5].ends_at
        rows("DELETE FROM scheduling_slot WHERE id = %s RETURNING id", [world.slots[5].pk])
        rows("DELETE FROM scheduling_slot WHERE id = %s RETURNING id", [world.slots[4].pk])
        update_row(APPOINTMENT, world.booked.pk, starts_at=later - HALF_HOUR, ends_at=later)
        update_row(SLOT, world.slots[3].pk, starts_at=later - HALF_HOUR, ends_at=later)
        at_the_end()
    assert Appointment.objects.get(pk=world.booked.pk).starts_at == later - HALF_HOUR


def test_cancelled_appointments_hold_nothing(world: World) -> None:
    """They stay where they were when the slot is shifted, and tell what was."""
    update_row(SLOT, world.cancelled.slot_id, ends_at=world.cancelled.ends_at - HALF_HOUR / 2)
    at_the_end()
    assert Slot.objects.get(pk=world.cancelled.slot_id).ends_at < world.cancelled.ends_at
