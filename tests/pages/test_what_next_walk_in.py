"""What follows for who walked in, saying who that is, and taking back what was decided."""

import pytest
import time_machine

from scheduling import attending
from scheduling.attending import Attendance
from scheduling.models import Appointment, Client, ConsultationHour, WaitingEntry, WalkIn
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of
from tests.scheduling.attendance import MINUTE, appointment_in, walk_in_in

DECIDED_BACK = "Zurückgenommen: Für {} ist noch offen, wie es weitergeht."


@pytest.fixture
def hour(place: Place) -> ConsultationHour:
    return place.hour(NOW.date())


def done(hour: ConsultationHour, client: Client | None = None) -> WalkIn:
    walk_in = walk_in_in(hour, by=hour.psychiatrist, client=client, clock="12:00")
    seen = Attendance.ARRIVED
    for to in (Attendance.IN_ROOM, Attendance.DONE):
        walk_in = attending.mark(entry=walk_in, to=to, seen=seen, by=hour.psychiatrist, now=NOW)
        seen = to
    return walk_in


def page_of(walk_in: WalkIn) -> str:
    return f"/ohne-termin/{walk_in.pk}/weiter/"


@pytest.mark.parametrize("who", ["psychiatrist", "worker"])
def test_a_client_who_walked_in_has_all_ways(place: Place, hour: ConsultationHour, who: str) -> None:
    walk_in = done(hour, place.client())
    desk = Desk(getattr(place, who))
    page = desk.get(page_of(walk_in))
    assert {"Nichts weiter", "Zurück auf die Warteliste", "Für die PIA vormerken"} <= set(page.buttons)
    assert f"{walk_in.client} · ohne Termin · So. 22.11.2026, 12:00 Uhr" in page.text
    page = desk.post(page_of(walk_in), schritt="follow_up", slot=str(slot_of(place.hour()).pk))
    assert page.messages == [f"Der Folgetermin für {walk_in.client} ist gebucht."]
    assert "weiter: Folgetermin 09.12.2026, 13:00 Uhr" in page.text
    assert Appointment.objects.get().client == walk_in.client


def test_done_of_a_client_leads_there_and_of_somebody_unknown_stays(
    place: Place, hour: ConsultationHour
) -> None:
    desk = Desk(place.psychiatrist)
    known, unknown = (
        walk_in_in(hour, number=number, client=client, clock="12:00")
        for number, client in ((1, place.client()), (2, None))
    )
    headings = []
    for walk_in in (known, unknown):
        desk.post(f"/ohne-termin/{walk_in.pk}/eintragen/", von="arrived", nach="in_room")
        page = desk.post(f"/ohne-termin/{walk_in.pk}/eintragen/", von="in_room", nach="done")
        headings.append(page.heading)
    assert headings == ["Wie geht es weiter?", "Sonntag, 22. November 2026"]
    assert page.links["Wie weiter? Nr. 2"] == page_of(unknown)


def test_of_somebody_unknown_the_clinic_decides_nothing_else(place: Place, hour: ConsultationHour) -> None:
    walk_in, desk = done(hour), Desk(place.psychiatrist)
    page = desk.get(page_of(walk_in))
    assert "Zurück auf die Warteliste" not in page.buttons
    assert "Die Einrichtung kann in der Tagesliste das Kürzel eintragen" in page.text
    assert desk.post(page_of(walk_in), schritt="waiting").messages == [
        "Fehler: Dafür muss bekannt sein, um wen es geht. Die Einrichtung kann das Kürzel eintragen "
        "oder die Person neu anlegen."
    ]
    assert desk.post(page_of(walk_in), schritt="nothing").messages == [
        "Für Nr. 1 ist nichts weiter vorgesehen."
    ]


def test_the_facility_says_who_it_is_and_goes_on(place: Place, hour: ConsultationHour) -> None:
    walk_in, client, desk = done(hour), place.client(), Desk(place.worker)
    address = desk.get(page_of(walk_in)).links["Kürzel eintragen oder neu anlegen"]
    assert desk.post(address, code="").error_of("code") == "Fehler: Bitte geben Sie das Kürzel ein."
    assert desk.post(address, code="XXX-000").error_of("code") == (
        "Fehler: Dieses Kürzel gibt es in Ihrer Einrichtung nicht. Bitte prüfen Sie es."
    )
    page = desk.post(address, code=client.code.lower())
    assert (page.heading, page.messages) == ("Wie geht es weiter?", [f"Nr. 1: {client} ist eingetragen."])
    desk.post(page_of(walk_in), schritt="waiting")
    assert WaitingEntry.objects.get().client == client


def test_somebody_new_is_registered_there(place: Place, hour: ConsultationHour) -> None:
    walk_in = walk_in_in(hour, clock="12:00")
    desk = Desk(place.worker)
    assert "Wer ist das? Nr. 1" in desk.get("/tag/").links
    page = desk.post(f"/ohne-termin/{walk_in.pk}/wer/", neu="ja")
    client = Client.objects.get()
    assert page.heading == "Sonntag, 22. November 2026"
    assert page.messages == [f"Nr. 1: {client} ist neu angelegt und eingetragen."]
    page = desk.post(f"/ohne-termin/{walk_in.pk}/wer/", neu="ja")
    assert page.messages[0].startswith(f"Fehler: Hier steht inzwischen {client}.")


@pytest.mark.parametrize(("step", "told"), [("nothing", DECIDED_BACK), ("waiting", DECIDED_BACK)])
def test_what_was_decided_is_taken_back_from_the_day(
    place: Place, hour: ConsultationHour, step: str, told: str
) -> None:
    entry = appointment_in(hour, Attendance.DONE, upto="12:00")
    address, desk = f"/termine/{entry.pk}/weiter/", Desk(place.worker)
    desk.post(address, schritt=step)
    assert f"Zurücknehmen {entry.client}" in desk.get("/tag/").buttons
    page = desk.post(address, schritt="zurueck", von=step)
    assert page.messages == [told.format(entry.client)]
    assert page.links[f"Wie weiter? {entry.client}"] == address


def test_after_ten_minutes_there_is_no_way_back(place: Place, hour: ConsultationHour) -> None:
    entry = appointment_in(hour, Attendance.DONE, upto="12:00")
    address, desk = f"/termine/{entry.pk}/weiter/", Desk(place.worker)
    desk.post(address, schritt="nothing")
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        assert f"Zurücknehmen {entry.client}" not in desk.get("/tag/").buttons
        assert desk.post(address, schritt="zurueck", von="nothing").messages == [
            "Fehler: Zurücknehmen geht nur zehn Minuten lang und nur den letzten Schritt."
        ]


@pytest.mark.parametrize("step", ["", "x", "\0"])
def test_a_forged_way_back_changes_nothing(place: Place, hour: ConsultationHour, step: str) -> None:
    entry = appointment_in(hour, Attendance.DONE, upto="12:00")
    page = Desk(place.worker).post(f"/termine/{entry.pk}/weiter/", schritt="zurueck", von=step)
    assert (page.heading, page.messages) == ("Wie geht es weiter?", [])
