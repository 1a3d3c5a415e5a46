"""What a desk is asked and shown while it books: hints, the file, a hold, a reason, and a way back."""

import datetime
import re
from typing import Any

import pytest
import time_machine

from notifications import consent
from scheduling import booking, clients, holding
from scheduling.models import Appointment, Change, Client, ConsultationHour, Slot
from sites.models import InsurancePolicy, Role
from tests.builders import NOW, make_site, make_user
from tests.pages.desks import Desk, Place, make_place, slot_of
from tests.pages.reading import attribute

PHONE = "0171 3920012"


def address(hour: ConsultationHour, number: int = 0) -> str:
    return f"/zeitfenster/{slot_of(hour, number).pk}/buchen/"


def picked(client: Client, **more: str) -> dict[str, str]:
    """The form as a browser sends it when nothing was touched but `more`."""
    phone = PHONE if client.phone else ""
    shown = {"phone": phone, "language": client.language, "insurance": client.insurance}
    fields = {f"akte-{name}": value for name, value in shown.items()}
    fields |= {f"initial-akte-{name}": value for name, value in shown.items()}
    flags = {"phone_shared": client.phone_shared, "needs_interpreter": client.needs_interpreter}
    fields |= {f"initial-akte-{name}": "True" if value else "" for name, value in flags.items()}
    fields |= {"akte-client": str(client.pk), "akte-version": str(client.version)}
    return {"who": "known", "code": client.code} | fields | more


# -- the client who was picked ---------------------------------------------------------------------


def test_the_file_is_shown_to_be_confirmed(place: Place) -> None:
    client = place.client(name="Alex Muster", phone=PHONE)
    page = Desk(place.worker).get(f"{address(place.hour())}?kuerzel={client}")
    assert f"{client} · Alex Muster" in page.headings
    assert attribute(page.field("akte-phone"), "value") == PHONE
    assert page.links["Entbindung anbieten"] == f"/klientinnen/{client.pk}/entbindung/"


def test_what_was_confirmed_and_mended_on_the_way_is_kept(place: Place) -> None:
    client = place.client(phone=PHONE)
    more = {
        "akte-phone_verified": "on",
        "akte-sms_consent": "on",
        "akte-phone_shared": "on",
        "akte-insurance": "proven",
        "akte-language": "tr",
        "akte-needs_interpreter": "on",
    }
    with time_machine.travel(NOW, tick=False):
        page = Desk(place.worker).post(address(place.hour()), **picked(client, **more))
    assert page.heading == "Termin"
    client.refresh_from_db()
    assert (client.phone_verified_at, client.phone_verified_by) == (NOW, place.worker)
    assert (client.phone_shared, client.needs_interpreter, client.language) == (True, True, "tr")
    assert (client.insurance, client.insurance_quarter) == ("proven", "2026-Q4")
    given = consent.standing(client)
    assert given is not None
    assert given.language == "tr"


def test_given_nothing_was_touched_then_the_file_stays_as_it_is(place: Place) -> None:
    client = place.client(phone=PHONE)
    Desk(place.worker).post(address(place.hour()), **picked(client))
    client.refresh_from_db()
    assert (client.version, Appointment.objects.count()) == (0, 1)


def test_what_stands_for_another_client_is_not_written_to_this_one(place: Place) -> None:
    shown, typed = place.client(phone=PHONE), place.client()
    fields = picked(shown, **{"akte-phone": "0171 3920099"}) | {"code": typed.code}
    Desk(place.worker).post(address(place.hour()), **fields)
    assert Appointment.objects.get().client == typed
    assert [each.phone for each in Client.objects.order_by("pk")] == ["+491713920012", ""]


def test_a_wrong_number_is_said_at_its_field_and_nothing_is_booked(place: Place) -> None:
    client = place.client(phone=PHONE)
    page = Desk(place.worker).post(address(place.hour()), **picked(client, **{"akte-phone": "12"}))
    assert page.error_of("akte-phone").startswith("Fehler: Diese Telefonnummer ist nicht gültig.")
    assert Appointment.objects.count() == 0


def test_given_a_colleague_changed_the_file_then_both_changes_are_seen_and_kept(place: Place) -> None:
    """Two desks with one client: the second sees what the first did, and loses nothing."""
    client, hour = place.client(phone=PHONE), place.hour()
    mine = picked(client, **{"akte-insurance": "clearing"})
    clients.change_client(client=client, version=0, values={"phone": "0171 3920034"}, by=place.lead, now=NOW)
    desk = Desk(place.worker)
    page = desk.post(address(hour), **mine)
    assert page.texts("pia-error-list")[0].startswith("Diese Angaben wurden inzwischen an anderer Stelle")
    assert attribute(page.field("akte-phone"), "value") == "0171 3920034"
    assert Appointment.objects.count() == 0
    shown = {
        name: attribute(page.field(name), "value")
        for name in ("akte-phone", "initial-akte-phone", "akte-version")
    }
    assert desk.post(address(hour), **(mine | shown)).heading == "Termin"
    client.refresh_from_db()
    assert (client.phone, client.insurance) == ("+491713920034", "clearing")


# -- insurance -------------------------------------------------------------------------------------


@pytest.fixture
def strict(db: None) -> Place:
    """A site that asks for proven insurance."""
    place = make_place()
    place.site.insurance_policy = InsurancePolicy.REQUIRED.value
    place.site.save()
    return place


def test_a_site_that_requires_insurance_books_without_it_for_a_reason(strict: Place) -> None:
    desk, hour = Desk(strict.worker), strict.hour()
    page = desk.post(address(hour), who="new")
    assert page.texts("pia-error-list")[0].startswith("Dieser Standort verlangt eine nachgewiesene")
    assert Client.objects.count() == 0
    assert desk.post(address(hour), who="new", despite="agreed").heading == "Termin"
    assert Change.objects.get(kind="booked").data == {"despite_insurance": "agreed"}
    assert "Mit der Klinik abgesprochen" in desk.get(f"/termine/{Appointment.objects.get().pk}/").text


def test_who_has_it_proven_needs_no_reason(strict: Place) -> None:
    with time_machine.travel(NOW, tick=False):
        page = Desk(strict.worker).post(address(strict.hour()), who="new", insurance="proven")
    assert page.heading == "Termin"
    assert Change.objects.get(kind="booked").data == {}


def test_elsewhere_nobody_is_asked(place: Place) -> None:
    page = Desk(place.worker).get(address(place.hour()))
    assert [each for each in page.elements("select") if attribute(each, "name") == "despite"] == []


# -- holding ---------------------------------------------------------------------------------------


def read(answer: Any) -> str:
    """The text of a fragment."""
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


def state(desk: Desk, slot: Slot) -> str:
    return read(desk.browser.get(f"/zeitfenster/{slot.pk}/vormerkung/"))


@time_machine.travel(NOW, tick=False)
def test_an_open_form_holds_its_slot_and_gives_it_back(place: Place) -> None:
    slot, desk = slot_of(place.hour()), Desk(place.worker)
    held = "Für Sie vorgemerkt bis 12:02 Uhr."
    assert read(desk.browser.post(f"/zeitfenster/{slot.pk}/vormerken/")) == held
    assert state(desk, slot) == held
    desk.post(f"/zeitfenster/{slot.pk}/freigeben/")
    slot.refresh_from_db()
    assert slot.state == "free"


@time_machine.travel(NOW, tick=False)
def test_a_colleague_sees_who_holds_it_and_what_else_is_free(place: Place) -> None:
    hour = place.hour()
    holding.hold(slot=slot_of(hour), by=place.lead, now=NOW)
    desk = Desk(place.worker)
    said = f"Achtung: Dieses Zeitfenster ist bis 12:02 Uhr von {place.lead} vorgemerkt."
    assert desk.get(address(hour)).texts("kern-alert") == [said]
    assert state(desk, slot_of(hour)).startswith(f"{said} Stattdessen buchen")
    assert read(desk.browser.post(f"/zeitfenster/{slot_of(hour).pk}/vormerken/")).startswith(said)
    assert desk.get(address(hour)).links["Mi. 09.12.2026, 13:30 Uhr"] == address(hour, 1)
    held = desk.get("/").texts("pia-kept")
    assert held == [f"Mi. 09.12.2026, 13:00 Uhr, vorgemerkt bis 12:02 Uhr von {place.lead}"]


def test_a_hold_that_ran_out_says_so_and_can_be_renewed(place: Place) -> None:
    hour = place.hour()
    holding.hold(slot=slot_of(hour), by=place.worker, now=NOW)
    with time_machine.travel(NOW + holding.AT_THE_DESK, tick=False):
        said = state(Desk(place.worker), slot_of(hour))
    assert said == (
        "Die Vormerkung ist abgelaufen. Das Zeitfenster ist noch frei, Sie können weiter buchen. "
        "Wieder vormerken"
    )


@time_machine.travel(NOW, tick=False)
def test_given_a_slot_that_is_held_meanwhile_then_what_was_typed_goes_to_another(place: Place) -> None:
    hour = place.hour()
    holding.hold(slot=slot_of(hour), by=place.lead, now=NOW)
    page = Desk(place.worker).post(address(hour), who="new", name="Alex Muster", insurance="clearing")
    assert page.texts("pia-error-list")[0].startswith(
        f"Dieses Zeitfenster ist bis 12:02 Uhr von {place.lead} vorgemerkt. Frei sind noch:"
    )
    assert attribute(page.field("name"), "value") == "Alex Muster"
    assert page.buttons[0] == "Mi. 09.12.2026, 13:30 Uhr"


# -- taking back -----------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_cancelling_can_be_taken_back_by_one_button(place: Place) -> None:
    appointment, desk = place.book(slot_of(place.hour())), Desk(place.worker)
    page = desk.post(f"/termine/{appointment.pk}/absagen/", reason="facility")
    assert page.buttons == ["Zurücknehmen"]
    latest = Change.objects.latest("pk")
    page = desk.post(f"/termine/{appointment.pk}/zuruecknehmen/", aenderung=latest.pk)
    assert page.messages == ["Die Absage ist zurückgenommen."]
    page = desk.post(f"/termine/{appointment.pk}/zuruecknehmen/", aenderung=latest.pk)
    assert page.messages[0].startswith("Fehler: Das lässt sich nicht mehr zurücknehmen")
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_the_clinic_takes_nothing_back(place: Place) -> None:
    with time_machine.travel(NOW, tick=False):
        appointment = place.book(slot_of(place.hour()))
        assert Desk(place.psychiatrist).get(f"/termine/{appointment.pk}/").buttons == []


def test_moving_keeps_the_reason(place: Place) -> None:
    hour = place.hour()
    appointment = place.book(slot_of(hour))
    page = Desk(place.worker).post(
        f"/termine/{appointment.pk}/verschieben/", slot=slot_of(hour, 2).pk, reason="earlier"
    )
    assert Change.objects.latest("pk").data["reason"] == "earlier"
    assert "Grund: ein früheres Zeitfenster ist frei" in page.text


def test_before_it_happens_the_page_says_who_is_told(place: Place) -> None:
    appointment = place.book(slot_of(place.hour()), place.client(phone=PHONE, consents=True))
    desk = Desk(place.worker)
    for page, what in (("absagen", "Absage"), ("verschieben", "neue Zeit")):
        told = desk.get(f"/termine/{appointment.pk}/{page}/").texts("pia-tellings")[0]
        assert told == (
            f"{what} per SMS an die Klient:in (Nummer endet auf 12), gleich "
            f"{what} im Kalender per E-Mail an {place.psychiatrist}, gleich "
            f"{what} im Kalender per E-Mail an {place.worker}, gleich"
        )


# -- start page ------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_the_start_page_shows_what_is_free_next_by_type(place: Place) -> None:
    later, hour = place.hour(datetime.date(2026, 12, 16), slots=1), place.hour(slots=2)
    place.book(slot_of(hour))
    page = Desk(place.worker).get("/")
    assert page.headings[:5] == ["Nächste Zeitfenster", "Erstgespräch", "Folgegespräch", "Aufgaben", "Heute"]
    free = [address(hour, 1), address(later)]
    shown = [page.links[f"Mi. {each} Uhr buchen"] for each in ("09.12.2026, 13:30", "16.12.2026, 13:00")]
    assert shown == free


@time_machine.travel(NOW, tick=False)
def test_the_start_page_takes_a_client_along_to_the_slot(place: Place, elsewhere: Place) -> None:
    hour, client, foreign = place.hour(slots=1), place.client(), elsewhere.client()
    desk = Desk(place.worker)
    page = desk.get(f"/?kuerzel={client}")
    assert page.headings[0] == f"Zeitfenster für {client}"
    assert page.links["Mi. 09.12.2026, 13:00 Uhr buchen"] == f"{address(hour)}?kuerzel={client}"
    assert desk.get(f"/?kuerzel={foreign}").headings[0] == "Nächste Zeitfenster"


@time_machine.travel(NOW, tick=False)
def test_today_is_listed_with_what_can_be_done(place: Place, elsewhere: Place) -> None:
    today = place.hour(NOW.date())
    client = place.client(name="Alex Muster")
    appointment = place.book(slot_of(today), client)
    elsewhere.book(slot_of(elsewhere.hour(NOW.date())))
    page = Desk(place.worker).get("/")
    assert page.texts("pia-day-row") == [
        f"13:00–13:30 {client} Alex Muster gebucht Verschieben {client} Absagen {client}"
    ]
    assert page.links[f"Absagen {client}"] == f"/termine/{appointment.pk}/absagen/"


def test_the_search_finds_the_own_clients_only(place: Place, elsewhere: Place) -> None:
    client = place.client(name="Alex Muster", phone=PHONE)
    elsewhere.client(name="Alex Muster", phone=PHONE)
    desk = Desk(place.worker)
    for typed in (client.code[:3].lower(), "alex muster", PHONE):
        answer = desk.browser.get("/klientinnen/suche/", {"suche": typed})
        assert read(answer) == f"1 Treffer {client} · Alex Muster Termin für {client}"
        assert f'href="/klientinnen/{client.pk}/"' in answer.content.decode()
        assert f'href="/?kuerzel={client}"' in answer.content.decode()
    assert read(desk.browser.get("/klientinnen/suche/?suche=Nie")).startswith("Niemand gefunden.")
    assert read(desk.browser.get("/klientinnen/suche/?suche=")) == ""


def test_the_start_page_costs_the_same_for_any_number(place: Place) -> None:
    with time_machine.travel(NOW, tick=False):
        today = place.hour(NOW.date(), slots=6)
        place.book(slot_of(today), place.client(name="Alex"))
        one = Desk(place.worker).queries_of("/")
        for number in range(1, 5):
            place.book(slot_of(today, number), place.client(name=f"Alex {number}"))
        for week in range(4):
            make_place(make_site(facility=place.site.facility)).hour(datetime.date(2026, 12, 2 + week))
        lead = make_user(Role.SOCIAL_WORKER, facility=place.site.facility)
        assert (Desk(lead).queries_of("/"), one) == (8, 8)


# -- card ------------------------------------------------------------------------------------------


def test_the_card_is_in_the_clients_language_and_four_fit_on_a_sheet(place: Place) -> None:
    client = place.client(name="Alex Muster")
    client.language = "tr"
    client.save()
    appointment = place.book(slot_of(place.hour()), client)
    desk = Desk(place.worker)
    page = desk.get(f"/termine/{appointment.pk}/karte/")
    [card] = page.texts("pia-ticket")
    assert card == (
        "Randevunuz Çarşamba, 9 Aralık 2026 13:00 "
        f"Yer: {place.site.facility.neutral_name} Gelemiyor musunuz? Lütfen arayın: 030 23125100 "
        f"Takviminiz için {client}"
    )
    assert len(desk.get(f"/termine/{appointment.pk}/karte/?papier=a4&sprache=de").texts("pia-ticket")) == 4


def test_of_a_cancelled_appointment_there_is_no_card(place: Place) -> None:
    appointment = place.book(slot_of(place.hour()))
    booking.cancel(appointment=appointment, reason=booking.CancelReason.CLIENT, by=place.worker, now=NOW)
    assert Desk(place.worker).get(f"/termine/{appointment.pk}/karte/").status == 404
