"""Clients are forgotten by themselves: when, after whom was told, and whatever interrupts."""

import datetime
import os
import signal
import smtplib
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.environment import ROOT
from notifications.models import Message, Reply
from notifications.retention import erasing, purging
from notifications.retention.purging import AHEAD
from scheduling import booking, waiting
from scheduling.models import AppointmentType, CancelReason, Client, ClosedReason, WaitingEntry
from scheduling.pseudonyms import new_code
from sites import acting
from sites.models import Membership, Role, Site
from tests.builders import NOW, make_client, make_published_hour, make_site
from tests.faults.processes import wait_until
from tests.pages.desks import FIRST_DAY, Place, slot_of

DAY = timedelta(days=1)
COUNT = 80


def ends(client: Client) -> datetime.datetime:
    found: Any = purging.with_end(Client.objects.filter(pk=client.pk)).get()
    return found.keep_until


def is_gone(client: Client) -> bool:
    return Client.objects.get(pk=client.pk).anonymised_at is not None


def purge_at(instant: datetime.datetime) -> dict[str, int]:
    return {name: count for name, count in purging.purge(now=instant).items() if count}


# -- when ----------------------------------------------------------------------------------------------


def test_without_appointment_it_counts_from_the_last_change(place: Place) -> None:
    client = place.client(name="Alex Muster")
    assert ends(client) == NOW + 90 * DAY
    Client.objects.filter(pk=client.pk).update(changed_at=NOW + 5 * DAY, changed_by=place.worker)
    assert ends(client) == NOW + 95 * DAY


def test_it_counts_from_the_end_of_the_last_appointment(place: Place) -> None:
    client, hour = place.client(), place.hour()
    for number in (0, 1):
        appointment = place.book(slot_of(hour, number), client)
    assert ends(client) == appointment.ends_at + 90 * DAY


def test_a_cancelled_one_counts_from_its_cancellation(place: Place) -> None:
    client = place.client()
    appointment = place.book(slot_of(place.hour()), client)
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.worker, now=NOW + DAY)
    assert ends(client) == NOW + 91 * DAY


def test_of_several_sites_the_last_day_counts(place: Place) -> None:
    other = make_site(facility=place.site.facility)
    Site.objects.filter(pk=place.site.pk).update(retention_days=30)
    Site.objects.filter(pk=other.pk).update(retention_days=10)
    client = place.client()
    assert ends(client) == NOW + 30 * DAY
    first = place.book(slot_of(place.hour()), client)
    later = make_published_hour(other, day=FIRST_DAY + 14 * DAY)
    booking.book(slot=slot_of(later), client=client, by=place.worker, now=NOW)
    assert ends(client) == first.ends_at + 30 * DAY


def test_the_longest_wait_of_the_facility_counts_for_who_never_came(place: Place) -> None:
    make_site(facility=place.site.facility)
    Site.objects.filter(facility=place.site.facility).exclude(pk=place.site.pk).update(retention_days=365)
    assert ends(place.client()) == NOW + 365 * DAY


def wait_for_appointment(place: Place, client: Client) -> WaitingEntry:
    return waiting.add(
        client=client, site=place.site, appointment_type=AppointmentType.FIRST, by=place.worker, now=NOW
    )


def test_who_waits_is_kept(place: Place) -> None:
    client = place.client()
    wait_for_appointment(place, client)
    later = NOW + 1000 * DAY
    assert (purge_at(later), purge_at(later + AHEAD), is_gone(client)) == ({}, {}, False)


def test_a_wait_that_ended_long_ago_keeps_nobody(place: Place) -> None:
    client = place.client()
    waiting.close(
        entry=wait_for_appointment(place, client),
        reason=ClosedReason.NOT_NEEDED,
        by=place.worker,
        now=NOW + 10 * DAY,
    )
    assert ends(client) == NOW + 100 * DAY
    assert purge_at(NOW + 100 * DAY) == {"announced": 1}
    assert purge_at(NOW + 100 * DAY + AHEAD)["forgotten"] == 1
    # That somebody waited stays, like an appointment: no key leads from it to a person any more.
    assert (is_gone(client), WaitingEntry.objects.get().closed_reason) == (True, "not_needed")


# -- who is told ---------------------------------------------------------------------------------------


def test_the_lead_is_told_once_a_week_ahead_and_then_it_happens(place: Place) -> None:
    client = place.client(name="Alex Muster")
    end = NOW + 90 * DAY
    assert purge_at(end - AHEAD - DAY) == {}
    assert purge_at(end - AHEAD) == {"announced": 1}
    (told,) = mail.outbox
    assert (told.to, told.subject) == ([place.lead.email], "Einträge laufen ab")
    assert [word for word in (client.code, "Alex", "PIA", place.site.name) if word in told.body] == []
    assert "27.02.2027" not in told.body
    assert f"frühestens am {end:%d.%m.%Y}" in told.body
    assert purge_at(end - DAY) == {}
    assert (len(mail.outbox), is_gone(client)) == (1, False)
    assert purge_at(end) == {"forgotten": 1}
    assert (len(mail.outbox), is_gone(client)) == (1, True)
    assert purge_at(end + DAY) == {}


def test_who_was_due_long_ago_stays_until_the_facility_knows(place: Place) -> None:
    client = place.client()
    late = NOW + 400 * DAY
    assert purge_at(late) == {"announced": 1}
    assert purge_at(late + AHEAD - DAY) == {}
    assert purge_at(late + AHEAD) == {"forgotten": 1}
    assert is_gone(client)


def test_who_is_booked_after_the_announcement_stays(place: Place) -> None:
    client = place.client()
    end = NOW + 90 * DAY
    purging.purge(now=end - AHEAD)
    hour = place.hour((end + 2 * DAY).date(), now=end - DAY)
    appointment = booking.book(slot=slot_of(hour), client=client, by=place.worker, now=end - DAY)
    assert purge_at(end) == {}
    again = appointment.ends_at + 90 * DAY
    assert purge_at(again - AHEAD) == {"announced": 1}
    assert purge_at(again) == {"forgotten": 1}


def test_a_mail_server_that_is_down_puts_it_off(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    client = place.client()
    end = NOW + 90 * DAY

    def down(*args: Any, **how: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("notifications.retention.announcing.send_mail", down)
        with pytest.raises(ExceptionGroup):
            purging.purge(now=end)
    assert purge_at(end + DAY) == {"announced": 1}
    assert purge_at(end + DAY + AHEAD) == {"forgotten": 1}
    assert is_gone(client)


def test_without_a_lead_the_social_workers_are_told_and_without_anybody_it_goes_on(place: Place) -> None:
    place.client()
    Membership.objects.filter(role=Role.FACILITY_LEAD).delete()
    purging.purge(now=NOW + 83 * DAY)
    assert [each.to for each in mail.outbox] == [[place.worker.email]]
    mail.outbox.clear()
    place.client()
    Membership.objects.filter(facility=place.site.facility).delete()
    Client.objects.update(purge_announced_at=None)
    assert purge_at(NOW + 83 * DAY) == {"announced": 2}
    assert mail.outbox == []
    assert purge_at(NOW + 90 * DAY) == {"forgotten": 2}


# -- the command ---------------------------------------------------------------------------------------


def said(*words: str) -> str:
    out = StringIO()
    call_command("purge", *words, stdout=out)
    return out.getvalue()


def test_a_dry_run_shows_who_would_go_and_writes_nothing(place: Place) -> None:
    then = NOW - 100 * DAY
    goes = make_client(place.site.facility, by=place.worker, now=then)
    Client.objects.filter(pk=goes.pk).update(purge_announced_at=NOW - 8 * DAY)
    new = make_client(place.site.facility, by=place.worker, now=then)
    place.client()
    before = list(Client.objects.order_by("pk").values())
    lines = said("--dry-run").splitlines()
    assert [line.split()[0] for line in lines] == ["Kürzel", goes.code, new.code, "Probelauf,"]
    assert [line.split()[-1] for line in lines[1:3]] == ["jetzt", "29.11.2026"]
    assert lines[-1].endswith("Jetzt anonymisiert: 1. Jetzt angekündigt: 1.")
    assert (list(Client.objects.order_by("pk").values()), mail.outbox) == (before, [])
    assert said() == "1 Klient:innen anonymisiert, 1 angekündigt.\n"
    assert said() == "Nichts zu tun.\n"


def test_a_run_that_fails_in_part_ends_with_an_error(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client(place.site.facility, by=place.worker, now=NOW - 100 * DAY, name="Alex Muster")

    def down(*args: Any, **how: Any) -> int:
        raise smtplib.SMTPServerDisconnected("Alex Muster")

    monkeypatch.setattr("notifications.retention.announcing.send_mail", down)
    with pytest.raises(CommandError, match=r"Nicht alles ist gelungen \(NotTold\)") as refused:
        said()
    assert ("Muster" in str(refused.value), is_gone(client)) == (False, False)


# -- texts and sessions --------------------------------------------------------------------------------


def test_texts_go_when_their_time_is_over_also_of_who_stays(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    hour = place.hour()
    old, new = (
        place.book(slot_of(hour), client),
        place.book(slot_of(place.hour(FIRST_DAY + 30 * DAY)), client),
    )
    for number, appointment in enumerate((old, new)):
        Message.objects.create(
            channel="sms",
            kind="reminder",
            stage=1,
            appointment=appointment,
            recipient_client=client,
            sequence=0,
            appointment_starts_at=appointment.starts_at,
            due_at=NOW,
            state="sent",
            sent_at=NOW,
            address=client.phone,
            body="Termin",
            provider_sid=f"SM{number}",
        )
        Reply.objects.create(
            received_at=appointment.ends_at,
            provider_sid=f"SMr{number}",
            client=client,
            address=client.phone,
            body="Ja",
            outcome="noted",
        )
    assert purge_at(old.ends_at + 90 * DAY + DAY) == {"texts": 2}
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "sent"]
    assert [each.body for each in Message.objects.order_by("pk")] == ["", "Termin"]
    assert [each.body for each in Reply.objects.order_by("pk")] == ["", "Ja"]
    assert not is_gone(client)


def test_sessions_that_have_ended_go(place: Place) -> None:
    Session.objects.create(session_key="a", session_data="x", expire_date=NOW - DAY)
    Session.objects.create(session_key="b", session_data="x", expire_date=NOW + DAY)
    assert purge_at(NOW) == {"sessions": 1}
    assert list(Session.objects.values_list("pk", flat=True)) == ["b"]


# -- many, and interrupted -----------------------------------------------------------------------------


def make_due(place: Place, count: int, *, since: datetime.datetime = NOW - 100 * DAY) -> None:
    codes = iter({new_code() for _ in range(2 * count)})
    Client.objects.bulk_create(
        Client(
            facility=place.site.facility,
            code=next(codes),
            name="Alex Muster",
            created_at=since,
            created_by=place.worker,
            purge_announced_at=since + 92 * DAY,
        )
        for _ in range(count)
    )


def test_one_client_costs_the_same_among_many(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "CLIENTS_AT_ONCE", 5)
    costs = []
    for count in (5, 20):
        make_due(place, count)
        with CaptureQueriesContext(connection) as captured:
            assert purge_at(NOW) == {"forgotten": count}
        costs.append(len(captured) / count)
    assert costs[1] <= costs[0]


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_is_finished_by_the_next(place: Place) -> None:
    """By SIGKILL, in the middle: whoever is done is done wholly, nobody in part."""
    # The command looks at the real clock.
    make_due(place, COUNT, since=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    done = Client.objects.filter(anonymised_at__isnull=False)
    known = connection.settings_dict
    url = f"postgresql://{known['USER']}:{known['PASSWORD'] or ''}@/{known['NAME']}?host={known['HOST']}"
    if known["PORT"]:
        url += f"&port={known['PORT']}"
    command = [sys.executable, "manage.py", "purge"]
    variables = {**os.environ, "DATABASE_URL": url}
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    try:
        wait_until("the first to be done", lambda: done.count() >= 5)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    in_between = done.count()
    assert 5 <= in_between < COUNT
    assert (
        Client.objects.filter(anonymised_at=None, closed_at=None).exclude(name="").count()
        == COUNT - in_between
    )
    again = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith(f"{COUNT - in_between} Klient:innen anonymisiert")
    assert (done.count(), done.exclude(name="").count()) == (COUNT, 0)


def test_somebody_booked_at_the_last_moment_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking who is due and the turn of this client."""
    make_due(place, 1)
    client = Client.objects.get()
    hour = place.hour()
    forget_all = erasing.forget_all

    def book_first(keys: Any, **how: Any) -> int:
        with acting.as_person(place.worker):
            booking.book(slot=slot_of(hour), client=client, by=place.worker, now=NOW)
        return forget_all(keys, **how)

    monkeypatch.setattr(erasing, "forget_all", book_first)
    assert purge_at(NOW) == {}
    assert not is_gone(client)
