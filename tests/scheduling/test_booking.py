"""Booking a slot: what it writes, what it costs, and every reason to refuse."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import booking, publishing
from scheduling.booking import (
    AlreadyBooked,
    ClientHasAppointment,
    SlotElsewhere,
    SlotGone,
    SlotIsOpenTime,
    SlotIsOver,
    SlotTaken,
)
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    CancelReason,
    Change,
    Client,
    ConsultationHour,
    Slot,
    SlotState,
)
from scheduling.publishing import HourNotPublished
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour() -> ConsultationHour:
    """Six half hours from 13:00 on 9 December."""
    return make_published_hour()


@pytest.fixture
def client(hour: ConsultationHour) -> Client:
    return make_client(hour.site.facility)


def slots_of(hour: ConsultationHour) -> list[Slot]:
    return list(hour.slots.all())


def book(slot: Slot, client: Client, *, now: datetime.datetime = NOW) -> Appointment:
    return booking.book(slot=slot, client=client, by=client.created_by, now=now)


def assert_nothing_written(slot: Slot, state: SlotState = SlotState.FREE) -> None:
    slot.refresh_from_db()
    assert slot.state == state
    assert not Change.objects.filter(kind="booked").exists()
    assert not Appointment.objects.exists()


def test_a_free_slot_is_booked(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    booked = book(slot, client)
    for appointment in (booked, Appointment.objects.get()):
        assert (appointment.slot, appointment.client, appointment.appointment_type) == (
            slot,
            client,
            "first",
        )
        assert (appointment.starts_at, appointment.ends_at) == (slot.starts_at, slot.ends_at)
        assert (appointment.status, appointment.sequence) == (AppointmentStatus.BOOKED, 0)
        assert (appointment.booked_at, appointment.booked_by) == (NOW, client.created_by)
        assert (appointment.cancelled_at, appointment.cancelled_by, appointment.cancel_reason) == (
            None,
            None,
            "",
        )
    slot.refresh_from_db()
    assert slot.state == SlotState.BUSY
    assert {other.state for other in slots_of(hour)[1:]} == {"free"}


def test_a_booking_is_recorded_and_waits_to_be_told(hour: ConsultationHour, client: Client) -> None:
    appointment = book(slots_of(hour)[0], client)
    change = Change.objects.get(kind="booked")
    assert (change.appointment, change.hour, change.site) == (appointment, hour, hour.site)
    assert (change.sequence, change.data) == (0, {})
    assert (change.at, change.by, change.planned_at) == (NOW, client.created_by, None)


def test_a_booking_costs_three_queries(hour: ConsultationHour, client: Client) -> None:
    slots = slots_of(hour)
    clients = [client, *(make_client(hour.site.facility) for _ in slots[1:])]
    for slot, each in zip(slots, clients, strict=True):
        with CaptureQueriesContext(connection) as queries:
            booking.book(slot=slot, client=each, by=client.created_by, now=NOW)
        words = [query["sql"].split(maxsplit=1)[0] for query in queries]
        assert words == ["SAVEPOINT", "WITH", "INSERT", "INSERT", "RELEASE"]


def test_each_appointment_has_a_uid_of_its_own(hour: ConsultationHour, client: Client) -> None:
    first, second = (book(slot, client) for slot in slots_of(hour)[:2])
    assert first.uid != second.uid


def test_a_client_may_have_two_appointments_that_touch(hour: ConsultationHour, client: Client) -> None:
    first, second = slots_of(hour)[:2]
    assert book(first, client).ends_at == book(second, client).starts_at


def test_a_taken_slot_is_refused_with_the_nearest_free_ones(hour: ConsultationHour, client: Client) -> None:
    slots = slots_of(hour)
    book(slots[2], client)
    with pytest.raises(SlotTaken) as refused:
        book(slots[2], make_client(hour.site.facility))
    assert refused.value.code == "slot_taken"
    assert refused.value.alternatives == [slots[0], slots[1], slots[3], slots[4], slots[5]]
    assert str(refused.value) == (
        "Dieses Zeitfenster ist inzwischen belegt. Frei sind noch: 09.12.2026 13:00, 09.12.2026 13:30, "
        "09.12.2026 14:30, 09.12.2026 15:00, 09.12.2026 15:30."
    )


def test_booking_the_own_slot_again_is_refused(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    appointment = book(slot, client)
    with pytest.raises(AlreadyBooked) as refused:
        book(slot, client)
    assert (refused.value.code, refused.value.appointment) == ("already_booked", appointment)
    assert str(refused.value) == "Dieses Zeitfenster ist für diese Klient:in schon gebucht."


def test_a_slot_that_somebody_took_after_my_cancelling_is_taken(
    hour: ConsultationHour, client: Client
) -> None:
    slot = slots_of(hour)[0]
    cancelled = book(slot, client)
    booking.cancel(appointment=cancelled, reason=CancelReason.CLIENT, by=client.created_by, now=NOW)
    book(slot, make_client(hour.site.facility))
    with pytest.raises(SlotTaken):
        book(slot, client)


def test_alternatives_are_of_the_same_type_and_site_published_free_and_ahead() -> None:
    site = make_site()
    taken = slots_of(make_published_hour(site, slots=1))[0]
    earlier = make_published_hour(site, day=datetime.date(2026, 12, 2), slots=1)
    later = make_published_hour(site, day=datetime.date(2026, 12, 16), slots=1)
    make_published_hour(site, day=datetime.date(2026, 12, 10), slots=1, appointment_type="follow_up")
    make_published_hour(make_site(facility=site.facility), slots=1)
    make_draft_hour(site, day=datetime.date(2026, 12, 11), slots=1)
    book(taken, make_client(site.facility))
    with pytest.raises(SlotTaken) as refused:
        book(taken, make_client(site.facility))
    assert refused.value.alternatives == [*slots_of(earlier), *slots_of(later)]
    with pytest.raises(SlotTaken) as refused:
        book(taken, make_client(site.facility), now=earlier.starts_at)
    assert refused.value.alternatives == slots_of(later)


def test_a_taken_slot_without_alternatives_says_so(client: Client, hour: ConsultationHour) -> None:
    taken, *rest = slots_of(hour)
    book(taken, client)
    Slot.objects.filter(pk__in=[slot.pk for slot in rest]).update(state="blocked")
    with pytest.raises(SlotTaken) as refused:
        book(taken, make_client(hour.site.facility))
    assert refused.value.alternatives == []
    assert str(refused.value) == (
        "Dieses Zeitfenster ist inzwischen belegt, und es gibt zurzeit kein anderes freies."
    )


def test_a_blocked_slot_is_refused(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.BLOCKED)
    with pytest.raises(SlotTaken):
        book(slot, client)
    assert_nothing_written(slot, SlotState.BLOCKED)


def refuse(slot: Slot, client: Client, expected: type[Refusal], code: str, **how: Any) -> None:
    with pytest.raises(expected) as refused:
        book(slot, client, **how)
    assert refused.value.code == code
    assert_nothing_written(slot)


def test_a_slot_that_has_begun_is_refused(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    refuse(slot, client, SlotIsOver, "slot_is_over", now=slot.starts_at)


def test_a_slot_can_be_booked_until_it_begins(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    assert book(slot, client, now=slot.starts_at - datetime.timedelta(microseconds=1)).slot == slot


def test_open_time_is_refused() -> None:
    hour = make_published_hour(slots=1, appointment_type="open")
    refuse(slots_of(hour)[0], make_client(hour.site.facility), SlotIsOpenTime, "slot_is_open_time")


def test_a_slot_of_another_facility_is_refused(hour: ConsultationHour) -> None:
    refuse(slots_of(hour)[0], make_client(make_site().facility), SlotElsewhere, "slot_elsewhere")


def test_a_slot_of_another_site_of_the_facility_is_booked(hour: ConsultationHour) -> None:
    beside = make_published_hour(make_site(facility=hour.site.facility))
    appointment = book(slots_of(beside)[0], make_client(hour.site.facility))
    assert appointment.slot.site_id == beside.site_id


def test_a_draft_is_refused() -> None:
    hour = make_draft_hour()
    client = make_client(hour.site.facility)
    refuse(slots_of(hour)[0], client, HourNotPublished, "hour_not_published")


def test_a_skipped_hour_is_refused() -> None:
    hour = make_draft_hour()
    publishing.skip(hour=hour, by=hour.psychiatrist, now=NOW)
    client = make_client(hour.site.facility)
    refuse(slots_of(hour)[0], client, HourNotPublished, "hour_not_published")


def test_a_client_who_has_an_appointment_then_is_refused(hour: ConsultationHour, client: Client) -> None:
    beside = make_published_hour(
        make_site(facility=hour.site.facility), from_time=datetime.time(13, 10), slots=1
    )
    book(slots_of(hour)[0], client)
    with pytest.raises(ClientHasAppointment) as refused:
        book(slots_of(beside)[0], client)
    assert refused.value.code == "client_has_appointment"
    assert slots_of(beside)[0].state == "free"
    assert Change.objects.filter(kind="booked").count() == 1


def test_a_slot_that_was_divided_away_meanwhile(hour: ConsultationHour, client: Client) -> None:
    slot = slots_of(hour)[0]
    Slot.objects.filter(pk=slot.pk).delete()
    with pytest.raises(SlotGone):
        book(slot, client)
    assert not Appointment.objects.exists()
