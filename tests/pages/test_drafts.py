"""The drafts that wait: seen with what speaks against them, answered with one click, published together."""

import datetime

import pytest
import time_machine

from scheduling import drafts, publishing, rearranging
from scheduling.models import ConsultationHour, HourStatus
from scheduling.slot_plan import Line
from tests.builders import NOW, instant, make_room
from tests.pages.desks import Desk, Place, make_place
from tests.pages.reading import Page, attribute

EVE = datetime.date(2026, 12, 24)


def answer(place: Place, hour: ConsultationHour, what: str, **more: object) -> list[str]:
    page = Desk(place.psychiatrist).post(f"/sprechstunden/{hour.pk}/antwort/", antwort=what, **more)
    assert page.heading == "Entwürfe prüfen"
    return page.messages


def test_what_is_to_be_decided_comes_first_with_its_answers(place: Place) -> None:
    clear, unclear = place.draft(), place.draft(EVE)
    other = make_room(place.site.facility)
    page = Desk(place.psychiatrist).get("/entwuerfe/")
    assert page.headings == [
        "Zu klären (1)",
        "Donnerstag, 24. Dezember 2026",
        "Ohne Bedenken (1)",
        "Mittwoch, 9. Dezember 2026",
    ]
    assert page.texts("pia-warnings") == ["Achtung: Heiligabend: bitte prüfen"]
    assert page.texts("pia-hint") == ["Schulferien: Weihnachtsferien"]
    assert page.buttons == [
        "Eine Woche früher: Do. 17.12.2026",
        "Eine Woche später: Do. 31.12.2026 (Silvester: bitte prüfen)",
        "Trotzdem veröffentlichen Do. 24.12.2026",
        "Auslassen Do. 24.12.2026",
        f"Anderer Raum: {other} Do. 24.12.2026",
        "Diesen veröffentlichen",
        "Veröffentlichen Mi. 09.12.2026",
        "Auslassen Mi. 09.12.2026",
    ]
    assert page.links["Anderer Tag, andere Zeit Do. 24.12.2026"] == f"/sprechstunden/{unclear.pk}/aendern/"
    assert page.links["Zeitfenster Mi. 09.12.2026"] == f"/sprechstunden/{clear.pk}/zeitfenster/"


@pytest.mark.parametrize(
    ("what", "said", "day", "status"),
    [
        ("frueher", "ist jetzt am Donnerstag, 17. Dezember 2026.", "17.12.", "draft"),
        ("spaeter", "ist jetzt am Donnerstag, 31. Dezember 2026.", "31.12.", "draft"),
        ("auslassen", "fällt aus.", "24.12.", "cancelled"),
        ("trotzdem", "ist veröffentlicht. Die Einrichtung kann jetzt buchen.", "24.12.", "published"),
    ],
)
def test_one_click_answers(place: Place, what: str, said: str, day: str, status: str) -> None:
    hour = place.draft(EVE)
    assert answer(place, hour, what) == [f"Die Sprechstunde am Donnerstag, 24. Dezember 2026 {said}"]
    hour.refresh_from_db()
    assert (f"{hour.local_date:%d.%m.}", hour.status) == (day, status)


def test_another_room_with_one_click(place: Place) -> None:
    hour, room = place.draft(EVE), make_room(place.site.facility)
    assert answer(place, hour, "raum", raum=room.pk) == [
        f"Die Sprechstunde am Donnerstag, 24. Dezember 2026 ist jetzt in «{room}»."
    ]
    hour.refresh_from_db()
    assert hour.room == room


def test_an_answer_that_comes_too_late_says_so(place: Place) -> None:
    hour = place.draft(EVE)
    publishing.skip(hour=hour, by=place.psychiatrist, now=NOW)
    assert answer(place, hour, "spaeter") == [f"Fehler: {publishing.HourNotDraft()}"]


def test_an_answer_leads_back_to_the_list_as_it_was_narrowed(place: Place) -> None:
    hour = place.draft(EVE)
    place.draft(datetime.date(2027, 1, 20))
    page = Desk(place.psychiatrist).post(
        f"/sprechstunden/{hour.pk}/antwort/", antwort="frueher", monat="2026-12", standort=place.site.slug
    )
    assert page.headings == ["Dezember 2026", "Ohne Bedenken (1)", "Donnerstag, 17. Dezember 2026"]


def test_all_that_is_clear_is_published_together_and_nothing_else(place: Place) -> None:
    shown, unclear = place.draft(), place.draft(EVE)
    unseen = place.draft(datetime.date(2026, 12, 16))
    page = Desk(place.psychiatrist).post("/entwuerfe/veroeffentlichen/", hour=[shown.pk, unclear.pk, "x"])
    assert sorted(page.messages) == [
        "Achtung: Gegen manche Entwürfe spricht inzwischen etwas: Sie sind nicht veröffentlicht. "
        "Bitte entscheiden Sie dort.",
        "Eine Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.",
    ]
    published = ConsultationHour.objects.filter(status=HourStatus.PUBLISHED)
    assert list(published) == [shown]
    assert unseen.pk not in published.values_list("pk", flat=True)


def test_drafts_of_other_clinics_are_neither_shown_nor_published(place: Place, elsewhere: Place) -> None:
    foreign = elsewhere.draft()
    desk = Desk(place.psychiatrist)
    assert desk.get("/entwuerfe/").texts("pia-empty")[0].startswith("Kein Entwurf wartet")
    desk.post("/entwuerfe/veroeffentlichen/", hour=foreign.pk)
    foreign.refresh_from_db()
    assert foreign.status == HourStatus.DRAFT


def test_another_day_and_time_by_the_form(place: Place) -> None:
    hour = place.draft(EVE)
    desk = Desk(place.psychiatrist)
    typed = {
        "date": "2026-12-21",
        "from_time": "10:00",
        "to_time": "12:00",
        "room": place.room.pk,
        "psychiatrist": place.psychiatrist.pk,
    }
    page = desk.post(f"/sprechstunden/{hour.pk}/aendern/", **{**typed, "to_time": "09:00"})
    assert "Das Ende liegt nicht nach dem Anfang." in page.text
    page = desk.post(f"/sprechstunden/{hour.pk}/aendern/", **typed)
    assert page.messages == ["Der Entwurf ist geändert, er steht jetzt am Montag, 21. Dezember 2026."]
    hour.refresh_from_db()
    assert f"{hour.local_start:%d.%m. %H:%M}" == "21.12. 10:00"


def test_the_slots_of_an_hour_by_the_form(place: Place) -> None:
    hour = place.hour()
    place.book(hour.slots.earliest("starts_at"))
    desk = Desk(place.psychiatrist)
    lines = {
        "zeile-TOTAL_FORMS": "3",
        "zeile-INITIAL_FORMS": "0",
        "zeile-0-kind": "first",
        "zeile-0-minutes": "30",
        "zeile-1-kind": "break",
        "zeile-1-minutes": "15",
        "zeile-2-kind": "follow_up",
        "zeile-2-minutes": "25",
        "zeile-2-blocked": "on",
    }
    address = f"/sprechstunden/{hour.pk}/zeitfenster/"
    page = desk.get(address)
    assert "13:00–13:30 Uhr, Erstgespräch" in page.texts("kern-alert")[0]
    page = desk.post(address, **{**lines, "zeile-0-minutes": "20"})
    assert page.texts("kern-alert")[0].startswith("Fehler: Das Zeitfenster um 13:00 Uhr ist belegt")
    page = desk.post(address, **lines)
    assert page.messages == ["Die Zeitfenster sind geändert."]
    slots = [(each.minutes, each.state) for each in hour.slots.order_by("starts_at")]
    assert slots == [(30, "busy"), (25, "blocked"), (20, "free")]


def test_two_sites_can_be_told_apart_and_narrowed(place: Place) -> None:
    second = make_place()
    second.site.clinic = place.site.clinic
    second.site.save()
    place.draft()
    second.draft()
    page = Desk(place.psychiatrist).get(f"/entwuerfe/?standort={second.site.slug}")
    assert page.headings == ["Ohne Bedenken (1)", "Mittwoch, 9. Dezember 2026"]
    assert page.links[second.site.name] == f"?standort={second.site.slug}"


def test_the_same_answer_twice_moves_once(place: Place) -> None:
    hour = place.draft(EVE)
    for _ in range(2):
        assert answer(place, hour, "frueher", tag="2026-12-24") == [
            "Die Sprechstunde am Donnerstag, 24. Dezember 2026 ist jetzt am Donnerstag, 17. Dezember 2026."
        ]
    hour.refresh_from_db()
    assert hour.local_date == datetime.date(2026, 12, 17)


def test_an_answer_to_a_draft_that_stands_elsewhere_by_now_says_where(place: Place) -> None:
    hour = place.draft(EVE)
    answer(place, hour, "frueher", tag="2026-12-24")
    assert answer(place, hour, "spaeter", tag="2026-12-24") == [
        "Fehler: Dieser Entwurf steht inzwischen am 17.12.2026. "
        "Bitte sehen Sie nach, ob das so stimmt, und entscheiden Sie dann."
    ]
    assert answer(place, hour, "spaeter", tag="9999-99-99") == [
        "Die Sprechstunde am Donnerstag, 17. Dezember 2026 ist jetzt am Donnerstag, 24. Dezember 2026."
    ]


def seen_on(page: Page) -> str:
    """What the form says that it showed."""
    (field,) = [each for each in page.elements("input") if attribute(each, "name") == "gesehen"]
    return attribute(field, "value")


def test_a_draft_that_somebody_changed_meanwhile_is_not_overwritten(place: Place) -> None:
    hour = place.draft(EVE)
    desk, address = Desk(place.psychiatrist), f"/sprechstunden/{hour.pk}/aendern/"
    seen = seen_on(desk.get(address))
    drafts.shift(hour=hour, weeks=-1, by=place.coordinator, now=NOW)
    typed = {
        "date": "2026-12-24",
        "from_time": "09:00",
        "to_time": "10:30",
        "room": place.room.pk,
        "psychiatrist": place.psychiatrist.pk,
    }
    page = desk.post(address, **typed, gesehen=seen)
    assert "Jetzt gilt: 17.12.2026, 13:00–14:30 Uhr" in page.text
    assert [attribute(each, "value") for each in page.elements("input")][-3:] == [
        "2026-12-24",
        "09:00",
        "10:30",
    ]
    # A mistake in between doesn't count as having looked; saving once more does.
    assert desk.post(address, **{**typed, "date": ""}, gesehen=seen).text.count("Jetzt gilt") == 0
    desk.post(address, **typed, gesehen=seen_on(page))
    hour.refresh_from_db()
    assert f"{hour.local_start:%d.%m. %H:%M}" == "24.12. 09:00"


def test_slots_that_somebody_divided_meanwhile_are_not_overwritten(place: Place) -> None:
    hour = place.hour()
    desk, address = Desk(place.psychiatrist), f"/sprechstunden/{hour.pk}/zeitfenster/"
    seen = seen_on(desk.get(address))
    rearranging.rearrange(hour=hour, lines=[Line("first", 60)], by=place.coordinator, now=NOW)
    lines = {
        "zeile-TOTAL_FORMS": "1",
        "zeile-INITIAL_FORMS": "0",
        "zeile-0-kind": "follow_up",
        "zeile-0-minutes": "30",
    }
    page = desk.post(address, **lines, gesehen=seen)
    assert "Jetzt gilt: 13:00–14:30 Uhr, Erstgespräch 60 Min., Offene Sprechstunde 30 Min." in page.text
    assert [each.minutes for each in hour.slots.order_by("starts_at")] == [60, 30]
    page = desk.post(address, **lines, gesehen=seen_on(page))
    assert [each.minutes for each in hour.slots.order_by("starts_at")] == [30, 60]


def test_the_slots_of_an_hour_that_is_over_are_no_form(place: Place) -> None:
    begun, skipped = place.hour(NOW.date()), place.draft()
    publishing.skip(hour=skipped, by=place.psychiatrist, now=NOW)
    with time_machine.travel(instant(NOW.date(), "13:01"), tick=True):
        desk = Desk(place.psychiatrist)
        for hour, code in ((begun, publishing.HourIsOver), (skipped, rearranging.HourHasEnded)):
            page = desk.get(f"/sprechstunden/{hour.pk}/zeitfenster/")
            assert page.messages == [f"Fehler: {code.sentence}"]
