"""The waiting list at the desk."""

import datetime

import pytest
import time_machine

from scheduling.models import Change, Client, Offer, WaitingEntry
from scheduling.offering import make_offers
from sites.models import InsurancePolicy
from tests.builders import NOW, make_published_hour, make_site
from tests.pages.desks import Desk, Place, slot_of
from tests.pages.reading import Page, attribute, text_of

LIST = "/warteliste/"


@pytest.fixture(autouse=True)
def present() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def rows(page: Page) -> list[str]:
    return [text_of(row) for body in page.elements("tbody") for row in page.elements("tr", within=body)]


def put(place: Place, code: str, **fields: object) -> Page:
    values = {"code": code, "appointment_type": "first", "version": "0", **fields}
    return Desk(place.worker).post(f"{LIST}neu/", **values)


def offered(place: Place) -> Offer:
    make_published_hour(place.site, psychiatrist=place.psychiatrist, room=place.room, slots=1)
    make_offers(now=NOW)
    return Offer.objects.get(state="standing")


def test_who_has_a_deadline_stands_before_who_asked_earlier(place: Place) -> None:
    early, urgent = place.client(), place.client(name="Alex Muster")
    assert put(place, early.code, requested_date="2026-10-01").messages == [
        f"{early} steht auf der Warteliste."
    ]
    put(place, urgent.code, medication_until_date="2026-12-01", day_parts=["morning"])
    assert rows(Desk(place.lead).get(LIST)) == [
        f"1 {urgent} · Alex Muster Das Medikament reicht bis 01.12.2026. Fristen in den nächsten vier Wochen "
        "gehen vor, die früheste zuerst. vormittags (bis 12 Uhr)",
        f"2 {early} Hat am 01.10.2026 gefragt. Ohne nahe Frist zählt, wer zuerst gefragt hat. jederzeit",
    ]


def test_its_page_says_the_place_and_why(place: Place) -> None:
    client = place.client()
    put(place, client.code)
    page = Desk(place.worker).get(f"{LIST}{WaitingEntry.objects.get().pk}/")
    assert "Platz 1 von 1" in page.text
    assert "Hat am 22.11.2026 gefragt." in page.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code": "XXX-000"}, "Dieses Kürzel gibt es in Ihrer Einrichtung nicht."),
        ({"earliest_date": "2026-12-10", "latest_date": "2026-12-09"}, "Der späteste Tag liegt vor"),
        ({"requested_date": "2026-11-23"}, "Der Tag der Anfrage liegt in der Zukunft."),
        ({"discharge_date": "bald"}, "Bitte geben Sie ein Datum an"),
    ],
)
def test_what_cannot_be_is_said(place: Place, fields: dict[str, str], error: str) -> None:
    page = put(place, **{"code": place.client().code, **fields})
    assert error in page.text
    assert WaitingEntry.objects.count() == 0


def test_at_several_sites_of_the_facility(place: Place) -> None:
    other = make_site(facility=place.site.facility)
    put(place, place.client().code, places=[place.site.pk, other.pk])
    entry = WaitingEntry.objects.get()
    assert [entry.site, *entry.also_at.all()] == [place.site, other]
    hour = make_published_hour(other, slots=1)
    make_offers(now=NOW)
    assert Offer.objects.get().slot_id == slot_of(hour).pk
    page = Desk(place.worker).get(f"{LIST}?liste={other.slug}.first")
    assert len(rows(page)) == 1


def test_an_offer_is_accepted_with_one_click(place: Place) -> None:
    client = place.client()
    put(place, client.code)
    offer = offered(place)
    page = Desk(place.worker).get(LIST)
    assert "bis 22.11.2026, 13:00" in page.texts("pia-day-row__time")[0]
    page = Desk(place.worker).post(f"/angebote/{offer.pk}/annehmen/")
    assert page.messages == [f"Der Termin für {client} ist gebucht."]
    assert rows(Desk(place.worker).get(LIST)) == []


def test_a_site_that_requires_insurance_asks_why_without_it(place: Place) -> None:
    place.site.insurance_policy = InsurancePolicy.REQUIRED.value
    place.site.save()
    put(place, place.client().code)
    offer = offered(place)
    desk, accept = Desk(place.worker), f"/angebote/{offer.pk}/annehmen/"
    page = desk.post(accept)
    assert page.messages[0].startswith("Fehler: Dieser Standort verlangt eine nachgewiesene Versicherung.")
    assert page.heading == "Angebot"
    assert [attribute(each, "name") for each in page.elements("select")] == ["despite"]
    assert desk.post(accept, despite="urgent").heading == "Termin"
    assert Change.objects.get(kind="booked").data == {"despite_insurance": "urgent"}


def test_whose_insurance_is_proven_is_asked_nothing(place: Place) -> None:
    place.site.insurance_policy = InsurancePolicy.REQUIRED.value
    place.site.save()
    client = place.client()
    Client.objects.update(insurance="proven", insurance_quarter="2026-Q4")
    put(place, client.code)
    offer = offered(place)
    assert Desk(place.worker).get(f"/angebote/{offer.pk}/").elements("select") == []
    assert Desk(place.worker).post(f"/angebote/{offer.pk}/annehmen/").heading == "Termin"


def test_the_second_person_sees_what_the_first_did(place: Place) -> None:
    put(place, place.client().code)
    offer = offered(place)
    Desk(place.worker).post(f"/angebote/{offer.pk}/annehmen/")
    page = Desk(place.lead).post(f"/angebote/{offer.pk}/ablehnen/")
    assert page.messages == [
        "Fehler: Dieses Angebot ist inzwischen angenommen. Sehen Sie auf der Warteliste nach, "
        "ob es ein neues gibt, oder buchen Sie ein freies Zeitfenster."
    ]
    assert f"Dieses Angebot ist beendet: angenommen (22.11.2026, 12:00 Uhr, {place.worker})." in page.text


def test_two_people_at_one_entry_lose_nothing(place: Place) -> None:
    put(place, place.client().code)
    address = f"{LIST}{WaitingEntry.objects.get().pk}/aendern/"
    assert Desk(place.worker).post(address, version="0", latest_date="2026-12-24").messages == [
        "Gespeichert."
    ]
    page = Desk(place.lead).post(address, version="0", earliest_date="2026-12-20")
    assert page.messages[0].startswith("Fehler: Dieser Eintrag wurde inzwischen an anderer Stelle geändert.")
    entry = WaitingEntry.objects.get()
    assert (entry.earliest_date, entry.latest_date) == (None, datetime.date(2026, 12, 24))
    assert Desk(place.lead).post(address, version="1", earliest_date="2026-12-20").messages == [
        "Gespeichert."
    ]


def test_taking_off_the_list_needs_a_reason(place: Place) -> None:
    client = place.client()
    put(place, client.code)
    address = f"{LIST}{WaitingEntry.objects.get().pk}/schliessen/"
    assert Desk(place.worker).post(address).messages == ["Fehler: Bitte wählen Sie einen Grund."]
    assert Desk(place.worker).post(address, reason="not_needed").messages == [f"{client} wartet nicht mehr."]
    assert Desk(place.worker).post(address, reason="mistake").messages[0].startswith("Fehler: Dieser Eintrag")


def test_what_was_offered_and_went_past_is_on_its_page(place: Place) -> None:
    first, second = place.client(), place.client()
    put(place, first.code, day_parts=["morning"], requested_date="2026-10-01")
    put(place, second.code)
    offered(place)
    entry = WaitingEntry.objects.get(client=first)
    text = Desk(place.worker).get(f"{LIST}{entry.pk}/").text
    assert "Mi. 09.12.2026, 13:00 Uhr passt nicht zu den Tageszeiten" in text


def test_a_lead_says_how_long_an_offer_stands(place: Place) -> None:
    address = f"/standorte/{place.site.slug}/angebote/"
    assert Desk(place.lead).post(address, offer_minutes="4").error_of("offer_minutes") != ""
    Desk(place.lead).post(address, offer_minutes="30")
    put(place, place.client().code)
    assert offered(place).until_at == NOW + datetime.timedelta(minutes=30)


def test_others_see_none_of_it(place: Place, elsewhere: Place) -> None:
    put(place, place.client().code)
    offer = offered(place)
    for user in (elsewhere.worker, place.psychiatrist, place.admin):
        assert rows(Desk(user).get(LIST)) == []
        assert Desk(user).answer(f"/angebote/{offer.pk}/").status_code == 404


def test_the_list_costs_as_many_queries_for_three_as_for_one(place: Place) -> None:
    put(place, place.client(name="Alex Muster").code)
    offer = offered(place)
    addresses = [LIST, f"{LIST}{offer.entry_id}/", f"/angebote/{offer.pk}/"]
    before = [Desk(place.worker).queries_of(each) for each in addresses]
    for number in range(2):
        put(place, place.client(name=f"Bo Beispiel {number}").code)
    assert len(rows(Desk(place.worker).get(LIST))) == 3
    assert [Desk(place.worker).queries_of(each) for each in addresses] == before
