"""Cancelling an appointment: its slot is free at once; it stays, with its reason and a new SEQUENCE."""

import pytest

from scheduling import booking
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked
from scheduling.models import Appointment, AppointmentStatus, CancelReason, Change, SlotState
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.scheduling.attendance import columns_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment() -> Appointment:
    hour = make_published_hour(slots=1)
    client = make_client(hour.site.facility)
    return booking.book(slot=hour.slots.get(), client=client, by=client.created_by, now=NOW)


@pytest.mark.parametrize("reason", list(CancelReason))
def test_a_cancelled_appointment_says_when_by_whom_and_why(
    appointment: Appointment, reason: CancelReason
) -> None:
    by = make_user()
    returned = booking.cancel(appointment=appointment, reason=reason, by=by, now=NOW)
    for cancelled in (returned, Appointment.objects.get()):
        assert (cancelled.status, cancelled.cancel_reason) == (AppointmentStatus.CANCELLED, reason)
        assert (cancelled.cancelled_at, cancelled.cancelled_by) == (NOW, by)
        assert (cancelled.uid, cancelled.sequence) == (appointment.uid, 1)
    change = Change.objects.get(kind="cancelled")
    assert (change.appointment, change.sequence, change.data) == (appointment, 1, {"reason": reason})
    assert (change.at, change.by, change.planned_at) == (NOW, by, None)


def test_the_slot_is_free_again_and_can_be_booked(appointment: Appointment) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=make_user(), now=NOW)
    slot = appointment.slot
    slot.refresh_from_db()
    assert slot.state == SlotState.FREE
    other = make_client(appointment.client.facility)
    again = booking.book(slot=slot, client=other, by=other.created_by, now=NOW)
    assert (again.slot, again.sequence) == (slot, 0)
    assert again.uid != appointment.uid


def test_cancelling_twice_is_refused(appointment: Appointment) -> None:
    by = make_user()
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=NOW)
    with pytest.raises(AppointmentNotBooked) as refused:
        booking.cancel(appointment=appointment, reason=CancelReason.CLINIC, by=by, now=NOW)
    assert refused.value.code == "appointment_not_booked"
    appointment.refresh_from_db()
    assert (appointment.cancel_reason, appointment.sequence) == (CancelReason.CLIENT, 1)
    assert Change.objects.filter(kind="cancelled").count() == 1


def test_the_slots_next_appointment_is_left_alone_when_the_old_one_is_cancelled_again(
    appointment: Appointment,
) -> None:
    by = make_user()
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=NOW)
    other = make_client(appointment.client.facility)
    again = booking.book(slot=appointment.slot, client=other, by=by, now=NOW)
    with pytest.raises(AppointmentNotBooked):
        booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=NOW)
    again.slot.refresh_from_db()
    assert again.slot.state == SlotState.BUSY


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow"])
def test_an_appointment_that_was_held_is_refused(appointment: Appointment, status: str) -> None:
    Appointment.objects.update(**columns_of(status, appointment.booked_by_id))
    with pytest.raises(AppointmentNotBooked):
        booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=make_user(), now=NOW)


def test_an_appointment_that_has_begun_is_refused(appointment: Appointment) -> None:
    with pytest.raises(AppointmentIsOver) as refused:
        booking.cancel(
            appointment=appointment,
            reason=CancelReason.CLIENT,
            by=make_user(),
            now=appointment.starts_at,
        )
    assert refused.value.code == "appointment_is_over"
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED
