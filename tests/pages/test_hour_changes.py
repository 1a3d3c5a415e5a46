"""Changing a published hour from its page: a form, who will be told how, and then it is done."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import Appointment, Client, ConsultationHour
from sites.models import Absence, Role, User
from tests.builders import make_room, make_user
from tests.pages.desks import Desk, Place, slot_of
from tests.pages.reading import Page, attribute, text_of

CANCEL = {"reason": "person"}
REPLACED = {**CANCEL, "replacement_date": "2026-12-16"}


@pytest.fixture
def hour(place: Place) -> ConsultationHour:
    """Three slots on 9 December; in the first somebody with consent, in the second somebody without."""
    hour = place.hour()
    place.book(slot_of(hour), place.client(phone="0171 3920012", consents=True))
    place.book(slot_of(hour, 1), place.client(name="Nadja Muster"))
    return hour


def codes() -> list[str]:
    return [str(each) for each in Client.objects.order_by("pk")]


def preview(user: User, hour: ConsultationHour, what: str, **fields: object) -> tuple[Desk, Page]:
    desk = Desk(user)
    return desk, desk.post(f"/sprechstunden/{hour.pk}/{what}/", schritt="vorschau", **fields)


def confirm(desk: Desk, page: Page, hour: ConsultationHour, what: str, **fields: object) -> Page:
    seen = attribute(page.field("gesehen"), "value")
    return desk.post(f"/sprechstunden/{hour.pk}/{what}/", schritt="ausfuehren", gesehen=seen, **fields)


def rows(page: Page) -> list[str]:
    return [text_of(row) for body in page.elements("tbody") for row in page.elements("tr", within=body)]


def test_the_planner_is_led_from_the_hour_to_each_change(place: Place, hour: ConsultationHour) -> None:
    base = f"/sprechstunden/{hour.pk}/"
    expected = {
        "Verlegen": "verlegen",
        "Vertretung": "vertretung",
        "Beginn und Ende ändern": "dauer",
        "Absagen": "absagen",
    }
    links = Desk(place.psychiatrist).get(base).links
    assert {text: links.get(text) for text in expected} == {
        text: f"{base}{part}/" for text, part in expected.items()
    }
    for user in (place.worker, place.lead, place.admin):
        assert expected.keys() & Desk(user).get(base).links.keys() == set()


def test_cancelling_shows_first_who_will_be_told_how(place: Place, hour: ConsultationHour) -> None:
    _, page = preview(place.psychiatrist, hour, "absagen", **CANCEL)
    with_consent, without = codes()
    assert page.heading == "Wer bekommt Bescheid?"
    assert rows(page) == [
        f"{with_consent} 13:00–13:30 Uhr fällt aus per SMS",
        f"{without} 13:30–14:00 Uhr fällt aus persönlich",
    ]
    assert "1 per SMS, 1 persönlich durch die Einrichtung." in page.text
    assert [
        page.text.count(f"{user}: {what}")
        for user, what in ((place.psychiatrist, "Absage"), (place.worker, "Absage für 2 Termine"))
    ] == [1, 1]
    assert "Nadja" not in page.text
    assert "24 Stunden" not in page.text
    hour.refresh_from_db()
    assert hour.status == "published"


def test_cancelling_with_a_replacement(place: Place, hour: ConsultationHour) -> None:
    desk, page = preview(place.psychiatrist, hour, "absagen", **REPLACED)
    assert [row.split("Uhr ")[1:] for row in rows(page)] == [
        ["Mi. 16.12.2026, 13:00 ", "per SMS"],
        ["Mi. 16.12.2026, 13:30 ", "persönlich"],
    ]
    done = confirm(desk, page, hour, "absagen", **REPLACED)
    assert done.messages == [
        "Die Sprechstunde ist abgesagt und auf Mi. 16.12.2026, 13:00 Uhr verlegt. "
        "2 Klient:innen bekommen Bescheid."
    ]
    replacement = ConsultationHour.objects.get(replaces=hour)
    assert done.links["Mi. 16.12.2026, 13:00 Uhr"] == f"/sprechstunden/{replacement.pk}/"
    assert done.texts("pia-history__what")[0] == (
        "Sprechstunde abgesagt: Psychiater:in fällt aus (Krankheit oder anderes). "
        "Ersatz: Mi. 16.12.2026, 13:00 Uhr. 2 Termine verlegt"
    )
    assert Desk(place.worker).get(f"/sprechstunden/{replacement.pk}/").texts("pia-history__what") == [
        "Termin verschoben: von Mi. 09.12.2026, 13:30 Uhr auf Mi. 16.12.2026, 13:30 Uhr",
        "Termin verschoben: von Mi. 09.12.2026, 13:00 Uhr auf Mi. 16.12.2026, 13:00 Uhr",
        "Sprechstunde als Ersatz veröffentlicht",
    ]


def test_without_replacement_the_appointments_are_cancelled(place: Place, hour: ConsultationHour) -> None:
    desk, page = preview(place.coordinator, hour, "absagen", **CANCEL)
    done = confirm(desk, page, hour, "absagen", **CANCEL)
    assert done.messages == ["Die Sprechstunde ist abgesagt. 2 Klient:innen bekommen Bescheid."]
    assert set(Appointment.objects.values_list("status", "cancel_reason", "cancelled_by")) == {
        ("cancelled", "clinic", place.coordinator.pk)
    }


def test_somebody_books_meanwhile_then_the_preview_comes_again(place: Place, hour: ConsultationHour) -> None:
    desk, page = preview(place.psychiatrist, hour, "absagen", **CANCEL)
    place.book(slot_of(hour, 2))
    again = confirm(desk, page, hour, "absagen", **CANCEL)
    assert again.heading == "Wer bekommt Bescheid?"
    assert again.texts("kern-alert") == [
        "Achtung: Inzwischen hat sich an dieser Sprechstunde etwas geändert. "
        "Bitte sehen Sie sich noch einmal an, wer Bescheid bekommt, und bestätigen Sie dann."
    ]
    assert len(rows(again)) == 3
    assert confirm(desk, again, hour, "absagen", **CANCEL).messages == [
        "Die Sprechstunde ist abgesagt. 3 Klient:innen bekommen Bescheid."
    ]


def test_a_second_confirmation_finds_it_done(place: Place, hour: ConsultationHour) -> None:
    desk, page = preview(place.psychiatrist, hour, "absagen", **CANCEL)
    confirm(desk, page, hour, "absagen", **CANCEL)
    again = confirm(desk, page, hour, "absagen", **CANCEL)
    assert again.messages == [
        "Fehler: Diese Sprechstunde ist nicht veröffentlicht. Den Stand sehen Sie in der Ansicht des Monats."
    ]


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        (
            "absagen",
            {**CANCEL, "replacement_date": "2026-12-09"},
            "Der Ersatztermin liegt am selben Tag. Bitte wählen Sie einen anderen Tag, "
            "oder verlegen Sie die Sprechstunde.",
        ),
        (
            "absagen",
            {**CANCEL, "replacement_date": "2026-11-20"},
            "An diesem Tag gibt es den Standort nicht, oder er liegt in der Vergangenheit oder mehr als ein "
            "Jahr voraus. Bitte wählen Sie einen anderen Tag.",
        ),
        (
            "absagen",
            {**CANCEL, "replacement_date": "bald"},
            "Ersatztermin am: Bitte geben Sie ein Datum an, zum Beispiel 09.12.2026.",
        ),
        ("absagen", {}, "Grund: Bitte wählen Sie einen Grund."),
        (
            "dauer",
            {"from_time": "15:00", "to_time": "14:00"},
            "Das Ende liegt nicht nach dem Beginn. Bitte prüfen Sie beide Zeiten.",
        ),
        (
            "dauer",
            {"from_time": "13:15", "to_time": "14:30"},
            "Ein Termin passt nicht mehr in die Sprechstunde. Bitte lassen Sie zuerst von der Einrichtung "
            "verschieben oder absagen, was übersteht.",
        ),
        (
            "dauer",
            {"from_time": "13:00", "to_time": "14:30"},
            "So steht es schon da. Bitte ändern Sie Tag, Zeit oder Raum.",
        ),
    ],
)
def test_what_cannot_be_is_said_in_the_form(
    place: Place, hour: ConsultationHour, what: str, fields: dict[str, str], said: str
) -> None:
    _, page = preview(place.psychiatrist, hour, what, **fields)
    assert page.texts("pia-error-list") == [said]


def test_an_appointment_that_no_longer_fits_is_shown(place: Place, hour: ConsultationHour) -> None:
    _, page = preview(place.psychiatrist, hour, "dauer", from_time="13:15", to_time="14:30")
    first = Appointment.objects.earliest("starts_at")
    assert page.links[f"13:00–13:30 Uhr, {first.client}"] == f"/termine/{first.pk}/"


def test_moving(place: Place, hour: ConsultationHour) -> None:
    room = make_room(place.site.facility)
    fields = {"day": "2026-12-10", "from_time": "14:00", "room": room.pk}
    desk, page = preview(place.psychiatrist, hour, "verlegen", **fields)
    assert [row.split("Uhr ")[1] for row in rows(page)] == [
        "Do. 10.12.2026, 14:00 ",
        "Do. 10.12.2026, 14:30 ",
    ]
    done = confirm(desk, page, hour, "verlegen", **fields)
    assert done.messages == [f"Die Sprechstunde ist verlegt: Do. 10.12.2026, 14:00 Uhr, {room}."]
    assert done.texts("pia-history__what")[2] == (
        "Sprechstunde verlegt: von Mi. 09.12.2026, 13:00 Uhr auf Do. 10.12.2026, 14:00 Uhr; "
        f"{room} statt {place.room}"
    )


def test_another_room_is_nothing_that_clients_are_told(place: Place, hour: ConsultationHour) -> None:
    fields = {"day": "2026-12-09", "from_time": "13:00", "room": make_room(place.site.facility).pk}
    desk, page = preview(place.psychiatrist, hour, "verlegen", **fields)
    assert (rows(page), "weder Zeit noch Ort" in page.text) == ([], True)
    confirm(desk, page, hour, "verlegen", **fields)
    assert set(Appointment.objects.values_list("sequence", flat=True)) == {0}


def test_a_holiday_is_said_and_leaves_the_decision(place: Place, hour: ConsultationHour) -> None:
    fields = {"day": "2026-12-25", "from_time": "13:00", "room": place.room.pk}
    _, page = preview(place.psychiatrist, hour, "verlegen", **fields)
    assert page.texts("kern-alert") == [
        "Achtung: Etwas spricht gegen die neue Zeit Achtung: Feiertag: Erster Weihnachtstag "
        "Sie können es trotzdem so machen."
    ]


def test_a_room_that_is_taken_is_refused(place: Place, hour: ConsultationHour) -> None:
    place.hour(datetime.date(2026, 12, 16))
    _, page = preview(place.psychiatrist, hour, "absagen", **REPLACED)
    assert page.texts("pia-error-list") == [
        f"Das geht nicht: {place.psychiatrist} ist schon vergeben, 13:00–14:30; {place.room} ist schon "
        "vergeben, 13:00–14:30. Bitte wählen Sie eine andere Zeit oder einen anderen Raum."
    ]


def test_substitution_offers_those_who_are_free(place: Place, hour: ConsultationHour) -> None:
    free, away = (make_user(Role.PSYCHIATRIST, clinic=place.site.clinic) for _ in range(2))
    Absence.objects.create(user=away, first_date=hour.local_date, last_date=hour.local_date)
    desk = Desk(place.psychiatrist)
    page = desk.get(f"/sprechstunden/{hour.pk}/vertretung/")
    assert page.texts("kern-form-check") == [str(free)]
    assert page.texts("kern-alert") == [f"Nicht frei {away} ist abwesend"]
    _, page = preview(place.psychiatrist, hour, "vertretung", psychiatrist=free.pk)
    assert "Sie bekommen keine Nachricht." in page.text
    done = confirm(desk, page, hour, "vertretung", psychiatrist=free.pk)
    assert done.messages == [f"{free} übernimmt die Sprechstunde."]
    assert f"Vertretung: {free} statt {place.psychiatrist}" in done.texts("pia-history__what")


def test_with_nobody_free_it_says_so(place: Place, hour: ConsultationHour) -> None:
    page = Desk(place.psychiatrist).get(f"/sprechstunden/{hour.pk}/vertretung/")
    assert "Zurzeit ist niemand frei" in page.text


def test_less_than_a_day_ahead_the_preview_names_who_is_told_at_once(
    place: Place, hour: ConsultationHour
) -> None:
    place.worker.phone, place.worker.short_notice_sms = "+491713920034", True
    place.worker.save()
    with time_machine.travel(hour.starts_at - datetime.timedelta(hours=23), tick=False):
        _, page = preview(place.psychiatrist, hour, "absagen", **CANCEL)
    assert f"{place.worker}: E-Mail und SMS {place.lead}: E-Mail" in page.text


def test_what_was_typed_comes_back_when_somebody_wants_to_change_it(
    place: Place, hour: ConsultationHour
) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.post(f"/sprechstunden/{hour.pk}/absagen/", schritt="aendern", **REPLACED)
    assert attribute(page.field("replacement_date"), "value") == "2026-12-16"


@pytest.mark.parametrize("what", ["absagen", "verlegen", "vertretung", "dauer"])
def test_what_has_begun_can_not_be_changed(place: Place, hour: ConsultationHour, what: str) -> None:
    with time_machine.travel(hour.starts_at, tick=False):
        page = Desk(place.psychiatrist).get(f"/sprechstunden/{hour.pk}/{what}/")
    assert page.messages == [
        "Fehler: Diese Sprechstunde hat schon begonnen. Bitte lassen Sie die übrigen Termine einzeln von der "
        "Einrichtung verschieben oder absagen."
    ]


def queries_of_preview(user: User, hour: ConsultationHour) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert preview(user, hour, "absagen", **REPLACED)[1].heading == "Wer bekommt Bescheid?"
    return sum("set_config" not in query["sql"] for query in captured.captured_queries)


def test_it_costs_as_many_queries_for_five_appointments_as_for_one(place: Place) -> None:
    counts = []
    for slots, day in ((1, 9), (5, 10)):
        hour = place.hour(datetime.date(2026, 12, day), slots=5)
        for number in range(slots):
            place.book(slot_of(hour, number), place.client(phone="0171 3920012", consents=True))
        pages = [f"/sprechstunden/{hour.pk}/"]
        pages += [f"{pages[0]}{what}/" for what in ("absagen", "verlegen", "vertretung", "dauer")]
        counted = [Desk(place.psychiatrist).queries_of(address) for address in pages]
        counts.append([*counted, queries_of_preview(place.psychiatrist, hour)])
    assert counts[0] == counts[1]
