"""Who waits for an appointment, and who cannot any more."""

import pytest

from scheduling import waiting
from scheduling.booking import ClientClosed
from scheduling.models import AppointmentType, Client, WaitingEntry
from tests.builders import NOW, make_client, make_site

pytestmark = pytest.mark.django_db


def test_whose_file_is_closed_waits_for_nothing() -> None:
    site = make_site()
    client = make_client(site.facility)
    by = client.created_by
    Client.objects.filter(pk=client.pk).update(closed_at=NOW, closed_by=by)
    with pytest.raises(ClientClosed):
        waiting.add(client=client, site=site, appointment_type=AppointmentType.FIRST, by=by, now=NOW)
    assert WaitingEntry.objects.count() == 0
