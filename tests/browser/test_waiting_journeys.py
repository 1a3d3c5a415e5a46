"""The waiting list and the queue at the desk: clicks and seconds are counted, by mouse and by keyboard."""

import time
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from notifications import replies
from notifications.sweeping import sweep
from scheduling import offering, waiting
from scheduling.models import Appointment, AppointmentType, Client, Offer, WaitingEntry
from sites import acting
from tests.browser.journeys import MOST_SECONDS, Journey
from tests.browser.people import Person
from tests.browser.test_by_keyboard import tab_to
from tests.builders import NOW
from tests.notifications.conftest import twilio as stub
from tests.notifications.stub_twilio import StubTwilio
from tests.pages.desks import Place, make_place, slot_of

Enter = Callable[..., Person]
E164 = "+491713920012"
twilio = stub


def say(page: Page, text: str) -> None:
    expect(page.locator("#meldungen")).to_contain_text(text)


def on_the_list(place: Place, client: Client | None = None) -> WaitingEntry:
    return waiting.add(
        client=client or place.client(),
        site=place.site,
        appointment_type=AppointmentType.FIRST,
        by=place.worker,
        now=NOW,
    )


def offered(place: Place) -> Offer:
    entry = on_the_list(place)
    place.hour(slots=1)
    offering.make_offers(now=NOW)
    return Offer.objects.get(entry=entry)


def test_from_a_cancellation_to_a_yes_by_sms(enter: Enter, twilio: StubTwilio, settings: Settings) -> None:
    place = make_place()
    hour = place.hour(slots=1)
    appointment = place.book(slot_of(hour))
    entry = on_the_list(place, place.client(phone="0171 3920012", consents=True))
    page = enter(place.worker).page
    page.goto(f"/termine/{appointment.pk}/absagen/")
    journey, begun = Journey(page), time.monotonic()
    journey.press("Termin absagen")
    say(page, "abgesagt")
    sweep(now=timezone.now())
    assert "Antwort JA oder NEIN" in twilio.messages[0]["body"]
    with acting.as_system(acting.System.SMS):
        replies.receive(sid="SM1", address=E164, body="Ja", now=timezone.now())
    page.goto(f"/warteliste/{entry.pk}/")
    expect(page.get_by_role("main")).to_contain_text("Wartet nicht mehr seit")
    expect(page.get_by_role("main")).to_contain_text("angenommen")
    assert (journey.clicks, time.monotonic() - begun < MOST_SECONDS) == (1, True)
    assert Appointment.objects.get(status="booked").client == entry.client


def test_a_client_is_put_on_the_list_and_gets_a_slot(enter: Enter) -> None:
    place = make_place()
    client = place.client(name="Alex Muster")
    page = enter(place.worker).page
    page.goto(f"/klientinnen/{client.pk}/")
    journey, begun = Journey(page), time.monotonic()
    journey.click(journey.main.get_by_role("link", name="Auf die Warteliste setzen"))
    journey.press("Auf die Warteliste setzen")
    say(page, f"{client} steht auf der Warteliste.")
    place.hour(slots=1)
    offering.make_offers(now=timezone.now())
    page.goto("/warteliste/")
    journey.press(f"Annehmen {client}")
    say(page, f"Der Termin für {client} ist gebucht.")
    assert (journey.clicks, time.monotonic() - begun < MOST_SECONDS) == (3, True)


def test_an_offer_is_answered_by_keyboard_alone(enter: Enter) -> None:
    place = make_place()
    offer = offered(place)
    page = enter(place.worker).page
    page.goto("/warteliste/")
    tab_to(page, f"Ablehnen {offer.entry.client}")
    page.keyboard.press("Enter")
    say(page, "Abgelehnt. Das Zeitfenster geht weiter")
    offer.refresh_from_db()
    assert offer.state == "declined"


def test_two_desks_answer_one_offer_and_the_second_sees_what_the_first_did(enter: Enter) -> None:
    place = make_place()
    offer = offered(place)
    first, second = enter(place.worker).page, enter(place.lead).page
    for page in (first, second):
        page.goto(f"/angebote/{offer.pk}/")
    Journey(first).press("Annehmen und buchen")
    say(first, "ist gebucht")
    Journey(second).press("Ablehnen")
    say(second, "Dieses Angebot ist inzwischen angenommen.")
    expect(second.get_by_role("main")).to_contain_text("angenommen (22.11.2026, 12:0")
    assert Appointment.objects.get().client == offer.entry.client


@pytest.fixture
def today(server: str) -> Place:
    place = make_place()
    place.hour(NOW.date())
    return place


def test_a_walk_in_from_the_door_to_the_end_on_a_phone(enter: Enter, today: Place) -> None:
    page = enter(today.worker, width=390).page
    page.goto("/tag/")
    journey, begun = Journey(page), time.monotonic()
    journey.press("Ohne Termin gekommen")
    say(page, "Nr. 1 ist eingetragen.")
    journey.click(journey.main.get_by_role("link", name="Reihe, Wartezeiten und Zettel"))
    expect(page.get_by_role("main")).to_contain_text("wartet 0 Minuten")
    journey.press("Im Raum Nr. 1")
    expect(page.get_by_role("heading", name="Im Raum")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Zurzeit wartet niemand.")
    journey.press("Fertig Nr. 1")
    expect(page.get_by_role("heading", name="Fertig oder gegangen")).to_be_visible()
    assert (journey.clicks, time.monotonic() - begun < MOST_SECONDS) == (4, True)


def test_the_queue_by_keyboard_alone(enter: Enter, today: Place) -> None:
    page = enter(today.worker).page
    page.goto("/tag/")
    tab_to(page, "Ohne Termin gekommen")
    page.keyboard.press("Enter")
    say(page, "Nr. 1 ist eingetragen.")
    tab_to(page, "Reihe, Wartezeiten und Zettel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wer ohne Termin wartet")
    tab_to(page, "Gegangen Nr. 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fertig oder gegangen")).to_be_visible()
