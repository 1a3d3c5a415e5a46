"""Tapping on the day's page: one tap, one command, and the page as it is afterwards."""

import datetime

import pytest
import time_machine

from scheduling import attending
from scheduling.attending import Attendance
from scheduling.models import Appointment, ConsultationHour, WalkIn
from tests.builders import NOW, instant
from tests.pages.desks import Desk, Place, slot_of
from tests.pages.reading import attribute, text_of
from tests.scheduling.attendance import MINUTE, walk_in_in

TODAY = NOW.date()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def hour(place: Place) -> ConsultationHour:
    """Today from 13:00 on; it is noon."""
    return place.hour(TODAY)


@pytest.fixture
def appointment(place: Place, hour: ConsultationHour) -> Appointment:
    return place.book(slot_of(hour))


def tap(desk: Desk, appointment: Appointment, **fields: str) -> None:
    desk.post(f"/termine/{appointment.pk}/eintragen/", **fields)


def buttons(desk: Desk) -> list[str]:
    """What can be tapped on today's page about who comes."""
    page = desk.get("/tag/")
    forms = [each for each in page.elements("form") if attribute(each, "action").endswith("/eintragen/")]
    return [text_of(button) for form in forms for button in page.elements("button", within=form)]


@pytest.mark.parametrize("who", ["psychiatrist", "coordinator", "worker", "lead"])
def test_everybody_at_the_site_marks_who_came(place: Place, appointment: Appointment, who: str) -> None:
    desk, code = Desk(getattr(place, who)), appointment.client
    assert buttons(desk) == [f"Angekommen {code}", f"Im Raum {code}"]
    page = desk.post(f"/termine/{appointment.pk}/eintragen/", von="expected", nach="arrived")
    assert page.heading == "Sonntag, 22. November 2026"
    assert buttons(desk) == [f"Im Raum {code}", f"Gegangen {code}", f"Zurücknehmen {code}"]
    tap(desk, appointment, von="arrived", nach="in_room")
    assert buttons(desk) == [f"Fertig {code}", f"Gegangen {code}", f"Zurücknehmen {code}"]
    appointment.refresh_from_db()
    assert (appointment.status, appointment.started_by) == ("arrived", getattr(place, who))


def test_done_leads_to_what_comes_next(place: Place, appointment: Appointment) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.post(f"/termine/{appointment.pk}/eintragen/", von="expected", nach="done")
    assert page.heading == "Wie geht es weiter?"
    answer = desk.browser.post(
        f"/termine/{appointment.pk}/eintragen/", {"von": "expected", "nach": "done"}, headers=HTMX
    )
    assert answer["HX-Redirect"] == f"/termine/{appointment.pk}/weiter/"


def test_who_does_not_come_is_offered_only_after_the_beginning(
    place: Place, appointment: Appointment
) -> None:
    code = appointment.client
    with time_machine.travel(instant(TODAY, "13:00"), tick=False):
        assert buttons(Desk(place.worker)) == [
            f"Angekommen {code}",
            f"Im Raum {code}",
            f"Nicht erschienen {code}",
        ]
    with time_machine.travel(instant(TODAY, "13:30"), tick=False):
        assert f"Fertig {code}" in buttons(Desk(place.worker))


def test_before_the_day_nothing_can_be_tapped(place: Place) -> None:
    place.book(slot_of(place.hour()))
    page = Desk(place.worker).get("/tag/2026-12-09/")
    assert page.has("pia-taps") is False


def test_the_second_is_shown_what_the_first_did(place: Place, appointment: Appointment) -> None:
    tap(Desk(place.worker), appointment, von="expected", nach="arrived")
    answer = Desk(place.psychiatrist).browser.post(
        f"/termine/{appointment.pk}/eintragen/", {"von": "expected", "nach": "done"}, headers=HTMX
    )
    text = answer.content.decode()
    assert f"Hier steht inzwischen «angekommen» ({place.worker})." in text
    assert "Im Raum" in text
    page = Desk(place.psychiatrist).post(f"/termine/{appointment.pk}/eintragen/", von="expected", nach="done")
    assert page.messages == [
        f"Fehler: Hier steht inzwischen «angekommen» ({place.worker}). "
        "Bitte sehen Sie nach, ob das so stimmt."
    ]


def test_a_tap_is_taken_back_for_ten_minutes(place: Place, appointment: Appointment) -> None:
    desk = Desk(place.worker)
    tap(desk, appointment, von="expected", nach="arrived")
    tap(desk, appointment, von="arrived", zurueck="ja")
    assert Appointment.objects.get().status == "booked"
    tap(desk, appointment, von="expected", nach="arrived")
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        assert f"Zurücknehmen {appointment.client}" not in buttons(desk)


@pytest.mark.parametrize("fields", [{}, {"von": "expected"}, {"von": "x", "nach": "arrived"}, {"nach": "\0"}])
def test_a_forged_tap_is_not_found(place: Place, appointment: Appointment, fields: dict[str, str]) -> None:
    page = Desk(place.worker).post(f"/termine/{appointment.pk}/eintragen/", **fields)
    assert (page.status, Appointment.objects.get().status) == (404, "booked")


def test_how_late_it_is(place: Place, hour: ConsultationHour, appointment: Appointment) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.post(f"/sprechstunden/{hour.pk}/verspaetung/", minuten="15")
    assert page.texts("kern-alert") == [f"Achtung: 15 Minuten später {place.psychiatrist}, 12:00 Uhr"]
    assert page.texts("pia-day-row__late") == ["etwa 13:15"]
    page = desk.post(f"/sprechstunden/{hour.pk}/verspaetung/", minuten="0")
    assert page.texts("pia-day-row__late") == []


@pytest.mark.parametrize("minutes", ["", "x", "-5", "99999999999", "241", "٣"])
def test_lateness_that_cannot_be_is_refused(place: Place, hour: ConsultationHour, minutes: str) -> None:
    page = Desk(place.worker).post(f"/sprechstunden/{hour.pk}/verspaetung/", minuten=minutes)
    assert page.messages == ["Fehler: Bitte geben Sie eine Verspätung zwischen 0 und 240 Minuten an."]


def test_the_page_asks_whether_something_changed(place: Place, hour: ConsultationHour) -> None:
    desk = Desk(place.worker)
    page = desk.get("/tag/")
    address = attribute(page.by_id("stand"), "hx-get")
    assert desk.answer(address, htmx=True).status_code == 204
    attending.run_late(hour=hour, minutes=20, by=place.psychiatrist, now=NOW)
    assert "20 Minuten später" in desk.answer(address, htmx=True).content.decode()


def test_asking_is_no_sign_of_life(place: Place, hour: ConsultationHour) -> None:
    desk = Desk(place.worker)
    desk.get("/tag/")
    for minute in range(1, 60):
        with time_machine.travel(NOW + minute * MINUTE, tick=False):
            answer = desk.browser.get("/tag/2026-11-22/stand/", headers=HTMX)
    assert answer["HX-Redirect"].startswith("/anmelden/")


def test_a_walk_in_by_one_tap(place: Place, hour: ConsultationHour) -> None:
    for who in (place.worker, place.psychiatrist):
        page = Desk(who).post(f"/sprechstunden/{hour.pk}/ohne-termin/", number="1", slot="")
    assert page.messages == ["Nr. 2 ist eingetragen."]
    rows = [text for text in page.texts("pia-day-row") if "Nr." in text]
    assert [row[:47] for row in rows] == [
        "seit 12:00 Nr. 1 ohne Termin ohne Angaben warte",
        "seit 12:00 Nr. 2 ohne Termin ohne Angaben warte",
    ]


def test_the_facility_takes_in_by_pseudonym_into_a_free_slot(place: Place, hour: ConsultationHour) -> None:
    client, desk = place.client(), Desk(place.worker)
    slot = str(slot_of(hour).pk)
    address = f"/sprechstunden/{hour.pk}/ohne-termin/"
    page = desk.post(address, number="1", code="XXX-000", slot=slot)
    assert page.error_of("code") == (
        "Fehler: Dieses Kürzel gibt es in Ihrer Einrichtung nicht. Bitte prüfen Sie es."
    )
    page = desk.post(address, number="1", code=client.code.lower(), slot=slot)
    assert page.messages == [f"{client} ist eingetragen und angekommen."]
    page = desk.post(address, number="1", code="", slot=slot)
    assert page.error_of("slot") == "Fehler: Dieses Zeitfenster ist inzwischen belegt. Bitte wählen Sie neu."


def test_the_clinic_takes_in_without_asking_for_whom(place: Place, hour: ConsultationHour) -> None:
    desk, slot = Desk(place.psychiatrist), slot_of(hour)
    address = f"/sprechstunden/{hour.pk}/ohne-termin/"
    assert [each for each in desk.get(address).elements("input") if ("name", "code") in each.attributes] == []
    desk.post(address, number="1", code=place.client().code, slot=str(slot.pk))
    assert (WalkIn.objects.get().client, WalkIn.objects.get().slot) == (None, slot)


def test_a_walk_in_is_marked_and_taken_back(place: Place, hour: ConsultationHour) -> None:
    walk_in = walk_in_in(hour, clock="12:00")
    desk, address = Desk(place.psychiatrist), f"/ohne-termin/{walk_in.pk}/eintragen/"
    desk.post(address, von="arrived", nach="in_room")
    walk_in.refresh_from_db()
    assert attending.state_of(walk_in) is Attendance.IN_ROOM
    desk.post(address, von="in_room", zurueck="ja")
    for _ in range(2):
        assert desk.post(address, von="arrived", zurueck="ja").status == 200
    assert (WalkIn.objects.count(), desk.post(address, von="arrived", nach="in_room").status) == (0, 404)


def test_a_day_costs_as_many_queries_with_all_of_it_as_with_little(place: Place) -> None:
    day = datetime.date(2026, 11, 22)
    hour = place.hour(day, slots=12)
    place.book(slot_of(hour))
    walk_in_in(hour, clock="12:00")
    costs = [Desk(who).queries_of("/tag/") for who in (place.worker, place.psychiatrist)]
    for number in range(1, 12):
        place.book(slot_of(hour, number))
    for number in range(2, 9):
        walk_in_in(hour, number=number, client=place.client(), clock="12:00")
    costs += [Desk(who).queries_of("/tag/") for who in (place.worker, place.psychiatrist)]
    assert costs == [6, 6, 6, 6]
