"""Whoever read a cancelled appointment before its slot went is told so."""

import pytest

from scheduling import booking
from scheduling.models import Appointment, CancelReason
from tests.builders import NOW, make_client, make_published_hour

pytestmark = pytest.mark.django_db


def test_an_appointment_whose_slot_is_gone_is_not_brought_back() -> None:
    hour = make_published_hour(slots=2)
    first, second = hour.slots.all()
    client = make_client(hour.site.facility)
    by = client.created_by
    made = booking.book(slot=first, client=client, by=by, now=NOW)
    booking.cancel(appointment=made, reason=CancelReason.CLIENT, by=by, now=NOW)
    read_before = Appointment.objects.get(pk=made.pk)
    Appointment.objects.filter(pk=made.pk).update(slot=second)
    first.delete()
    with pytest.raises(booking.SlotGone):
        booking.revive(appointment=read_before, by=by, now=NOW)
