"""What must never be false of a day is held by the database: each is tried by raw SQL."""

from typing import Any

import pytest

from scheduling import next_steps, waiting
from scheduling.attending import Attendance
from scheduling.models import Appointment, AppointmentType, ConsultationHour
from tests.builders import make_client, make_published_hour, make_user
from tests.scheduling.attendance import MINUTE, appointment_in, at, walk_in_in
from tests.scheduling.sql import copy_row, refused_by, update_row

pytestmark = pytest.mark.django_db

APPOINTMENT = "scheduling_appointment"
HOUR = "scheduling_consultationhour"
WALK_IN = "scheduling_walkin"
WAITING = "scheduling_waitingentry"


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour()


# constraint, the state of an appointment, and what is set on it
MARKS: list[tuple[str, Attendance, dict[str, Any]]] = [
    ("appointment_arrived_at_has_by", Attendance.ARRIVED, {"arrived_by_id": None}),
    ("appointment_started_at_has_by", Attendance.IN_ROOM, {"started_by_id": None}),
    ("appointment_ended_at_has_by", Attendance.DONE, {"ended_by_id": None}),
    ("appointment_marks_fit_status", Attendance.EXPECTED, {"status": "arrived"}),
    ("appointment_marks_fit_status", Attendance.EXPECTED, {"status": "fulfilled"}),
    ("appointment_marks_fit_status", Attendance.EXPECTED, {"status": "noshow"}),
    ("appointment_marks_fit_status", Attendance.ARRIVED, {"status": "booked"}),
    ("appointment_marks_fit_status", Attendance.ARRIVED, {"status": "noshow"}),
    ("appointment_marks_fit_status", Attendance.IN_ROOM, {"status": "fulfilled"}),
    ("appointment_next_step_after_done", Attendance.DONE, {"next_step": "nothing"}),
    ("appointment_pia_has_date", Attendance.DONE, {"handover": "call"}),
    ("appointment_pia_has_date", Attendance.DONE, {"pia_date": "2026-12-24"}),
]


@pytest.mark.parametrize(("constraint", "state", "values"), MARKS)
def test_marks_fit_together(
    hour: ConsultationHour, constraint: str, state: Attendance, values: dict[str, Any]
) -> None:
    appointment = appointment_in(hour, state)
    with refused_by(constraint):
        update_row(APPOINTMENT, appointment.pk, **values)


@pytest.mark.parametrize(
    ("state", "column"),
    [(Attendance.IN_ROOM, "started_at"), (Attendance.DONE, "ended_at"), (Attendance.LEFT, "ended_at")],
)
def test_marks_follow_each_other(hour: ConsultationHour, state: Attendance, column: str) -> None:
    appointment = appointment_in(hour, state)
    assert appointment.arrived_at is not None
    with refused_by("appointment_marks_in_order"):
        update_row(APPOINTMENT, appointment.pk, **{column: appointment.arrived_at - MINUTE})


def test_what_comes_next_fits_together(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "13:33")
    done = appointment_in(hour, Attendance.DONE)
    next_steps.end_here(entry=done, by=by, now=now)
    with refused_by("appointment_next_step_after_done"):
        update_row(APPOINTMENT, done.pk, next_step_by_id=None)
    with refused_by("appointment_next_step_after_done"):
        update_row(APPOINTMENT, done.pk, status="arrived")
    with refused_by("appointment_pia_has_date"):
        update_row(APPOINTMENT, done.pk, next_step="pia")
    with refused_by("appointment_follow_up_is_one"):
        update_row(APPOINTMENT, done.pk, next_step="follow_up")


def test_an_appointment_follows_one_other(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "13:33")
    one, other = (appointment_in(hour, Attendance.DONE, number=number) for number in (0, 1))
    next_steps.book_follow_up(entry=one, slot=hour.slots.all()[5], by=by, now=now)
    one.refresh_from_db()
    next_steps.end_here(entry=other, by=by, now=now)
    with refused_by("scheduling_appointment_follow_up_id_key"):
        update_row(APPOINTMENT, other.pk, next_step="follow_up", follow_up_id=one.follow_up_id)
    assert Appointment.objects.get(pk=other.pk).next_step == "nothing"


def test_lateness_has_when_and_by_whom_and_an_end(hour: ConsultationHour) -> None:
    with refused_by("hour_late_has_at_and_by"):
        update_row(HOUR, hour.pk, late_minutes=5)
    with refused_by("hour_late_has_at_and_by"):
        update_row(HOUR, hour.pk, late_at=hour.starts_at)
    with refused_by("hour_late_by_hours_at_most"):
        update_row(HOUR, hour.pk, late_minutes=241, late_at=hour.starts_at, late_by_id=hour.psychiatrist_id)


def test_walk_ins_have_a_number_a_beginning_and_a_slot_of_their_own(hour: ConsultationHour) -> None:
    walk_in = walk_in_in(hour, slot=hour.slots.all()[3])
    with refused_by("walk_in_number_in_hour"):
        copy_row(WALK_IN, walk_in.pk, slot_id=None)
    with refused_by("scheduling_walkin_slot_id_key"):
        copy_row(WALK_IN, walk_in.pk, number=2)
    with refused_by("walk_in_marks_fit_status"):
        update_row(WALK_IN, walk_in.pk, arrived_at=None, arrived_by_id=None)
    with refused_by("walk_in_marks_fit_status"):
        update_row(WALK_IN, walk_in.pk, status="fulfilled")
    with refused_by("walk_in_arrived_at_has_by"):
        update_row(WALK_IN, walk_in.pk, arrived_by_id=None)
    with refused_by("walk_in_started_at_has_by"):
        update_row(WALK_IN, walk_in.pk, started_at=at(hour, "13:40"))
    with refused_by("walk_in_ended_at_has_by"):
        update_row(WALK_IN, walk_in.pk, ended_at=at(hour, "13:40"))
    with refused_by("walk_in_marks_in_order"):
        update_row(WALK_IN, walk_in.pk, started_at=at(hour, "13:00"), started_by_id=walk_in.arrived_by_id)


def test_what_follows_a_walk_in_fits_together_and_is_somebodys(hour: ConsultationHour) -> None:
    by, now = make_user(), at(hour, "13:40")
    walk_in = walk_in_in(hour)
    decided = {"next_step_at": now, "next_step_by_id": by.pk}
    with refused_by("walk_in_next_step_after_done"):
        update_row(WALK_IN, walk_in.pk, next_step="nothing", **decided)
    done = {"status": "fulfilled", "ended_at": now, "ended_by_id": by.pk, **decided}
    with refused_by("walk_in_next_step_is_somebodys"):
        update_row(WALK_IN, walk_in.pk, next_step="waiting", **done)
    with refused_by("walk_in_pia_has_date"):
        update_row(WALK_IN, walk_in.pk, next_step="nothing", pia_date="2026-12-24", **done)
    with refused_by("walk_in_follow_up_is_one"):
        update_row(
            WALK_IN, walk_in.pk, client_id=make_client(hour.site.facility).pk, next_step="follow_up", **done
        )


def test_one_waits_once_and_until_after_the_beginning(hour: ConsultationHour) -> None:
    appointment = appointment_in(hour, Attendance.EXPECTED)
    by, now = make_user(), at(hour, "13:00")
    entry = waiting.add(
        client=appointment.client, site=hour.site, appointment_type=AppointmentType.FIRST, by=by, now=now
    )
    with refused_by("client_waits_once"):
        copy_row(WAITING, entry.pk)
    with refused_by("waiting_closed_at_has_by"):
        update_row(WAITING, entry.pk, closed_at=now)
    with refused_by("waiting_closed_after_since"):
        update_row(WAITING, entry.pk, closed_at=now - MINUTE, closed_by_id=by.pk)
