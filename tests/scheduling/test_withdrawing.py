"""Withdrawing a published hour: a draft again, as long as nobody is booked into it."""

import datetime

import pytest

from scheduling import booking, publishing
from scheduling.models import Appointment, CancelReason, Change, ConsultationHour, HourStatus
from scheduling.publishing import HourHasAppointments, HourIsOver, HourNotPublished
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour, make_user
from tests.scheduling.attendance import columns_of

pytestmark = pytest.mark.django_db


def book(hour: ConsultationHour) -> Appointment:
    client = make_client(hour.site.facility)
    slot = hour.slots.filter(state="free").first()
    assert slot is not None
    return booking.book(slot=slot, client=client, by=client.created_by, now=NOW)


def test_an_hour_without_appointments_is_a_draft_again() -> None:
    by = make_user()
    hour = make_published_hour()
    for withdrawn in (
        publishing.withdraw(hour=hour, by=by, now=NOW),
        ConsultationHour.objects.get(pk=hour.pk),
    ):
        assert (withdrawn.status, withdrawn.published_at, withdrawn.published_by) == (
            HourStatus.DRAFT,
            None,
            None,
        )
    change = Change.objects.get(kind="hour_withdrawn")
    assert (change.hour, change.by, change.at) == (hour, by, NOW)


@pytest.mark.parametrize("status", ["booked", "arrived", "fulfilled", "noshow"])
def test_an_hour_with_an_appointment_is_refused(status: str) -> None:
    hour = make_published_hour()
    appointment = book(hour)
    Appointment.objects.update(**columns_of(status, appointment.booked_by_id))
    with pytest.raises(HourHasAppointments) as refused:
        publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    assert refused.value.code == "hour_has_appointments"
    hour.refresh_from_db()
    assert hour.status == HourStatus.PUBLISHED
    assert not Change.objects.filter(kind="hour_withdrawn").exists()


def test_a_cancelled_appointment_does_not_keep_the_hour() -> None:
    hour = make_published_hour()
    appointment = book(hour)
    booking.cancel(appointment=appointment, reason=CancelReason.FACILITY, by=appointment.booked_by, now=NOW)
    withdrawn = publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    assert withdrawn.status == HourStatus.DRAFT


def test_a_draft_is_refused() -> None:
    hour = make_draft_hour()
    with pytest.raises(HourNotPublished) as refused:
        publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    assert refused.value.code == "hour_not_published"


def test_withdrawing_twice_is_refused() -> None:
    hour = make_published_hour()
    publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    with pytest.raises(HourNotPublished):
        publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)


def test_an_hour_that_has_begun_is_refused() -> None:
    hour = make_published_hour()
    with pytest.raises(HourIsOver) as refused:
        publishing.withdraw(hour=hour, by=hour.psychiatrist, now=hour.starts_at)
    assert refused.value.code == "hour_is_over"


def test_a_withdrawn_hour_can_not_be_booked() -> None:
    hour = make_published_hour()
    publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    with pytest.raises(HourNotPublished):
        book(hour)


def test_a_withdrawn_hour_can_be_published_again() -> None:
    hour = make_published_hour()
    publishing.withdraw(hour=hour, by=hour.psychiatrist, now=NOW)
    later = NOW + datetime.timedelta(hours=1)
    again = publishing.publish_hour(hour=hour, by=hour.psychiatrist, now=later)
    assert (again.status, again.published_at, again.uid) == (HourStatus.PUBLISHED, later, hour.uid)
    assert book(again).status == "booked"
