"""One appointment, and changing it: who sees what, who may cancel and move it, and until when."""

import datetime

import pytest
import time_machine

from notifications.models import Message
from scheduling import booking
from scheduling.models import Appointment, AppointmentStatus, CancelReason
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of


@pytest.fixture
def appointment(place: Place) -> Appointment:
    return place.book(slot_of(place.hour()), place.client(name="Alex Muster", phone="0171 3920012"))


def address(appointment: Appointment) -> str:
    return f"/termine/{appointment.pk}/"


def test_the_facility_sees_facts_name_and_what_it_can_do(place: Place, appointment: Appointment) -> None:
    page = Desk(place.worker).get(address(appointment))
    assert (page.title, page.heading) == ("Termine · Termin", "Termin")
    assert page.texts("kern-description-list-item") == [
        f"Klient:in {appointment.client} · Alex Muster",
        "Zeit Mittwoch, 9. Dezember 2026 13:00–13:30 Uhr",
        "Terminart Erstgespräch",
        f"Psychiater:in {place.psychiatrist}",
        f"Ort {place.site.facility}, {place.room}",
        "Stand gebucht",
        f"Gebucht 22.11.2026, 12:00 Uhr {place.worker}",
    ]
    assert page.links == {
        "Zur Sprechstunde": f"/sprechstunden/{appointment.slot.hour_id}/",
        "Terminkarte": f"{address(appointment)}karte/",
        "Entbindung anbieten": f"/klientinnen/{appointment.client_id}/entbindung/",
        "Verschieben": f"{address(appointment)}verschieben/",
        "Absagen": f"{address(appointment)}absagen/",
        str(appointment.client): f"/klientinnen/{appointment.client_id}/",
        "Begleitung anzeigen": f"/termine/{appointment.pk}/begleitung/",
        "Nachrichten anzeigen": f"{address(appointment)}nachrichten/",
    }


def test_the_clinic_sees_the_pseudonym_and_can_change_nothing(place: Place, appointment: Appointment) -> None:
    for user in (place.psychiatrist, place.coordinator):
        desk = Desk(user)
        page = desk.get(address(appointment))
        assert page.texts("kern-description-list-item")[0] == f"Klient:in {appointment.client}"
        assert page.links == {"Zur Sprechstunde": f"/sprechstunden/{appointment.slot.hour_id}/"}
        content = desk.answer(address(appointment)).content.decode()
        assert [part for part in ("Alex", "Muster", "3920012") if part in content] == []


def test_a_cancelled_appointment_says_why_and_offers_nothing(place: Place, appointment: Appointment) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.FACILITY, by=place.lead, now=NOW)
    page = Desk(place.worker).get(address(appointment))
    assert page.texts("kern-description-list-item")[5] == "Stand abgesagt von der Einrichtung abgesagt"
    assert [text for text in page.links if text in ("Absagen", "Verschieben")] == []


def test_an_appointment_that_has_begun_offers_nothing(place: Place, appointment: Appointment) -> None:
    with time_machine.travel(appointment.starts_at):
        links = Desk(place.worker).get(address(appointment)).links
    assert [text for text in links if text in ("Absagen", "Verschieben")] == []


def test_the_history_names_who_did_what_and_when(place: Place, appointment: Appointment) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.lead, now=NOW)
    assert Desk(place.psychiatrist).get(address(appointment)).texts("pia-history") == [
        f"22.11.2026, 12:00 Uhr Termin abgesagt: von Klient:in {place.lead} "
        f"22.11.2026, 12:00 Uhr Termin gebucht {place.worker}"
    ]


# -- cancelling ---------------------------------------------------------------------------------------


def test_cancelling_asks_for_the_reason_and_frees_the_slot(place: Place, appointment: Appointment) -> None:
    desk = Desk(place.lead)
    page = desk.get(f"{address(appointment)}absagen/")
    assert page.buttons == ["Termin absagen"]
    assert [each.strip() for each in page.texts("kern-form-check")] == [
        "von Klient:in abgesagt",
        "von der Einrichtung abgesagt",
        "von der Klinik abgesagt",
        "irrtümlich gebucht",
    ]
    page = desk.post(f"{address(appointment)}absagen/", reason="client")
    assert page.messages == ["Der Termin ist abgesagt. Das Zeitfenster ist wieder frei."]
    appointment.refresh_from_db()
    assert (appointment.status, appointment.slot.state) == (AppointmentStatus.CANCELLED, "free")


def test_cancelling_without_a_reason_cancels_nothing(place: Place, appointment: Appointment) -> None:
    page = Desk(place.worker).post(f"{address(appointment)}absagen/", reason="weather")
    appointment.refresh_from_db()
    assert (page.heading, appointment.status) == ("Termin absagen", AppointmentStatus.BOOKED)


@pytest.mark.parametrize("command", ["absagen", "verschieben"])
def test_what_is_cancelled_can_neither_be_cancelled_nor_moved(
    place: Place, appointment: Appointment, command: str
) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.lead, now=NOW)
    desk = Desk(place.worker)
    said = ["Achtung: Dieser Termin kann nicht mehr verschoben oder abgesagt werden."]
    assert desk.get(f"{address(appointment)}{command}/").messages == said
    page = desk.post(f"{address(appointment)}{command}/", reason="client", slot=appointment.slot_id)
    assert (page.heading, page.messages) == ("Termin", said)


def test_given_it_was_cancelled_while_the_command_ran_then_the_refusal_is_said(
    place: Place, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.lead, now=NOW)
    monkeypatch.setattr("scheduling.offers.can_change", lambda *args, **kwargs: True)
    page = Desk(place.worker).post(f"{address(appointment)}absagen/", reason="client")
    assert page.messages == [
        "Fehler: Dieser Termin ist nicht mehr gebucht. Bitte laden Sie die Seite neu, um den Stand zu sehen."
    ]


# -- moving -------------------------------------------------------------------------------------------


def test_moving_offers_the_free_slots_by_day(place: Place, appointment: Appointment) -> None:
    place.hour(datetime.date(2026, 12, 16), slots=1)
    page = Desk(place.worker).get(f"{address(appointment)}verschieben/")
    assert page.texts("pia-choice-day") == [
        "Mittwoch, 9. Dezember 2026 "
        f"13:30–14:00 Uhr · Erstgespräch · {place.psychiatrist} "
        f"14:00–14:30 Uhr · Erstgespräch · {place.psychiatrist}",
        f"Mittwoch, 16. Dezember 2026 13:00–13:30 Uhr · Erstgespräch · {place.psychiatrist}",
    ]


def test_moving_keeps_the_appointment_and_frees_its_old_slot(place: Place, appointment: Appointment) -> None:
    old, new = appointment.slot, slot_of(appointment.slot.hour, 1)
    page = Desk(place.worker).post(f"{address(appointment)}verschieben/", slot=new.pk, reason="client")
    assert page.messages == ["Der Termin ist verschoben."]
    assert page.texts("kern-description-list-item")[1] == "Zeit Mittwoch, 9. Dezember 2026 13:30–14:00 Uhr"
    old.refresh_from_db()
    assert old.state == "free"


def test_given_no_choice_then_the_error_stands_at_the_slots(place: Place, appointment: Appointment) -> None:
    page = Desk(place.worker).post(f"{address(appointment)}verschieben/", reason="client")
    assert page.error_of("slot") == "Fehler: Bitte wählen Sie ein Zeitfenster."
    # The summary leads to the first of them.
    assert page.links["Neues Zeitfenster: Bitte wählen Sie ein Zeitfenster."] == "#id_slot_0"
    assert page.by_id("id_slot_0").name == "input"


def test_given_the_slot_was_taken_meanwhile_then_the_error_says_so(
    place: Place, appointment: Appointment
) -> None:
    new = slot_of(appointment.slot.hour, 1)
    place.book(new)
    page = Desk(place.worker).post(f"{address(appointment)}verschieben/", slot=new.pk, reason="client")
    assert page.error_of("slot") == (
        "Fehler: Dieses Zeitfenster ist inzwischen belegt. Bitte wählen Sie ein anderes."
    )


def test_given_the_slot_is_taken_while_the_command_runs_then_the_free_ones_are_named(
    place: Place, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = slot_of(appointment.slot.hour, 1)
    move = booking.move

    def move_too_late(**how: object) -> Appointment:
        place.book(new)
        return move(**how)  # type: ignore[arg-type]

    monkeypatch.setattr(booking, "move", move_too_late)
    page = Desk(place.worker).post(f"{address(appointment)}verschieben/", slot=new.pk, reason="client")
    assert page.error_of("slot") == (
        "Fehler: Dieses Zeitfenster ist inzwischen belegt. Frei sind noch: 09.12.2026 14:00."
    )


def test_another_facilitys_slot_can_not_be_chosen(
    place: Place, elsewhere: Place, appointment: Appointment
) -> None:
    foreign = slot_of(elsewhere.hour())
    page = Desk(place.worker).post(f"{address(appointment)}verschieben/", slot=foreign.pk, reason="client")
    assert page.error_of("slot") != ""
    foreign.refresh_from_db()
    assert foreign.state == "free"


def test_given_no_other_slot_is_free_then_the_page_says_so(place: Place) -> None:
    appointment = place.book(slot_of(place.hour(slots=1)))
    page = Desk(place.worker).get(f"{address(appointment)}verschieben/")
    assert page.texts("pia-empty")[0].startswith("Zurzeit ist kein anderes Zeitfenster frei")
    assert page.buttons == []


# -- cost ---------------------------------------------------------------------------------------------


def test_pages_cost_as_many_queries_for_five_changes_and_hours_as_for_one(
    place: Place, appointment: Appointment
) -> None:
    pages = [address(appointment) + page for page in ("", "absagen/", "verschieben/")]
    desk = Desk(place.worker)
    one = [desk.queries_of(page) for page in pages]
    for day in (1, 2, 3, 4):
        hour = place.hour(datetime.date(2026, 12, day))
        booking.move(appointment=appointment, to_slot=slot_of(hour), by=place.worker, now=NOW)
    assert ([desk.queries_of(page) for page in pages], one) == ([9, 6, 7], [9, 6, 7])
    assert Message.objects.count() == 0
