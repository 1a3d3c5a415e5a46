"""What must never be false is held by the database: raw SQL tries to break it and meets the constraint."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from scheduling.models import Appointment, ConsultationHour, Slot
from tests.builders import NOW, make_site
from tests.scheduling import test_day_by_sql, test_offers_by_sql
from tests.scheduling.attempts import (
    APPOINTMENT,
    ATTEMPTS,
    CHANGE,
    CLIENT,
    HALF_HOUR,
    HOUR,
    SLOT,
    UNPUBLISHED,
    Attempt,
    World,
    build_world,
    copy_hour,
)
from tests.scheduling.attempts_on_files import FILE_ATTEMPTS
from tests.scheduling.attendance import columns_of
from tests.scheduling.sql import copy_row, refused_by, rows, update_row

ALL_ATTEMPTS = [*ATTEMPTS, *FILE_ATTEMPTS]
# Those of the day, which need somebody on their way through it.
TRIED_BY_THEMSELVES = re.findall(r'refused_by\("(\w+)"\)', Path(test_day_by_sql.__file__).read_text())
LIVE = ["booked", "arrived", "fulfilled", "noshow"]


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.mark.parametrize(
    ("constraint", "attempt"),
    [(constraint, attempt) for constraint, _, attempt in ALL_ATTEMPTS],
    ids=[f"{constraint}: {what}" for constraint, what, _ in ALL_ATTEMPTS],
)
def test_the_database_refuses(world: World, constraint: str, attempt: Attempt) -> None:
    with refused_by(constraint):
        attempt(world)


def test_every_constraint_of_the_models_is_tried() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("scheduling").get_models()
        for constraint in model._meta.constraints
    }
    tried = {constraint for constraint, _, _ in ALL_ATTEMPTS} | {
        *TRIED_BY_THEMSELVES,
        *(mark for mark, *_ in test_day_by_sql.MARKS),
        *(name for name, _ in test_offers_by_sql.BROKEN),
    }
    assert declared - tried == set()


def other_columns(world: World, status: str) -> dict[str, object]:
    """For a copy: without the marks of the row that is copied."""
    bare = dict.fromkeys(("arrived_at", "arrived_by_id", "ended_at", "ended_by_id"))
    return bare | columns_of(status, world.booked.booked_by_id)


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("other", LIVE)
def test_every_live_status_holds_the_slot(world: World, status: str, other: str) -> None:
    update_row(APPOINTMENT, world.booked.pk, **columns_of(status, world.booked.booked_by_id))
    with refused_by("slot_carries_one_appointment"):
        copy_row(APPOINTMENT, world.booked.pk, client_id=world.other_client, **other_columns(world, other))


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("other", LIVE)
def test_every_live_status_holds_the_clients_time(world: World, status: str, other: str) -> None:
    update_row(APPOINTMENT, world.booked.pk, **columns_of(status, world.booked.booked_by_id))
    with refused_by("client_has_one_appointment_at_a_time"):
        copy_row(APPOINTMENT, world.booked.pk, slot_id=world.slots[2].pk, **other_columns(world, other))


def test_a_cancelled_appointment_frees_its_slot_and_its_time(world: World) -> None:
    copy_row(
        APPOINTMENT,
        world.booked.pk,
        slot_id=world.cancelled.slot_id,
        client_id=world.cancelled.client_id,
        starts_at=world.cancelled.starts_at,
        ends_at=world.cancelled.ends_at,
    )
    update_row(SLOT, world.cancelled.slot_id, state="busy")
    assert Appointment.objects.filter(slot=world.cancelled.slot_id).count() == 2


def test_a_slot_can_be_cancelled_any_number_of_times(world: World) -> None:
    copy_row(APPOINTMENT, world.cancelled.pk)
    copy_row(APPOINTMENT, world.cancelled.pk)
    assert Appointment.objects.filter(slot=world.cancelled.slot_id, status="cancelled").count() == 3


def test_appointments_of_a_client_may_touch(world: World) -> None:
    following = world.slots[1]
    copy_row(
        APPOINTMENT,
        world.booked.pk,
        slot_id=following.pk,
        starts_at=following.starts_at,
        ends_at=following.ends_at,
    )
    update_row(SLOT, following.pk, state="busy")
    assert Appointment.objects.filter(client=world.booked.client, status="booked").count() == 2


def test_hours_of_a_psychiatrist_in_a_room_may_touch(world: World) -> None:
    copy_hour(world, starts_at=world.hour.ends_at, ends_at=world.hour.ends_at + HALF_HOUR)
    copy_hour(world, starts_at=world.hour.starts_at - HALF_HOUR, ends_at=world.hour.starts_at)
    assert ConsultationHour.objects.filter(room=world.hour.room, status="published").count() == 3


def test_drafts_and_cancelled_hours_take_neither_person_nor_room(world: World) -> None:
    copy_hour(world, **UNPUBLISHED)
    copy_hour(world, **UNPUBLISHED)
    gone = {"cancelled_at": NOW, "cancelled_by_id": world.hour.psychiatrist_id}
    copy_hour(world, status="cancelled", **gone)
    assert ConsultationHour.objects.filter(room=world.hour.room).count() == 4


def test_all_slots_of_an_hour_can_be_shifted_at_once(world: World) -> None:
    update_row(HOUR, world.hour.pk, ends_at=world.hour.ends_at + HALF_HOUR)
    rows(
        "UPDATE scheduling_slot SET starts_at = starts_at + interval '30 minutes', "
        "ends_at = ends_at + interval '30 minutes' WHERE hour_id = %s RETURNING id",
        [world.hour.pk],
    )
    update_row(
        APPOINTMENT,
        world.booked.pk,
        starts_at=world.booked.starts_at + HALF_HOUR,
        ends_at=world.booked.ends_at + HALF_HOUR,
    )
    shifted = list(Slot.objects.filter(hour=world.hour).values_list("starts_at", flat=True))
    assert shifted == [slot.starts_at + HALF_HOUR for slot in world.slots]


def test_an_hour_may_be_longer_than_its_slots(world: World) -> None:
    update_row(HOUR, world.hour.pk, starts_at=world.hour.starts_at - HALF_HOUR)
    world.hour.refresh_from_db()
    assert world.hour.starts_at == world.slots[0].starts_at - HALF_HOUR


def test_a_code_may_be_used_in_another_facility(world: World) -> None:
    elsewhere = make_site().facility
    assert copy_row(CLIENT, world.other_client, facility_id=elsewhere.pk) > world.other_client


def test_a_change_is_planned_once(world: World) -> None:
    update_row(CHANGE, world.change.pk, planned_at=NOW)
    world.change.refresh_from_db()
    assert world.change.planned_at == NOW
