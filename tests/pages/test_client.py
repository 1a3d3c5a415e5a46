"""One client: number, consent, appointments, and what they answered."""

import datetime

import time_machine

from notifications import consent, replies
from scheduling import booking
from scheduling.models import CancelReason, Client
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of


def address(client: Client) -> str:
    return f"/klientinnen/{client.pk}/"


def test_pseudonym_name_number_and_consent_are_shown(place: Place) -> None:
    client = place.client(name="Alex Muster", phone="0171 3920012", consents=True)
    page = Desk(place.worker).get(address(client))
    assert (page.title, page.heading) == ("Termine · Klient:in", client.code)
    assert page.texts("kern-subline") == ["Alex Muster"]
    assert "Telefon 0171 3920012" in page.texts("pia-card")[0]
    assert page.texts("pia-card")[1] == (
        "Termine per SMS Einwilligung liegt vor "
        "SMS, Nachrichten zu Terminen: gegeben am 22.11.2026, 12:00 Uhr, mündlich, auf Deutsch "
        f"(Fassung 2026-11), festgehalten von {place.worker}. Text von damals "
        "Mündlich widerrufen Schriftlich widerrufen"
    )


def test_without_a_number_there_is_nothing_to_agree_to(place: Place) -> None:
    page = Desk(place.worker).get(address(place.client()))
    assert page.buttons == []
    assert page.texts("pia-card")[1] == (
        "Termine per SMS Keine Einwilligung "
        "Für SMS wird eine Telefonnummer gebraucht. Bitte tragen Sie sie zuerst ein."
    )


def test_given_a_number_then_consent_can_be_given_and_withdrawn(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    desk = Desk(place.worker)
    page = desk.get(address(client))
    assert page.buttons == ["Mündlich erteilt", "Schriftlich erteilt"]
    assert page.texts("pia-quote")[0].startswith("Ich möchte SMS zu meinen Terminen bekommen:")
    assert desk.post(f"{address(client)}einwilligung/").messages == ["Die Einwilligung ist festgehalten."]
    assert consent.has_standing(client)
    page = desk.post(f"{address(client)}widerruf/")
    assert page.messages == ["Die Einwilligung ist widerrufen. Es gehen keine SMS mehr hinaus."]
    assert not consent.has_standing(client)


def test_what_was_withdrawn_can_still_be_read_with_when_how_and_by_whom(place: Place) -> None:
    client = place.client(phone="0171 3920012", consents=True)
    page = Desk(place.lead).post(f"{address(client)}widerruf/", wie="written")
    assert page.texts("pia-history")[0].startswith(
        "22.11.2026, 12:00 bis 22.11.2026, 12:00 Uhr SMS, Nachrichten zu Terminen, auf Deutsch "
        f"(Fassung 2026-11), mündlich, festgehalten von {place.worker}; "
        f"widerrufen schriftlich, festgehalten von {place.lead}"
    )
    sheet = Desk(place.worker).get(page.links["Text von damals"])
    assert sheet.texts("pia-sheet__text")[0].startswith("Ich möchte SMS zu meinen Terminen bekommen:")


def test_consent_without_a_number_is_refused(place: Place) -> None:
    client = place.client()
    page = Desk(place.worker).post(f"{address(client)}einwilligung/")
    assert page.messages == [
        "Fehler: Für SMS wird eine Telefonnummer gebraucht. Bitte tragen Sie sie zuerst ein."
    ]
    assert not consent.has_standing(client)


def test_appointments_to_come_stand_before_those_that_are_over(place: Place) -> None:
    client = place.client()
    over = place.hour(datetime.date(2026, 12, 2))
    place.book(slot_of(over), client)
    place.book(slot_of(over, 1), client)
    place.book(slot_of(place.hour(datetime.date(2026, 12, 16))), client)
    cancelled = place.book(slot_of(place.hour()), client)
    booking.cancel(appointment=cancelled, reason=CancelReason.CLIENT, by=place.worker, now=NOW)
    with time_machine.travel(datetime.datetime(2026, 12, 5, tzinfo=datetime.UTC)):
        page = Desk(place.worker).get(address(client))
    assert page.headings[:3] == ["Kommende Termine", "Vergangene Termine", "Antworten per SMS"]
    assert page.texts("pia-day-row") == [
        "13:00–13:30 Mi. 09.12.2026 Erstgespräch abgesagt",
        "13:00–13:30 Mi. 16.12.2026 Erstgespräch gebucht Verschieben Mi. 16.12.2026 Absagen Mi. 16.12.2026",
        "13:30–14:00 Mi. 02.12.2026 Erstgespräch gebucht",
        "13:00–13:30 Mi. 02.12.2026 Erstgespräch gebucht",
    ]


def test_answers_are_shown_with_time_and_text_and_what_came_of_them(place: Place) -> None:
    client = place.client(phone="0171 3920012", consents=True)
    replies.receive(sid="SM1", address="+491713920012", body="Ich komme <b>später</b>", now=NOW)
    replies.receive(sid="SM2", address="+491713920012", body="STOP", now=NOW + datetime.timedelta(minutes=5))
    page = Desk(place.worker).get(address(client))
    assert page.texts("pia-reply") == [
        "22.11.2026, 12:05 Uhr · Einwilligung widerrufen STOP",
        "22.11.2026, 12:00 Uhr Ich komme <b>später</b>",
    ]
    assert page.elements("b") == []


def test_an_answer_from_a_shared_number_says_that_it_may_be_from_another(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    place.client(phone="0171 3920012")
    replies.receive(sid="SM1", address="+491713920012", body="Ja", now=NOW)
    assert Desk(place.worker).get(address(client)).texts("pia-reply") == [
        "22.11.2026, 12:00 Uhr · von einer Nummer, die mehrere Klient:innen haben Ja"
    ]


def test_it_costs_as_many_queries_for_five_appointments_as_for_one(place: Place) -> None:
    client = place.client(phone="0171 3920012", consents=True)
    hour = place.hour(slots=5)
    place.book(slot_of(hour), client)
    costs = [Desk(place.worker).queries_of(address(client))]
    for number in range(1, 5):
        place.book(slot_of(hour, number), client)
        replies.receive(sid=f"SM{number}", address="+491713920012", body="Ja", now=NOW)
    costs.append(Desk(place.lead).queries_of(address(client)))
    assert costs == [13, 13]
