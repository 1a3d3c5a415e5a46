"""Who comes along is entered and taken out beside the appointment."""

from scheduling.models import Companion
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of


def test_a_colleague_is_entered_and_taken_out_again(place: Place) -> None:
    appointment = place.book(slot_of(place.hour()))
    address = f"/termine/{appointment.pk}/begleitung/"
    assert Desk(place.worker).get(f"/termine/{appointment.pk}/").links["Begleitung anzeigen"] == address
    assert "Bisher kommt niemand mit." in Desk(place.worker).get(address).text
    page = Desk(place.worker).post(address, dazu=place.lead.pk)
    assert f"Begleitung: {place.lead}" in page.text
    assert Companion.objects.get().user == place.lead
    assert f"Austragen {place.lead}" in Desk(place.worker).get(address).buttons
    page = Desk(place.worker).post(address, weg=place.lead.pk)
    assert f"Keine Begleitung mehr durch {place.lead}" in page.text
    assert Companion.objects.count() == 0


def test_nobody_of_elsewhere_can_be_entered(place: Place, elsewhere: Place) -> None:
    appointment = place.book(slot_of(place.hour()))
    for stranger in (elsewhere.worker.pk, place.psychiatrist.pk, "x", ""):
        page = Desk(place.worker).post(f"/termine/{appointment.pk}/begleitung/", dazu=stranger)
        assert "Diese Person arbeitet nicht in der Einrichtung" in page.messages[0]
    assert Companion.objects.count() == 0


def test_of_a_past_appointment_nothing_can_be_changed(place: Place) -> None:
    appointment = place.book(slot_of(place.hour()))
    Companion.objects.create(appointment=appointment, user=place.lead, added_at=NOW, added_by=place.worker)
    Desk(place.worker).post(f"/termine/{appointment.pk}/absagen/", reason="client")
    page = Desk(place.worker).get(f"/termine/{appointment.pk}/begleitung/")
    assert (str(place.lead) in page.text, page.buttons) == (True, [])


def test_a_wish_for_company_is_shown_where_it_can_be_met(place: Place) -> None:
    client = place.client()
    client.wants_companion = True
    client.save()
    appointment = place.book(slot_of(place.hour()), client)
    page = Desk(place.worker).get(f"/termine/{appointment.pk}/begleitung/")
    assert "Eine Begleitung ist gewünscht." in page.text


def test_a_fragment_is_no_whole_page(place: Place) -> None:
    appointment = place.book(slot_of(place.hour()))
    answer = Desk(place.worker).answer(f"/termine/{appointment.pk}/begleitung/", htmx=True)
    assert b"<html" not in answer.content
