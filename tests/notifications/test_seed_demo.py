"""The demo's data: made once, by the domain, only in the demo, and never over what people changed."""

import datetime
import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from notifications.models import Consent, Message
from notifications.planning import plan_changes
from notifications.worklist import reading
from scheduling import booking, day_sheet, publishing, reviewing, substituting
from scheduling.models import (
    Appointment,
    CancelReason,
    Client,
    Companion,
    ConsultationHour,
    HourStatus,
    WaitingEntry,
)
from scheduling.months import Month
from sites.access import Permission, sites_for
from sites.models import Site, User

pytestmark = pytest.mark.django_db

# Bundesnetzagentur, Mitteilung 148/2021.
MEDIA_BLOCKS = r"\+49(17139200|176040690)\d\d"


@pytest.fixture(autouse=True)
def _demo(settings: Settings) -> None:
    settings.DEMO = True


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue().strip()


def rows() -> dict[str, list[tuple[Any, ...]]]:
    labels = ("pia_sites", "scheduling", "schedule", "notifications")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}


def published() -> list[ConsultationHour]:
    return list(ConsultationHour.objects.filter(status=HourStatus.PUBLISHED).order_by("pk"))


def test_only_the_demo_can_be_filled(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(
        CommandError, match=r"^Nur die Demo lässt sich so füllen\. Bitte verwenden Sie make demo\.$"
    ):
        seed()
    assert User.objects.count() == 0


def test_everybody_of_the_network_file_and_who_stands_in_signs_in_with_demo() -> None:
    seed()
    staff = User.objects.filter(is_system=False)
    assert [authenticate(username=user.email, password="demo") for user in staff] == list(staff)
    assert len(staff) == 8


def test_each_facility_has_clients_with_and_without_name_phone_and_consent() -> None:
    seed()
    consenting = set(Consent.objects.values_list("client_id", flat=True))
    for slug in ("vista-mitte", "vista-neukoelln"):
        clients = list(Client.objects.filter(facility__slug=slug))
        assert len(clients) == 8
        assert {bool(client.name) for client in clients} == {True, False}
        assert {bool(client.phone) for client in clients} == {True, False}
        assert {client.pk in consenting for client in clients if client.phone} == {True, False}
        assert not [client for client in clients if client.pk in consenting and not client.phone]


def test_every_number_is_from_a_block_kept_free_for_media() -> None:
    seed()
    phones = [client.phone for client in Client.objects.all() if client.phone]
    assert [phone for phone in phones if not re.fullmatch(MEDIA_BLOCKS, phone)] == []
    assert len(set(phones)) == len(phones)


def test_hours_are_published_and_booked_and_the_last_month_is_left_to_publish() -> None:
    seed()
    months = {Month.containing(hour.local_date) for hour in published()}
    drafts = {
        Month.containing(hour.local_date)
        for hour in ConsultationHour.objects.select_related("site__facility").filter(status=HourStatus.DRAFT)
    }
    assert max(drafts) == max(months).plus(1)
    assert {appointment.slot.hour.status for appointment in Appointment.objects.all()} == {
        HourStatus.PUBLISHED
    }
    assert set(Appointment.objects.values_list("slot__site__slug", flat=True)) == {
        "pia-flex-mitte",
        "pia-flex-neukoelln",
    }


def test_a_second_run_adds_nothing_and_says_so() -> None:
    seed()
    before = rows()
    assert seed() == "Nichts zu tun: Die Demo ist schon gefüllt."
    assert rows() == before


def test_what_people_changed_stays() -> None:
    seed()
    now = timezone.now()
    by = User.objects.get(email="psychiatrie.mitte@example.org")
    by.set_password("their own")
    by.save()
    hour = published()[0]
    for appointment in Appointment.objects.filter(slot__hour=hour):
        booking.cancel(appointment=appointment, reason=CancelReason.CLINIC, by=by, now=now)
    publishing.withdraw(hour=hour, by=by, now=now)
    before = rows()
    seed()
    assert rows() == before


@pytest.mark.parametrize("day", ["2025-03-01", "2026-11-22", "2026-12-31", "2027-10-30", "2031-02-28"])
def test_the_demo_is_full_whatever_the_clock_says(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.datetime.fromisoformat(f"{day}T23:30:00+01:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    seed()
    assert Client.objects.count() == 16
    assert len(published()) >= 3
    assert Appointment.objects.count() >= 6


@pytest.mark.parametrize("clock", ["00:05", "03:30", "10:40", "23:30"])
def test_an_hour_is_under_way_at_each_site_whatever_the_clock_says(
    clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.datetime.fromisoformat(f"2026-11-22T{clock}:00+01:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    seed()
    user = User.objects.get(email="psychiatrie.mitte@example.org")
    (entry,) = day_sheet.hours_on(user, now.date(), now=now)
    assert entry.hour.local_date == now.date()
    came = Appointment.objects.filter(slot__hour=entry.hour).order_by("starts_at")
    missed = "noshow" if clock != "00:05" else "booked"
    assert list(came.values_list("status", flat=True)) == ["fulfilled", missed, "arrived", "booked"]
    assert entry.hour.walk_ins.get().number == 1
    assert len(entry.named_clients) == 1


def test_each_desk_finds_who_waits_what_to_do_and_two_who_look_after_clients() -> None:
    seed()
    for place in ("mitte", "neukoelln"):
        worker = User.objects.get(email=f"sozialarbeit.{place}@example.org")
        waiting = WaitingEntry.objects.filter(client__facility__memberships__user=worker, closed_at=None)
        assert list(waiting.values_list("appointment_type", flat=True).order_by("pk")) == [
            *["first"] * 3,
            "follow_up",
        ]
        to_do = {each.item.kind for each in reading.entries(worker, now=timezone.now())}
        assert to_do >= {"mend_number", "release"}
    lead = User.objects.get(email="leitung.mitte@example.org")
    assert Client.objects.filter(caseload_of=lead).count() == 2
    assert Companion.objects.get(appointment__client__facility__memberships__user=lead).user == lead


def test_the_hour_of_today_is_not_put_beside_one_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.datetime.fromisoformat("2026-12-09T08:00:00+01:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    seed()
    user = User.objects.get(email="psychiatrie.mitte@example.org")
    assert [f"{each.hour.local_start:%H:%M}" for each in day_sheet.hours_on(user, now.date(), now=now)] == [
        "13:00"
    ]


def test_nobody_is_told_of_the_hour_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.datetime.fromisoformat("2026-11-22T10:40:00+01:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    seed()
    plan_changes(now=now)
    assert Message.objects.filter(appointment__slot__hour__starts_at__lte=now).count() == 0
    assert Message.objects.filter(appointment__slot__hour__starts_at__gt=now).count() > 0


@pytest.mark.parametrize("day", ["2026-11-22", "2026-12-23", "2027-07-01"])
def test_some_draft_waits_that_something_speaks_against(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.datetime.fromisoformat(f"{day}T10:00:00+01:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    seed()
    user = User.objects.get(email="psychiatrie.neukoelln@example.org")
    review = reviewing.drafts_waiting(list(sites_for(user, Permission.PLAN_HOURS)), now=now)
    assert [str(each) for each in review.unclear[-1].collisions][:1] == [f"{user} ist abwesend"]


def test_at_each_clinic_a_colleague_can_stand_in() -> None:
    seed()
    sites = Site.objects.filter(hours__isnull=False).distinct()
    assert [len(substituting.colleagues(site)) for site in sites] == [2, 2]
