"""What stands beside a client on the day, on screen and on paper."""

import datetime

import pytest

from scheduling import clients, releases, waiting
from scheduling.attending import Attendance
from scheduling.models import Appointment, AppointmentType, Client, ReleaseScope, Slot
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of
from tests.scheduling.attendance import appointment_in, walk_in_in

DAY = "/tag/2026-12-09/"


def change(client: Client, place: Place, **values: object) -> None:
    clients.change_client(client=client, version=client.version, values=values, by=place.worker, now=NOW)


def facts(place: Place) -> list[str]:
    """Of the first appointment of the day, as the psychiatrist reads them."""
    page = Desk(place.psychiatrist).get(DAY)
    row = next(row for row in page.elements("li") if page.elements("a", within=row))
    return [page.texts("pia-day-row__facts", within=row)[0]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Versicherung nicht bekannt"),
        ({"insurance": "clearing"}, "Versicherung wird geklärt"),
        ({"insurance": "none"}, "keine Versicherung"),
        ({"insurance": "proven", "insurance_quarter": "2026-Q4"}, "Versicherung nachgewiesen"),
        (
            {"insurance": "proven", "insurance_quarter": "2026-Q3"},
            "Versicherung für dieses Quartal nicht nachgewiesen",
        ),
        ({"language": "tr"}, "Sprache: Türkçe Versicherung nicht bekannt"),
        (
            {"language": "ar", "needs_interpreter": True, "wants_companion": True},
            "Sprache: العربية mit Sprachmittlung mit Begleitung Versicherung nicht bekannt",
        ),
    ],
)
def test_what_helps_to_prepare(place: Place, values: dict[str, object], expected: str) -> None:
    client = place.client()
    place.book(slot_of(place.hour()), client)
    change(client, place, **values)
    assert facts(place) == [f"Erstgespräch Erstkontakt {expected} nicht per SMS bestätigt"]


def test_the_first_contact_and_the_nth(place: Place, elsewhere: Place) -> None:
    client = place.client()
    for day in (2, 3):
        hour = place.hour(datetime.date(2026, 12, day))
        appointment_in(hour, Attendance.DONE, client=client)
    appointment_in(place.hour(datetime.date(2026, 12, 4)), Attendance.NOT_COME, client=client)
    place.book(slot_of(place.hour()), client)
    assert facts(place)[0].startswith("Erstgespräch 3. Kontakt ")


def test_who_confirmed_by_sms(place: Place) -> None:
    place.book(slot_of(place.hour()))
    Appointment.objects.update(confirmed_at=NOW)
    assert facts(place)[0].endswith(" per SMS bestätigt")
    assert "nicht per SMS" not in facts(place)[0]


def test_what_is_free_and_who_waits(place: Place) -> None:
    hour = place.hour(slots=2)
    place.book(slot_of(hour))
    page = Desk(place.worker).get(DAY)
    assert page.texts("pia-day-free") == ["Noch frei: 13:30–14:00 Uhr . Auf der Warteliste steht niemand."]
    client = place.client(name="Alex Muster")
    waiting.add(
        client=client,
        site=place.site,
        appointment_type=AppointmentType.FOLLOW_UP,
        by=place.worker,
        now=NOW,
    )
    Slot.objects.filter(state="free").update(state="blocked")
    for person in (place.worker, place.psychiatrist):
        assert Desk(person).get(DAY).texts("pia-day-free") == [
            f"Es ist nichts mehr frei. Auf der Warteliste: {client} (Folgegespräch, seit 22.11.2026)."
        ]


@pytest.mark.parametrize("who", ["psychiatrist", "coordinator", "worker", "lead"])
def test_on_paper_a_name_stands_only_under_a_release_whoever_prints(place: Place, who: str) -> None:
    hour = place.hour(datetime.date(2026, 11, 22))
    secret, released = place.client(name="Alex Muster"), place.client(name="Bente Beispiel")
    for number, client in enumerate((secret, released)):
        place.book(slot_of(hour, number), client)
    walk_in_in(hour, client=place.client(name="Chris Probe"), clock="13:00")
    releases.give_release(
        client=released,
        clinic=place.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=datetime.date(2027, 6, 1),
        by=place.worker,
        now=NOW,
    )
    page = Desk(getattr(place, who)).get(f"/sprechstunden/{hour.pk}/tagesblatt/")
    assert [name in page.text for name in ("Muster", "Bente Beispiel", "Probe")] == [False, True, False]
    assert (str(secret) in page.text, str(released) in page.text) == (True, True)


def test_printing_the_screen_shows_no_name_without_a_release(place: Place) -> None:
    place.book(slot_of(place.hour()), place.client(name="Alex Muster"))
    page = Desk(place.worker).get(DAY)
    assert page.texts("pia-only-screen") == ["· Alex Muster"]


def test_neither_phone_nor_note_is_on_either(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    change(client, place, note="kommt nur vormittags")
    hour = place.hour()
    place.book(slot_of(hour), client)
    for person in (place.worker, place.psychiatrist):
        for address in (DAY, f"/sprechstunden/{hour.pk}/tagesblatt/"):
            text = Desk(person).get(address).text
            assert ("3920012" in text, "vormittags" in text) == (False, False)
