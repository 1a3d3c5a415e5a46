"""Proposing a month: first what would be drafted, then drafting it."""

import datetime

from scheduling.models import ConsultationHour
from sites.models import Absence
from tests.builders import make_series
from tests.pages.desks import Desk, Place


def preview(place: Place, month: str) -> str:
    return f"/standorte/{place.site.slug}/vorschau/?monat={month}"


def test_the_preview_shows_days_slots_and_what_speaks_against_them_and_writes_nothing(place: Place) -> None:
    make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    day = datetime.date(2026, 12, 9)
    Absence.objects.create(user=place.psychiatrist, first_date=day, last_date=day)
    page = Desk(place.psychiatrist).get(preview(place, "2026-12"))
    assert page.headings == ["Dezember 2026", "Mittwoch, 9. Dezember 2026"]
    assert page.texts("pia-hour__facts") == [f"13:00–16:30 Uhr {place.psychiatrist} {place.room}"]
    assert page.texts("pia-warnings") == [f"Achtung: {place.psychiatrist} ist abwesend"]
    assert page.texts("pia-chip") == [
        "13:00 Erstgespräch",
        "13:50 Erstgespräch",
        "14:40 Folgegespräch",
        "15:05 Folgegespräch",
        "15:30 Offene Sprechstunde",
    ]
    assert page.buttons == ["Als Entwurf anlegen"]
    assert ConsultationHour.objects.count() == 0


def test_proposing_drafts_the_month_and_leads_back_to_it(place: Place) -> None:
    make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    page = Desk(place.psychiatrist).post(f"/standorte/{place.site.slug}/vorschlagen/", month="2026-12")
    assert page.messages == [
        "Eine Sprechstunde ist als Entwurf angelegt. Bitte prüfen Sie sie und veröffentlichen Sie dann."
    ]
    assert (page.headings[0], page.texts("kern-badge")) == ("Dezember 2026", ["Entwurf"])


def test_proposing_twice_says_that_there_is_nothing_new(place: Place) -> None:
    make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    desk = Desk(place.psychiatrist)
    desk.post(f"/standorte/{place.site.slug}/vorschlagen/", month="2026-12")
    page = desk.post(f"/standorte/{place.site.slug}/vorschlagen/", month="2026-12")
    assert page.messages == ["Für diesen Monat gibt es nichts Neues vorzuschlagen."]
    assert ConsultationHour.objects.count() == 1


def test_given_nothing_to_propose_then_the_preview_says_so(place: Place) -> None:
    page = Desk(place.psychiatrist).get(preview(place, "2026-12"))
    assert page.texts("pia-empty")[0].startswith("Für diesen Monat gibt es nichts Neues vorzuschlagen")
    assert page.buttons == []


def test_given_a_month_that_is_over_then_the_preview_is_refused(place: Place) -> None:
    page = Desk(place.psychiatrist).get(preview(place, "2026-10"))
    assert page.messages == [
        "Fehler: Dieser Monat ist vorbei. Bitte wählen Sie den laufenden oder einen späteren Monat."
    ]
    assert page.headings == ["Oktober 2026"]


def test_the_preview_costs_as_many_queries_for_five_hours_as_for_one(place: Place) -> None:
    make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    costs = [Desk(place.psychiatrist).queries_of(preview(place, "2026-12"))]
    for weekday in ("MO", "TU", "TH", "FR"):
        make_series(place.site, psychiatrist=place.psychiatrist, room=place.room, weekday=weekday)
    costs.append(Desk(place.coordinator).queries_of(preview(place, "2026-12")))
    assert costs == [8, 8]
