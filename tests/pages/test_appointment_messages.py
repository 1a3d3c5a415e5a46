"""What was told and will be told about an appointment: visible to the facility, without number or text."""

from collections import Counter

import pytest

from notifications import expecting
from notifications.models import Message, MessageState, Reason
from notifications.planning import plan_changes
from scheduling import booking
from scheduling.models import Appointment, CancelReason
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of


@pytest.fixture
def appointment(place: Place) -> Appointment:
    client = place.client(phone="0171 3920012", consents=True)
    return place.book(slot_of(place.hour()), client)


def address(appointment: Appointment) -> str:
    return f"/termine/{appointment.pk}/nachrichten/"


def test_each_message_is_shown_with_channel_time_and_state(place: Place, appointment: Appointment) -> None:
    plan_changes(now=NOW)
    Message.objects.filter(recipient_user=place.psychiatrist).update(state=MessageState.SENT, sent_at=NOW)
    Message.objects.filter(recipient_user=place.worker).update(
        state=MessageState.FAILED, reason=Reason.UNDELIVERED
    )
    page = Desk(place.worker).get(address(appointment))
    assert page.texts("pia-told__what") == [
        "Bestätigung per SMS an Klient:in (Nummer endet auf 12)",
        f"Bestätigung per E-Mail an {place.worker}",
        f"Bestätigung per E-Mail an {place.psychiatrist}",
        "Erinnerung per SMS an Klient:in (Nummer endet auf 12)",
    ]
    assert page.texts("pia-told__when") == [
        "für 22.11.2026, 12:00 Uhr",
        "22.11.2026, 12:00 Uhr · nicht zustellbar",
        "22.11.2026, 12:00 Uhr",
        "für 08.12.2026, 13:00 Uhr",
    ]
    assert page.texts("pia-told__state") == ["geplant", "fehlgeschlagen", "gesendet", "geplant"]


def test_neither_the_number_nor_the_text_is_shown(place: Place, appointment: Appointment) -> None:
    plan_changes(now=NOW)
    Message.objects.update(address="+491713920012", body="Ihr Termin")
    content = Desk(place.worker).answer(address(appointment)).content.decode()
    assert [part for part in ("3920012", "Ihr Termin") if part in content] == []


def test_given_nothing_is_planned_yet_then_the_page_says_what_will_be(
    place: Place, appointment: Appointment
) -> None:
    page = Desk(place.worker).get(address(appointment))
    client = "per SMS an die Klient:in (Nummer endet auf 12)"
    assert page.texts("pia-tellings") == [
        f"Bestätigung {client}, gleich Erinnerung {client}, am 08.12.2026, 13:00 Uhr "
        f"Kalendereintrag per E-Mail an {place.psychiatrist}, gleich "
        f"Kalendereintrag per E-Mail an {place.worker}, gleich"
    ]


def test_given_no_consent_then_the_page_says_that_no_sms_goes_out(place: Place) -> None:
    booked = place.book(slot_of(place.hour()), place.client(phone="0171 3920012"))
    assert (
        Desk(place.worker)
        .get(address(booked))
        .texts("pia-tellings")[0]
        .endswith("Keine SMS. Eine Einwilligung in SMS liegt nicht vor. Bitte geben Sie die Terminkarte mit.")
    )


def test_what_was_foreseen_is_what_is_planned(place: Place, appointment: Appointment) -> None:
    foreseen = expecting.after_booking(appointment, now=NOW).tellings
    plan_changes(now=NOW)
    planned = Message.objects.order_by("due_at", "pk")
    assert Counter(each.due_at or NOW for each in foreseen) == Counter(each.due_at for each in planned)


def test_given_it_is_cancelled_and_nothing_was_planned_then_there_is_nothing_to_say(
    place: Place, appointment: Appointment
) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.worker, now=NOW)
    page = Desk(place.worker).get(address(appointment))
    assert page.texts("pia-section") == ["Zu diesem Termin gibt es keine Nachrichten."]


def test_htmx_gets_the_list_alone(place: Place, appointment: Appointment) -> None:
    plan_changes(now=NOW)
    content = Desk(place.worker).answer(address(appointment), htmx=True).content.decode()
    assert [content.count(part) for part in ('id="nachrichten-liste"', "<html", "<nav")] == [1, 0, 0]


def test_it_costs_as_many_queries_for_five_messages_as_for_one(
    place: Place, appointment: Appointment
) -> None:
    desk = Desk(place.worker)
    none = desk.queries_of(address(appointment))
    plan_changes(now=NOW)
    assert Message.objects.count() == 4
    # What is foreseen asks for the consent.
    assert (desk.queries_of(address(appointment)), none) == (6, 7)
