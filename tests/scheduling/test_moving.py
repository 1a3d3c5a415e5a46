"""Moving an appointment: the same for every calendar, in another slot, and the old slot free at once."""

import datetime

import pytest

from scheduling import booking
from scheduling.booking import (
    AlreadyBooked,
    AppointmentIsOver,
    AppointmentNotBooked,
    ClientHasAppointment,
    SlotElsewhere,
    SlotIsOpenTime,
    SlotIsOver,
    SlotTaken,
)
from scheduling.models import Appointment, CancelReason, Change, ConsultationHour, Slot
from scheduling.publishing import HourNotPublished
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour, make_site, make_user
from tests.scheduling.attendance import columns_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour() -> ConsultationHour:
    """Six half hours from 13:00 on 9 December."""
    return make_published_hour()


@pytest.fixture
def appointment(hour: ConsultationHour) -> Appointment:
    client = make_client(hour.site.facility)
    return booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)


def move(appointment: Appointment, slot: Slot, *, now: datetime.datetime = NOW) -> Appointment:
    return booking.move(appointment=appointment, to_slot=slot, by=appointment.booked_by, now=now)


def states(hour: ConsultationHour) -> list[str]:
    return list(hour.slots.values_list("state", flat=True))


def test_it_is_the_same_appointment_in_another_slot(hour: ConsultationHour, appointment: Appointment) -> None:
    target = hour.slots.all()[3]
    returned = move(appointment, target)
    for moved in (returned, Appointment.objects.get()):
        assert (moved.pk, moved.uid, moved.sequence) == (appointment.pk, appointment.uid, 1)
        assert (moved.slot, moved.starts_at, moved.ends_at) == (
            target,
            target.starts_at,
            target.ends_at,
        )
        assert (moved.client, moved.booked_at, moved.booked_by) == (
            appointment.client,
            appointment.booked_at,
            appointment.booked_by,
        )
    assert states(hour) == ["free", "free", "free", "busy", "free", "free"]


def test_the_move_is_recorded_with_both_places(hour: ConsultationHour, appointment: Appointment) -> None:
    old, new = hour.slots.all()[0], hour.slots.all()[3]
    by = make_user()
    booking.move(appointment=appointment, to_slot=new, by=by, now=NOW)
    change = Change.objects.get(kind="moved")
    assert (change.appointment, change.hour, change.site) == (appointment, hour, hour.site)
    assert (change.sequence, change.at, change.by, change.planned_at) == (1, NOW, by, None)
    assert change.data == {
        "from": {
            "slot": old.pk,
            "starts_at": "2026-12-09T12:00:00+00:00",
            "ends_at": "2026-12-09T12:30:00+00:00",
        },
        "to": {
            "slot": new.pk,
            "starts_at": "2026-12-09T13:30:00+00:00",
            "ends_at": "2026-12-09T14:00:00+00:00",
        },
    }


def test_sequence_rises_with_every_move(hour: ConsultationHour, appointment: Appointment) -> None:
    slots = list(hour.slots.all())
    for number, slot in enumerate([slots[3], slots[0], slots[5]], start=1):
        assert move(appointment, slot).sequence == number
    assert list(Change.objects.filter(appointment=appointment).values_list("kind", "sequence")) == [
        ("booked", 0),
        ("moved", 1),
        ("moved", 2),
        ("moved", 3),
    ]
    cancelled = booking.cancel(
        appointment=appointment, reason=CancelReason.CLIENT, by=appointment.booked_by, now=NOW
    )
    assert (cancelled.uid, cancelled.sequence) == (appointment.uid, 4)


def test_it_moves_to_another_psychiatrist_at_another_site_of_the_facility(
    hour: ConsultationHour, appointment: Appointment
) -> None:
    beside = make_published_hour(
        make_site(facility=hour.site.facility), slots=2, minutes=20, appointment_type="follow_up"
    )
    moved = move(appointment, beside.slots.all()[1])
    assert moved.slot.hour.psychiatrist == beside.psychiatrist != hour.psychiatrist
    assert (moved.appointment_type, moved.uid) == ("follow_up", appointment.uid)
    change = Change.objects.get(kind="moved")
    assert (change.hour, change.site) == (beside, beside.site)
    assert (states(hour)[0], states(beside)) == ("free", ["free", "busy"])


def test_it_may_move_to_a_slot_that_overlaps_its_own_old_time(
    hour: ConsultationHour, appointment: Appointment
) -> None:
    beside = make_published_hour(
        make_site(facility=hour.site.facility), from_time=datetime.time(13, 10), slots=1
    )
    assert move(appointment, beside.slots.get()).starts_at == beside.starts_at


def test_the_old_slot_can_be_booked_at_once(hour: ConsultationHour, appointment: Appointment) -> None:
    old = appointment.slot
    move(appointment, hour.slots.all()[3])
    other = make_client(hour.site.facility)
    again = booking.book(slot=old, client=other, by=other.created_by, now=NOW)
    assert again.slot == old


def refuse(
    appointment: Appointment,
    slot: Slot,
    expected: type[Refusal],
    *,
    now: datetime.datetime = NOW,
) -> None:
    """The move is refused, and nothing is different from before."""
    before = list(Slot.objects.order_by("pk").values())
    with pytest.raises(expected):
        move(appointment, slot, now=now)
    assert list(Slot.objects.order_by("pk").values()) == before
    assert not Change.objects.filter(kind="moved").exists()
    stored = Appointment.objects.get(pk=appointment.pk)
    assert (stored.slot_id, stored.sequence) == (appointment.slot_id, 0)


def test_to_a_taken_slot_is_refused(hour: ConsultationHour, appointment: Appointment) -> None:
    slots = list(hour.slots.all())
    other = make_client(hour.site.facility)
    booking.book(slot=slots[1], client=other, by=other.created_by, now=NOW)
    refuse(appointment, slots[1], SlotTaken)
    refuse(appointment, slots[0], AlreadyBooked)


def test_to_where_the_client_has_another_appointment_is_refused(
    hour: ConsultationHour, appointment: Appointment
) -> None:
    beside = make_published_hour(
        make_site(facility=hour.site.facility), from_time=datetime.time(14, 10), slots=1
    )
    booking.book(slot=beside.slots.get(), client=appointment.client, by=appointment.booked_by, now=NOW)
    refuse(appointment, hour.slots.all()[2], ClientHasAppointment)


def test_to_open_time_is_refused(hour: ConsultationHour, appointment: Appointment) -> None:
    beside = make_published_hour(make_site(facility=hour.site.facility), slots=1, appointment_type="open")
    refuse(appointment, beside.slots.get(), SlotIsOpenTime)


def test_to_another_facility_is_refused(appointment: Appointment) -> None:
    refuse(appointment, make_published_hour().slots.all()[0], SlotElsewhere)


def test_to_a_draft_is_refused(hour: ConsultationHour, appointment: Appointment) -> None:
    draft = make_draft_hour(make_site(facility=hour.site.facility))
    refuse(appointment, draft.slots.all()[0], HourNotPublished)


def test_to_a_slot_that_has_begun_is_refused(appointment: Appointment) -> None:
    site = make_site(facility=appointment.client.facility)
    early = make_published_hour(site, day=datetime.date(2026, 12, 2))
    refuse(appointment, early.slots.all()[0], SlotIsOver, now=early.starts_at)


def test_an_appointment_that_has_begun_is_refused(hour: ConsultationHour, appointment: Appointment) -> None:
    refuse(appointment, hour.slots.all()[3], AppointmentIsOver, now=appointment.starts_at)


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow"])
def test_an_appointment_that_was_held_is_refused(
    hour: ConsultationHour, appointment: Appointment, status: str
) -> None:
    Appointment.objects.update(**columns_of(status, appointment.booked_by_id))
    refuse(appointment, hour.slots.all()[3], AppointmentNotBooked)


def test_a_cancelled_appointment_is_refused(hour: ConsultationHour, appointment: Appointment) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=appointment.booked_by, now=NOW)
    with pytest.raises(AppointmentNotBooked):
        move(appointment, hour.slots.all()[3])
    assert states(hour) == ["free"] * 6
