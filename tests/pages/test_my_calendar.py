"""My calendar: secret addresses for my devices, each shown once and ended one by one."""

from django.test import Client as Browser

from notifications import feeds
from notifications.models import CalendarFeed
from tests.builders import NOW
from tests.pages.desks import Desk, Place
from tests.pages.reading import attribute

ADDRESS = "/profil/kalender/"


def test_a_new_address_is_shown_once_and_can_be_read_without_signing_in(place: Place) -> None:
    desk = Desk(place.psychiatrist)
    page = desk.post(ADDRESS)
    shown = attribute(page.by_id("adresse"), "value")
    assert "readonly" in dict(page.by_id("adresse").attributes)
    assert shown.startswith("http://127.0.0.1:8000/calendar/")
    answer = Browser().get(shown.removeprefix("http://127.0.0.1:8000"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert [each for each in desk.get(ADDRESS).elements("input") if attribute(each, "id") == "adresse"] == []


def test_my_addresses_are_listed_and_nobody_elses(place: Place) -> None:
    feeds.create_feed(user=place.psychiatrist, by=place.psychiatrist, now=NOW)
    feeds.create_feed(user=place.worker, by=place.worker, now=NOW)
    page = Desk(place.worker).get(ADDRESS)
    assert page.title == "Termine · Mein Kalender"
    assert page.texts("pia-told") == [
        "Kalender-Abo angelegt 22.11.2026, 12:00 Uhr · noch nicht abgeholt Beenden"
    ]


def test_ending_one_makes_its_address_dead(place: Place) -> None:
    feed, token = feeds.create_feed(user=place.worker, by=place.worker, now=NOW)
    page = Desk(place.worker).post(f"{ADDRESS}{feed.pk}/beenden/")
    assert page.messages == ["Das Kalender-Abo ist beendet. Diese Adresse zeigt nichts mehr an."]
    assert page.text.endswith("Sie haben noch kein Kalender-Abo.")
    assert Browser().get(f"/calendar/{token}.ics").status_code == 404


def test_somebody_elses_can_not_be_ended(place: Place) -> None:
    feed, _ = feeds.create_feed(user=place.psychiatrist, by=place.psychiatrist, now=NOW)
    assert Desk(place.worker).post(f"{ADDRESS}{feed.pk}/beenden/").status == 404
    assert CalendarFeed.objects.get().revoked_at is None


def test_it_costs_as_many_queries_for_five_addresses_as_for_one(place: Place) -> None:
    desk = Desk(place.worker)
    costs = []
    for _ in range(5):
        feeds.create_feed(user=place.worker, by=place.worker, now=NOW)
        costs.append(desk.queries_of(ADDRESS))
    assert costs == [4] * 5
