"""One hour: its facts, its slots as each role may see them, and what its planner can decide."""

import datetime
from collections.abc import Callable

import pytest
import time_machine

from scheduling import booking, publishing
from scheduling.models import CancelReason, ConsultationHour
from sites.models import Absence
from tests.builders import NOW
from tests.pages.desks import FIRST_DAY, Desk, Place, slot_of

AFTER = datetime.datetime(2026, 12, 10, tzinfo=datetime.UTC)
SILVESTER = datetime.date(2026, 12, 31)


def address(hour: ConsultationHour) -> str:
    return f"/sprechstunden/{hour.pk}/"


def test_facts_and_slots_are_shown(place: Place) -> None:
    hour = place.hour()
    page = Desk(place.admin).get(address(hour))
    assert page.title == "Termine · Sprechstunde"
    assert page.heading == "Mittwoch, 9. Dezember 2026"
    assert page.texts("kern-description-list-item") == [
        "Stand veröffentlicht",
        "Zeit 13:00–14:30 Uhr",
        f"Psychiater:in {place.psychiatrist}",
        f"Ort {place.site.facility}, {place.room}",
    ]
    assert page.texts("pia-day-row") == [
        "13:00–13:30 Erstgespräch frei",
        "13:30–14:00 Erstgespräch frei",
        "14:00–14:30 Erstgespräch frei",
    ]


def test_who_has_a_slot_is_named_to_the_facility_and_by_pseudonym_to_the_clinic(place: Place) -> None:
    hour = place.hour(slots=1)
    client = place.client(name="Alex Muster")
    appointment = place.book(slot_of(hour), client)
    change = f"Verschieben {client} Absagen {client}"
    rows = {
        place.worker: f"13:00–13:30 {client} · Alex Muster Erstgespräch belegt {change}",
        place.lead: f"13:00–13:30 {client} · Alex Muster Erstgespräch belegt {change}",
        place.psychiatrist: f"13:00–13:30 {client} Erstgespräch belegt",
        place.coordinator: f"13:00–13:30 {client} Erstgespräch belegt",
        place.admin: "13:00–13:30 Erstgespräch belegt",
    }
    assert {user: Desk(user).get(address(hour)).texts("pia-day-row")[0] for user in rows} == rows
    links = Desk(place.psychiatrist).get(address(hour)).links
    assert links[str(client)] == f"/termine/{appointment.pk}/"


def test_the_clinic_never_gets_the_name_in_the_markup(place: Place) -> None:
    hour = place.hour(slots=1)
    place.book(slot_of(hour), place.client(name="Alex Muster", phone="0171 3920012"))
    for user in (place.psychiatrist, place.coordinator, place.admin):
        content = Desk(user).answer(address(hour)).content.decode()
        assert [part for part in ("Alex", "Muster", "3920012") if part in content] == []


def test_given_a_free_slot_then_only_the_facility_can_book_it(place: Place) -> None:
    hour = place.hour(slots=1)
    book = {"Buchen 13:00 Uhr": f"/zeitfenster/{slot_of(hour).pk}/buchen/"}
    for user, expected in [
        (place.worker, book),
        (place.lead, book),
        (place.psychiatrist, {}),
        (place.admin, {}),
    ]:
        links = Desk(user).get(address(hour)).links
        assert {text: href for text, href in links.items() if "Buchen" in text} == expected


def test_open_time_is_without_appointment(place: Place) -> None:
    hour = place.hour(slots=1)
    hour.slots.update(appointment_type="open")
    page = Desk(place.worker).get(address(hour))
    assert page.texts("pia-day-row") == ["13:00–13:30 Offene Sprechstunde ohne Termin"]
    assert "Buchen 13:00 Uhr" not in page.links


def draft(place: Place) -> ConsultationHour:
    return place.draft()


def flagged(place: Place) -> ConsultationHour:
    return place.draft(SILVESTER)


def blocked(place: Place) -> ConsultationHour:
    """A draft in a room that is taken at that time."""
    hour = place.draft()
    place.hour()
    return hour


def published(place: Place) -> ConsultationHour:
    return place.hour()


def booked(place: Place) -> ConsultationHour:
    hour = place.hour()
    place.book(slot_of(hour))
    return hour


def skipped(place: Place) -> ConsultationHour:
    return publishing.skip(hour=place.draft(), by=place.psychiatrist, now=NOW)


OFFERS = [
    (draft, ["Veröffentlichen", "Auslassen"]),
    (flagged, ["Trotzdem veröffentlichen", "Auslassen"]),
    (blocked, ["Auslassen"]),
    (published, ["Zurücknehmen die Veröffentlichung"]),
    (booked, []),
    (skipped, ["Wieder aufnehmen"]),
]


@pytest.mark.parametrize(("make", "expected"), OFFERS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_planner_is_offered_what_would_not_be_refused(
    place: Place, make: Callable[[Place], ConsultationHour], expected: list[str]
) -> None:
    hour = make(place)
    assert Desk(place.psychiatrist).get(address(hour)).buttons == expected
    assert Desk(place.coordinator).get(address(hour)).buttons == expected


@pytest.mark.parametrize("make", [published, booked], ids=lambda value: value.__name__)
def test_others_are_offered_none_of_it(place: Place, make: Callable[[Place], ConsultationHour]) -> None:
    hour = make(place)
    for user in (place.worker, place.lead, place.admin):
        assert Desk(user).get(address(hour)).buttons == []


@pytest.mark.parametrize(
    ("make", "expected"),
    [(draft, ["Auslassen"]), (flagged, ["Auslassen"]), (published, []), (booked, []), (skipped, [])],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_hour_that_is_over_offers_nothing_that_would_be_refused(
    place: Place, make: Callable[[Place], ConsultationHour], expected: list[str]
) -> None:
    hour = make(place)
    with time_machine.travel(datetime.datetime(2027, 1, 2, tzinfo=datetime.UTC)):
        for user in (place.psychiatrist, place.worker):
            page = Desk(user).get(address(hour))
            if page.status == 200:
                assert page.buttons == (expected if user == place.psychiatrist else [])
                assert [text for text in page.links if "Buchen" in text] == []


DECISIONS = [
    (
        draft,
        "veroeffentlichen",
        {},
        "Die Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.",
    ),
    (
        flagged,
        "veroeffentlichen",
        {"trotzdem": "ja"},
        "Die Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.",
    ),
    (draft, "auslassen", {}, "Die Sprechstunde fällt an diesem Tag aus."),
    (
        published,
        "zuruecknehmen",
        {},
        "Die Veröffentlichung ist zurückgenommen. Die Sprechstunde ist wieder ein Entwurf.",
    ),
    (skipped, "wieder-aufnehmen", {}, "Die Sprechstunde ist wieder ein Entwurf."),
]


@pytest.mark.parametrize(("make", "command", "fields", "said"), DECISIONS)
def test_a_decision_is_carried_out_and_said(
    place: Place,
    make: Callable[[Place], ConsultationHour],
    command: str,
    fields: dict[str, str],
    said: str,
) -> None:
    page = Desk(place.psychiatrist).post(address(make(place)) + f"{command}/", **fields)
    assert page.messages == [said]


REFUSALS = [
    (
        flagged,
        "veroeffentlichen",
        "Fehler: Gegen diese Sprechstunde spricht: Silvester: bitte prüfen. "
        "Bitte lassen Sie sie aus oder klären Sie das zuerst.",
    ),
    (
        published,
        "veroeffentlichen",
        "Fehler: Diese Sprechstunde ist kein Entwurf mehr. "
        "Bitte laden Sie die Seite neu, um den Stand zu sehen.",
    ),
    (
        booked,
        "zuruecknehmen",
        "Fehler: In dieser Sprechstunde sind schon Termine gebucht. "
        "Bitte verschieben Sie diese zuerst oder sagen Sie sie ab.",
    ),
    (
        draft,
        "zuruecknehmen",
        "Fehler: Diese Sprechstunde ist nicht veröffentlicht. Den Stand sehen Sie in der Ansicht des Monats.",
    ),
    (
        published,
        "auslassen",
        "Fehler: Diese Sprechstunde ist kein Entwurf mehr. "
        "Bitte laden Sie die Seite neu, um den Stand zu sehen.",
    ),
    (
        draft,
        "wieder-aufnehmen",
        "Fehler: Diese Sprechstunde ist nicht ausgelassen. "
        "Bitte laden Sie die Seite neu, um den Stand zu sehen.",
    ),
]


@pytest.mark.parametrize(("make", "command", "said"), REFUSALS)
def test_a_refusal_is_said_and_nothing_changes(
    place: Place, make: Callable[[Place], ConsultationHour], command: str, said: str
) -> None:
    hour = make(place)
    before = (hour.status, hour.published_at)
    page = Desk(place.psychiatrist).post(address(hour) + f"{command}/")
    hour.refresh_from_db()
    assert (page.messages, (hour.status, hour.published_at)) == ([said], before)


def test_something_new_speaks_against_a_published_hour_then_its_planner_is_told(place: Place) -> None:
    hour = place.hour()
    Absence.objects.create(user=place.psychiatrist, first_date=FIRST_DAY, last_date=FIRST_DAY)
    page = Desk(place.psychiatrist).get(address(hour))
    assert page.texts("kern-alert") == [
        "Achtung: Etwas spricht gegen diese Sprechstunde "
        f"Achtung: {place.psychiatrist} ist abwesend "
        "Sie ist veröffentlicht und findet statt, solange niemand etwas ändert."
    ]
    assert Desk(place.worker).get(address(hour)).texts("kern-alert") == []


def test_the_history_names_who_did_what_and_when(place: Place) -> None:
    hour = place.hour()
    appointment = place.book(slot_of(hour))
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=place.lead, now=NOW)
    assert Desk(place.psychiatrist).get(address(hour)).texts("pia-history") == [
        f"22.11.2026, 12:00 Uhr Termin abgesagt: von Klient:in {place.lead} "
        f"22.11.2026, 12:00 Uhr Termin gebucht {place.worker} "
        f"22.11.2026, 12:00 Uhr Sprechstunde veröffentlicht {place.psychiatrist} "
        f"22.11.2026, 12:00 Uhr Sprechstunde vorgeschlagen {place.psychiatrist}"
    ]


def test_it_costs_as_many_queries_for_five_appointments_as_for_one(place: Place) -> None:
    hour = place.hour(slots=5)
    place.book(slot_of(hour))
    costs = {user: [Desk(user).queries_of(address(hour))] for user in (place.psychiatrist, place.worker)}
    for number in range(1, 5):
        place.book(slot_of(hour, number))
    for user, counted in costs.items():
        counted.append(Desk(user).queries_of(address(hour)))
    assert costs == {place.psychiatrist: [8, 8], place.worker: [7, 7]}
