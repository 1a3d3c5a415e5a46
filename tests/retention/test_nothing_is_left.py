"""After an erasure or a purge nothing that is stored leads to the person: the whole database is dumped,
opened with the keys and searched, and so are Redis, the mails, the log and the servers' files."""

import datetime
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from notifications import doorbell, sweeping
from notifications.retention import erasing, purging
from scheduling.models import Appointment, Client, Release
from sites.models import HistoryEntry
from tests.builders import NOW
from tests.notifications.stub_twilio import StubTwilio
from tests.pages.desks import Place, make_place
from tests.retention.filling import (
    Filled,
    fill,
    found,
    mails,
    whole_database,
    whole_folder,
    whole_redis,
)

pytestmark = pytest.mark.django_db(transaction=True)
# What holds the words before: the search is able to find them there.
HOLDERS = {
    ("public.scheduling_client", "name"),
    ("public.scheduling_client", "birth date"),
    ("public.scheduling_client", "phone"),
    ("public.scheduling_client", "note"),
    ("public.scheduling_client", "code 0"),
    ("public.scheduling_client", "index of name"),
    ("public.scheduling_client", "index of phone"),
    ("public.scheduling_formercode", "code 1"),
    ("public.scheduling_change", "code 0"),
    ("public.scheduling_change", "name"),
    ("public.notifications_message", "phone"),
    ("public.notifications_reply", "answer"),
    ("public.notifications_reply", "phone"),
    ("public.notifications_reply", "index of phone"),
    ("public.pia_sites_historyentry", "name"),
    ("public.pia_sites_historyentry", "phone"),
    ("public.pia_sites_historyentry", "birth date"),
    ("public.pia_sites_historyentry", "note"),
    ("public.pia_sites_historyentry", "code 0"),
    ("public.pia_sites_historyentry", "code 1"),
    ("public.django_session", "name"),
    ("public.django_session", "phone"),
}


@pytest.fixture
def filled(place: Place, twilio: StubTwilio, live_redis: Any, caplog: pytest.LogCaptureFixture) -> Filled:
    caplog.set_level(logging.DEBUG)
    return fill(place, twilio)


def everywhere(live_redis: Any, caplog: pytest.LogCaptureFixture) -> Iterator[tuple[str, str]]:
    yield from whole_database()
    yield from whole_redis(live_redis)
    yield from mails()
    yield ("log", caplog.text)


def test_before_all_of_it_is_found(filled: Filled, live_redis: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The negative control: the search sees into every corner."""
    assert HOLDERS - found(filled, everywhere(live_redis, caplog)) == set()


def test_after_an_erasure_nothing_is_found(
    filled: Filled, place: Place, live_redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser()
    browser.force_login(place.lead)
    answer = browser.post(f"/klientinnen/{filled.client.pk}/loeschen/", {"code": filled.client.code})
    assert answer.status_code == 302
    sweeping.sweep(now=NOW)
    assert Client.objects.get(pk=filled.client.pk).anonymised_at == NOW
    assert found(filled, everywhere(live_redis, caplog)) == set()


def test_after_a_purge_nothing_is_found(
    filled: Filled, live_redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    later = filled.coming.ends_at + datetime.timedelta(days=91)
    sweeping.sweep(now=NOW)
    purging.purge(now=later - purging.AHEAD)
    assert purging.purge(now=later)["forgotten"] == 1
    assert found(filled, everywhere(live_redis, caplog)) == set()


def test_the_servers_files_hold_nothing(filled: Filled) -> None:
    """What PostgreSQL and the keeper log, also of statements that fail on a client's row."""
    client = filled.client
    with connection.cursor() as cursor:
        for statement in (
            "INSERT INTO scheduling_client SELECT * FROM scheduling_client WHERE code = %s",
            "SELECT 1 / 0 FROM scheduling_client WHERE code = %s",
        ):
            with pytest.raises(Exception, match=r"duplicate key|division by zero"):
                cursor.execute(statement, [client.code])
    erasing.request_erasure(client=client, by=client.created_by, now=NOW)
    sweeping.sweep(now=NOW)
    folder = Path(connection.settings_dict["HOST"]).parent
    logs = [each for each in whole_folder(folder) if each[0].endswith((".log", ".conf", ".json"))]
    assert {name for name, _ in logs} >= {"postgres.log", "redis.log"}
    assert found(filled, logs) == set()


def test_counts_stay_right(filled: Filled, place: Place) -> None:
    before = Appointment.objects.filter(client=filled.client).count()
    statuses = sorted(Appointment.objects.filter(client=filled.client).values_list("status", flat=True))
    erasing.request_erasure(client=filled.client, by=place.lead, now=NOW)
    sweeping.sweep(now=NOW)
    after = Appointment.objects.filter(client=filled.client)
    assert (before, after.count()) == (4, 4)
    assert statuses == ["booked", "booked", "booked", "cancelled"]
    assert sorted(after.values_list("status", flat=True)) == ["booked", "booked", "cancelled", "cancelled"]
    assert Client.objects.get(pk=filled.client.pk).code[:7] == "anonym-"


def test_that_something_was_changed_stays_in_the_history(filled: Filled, place: Place) -> None:
    before = HistoryEntry.objects.filter(client_id=filled.client.pk).count()
    erasing.request_erasure(client=filled.client, by=place.lead, now=NOW)
    sweeping.sweep(now=NOW)
    entries = HistoryEntry.objects.filter(client_id=filled.client.pk)
    assert entries.count() > before > 5
    assert {str(values) for each in entries for values in each.changes.values()} == {"[]"}
    assert {str(values) for each in entries for values in each.sealed.values()} == {"[]"}


def test_others_keep_what_is_theirs(filled: Filled, place: Place, twilio: StubTwilio) -> None:
    other = make_place()
    theirs = fill(other, twilio)
    kept = (theirs.client.name, theirs.client.phone, theirs.client.code)
    erasing.request_erasure(client=filled.client, by=place.lead, now=NOW)
    sweeping.sweep(now=NOW)
    client = Client.objects.get(pk=theirs.client.pk)
    assert (client.name, client.phone, client.code) == kept
    assert Release.objects.filter(client=client).count() == 1
    assert client.former_codes.count() == 1


def test_the_doorbell_is_enough(filled: Filled, place: Place) -> None:
    """Nobody waits for the next sweep."""
    erasing.request_erasure(client=filled.client, by=place.lead, now=NOW)
    doorbell.hush()
    assert sweeping.plan_and_deliver(now=NOW)["erased"] == 1
