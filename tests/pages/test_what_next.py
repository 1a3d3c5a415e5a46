"""What follows when an appointment is done: each way by one tap, the way into the PIA with a date."""

import datetime

import pytest

from scheduling.attending import Attendance
from scheduling.models import Appointment, ConsultationHour, WaitingEntry
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of
from tests.scheduling.attendance import appointment_in


@pytest.fixture
def hour(place: Place) -> ConsultationHour:
    return place.hour(NOW.date())


@pytest.fixture
def done(hour: ConsultationHour) -> Appointment:
    return appointment_in(hour, Attendance.DONE, upto="12:00")


def send(place: Place, done: Appointment, who: str = "psychiatrist", **fields: str) -> list[str]:
    page = Desk(getattr(place, who)).post(f"/termine/{done.pk}/weiter/", **fields)
    return page.messages


@pytest.mark.parametrize("who", ["psychiatrist", "worker"])
def test_nothing_or_waiting(place: Place, done: Appointment, who: str) -> None:
    assert send(place, done, who, schritt="nothing") == [f"Für {done.client} ist nichts weiter vorgesehen."]
    assert send(place, done, who, schritt="waiting") == [
        "Fehler: Wie es weitergeht, ist hier schon entschieden. "
        "Bitte sehen Sie in der Tagesliste nach: Zehn Minuten lang lässt es sich dort zurücknehmen."
    ]


@pytest.mark.parametrize("who", ["psychiatrist", "worker"])
def test_back_to_the_waiting_list(place: Place, done: Appointment, who: str) -> None:
    assert send(place, done, who, schritt="waiting") == [f"{done.client} steht wieder auf der Warteliste."]
    assert WaitingEntry.objects.get().client == done.client


@pytest.mark.parametrize("who", ["psychiatrist", "worker"])
def test_the_next_free_slots_are_offered_and_one_tap_books(place: Place, done: Appointment, who: str) -> None:
    slot = slot_of(place.hour())
    page = Desk(getattr(place, who)).get(f"/termine/{done.pk}/weiter/")
    assert page.texts("pia-day-row__time")[:4] == [
        "So. 22.11.2026",
        "So. 22.11.2026",
        "Mi. 09.12.2026",
        "Mi. 09.12.2026",
    ]
    assert send(place, done, who, schritt="follow_up", slot=str(slot.pk)) == [
        f"Der Folgetermin für {done.client} ist gebucht."
    ]
    booked = Appointment.objects.get(slot=slot)
    assert (booked.client, booked.booked_by) == (done.client, getattr(place, who))
    assert "weiter: Folgetermin 09.12.2026, 13:00 Uhr" in Desk(place.worker).get("/tag/").text


def test_the_way_into_the_pia_needs_a_date(place: Place, done: Appointment) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.post(f"/termine/{done.pk}/weiter/", schritt="pia")
    assert page.error_of("pia_date") == "Fehler: Bitte geben Sie an, ab wann es in der PIA weitergeht."
    assert send(place, done, schritt="pia", pia_date="2025-01-01") == [
        "Fehler: Das Datum muss zwischen heute und in einem Jahr liegen. Bitte wählen Sie einen anderen Tag."
    ]
    assert send(place, done, schritt="pia", pia_date="2026-12-01", handover="accompany") == [
        f"Für {done.client} ist die Weiterbehandlung in der PIA vorgemerkt."
    ]
    line = "weiter: in der PIA ab 01.12.2026; Bitte Begleitung zum ersten Termin in der PIA organisieren"
    assert line in Desk(place.worker).get("/tag/").text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"schritt": "x"},
        {"schritt": "follow_up"},
        {"schritt": "follow_up", "slot": "99999999999999999999"},
    ],
)
def test_what_was_not_offered_changes_nothing(
    place: Place, done: Appointment, fields: dict[str, str]
) -> None:
    assert send(place, done, **fields) == []
    done.refresh_from_db()
    assert done.next_step == ""


def test_a_slot_of_another_site_is_not_booked(place: Place, elsewhere: Place, done: Appointment) -> None:
    foreign = slot_of(elsewhere.hour())
    send(place, done, schritt="follow_up", slot=str(foreign.pk))
    assert Appointment.objects.count() == 1


def test_before_it_is_done_nothing_is_asked(place: Place, hour: ConsultationHour) -> None:
    booked = place.book(slot_of(hour, 2))
    page = Desk(place.worker).get(f"/termine/{booked.pk}/weiter/")
    assert "wird eingetragen, wenn hier «fertig» steht" in page.text
    assert send(place, booked, schritt="nothing") == [
        "Fehler: Das geht erst, wenn hier «fertig» eingetragen ist."
    ]


def test_done_by_mistake_is_taken_back_from_there(place: Place, done: Appointment) -> None:
    page = Desk(place.worker).get(f"/termine/{done.pk}/weiter/")
    assert "Doch nicht fertig" in page.buttons


def test_without_a_free_slot_it_says_so(place: Place, done: Appointment) -> None:
    done.slot.hour.slots.filter(state="free").update(state="blocked")
    page = Desk(place.worker).get(f"/termine/{done.pk}/weiter/")
    assert "Zurzeit ist nichts frei." in page.text


def test_the_date_stays_when_the_form_is_sent_with_a_datetime(place: Place, done: Appointment) -> None:
    send(place, done, schritt="pia", pia_date="01.12.2026")
    done.refresh_from_db()
    assert done.pia_date == datetime.date(2026, 12, 1)
