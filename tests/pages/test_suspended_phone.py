"""A number to which nothing is sent any more: staff let it rest and use it again, and see why."""

import datetime

import pytest

from notifications import reaching
from notifications.delivery import deliver_due
from notifications.models import Message
from notifications.planning import plan_changes
from scheduling import clients
from scheduling.models import Client, SuspendReason
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of

NUMBER = "+491713920012"
DAY_BEFORE = datetime.datetime(2026, 12, 8, 13, 0, tzinfo=datetime.UTC)


def suspend(client: Client, place: Place) -> Client:
    return clients.suspend_phone(
        client=client, number=NUMBER, reason=SuspendReason.LOST, by=place.worker, now=NOW
    )


def test_it_rests_with_a_reason_until_it_is_used_again(place: Place) -> None:
    client = place.client(phone=NUMBER)
    desk = Desk(place.worker)
    page = desk.get(f"/klientinnen/{client.pk}/")
    assert page.links["Nummer ruhen lassen"] == f"/klientinnen/{client.pk}/nummer/ruhen/"
    asked = desk.get(page.links["Nummer ruhen lassen"])
    assert asked.buttons == ["Nummer ruhen lassen"]

    page = desk.post(f"/klientinnen/{client.pk}/nummer/ruhen/", reason="lost", number=NUMBER)
    assert page.messages == ["Die Nummer ruht. Es gehen keine SMS mehr dorthin."]
    assert f"ruht seit 22.11.2026, 12:00 Uhr: Telefon verloren ({place.worker})" in page.text
    saved = Client.objects.get()
    assert (
        saved.phone_suspended_at,
        saved.phone_suspended_by,
        saved.phone_suspended_reason,
        saved.version,
    ) == (
        NOW,
        place.worker,
        "lost",
        0,
    )

    page = desk.post(f"/klientinnen/{client.pk}/nummer/")
    assert page.messages == ["Die Nummer wird wieder verwendet."]
    saved = Client.objects.get()
    assert (saved.phone_suspended_at, saved.phone_suspended_by, saved.phone_suspended_reason) == (
        None,
        None,
        "",
    )


def test_without_a_reason_nothing_changes(place: Place) -> None:
    client = place.client(phone=NUMBER)
    for reason in ("", "kaputt"):
        page = Desk(place.worker).post(
            f"/klientinnen/{client.pk}/nummer/ruhen/", reason=reason, number=NUMBER
        )
        assert page.error_of("reason").startswith("Fehler: ")
    assert Client.objects.get().phone_suspended_at is None


@pytest.mark.parametrize("seen", ["", "+491713920099", "x" * 10_000])
def test_another_number_than_the_one_that_was_shown_is_left_alone(place: Place, seen: str) -> None:
    client = place.client(phone=NUMBER)
    page = Desk(place.worker).post(f"/klientinnen/{client.pk}/nummer/ruhen/", reason="lost", number=seen)
    assert page.messages[0].startswith("Fehler: Diese Nummer steht hier nicht mehr.")
    assert Client.objects.get().phone_suspended_at is None


def test_without_a_number_or_while_it_rests_there_is_nothing_to_press(place: Place) -> None:
    nobody, resting = place.client(), suspend(place.client(phone=NUMBER), place)
    desk = Desk(place.worker)
    assert desk.get(f"/klientinnen/{nobody.pk}/nummer/ruhen/").buttons == []
    assert desk.get(f"/klientinnen/{resting.pk}/nummer/ruhen/").buttons == []
    assert "Nummer ruhen lassen" not in desk.get(f"/klientinnen/{nobody.pk}/").links
    assert "Nummer ruhen lassen" not in desk.get(f"/klientinnen/{resting.pk}/").links


def test_another_number_does_not_rest(place: Place) -> None:
    client = suspend(place.client(phone=NUMBER), place)
    desk = Desk(place.worker)
    desk.post(f"/klientinnen/{client.pk}/bearbeiten/", version="0", phone="0171 3920099")
    saved = Client.objects.get()
    assert (saved.phone_suspended_at, saved.phone_suspended_by, saved.phone_suspended_reason) == (
        None,
        None,
        "",
    )


def test_a_file_open_in_another_tab_is_saved_and_the_number_goes_on_resting(place: Place) -> None:
    client = place.client(phone=NUMBER)
    suspend(client, place)
    desk = Desk(place.worker)
    page = desk.post(f"/klientinnen/{client.pk}/bearbeiten/", version="0", phone=NUMBER, name="Alex")
    assert page.messages == ["Die Angaben sind gespeichert."]
    assert (Client.objects.get().name, Client.objects.get().phone_suspended_at) == ("Alex", NOW)


@pytest.mark.parametrize(("phone", "why"), [(NUMBER, "Nummer ruht"), ("030 23125 100", "Festnetz empfängt")])
def test_what_is_not_sent_says_why(place: Place, phone: str, why: str) -> None:
    client = place.client(phone=phone, consents=True)
    if phone == NUMBER:
        suspend(client, place)
    appointment = place.book(slot_of(place.hour()), client)
    plan_changes(now=NOW)
    deliver_due(now=NOW)
    page = Desk(place.worker).get(f"/termine/{appointment.pk}/nachrichten/")
    assert why in page.text
    assert Message.objects.get(channel="sms", kind="confirmation").state == "dropped"


def test_used_again_it_gets_the_reminders_to_come(place: Place) -> None:
    client = suspend(place.client(phone=NUMBER, consents=True), place)
    place.book(slot_of(place.hour()), client)
    plan_changes(now=NOW)
    reminder = Message.objects.get(kind="reminder")
    Message.objects.filter(pk=reminder.pk).update(state="dropped", reason="phone_suspended")
    reaching.resume_phone(client=client, by=place.worker, now=NOW)
    again = Message.objects.get(kind="reminder", state="planned")
    assert (again.due_at, again.recipient_client) == (reminder.due_at, client)
