"""Booking at the desk: for a client with a pseudonym, or for somebody new."""

import datetime

import pytest
import time_machine

from notifications import consent
from scheduling import publishing
from scheduling.models import Appointment, Client, ConsultationHour
from tests.builders import NOW, make_site
from tests.pages.desks import Desk, Place, make_place, slot_of
from tests.pages.reading import attribute


def address(hour: ConsultationHour, number: int = 0) -> str:
    return f"/zeitfenster/{slot_of(hour, number).pk}/buchen/"


def test_the_form_shows_the_slot_and_the_text_to_agree_to(place: Place) -> None:
    page = Desk(place.worker).get(address(place.hour()))
    assert page.title == "Termine · Termin buchen"
    assert page.texts("pia-card") == [
        "Mittwoch, 9. Dezember 2026, 13:00–13:30 Uhr "
        f"Erstgespräch bei {place.psychiatrist} {place.site.facility}, {place.room}"
    ]
    assert page.texts("pia-quote")[0].startswith("Ich möchte SMS zu meinen Terminen bekommen:")
    assert page.buttons == ["Termin buchen", "Nicht buchen"]


def test_given_a_pseudonym_then_the_slot_is_booked_for_that_client(place: Place) -> None:
    hour, client = place.hour(), place.client()
    page = Desk(place.worker).post(address(hour), who="known", code=client.code.lower())
    appointment = Appointment.objects.get()
    assert (appointment.client, appointment.slot) == (client, slot_of(hour))
    assert (page.heading, page.messages) == ("Termin", [f"Der Termin für {client} ist gebucht."])


def test_given_somebody_new_then_client_consent_and_appointment_are_recorded(place: Place) -> None:
    page = Desk(place.worker).post(
        address(place.hour()), who="new", name="Alex Muster", phone="0171 3920012", sms_consent="on"
    )
    client = Client.objects.get()
    assert (client.name, client.phone, client.facility) == (
        "Alex Muster",
        "+491713920012",
        place.site.facility,
    )
    given = consent.standing(client)
    assert given is not None
    assert given.recorded_by == place.worker
    assert page.messages == [
        f"Der Termin ist gebucht. Das Kürzel der neuen Klient:in ist {client}, bitte geben Sie es weiter."
    ]


def test_given_somebody_new_then_nothing_but_the_choice_is_needed(place: Place) -> None:
    page = Desk(place.worker).post(address(place.hour()), who="new")
    client = Client.objects.get()
    assert (client.name, client.phone, consent.has_standing(client)) == ("", "", False)
    assert page.heading == "Termin"


ERRORS = [
    ({}, "who", "Fehler: Bitte wählen Sie, für wen der Termin ist."),
    ({"who": "known"}, "code", "Fehler: Bitte geben Sie das Kürzel an oder wählen Sie «Neue Klient:in»."),
    (
        {"who": "known", "code": "AAA-000"},
        "code",
        "Fehler: Dieses Kürzel gibt es in Ihrer Einrichtung nicht. "
        "Bitte prüfen Sie es oder wählen Sie «Neue Klient:in».",
    ),
    (
        {"who": "new", "phone": "keins"},
        "phone",
        "Fehler: Diese Telefonnummer ist nicht gültig. Bitte prüfen Sie sie, zum Beispiel 0171 3920012.",
    ),
    ({"who": "new", "sms_consent": "on"}, "phone", "Fehler: Für SMS wird eine Telefonnummer gebraucht."),
]


@pytest.mark.parametrize(("fields", "name", "error"), ERRORS)
def test_an_error_stands_beside_its_field_and_nothing_is_written(
    place: Place, fields: dict[str, str], name: str, error: str
) -> None:
    page = Desk(place.worker).post(address(place.hour()), **fields)
    assert page.error_of(name) == error
    assert page.title == "Fehler · Termine · Termin buchen"
    assert (Client.objects.count(), Appointment.objects.count()) == (0, 0)


def test_what_was_typed_for_the_other_choice_is_not_looked_at(place: Place) -> None:
    client = place.client()
    hour = place.hour()
    Desk(place.worker).post(
        address(hour), who="known", code=client.code, name="x" * 200, phone="12", sms_consent="on"
    )
    Desk(place.worker).post(address(hour, 1), who="new", code="y" * 200)
    assert Appointment.objects.count() == 2


def test_a_pseudonym_of_another_facility_is_unknown_here(place: Place, elsewhere: Place) -> None:
    page = Desk(place.worker).post(address(place.hour()), who="known", code=elsewhere.client().code)
    assert page.error_of("code").startswith("Fehler: Dieses Kürzel gibt es in Ihrer Einrichtung nicht.")


@pytest.mark.parametrize("typed", [{"phone": "0171 3920012"}, {"name": "muster, GÜL"}])
def test_somebody_new_whom_the_facility_may_know_is_asked_about_once(
    place: Place, elsewhere: Place, typed: dict[str, str]
) -> None:
    elsewhere.client(name="Gül Muster", phone="0171 3920012")
    known, hour = place.client(name="Gül Muster", phone="0171 3920012"), place.hour()
    desk = Desk(place.worker)
    page = desk.post(address(hour), who="new", **typed)
    assert page.texts("kern-alert")[0].startswith("Achtung: Vielleicht kennt Ihre Einrichtung")
    assert page.texts("pia-error-list") == [f"{known} · Gül Muster – Termin für {known} buchen"]
    assert page.links[known.code] == f"/klientinnen/{known.pk}/"
    assert page.links[f"Termin für {known} buchen"] == f"{address(hour)}?kuerzel={known}"
    assert (Client.objects.count(), Appointment.objects.count()) == (2, 0)
    seen = attribute(page.field("gesehen"), "value")
    assert seen == str(known.pk)
    assert desk.post(address(hour), who="new", gesehen=seen, **typed).heading == "Termin"
    assert Appointment.objects.get().client not in (known, None)


def test_what_was_seen_is_asked_about_again_when_it_is_somebody_else(place: Place) -> None:
    first, second = place.client(phone="0171 3920012"), place.client(name="Alex")
    page = Desk(place.worker).post(
        address(place.hour()), who="new", name="Alex", phone="0171 3920012", gesehen=str(first.pk)
    )
    assert {first.code, second.code} <= set(page.links)
    assert Appointment.objects.count() == 0


def test_a_client_with_a_pseudonym_is_not_asked_about(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    place.client(phone="0171 3920012")
    Desk(place.worker).post(address(place.hour()), who="known", code=client.code, phone="0171 3920012")
    assert Appointment.objects.get().client == client


def test_given_the_same_form_is_sent_twice_then_both_answers_say_that_it_is_booked(place: Place) -> None:
    hour, client = place.hour(), place.client()
    desk = Desk(place.worker)
    pages = [desk.post(address(hour), who="known", code=client.code) for _ in range(2)]
    assert [(page.heading, page.messages) for page in pages] == [
        ("Termin", [f"Der Termin für {client} ist gebucht."])
    ] * 2
    assert Appointment.objects.count() == 1


def test_given_the_slot_was_taken_meanwhile_then_what_was_typed_can_be_sent_to_another(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    desk = Desk(place.worker)
    page = desk.post(address(hour), who="new", name="Alex Muster", phone="0171 3920012")
    assert page.texts("pia-error-list") == [
        "Dieses Zeitfenster ist inzwischen belegt. Frei sind noch: 09.12.2026 13:30, 09.12.2026 14:00."
    ]
    assert attribute(page.field("name"), "value") == "Alex Muster"
    assert page.buttons == ["Mi. 09.12.2026, 13:30 Uhr", "Mi. 09.12.2026, 14:00 Uhr"]
    buttons = [each for each in page.elements("button") if attribute(each, "formaction")]
    assert [attribute(each, "formaction") for each in buttons] == [address(hour, 1), address(hour, 2)]
    assert Client.objects.filter(name="Alex Muster").count() == 0


def test_enter_books_no_other_slot_by_mistake(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    page = Desk(place.worker).post(address(hour), who="new")
    first = next(each for each in page.elements("button", within=page.by_class("pia-book")))
    assert "disabled" in dict(first.attributes)


def test_given_a_slot_that_is_taken_then_the_form_is_not_offered_but_others_are(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    page = Desk(place.worker).get(address(hour))
    assert page.texts("kern-alert") == ["Achtung: Dieses Zeitfenster ist nicht mehr frei."]
    assert page.links["Mi. 09.12.2026, 13:30 Uhr"] == address(hour, 1)
    assert page.buttons == []


def test_given_no_slot_is_left_then_the_page_says_when_there_will_be(place: Place) -> None:
    hour = place.hour(slots=1)
    place.book(slot_of(hour))
    page = Desk(place.worker).post(address(hour), who="new")
    assert page.headings == [
        "Der Termin ist nicht gebucht",
        "Zurzeit ist kein anderes Zeitfenster dieser Art frei",
    ]
    assert page.links["Zum Monat"] == f"/standorte/{place.site.slug}/"


def test_given_the_hour_was_withdrawn_then_it_is_said_and_what_was_typed_stays(place: Place) -> None:
    hour = place.hour()
    publishing.withdraw(hour=hour, by=place.psychiatrist, now=NOW)
    desk = Desk(place.worker)
    page = desk.post(address(hour), who="new", name="Alex Muster")
    assert page.texts("pia-error-list") == [
        "Diese Sprechstunde ist nicht veröffentlicht. Den Stand sehen Sie in der Ansicht des Monats."
    ]
    assert attribute(page.field("name"), "value") == "Alex Muster"
    assert Client.objects.count() == 0
    assert desk.get(address(hour)).status == 404


def test_given_the_slot_has_begun_then_it_is_refused(place: Place) -> None:
    hour = place.hour()
    with time_machine.travel(slot_of(hour).starts_at):
        page = Desk(place.worker).post(address(hour), who="new")
    assert page.texts("pia-error-list") == [
        "Dieses Zeitfenster hat schon begonnen. Bitte wählen Sie ein späteres."
    ]
    assert page.buttons == ["Mi. 09.12.2026, 13:30 Uhr", "Mi. 09.12.2026, 14:00 Uhr"]


def test_given_the_client_has_an_appointment_then_another_client_can_still_be_chosen(place: Place) -> None:
    """Two clinics in one facility hold their hours at the same time."""
    other = make_place(make_site(facility=place.site.facility))
    client = place.client()
    place.book(slot_of(other.hour()), client)
    page = Desk(place.worker).post(address(place.hour()), who="known", code=client.code)
    assert page.texts("pia-error-list") == [
        "Zu dieser Zeit hat die Klient:in schon einen Termin. "
        "Bitte wählen Sie ein anderes Zeitfenster oder verschieben Sie den Termin."
    ]
    assert page.buttons == ["Termin buchen", "Nicht buchen"]


def test_suggestions_begin_with_what_was_typed_or_have_that_number(place: Place, elsewhere: Place) -> None:
    slot = slot_of(place.hour())
    client = place.client(name="Alex Muster", phone="0171 3920012")
    elsewhere.client(phone="0171 3920012")
    desk = Desk(place.worker)

    def suggested(typed: str) -> list[str]:
        answer = desk.browser.get(f"/zeitfenster/{slot.pk}/klientinnen/", {"code": typed})
        return [each.code for each in answer.context["clients"]]

    code = client.code
    assert [suggested(typed) for typed in (code[:2], code.lower(), "0171 3920012", "+491713920012")] == [
        [code]
    ] * 4
    assert [suggested(typed) for typed in ("", " ", code[1:], "0171 392001", "%", "\x00")] == [[]] * 6


def test_a_suggestion_leads_to_the_form_with_its_pseudonym(place: Place) -> None:
    slot = slot_of(place.hour())
    client = place.client(name="Alex Muster")
    desk = Desk(place.worker)
    found = desk.browser.get(f"/zeitfenster/{slot.pk}/klientinnen/", {"code": client.code[:3]})
    link = f'href="/zeitfenster/{slot.pk}/buchen/?kuerzel={client}"'
    assert found.content.decode().count(link) == 1
    page = desk.get(f"/zeitfenster/{slot.pk}/buchen/?kuerzel={client}")
    assert attribute(page.field("code"), "value") == client.code


def test_there_are_at_most_eight_suggestions(place: Place) -> None:
    for number in range(10):
        client = place.client()
        client.code = f"KRT-{100 + number}"
        client.save()
    slot = slot_of(place.hour())
    answer = Desk(place.worker).browser.get(f"/zeitfenster/{slot.pk}/klientinnen/", {"code": "K"})
    assert [each.code for each in answer.context["clients"]] == [f"KRT-10{number}" for number in range(8)]


def test_it_costs_as_many_queries_with_five_clients_as_with_one(place: Place) -> None:
    hour = place.hour(slots=6)
    place.book(slot_of(hour))
    form, suggestions = address(hour, 5), f"/zeitfenster/{slot_of(hour, 5).pk}/klientinnen/?code=A"
    desk = Desk(place.worker)
    costs = [(desk.queries_of(form), desk.answer(suggestions).status_code)]
    for number in range(1, 5):
        place.book(slot_of(hour, number))
    costs.append((desk.queries_of(form), desk.answer(suggestions).status_code))
    assert costs == [(4, 200), (4, 200)]


def test_an_hour_in_winter_keeps_its_wall_clock(place: Place) -> None:
    """13:00 in Berlin is 11:00 UTC in summer and 12:00 UTC in winter."""
    desk = Desk(place.worker)
    summer, winter = place.hour(datetime.date(2027, 3, 31)), place.hour(datetime.date(2027, 3, 24))
    assert [slot_of(hour).starts_at.hour for hour in (summer, winter)] == [11, 12]
    assert [desk.get(address(hour)).texts("pia-nowrap") for hour in (summer, winter)] == [
        ["13:00–13:30 Uhr"]
    ] * 2
