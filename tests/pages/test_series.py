"""A site's series: the list, the form with its preview, changing, the differences, how far ahead."""

import dataclasses
import datetime
from typing import Any

import pytest

from scheduling import disruptions, planning, publishing
from scheduling.models import Appointment, ConsultationHour, ConsultationSeries, HourStatus
from sites.models import FacilityClosure
from tests.builders import NOW, make_series
from tests.pages.desks import Desk, Place, slot_of
from tests.pages.reading import Page, attribute


def typed(place: Place, **other: Any) -> dict[str, Any]:
    """What somebody sends for «jeden letzten Donnerstag» in two slots."""
    return {
        "rhythm": "monthly",
        "nth": "-1",
        "weekday": "TH",
        "interval": "1",
        "dates": "",
        "from_time": "13:00",
        "to_time": "15:00",
        "starts_date": "2026-12-01",
        "ends_date": "",
        "room": place.room.pk,
        "psychiatrist": place.psychiatrist.pk,
        "zeile-TOTAL_FORMS": "4",
        "zeile-INITIAL_FORMS": "0",
        "zeile-0-kind": "first",
        "zeile-0-minutes": "50",
        "zeile-1-kind": "break",
        "zeile-1-minutes": "10",
        "zeile-2-kind": "",
        "zeile-2-minutes": "",
        "zeile-3-kind": "follow_up",
        "zeile-3-minutes": "25",
        **other,
    }


def address(place: Place, page: str = "") -> str:
    return f"/standorte/{place.site.slug}/reihen/{page}"


def preview(place: Place, **other: Any) -> list[str]:
    """The texts of the previewed days."""
    answer = Desk(place.psychiatrist).browser.get(address(place, "vorschau/"), typed(place, **other))
    assert answer.status_code == 200
    page = Page(answer)
    return page.texts("pia-preview__day", within=page.root)


def test_a_new_series_leads_to_the_drafts_that_it_gave(place: Place) -> None:
    page = Desk(place.psychiatrist).post(address(place, "neu/"), **typed(place))
    assert page.messages == ["Die Reihe ist angelegt. 2 Sprechstunden sind als Entwurf angelegt."]
    assert page.heading == "Entwürfe prüfen"
    assert page.headings == [
        "Zu klären (1)",
        "Donnerstag, 31. Dezember 2026",
        "Ohne Bedenken (1)",
        "Donnerstag, 28. Januar 2027",
    ]
    hour = ConsultationHour.objects.get(rule_date=datetime.date(2027, 1, 28))
    assert [slot.minutes for slot in hour.slots.order_by("starts_at")] == [50, 25, 35]


def test_the_list_says_the_rules_in_words(place: Place) -> None:
    Desk(place.psychiatrist).post(address(place, "neu/"), **typed(place))
    days = "3.12.2026, 17.12.2026"
    Desk(place.psychiatrist).post(address(place, "neu/"), **typed(place, rhythm="dates", dates=days))
    page = Desk(place.psychiatrist).get(address(place))
    assert page.headings == ["Jeden letzten Donnerstag im Monat", "An 2 festen Tagen"]
    assert "Erstgespräch 50 Min., Pause 10 Min., Folgegespräch 25 Min." in page.text
    assert "03.12.2026, 17.12.2026" in page.text


@pytest.mark.parametrize(
    ("other", "field", "error"),
    [
        ({"from_time": ""}, "from_time", "Bitte geben Sie eine Uhrzeit an."),
        ({"rhythm": "dates", "dates": "31.02.2027"}, "dates", "«31.02.2027» ist kein Tag."),
        ({"rhythm": "dates"}, "dates", "Bitte geben Sie mindestens einen Tag an."),
        ({"interval": "13"}, "interval", "Der Abstand ist höchstens 12."),
        ({"room": "999999"}, "room", "Diese Auswahl gibt es nicht mehr."),
        ({"zeile-0-minutes": ""}, "zeile-0-minutes", "Bitte geben Sie an, wie viele Minuten."),
    ],
)
def test_mistakes_stand_beside_their_fields(
    place: Place, other: dict[str, object], field: str, error: str
) -> None:
    page = Desk(place.psychiatrist).post(address(place, "neu/"), **typed(place, **other))
    assert page.error_of(field).startswith(f"Fehler: {error}")
    assert ConsultationSeries.objects.count() == 0


def test_what_the_rules_of_planning_refuse_is_said_above(place: Place) -> None:
    page = Desk(place.psychiatrist).post(address(place, "neu/"), **typed(place, to_time="14:00"))
    assert "Die Zeitfenster dauern zusammen 85 Minuten, die Sprechstunde 60." in page.text


def test_more_lines_keep_what_was_typed(place: Place) -> None:
    page = Desk(place.psychiatrist).post(
        address(place, "neu/"), **typed(place, mehr="1", from_time="09:30", **{"zeile-0-minutes": "2"})
    )
    assert attribute(page.field("from_time"), "value") == "09:30"
    assert attribute(page.field("zeile-0-minutes"), "value") == "2"
    assert attribute(page.field("zeile-2-minutes"), "value") == "25"
    assert attribute(page.field("zeile-8-minutes"), "value") == ""
    assert ConsultationSeries.objects.count() == 0


def test_the_preview_shows_twelve_days_and_what_speaks_against_them(place: Place) -> None:
    day = datetime.date(2027, 1, 28)
    FacilityClosure.objects.create(
        facility=place.site.facility, first_date=day, last_date=day, reason="Umbau"
    )
    days = preview(place)
    assert len(days) == 12
    assert days[:2] == [
        "Do. 31.12.2026 13:00–15:00 Achtung: Silvester: bitte prüfen Schulferien: Weihnachtsferien",
        "Do. 28.01.2027 13:00–15:00 Achtung: Einrichtung geschlossen: Umbau",
    ]
    assert ConsultationHour.objects.count() == 0


def test_the_preview_of_half_a_form_is_empty_and_no_error(place: Place) -> None:
    assert preview(place, from_time="") == []
    assert preview(place, to_time="13:30") == []


def test_a_series_does_not_collide_with_its_own_hours(place: Place) -> None:
    series = make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    (draft,) = planning.publishing.propose_month(
        sites=[place.site], month=planning.Month(2026, 12), by=place.psychiatrist, now=NOW
    )
    publishing.publish_hour(hour=draft, by=place.psychiatrist, now=NOW)
    same = {"nth": "2", "weekday": "WE", "starts_date": "2026-12-01"}
    assert "vergeben" in preview(place, **same)[0]
    assert preview(place, **same, reihe=series.pk)[0] == "Mi. 09.12.2026 13:00–15:00"


def test_a_changed_series_leads_to_what_differs_and_applies_it(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    desk.post(address(place, "neu/"), **typed(place))
    series = ConsultationSeries.objects.get()
    for hour in ConsultationHour.objects.all():
        publishing.publish_hour(hour=hour, by=place.psychiatrist, now=NOW, despite_collisions=True)
    page = desk.post(f"/reihen/{series.pk}/", **typed(place, from_time="12:00"))
    assert page.messages == ["Die Reihe ist geändert. An den Entwürfen ändert sich nichts."]
    assert page.heading == "Abweichungen von der Reihe"
    assert page.headings == ["Donnerstag, 31. Dezember 2026", "Donnerstag, 28. Januar 2027"]
    assert "Zeit: 13:00–15:00 → 12:00–15:00" in page.text
    apply = f"/reihen/{series.pk}/abweichungen/uebernehmen/"
    assert apply == page.links["Alle übernehmen wer Bescheid bekommt"]
    preview = desk.get(page.links["Übernehmen Do. 31.12.2026"])
    assert preview.heading == "Wer bekommt Bescheid?"
    assert preview.headings == ["Donnerstag, 31. Dezember 2026", "Klient:innen", "Team"]
    page = desk.post(apply, gesehen=seen(preview))
    assert page.messages == ["Eine Sprechstunde ist jetzt, wie die Reihe sie vorsieht."]
    assert [each for each in page.links if each.startswith("Übernehmen")] == ["Übernehmen Do. 28.01.2027"]
    page = desk.post(apply, gesehen=seen(desk.get(apply)))
    assert page.messages == ["Eine Sprechstunde ist jetzt, wie die Reihe sie vorsieht."]
    assert page.texts("pia-empty")[0].startswith("Nichts weicht ab")
    assert desk.get(apply).heading == "Abweichungen von der Reihe"


@pytest.fixture
def booked(place: Place) -> ConsultationSeries:
    """Published hours on 31 December and 28 January from 13:00, a client in the first of them; the series
    begins at 12:00 now."""
    desk = Desk(place.psychiatrist)
    desk.post(address(place, "neu/"), **typed(place))
    series = ConsultationSeries.objects.get()
    for hour in ConsultationHour.objects.all():
        publishing.publish_hour(hour=hour, by=place.psychiatrist, now=NOW, despite_collisions=True)
    place.book(slot_of(ConsultationHour.objects.earliest("starts_at")))
    desk.post(f"/reihen/{series.pk}/", **typed(place, from_time="12:00"))
    return series


def test_before_booked_hours_follow_the_page_says_who_is_told_how(
    place: Place, booked: ConsultationSeries
) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.get(f"/reihen/{booked.pk}/abweichungen/uebernehmen/")
    assert page.headings == [
        *("Donnerstag, 31. Dezember 2026", "Klient:innen", "Team"),
        *("Donnerstag, 28. Januar 2027", "Klient:innen", "Team"),
    ]
    assert "0 per SMS, 1 persönlich durch die Einrichtung." in page.text
    assert "Do. 31.12.2026, 12:00 Uhr" in page.text
    assert f"{place.worker}: Änderung für 1 Termin" in page.text
    page = desk.post(f"/reihen/{booked.pk}/abweichungen/uebernehmen/", gesehen=seen(page))
    assert page.messages == ["2 Sprechstunden sind jetzt, wie die Reihe sie vorsieht."]
    assert f"{Appointment.objects.get().starts_at:%d.%m. %H:%M}" == "31.12. 11:00"


def test_what_changed_since_the_preview_is_not_done(place: Place, booked: ConsultationSeries) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.get(f"/reihen/{booked.pk}/abweichungen/uebernehmen/")
    place.book(slot_of(ConsultationHour.objects.earliest("starts_at"), 1))
    page = desk.post(f"/reihen/{booked.pk}/abweichungen/uebernehmen/", gesehen=seen(page))
    assert page.messages == [
        f"Fehler: {disruptions.HourChangedMeanwhile()}",
        "Eine Sprechstunde ist jetzt, wie die Reihe sie vorsieht.",
    ]


def test_what_does_not_fit_is_listed_and_has_to_be_resolved_first(
    place: Place, booked: ConsultationSeries
) -> None:
    desk = Desk(place.psychiatrist)
    short = {"from_time": "12:30", "zeile-0-minutes": "40"}
    page = desk.post(f"/reihen/{booked.pk}/", **typed(place, **short))
    assert "Das lässt sich so nicht übernehmen" in page.text
    appointment = Appointment.objects.get()
    assert page.links[f"13:00–13:50 Uhr, {appointment.client.code}"] == f"/termine/{appointment.pk}/"
    hour = appointment.slot.hour
    assert desk.get(f"/reihen/{booked.pk}/abweichungen/uebernehmen/?hour={hour.pk}").heading == page.heading


def test_differences_and_preview_cost_as_many_queries_for_four_hours_as_for_one(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    place.site.months_ahead = 4
    place.site.save()
    desk.post(address(place, "neu/"), **typed(place))
    series = ConsultationSeries.objects.get()
    for hour in ConsultationHour.objects.all():
        publishing.publish_hour(hour=hour, by=place.psychiatrist, now=NOW, despite_collisions=True)
        place.book(slot_of(hour))
    desk.post(f"/reihen/{series.pk}/", **typed(place, from_time="12:00"))
    apply = f"/reihen/{series.pk}/abweichungen/uebernehmen/"
    first = ConsultationHour.objects.earliest("starts_at")
    desk.get(apply)
    one, four = desk.queries_of(f"{apply}?hour={first.pk}"), desk.queries_of(apply)
    assert (one, len(seen(desk.get(apply)))) == (four, 4)
    listed = f"/reihen/{series.pk}/abweichungen/"
    four = desk.queries_of(listed)
    ConsultationHour.objects.exclude(pk=first.pk).update(status=HourStatus.HELD)
    assert desk.queries_of(listed) == four


def seen(page: Page) -> list[str]:
    """The states that the preview showed, as its form sends them."""
    fields = [each for each in page.elements("input") if attribute(each, "name") == "gesehen"]
    return [attribute(each, "value") for each in fields]


def test_the_form_of_a_series_shows_it_as_it_is(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    desk.post(address(place, "neu/"), **typed(place, ends_date="2027-06-30"))
    page = desk.get(f"/reihen/{ConsultationSeries.objects.get().pk}/")
    shown = {name: attribute(page.field(name), "value") for name in ("from_time", "to_time", "ends_date")}
    assert shown == {"from_time": "13:00", "to_time": "15:00", "ends_date": "2027-06-30"}
    assert "Jeden letzten Donnerstag im Monat" in page.text


def test_how_far_ahead_is_a_setting_and_drafts_at_once(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    desk.post(address(place, "neu/"), **typed(place))
    settings = f"/standorte/{place.site.slug}/planung/"
    page = desk.post(settings, months_ahead="4", publish_days_ahead="30", remind_days_ahead="7")
    assert page.messages == ["Die Einstellungen sind gespeichert. 2 Sprechstunden sind als Entwurf angelegt."]
    page = desk.post(settings, months_ahead="4", publish_days_ahead="7", remind_days_ahead="30")
    assert "Bitte geben Sie beim Erinnern höchstens so viele Tage an wie beim Veröffentlichen." in page.text
    place.site.refresh_from_db()
    assert (place.site.publish_days_ahead, place.site.remind_days_ahead) == (30, 7)


def test_the_same_series_twice_is_refused(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    desk.post(address(place, "neu/"), **typed(place))
    page = desk.post(address(place, "neu/"), **typed(place))
    assert "Genau diese Reihe gibt es an diesem Standort schon." in page.text
    assert ConsultationSeries.objects.count() == 1
    desk.post(address(place, "neu/"), **typed(place, weekday="FR"))
    days = {"rhythm": "dates", "dates": "3.12.2026, 17.12.2026"}
    for _ in range(2):
        desk.post(address(place, "neu/"), **typed(place, **days))
    assert ConsultationSeries.objects.count() == 3


def test_a_series_that_somebody_changed_meanwhile_is_not_overwritten(place: Place) -> None:
    series = make_series(place.site, psychiatrist=place.psychiatrist, room=place.room)
    desk, form = Desk(place.psychiatrist), f"/reihen/{series.pk}/"

    def seen_on(page: Page) -> str:
        (field,) = [each for each in page.elements("input") if attribute(each, "name") == "gesehen"]
        return attribute(field, "value")

    seen = seen_on(desk.get(form))
    plan = planning.plan_of(series)
    later = dataclasses.replace(plan.recurrence, to_time=datetime.time(17))
    plan = dataclasses.replace(plan, recurrence=later)
    planning.change_series(series=series, plan=plan, by=place.coordinator, now=NOW)
    page = desk.post(form, **typed(place), gesehen=seen)
    assert "Jetzt gilt: zweiter Mittwoch im Monat, 13:00–17:00" in page.text
    assert planning.plan_of(ConsultationSeries.objects.get()) == plan
    desk.post(form, **typed(place), gesehen=seen_on(page))
    assert planning.plan_of(ConsultationSeries.objects.get()).recurrence.weekday == "TH"


def test_what_is_refused_still_shows_its_days(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    for _ in range(2):
        page = desk.post(address(place, "neu/"), **typed(place))
    assert len(page.texts("pia-preview__day")) == 12
    page = desk.post(address(place, "neu/"), **typed(place, to_time="13:30"))
    refused = "Die Zeitfenster dauern zusammen 85 Minuten, die Sprechstunde 30."
    assert page.text.count(refused) == 2
