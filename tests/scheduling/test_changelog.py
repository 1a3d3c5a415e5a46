"""The change log rings when there is something to tell: after commit, once a command, never in the way."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from scheduling import booking, changelog, publishing
from scheduling.models import Appointment, CancelReason, Change
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour

pytestmark = pytest.mark.django_db


@pytest.fixture
def rings() -> Iterator[list[int]]:
    """How many changes could be read at each ring of the doorbell."""
    heard: list[int] = []

    def listener(**_: object) -> None:
        heard.append(Change.objects.filter(planned_at=None).count())

    changelog.changes_committed.connect(listener, weak=False)
    yield heard
    changelog.changes_committed.disconnect(listener)


@pytest.fixture
def appointment() -> Appointment:
    hour = make_published_hour(slots=2)
    client = make_client(hour.site.facility)
    return booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_booking_rings_once_after_its_commit(rings: list[int]) -> None:
    hour = make_published_hour()
    client = make_client(hour.site.facility)
    with transaction.atomic():
        booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)
        assert rings == []
    assert rings == [1]


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_moving_ring_too(appointment: Appointment, rings: list[int]) -> None:
    to_slot = appointment.slot.hour.slots.all()[1]
    by = appointment.booked_by
    booking.move(appointment=appointment, to_slot=to_slot, by=by, now=NOW)
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=NOW)
    assert rings == [2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_booking_that_is_taken_back_does_not_ring(rings: list[int]) -> None:
    hour = make_published_hour()
    client = make_client(hour.site.facility)
    with transaction.atomic():
        booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)
        transaction.set_rollback(True)
    assert rings == []


@pytest.mark.django_db(transaction=True)
def test_an_hour_rings_only_when_calendars_may_hold_it(rings: list[int]) -> None:
    hour = make_draft_hour()
    published = publishing.publish_hour(hour=hour, by=hour.psychiatrist, now=NOW)
    assert rings == []
    withdrawn = publishing.withdraw(hour=published, by=hour.psychiatrist, now=NOW)
    assert rings == [1]
    publishing.skip(hour=withdrawn, by=hour.psychiatrist, now=NOW)
    assert rings == [1]
    assert [each.kind for each in Change.objects.filter(planned_at=None)] == ["hour_withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_takes_nothing_back() -> None:
    def broken(**_: object) -> None:
        raise ConnectionError("no Redis")

    hour = make_published_hour()
    client = make_client(hour.site.facility)
    changelog.changes_committed.connect(broken, weak=False)
    try:
        booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)
    finally:
        changelog.changes_committed.disconnect(broken)
    assert Appointment.objects.filter(client=client, status="booked").count() == 1
    assert Change.objects.filter(kind="booked").count() == 1


def test_a_change_names_no_client() -> None:
    hour = make_published_hour()
    client = make_client(hour.site.facility, name="Muster Erika", phone="0171 3920012")
    slots = hour.slots.all()
    appointment = booking.book(slot=slots[0], client=client, by=client.created_by, now=NOW)
    booking.move(appointment=appointment, to_slot=slots[1], by=client.created_by, now=NOW)
    written = " ".join(str(values) for values in Change.objects.values())
    for secret in (client.code, "Muster", "Erika", "3920012"):
        assert secret not in written
