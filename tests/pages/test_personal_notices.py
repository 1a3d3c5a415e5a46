"""«Persönlich Bescheid sagen»: who is on the list, and what becomes of it."""

import pytest

from notifications.models import PersonalNotice
from notifications.planning import plan_changes
from scheduling.cancelling import cancel_hour
from scheduling.models import HourCancelReason
from tests.builders import NOW
from tests.pages.desks import FIRST_DAY, Desk, Place, slot_of
from tests.pages.reading import Page, text_of

LIST = "/bescheid/"


def rows(page: Page) -> list[str]:
    return [text_of(row) for body in page.elements("tbody") for row in page.elements("tr", within=body)]


@pytest.fixture
def notice(place: Place) -> PersonalNotice:
    hour = place.hour()
    place.book(slot_of(hour), place.client(name="Alex Muster", phone="0171 3920012"))
    cancel_hour(
        hour=hour,
        reason=HourCancelReason.PERSON,
        replacement_date=FIRST_DAY.replace(day=16),
        by=place.psychiatrist,
        now=NOW,
    )
    plan_changes(now=NOW)
    return PersonalNotice.objects.get()


def test_it_says_whom_to_tell_what_and_why(place: Place, notice: PersonalNotice) -> None:
    client = notice.appointment.client
    assert rows(Desk(place.worker).get(LIST)) == [
        f"{client} · Alex Muster Neue Zeit: Mi. 16.12.2026, 13:00 Uhr bisher Mi. 09.12.2026, 13:00 Uhr "
        f"0171 3920012 keine Einwilligung offen Bescheid gesagt {client} Nicht erreicht {client}"
    ]


def test_who_was_told_leaves_the_list(place: Place, notice: PersonalNotice) -> None:
    page = Desk(place.lead).post(f"{LIST}{notice.pk}/erledigt/")
    assert (page.messages, rows(page)) == ([f"Notiert: {notice.appointment.client} weiß Bescheid."], [])
    notice.refresh_from_db()
    assert (notice.state, notice.tried_at, notice.tried_by) == ("done", NOW, place.lead)


def test_who_was_not_reached_stays_with_who_tried(place: Place, notice: PersonalNotice) -> None:
    page = Desk(place.worker).post(f"{LIST}{notice.pk}/nicht-erreicht/")
    assert page.messages == [
        f"Notiert: {notice.appointment.client} war nicht zu erreichen und bleibt auf der Liste."
    ]
    assert f"nicht erreicht 22.11.2026, 12:00 Uhr, {place.worker}" in rows(page)[0]
    assert rows(Desk(place.worker).post(f"{LIST}{notice.pk}/erledigt/")) == []


def test_a_second_person_is_told_that_it_is_done(place: Place, notice: PersonalNotice) -> None:
    Desk(place.worker).post(f"{LIST}{notice.pk}/erledigt/")
    page = Desk(place.lead).post(f"{LIST}{notice.pk}/nicht-erreicht/")
    assert page.messages == [
        "Fehler: Das hat inzwischen jemand erledigt, oder es ist durch eine spätere Änderung überholt."
    ]
    notice.refresh_from_db()
    assert (notice.state, notice.tried_by) == ("done", place.worker)


def test_other_facilities_and_the_clinic_see_none_of_it(
    place: Place, elsewhere: Place, notice: PersonalNotice
) -> None:
    for user in (elsewhere.worker, place.psychiatrist, place.admin):
        page = Desk(user).get(LIST)
        assert (rows(page), "Niemand wartet auf Bescheid" in page.text) == ([], True)


def test_it_costs_as_many_queries_for_five_as_for_one(place: Place, notice: PersonalNotice) -> None:
    before = Desk(place.worker).queries_of(LIST)
    hour = place.hour(FIRST_DAY.replace(day=17), slots=4)
    for number in range(4):
        place.book(slot_of(hour, number))
    cancel_hour(hour=hour, reason=HourCancelReason.ROOM, by=place.psychiatrist, now=NOW)
    plan_changes(now=NOW)
    page = Desk(place.worker).get(LIST)
    assert (len(rows(page)), Desk(place.worker).queries_of(LIST)) == (5, before)


def test_how_to_be_told_at_short_notice_is_everybodys_own_choice(place: Place) -> None:
    desk = Desk(place.worker)
    page = desk.post("/konto/kurzfristig/", by_sms="on")
    assert page.error_of("phone") == (
        "Fehler: Für SMS wird eine Mobilnummer gebraucht. "
        "Bitte tragen Sie sie ein, zum Beispiel 0171 3920012."
    )
    assert desk.post("/konto/kurzfristig/", by_sms="on", phone="030 23125100").error_of("phone") != ""
    assert desk.post("/konto/kurzfristig/", phone="17").error_of("phone") != ""
    assert desk.post("/konto/kurzfristig/", by_sms="on", phone="0171 3920034").messages == ["Gespeichert."]
    place.worker.refresh_from_db()
    assert (place.worker.short_notice_email, place.worker.short_notice_sms, place.worker.phone) == (
        False,
        True,
        "+491713920034",
    )
