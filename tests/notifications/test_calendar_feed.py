"""The subscribed calendar: secret, neutral, of what its person may see, and cheap to ask for again."""

import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from icalendar import Calendar, Component
from pytest_django import DjangoAssertNumQueries

from notifications import feeds
from notifications.models import CalendarFeed
from scheduling import booking, publishing
from scheduling.models import CancelReason
from sites.models import Membership, User
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour
from tests.notifications.scenes import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(consents=False, name="Nadja Muster", phone="0171 3920077")


def subscribe(user: User) -> str:
    _, token = feeds.create_feed(user=user, by=user, now=NOW)
    return f"/calendar/{token}.ics"


def fetch(browser: Browser, path: str, *, now: datetime.datetime = NOW, **headers: str) -> Any:
    with time_machine.travel(now, tick=False):
        return browser.get(path, headers=headers)


def events(user: User, now: datetime.datetime = NOW) -> list[Component]:
    return Calendar.from_ical(feeds.read(user=user, now=now).content).walk("VEVENT")


def test_a_psychiatrist_sees_the_hours_and_how_full_they_are(scene: Scene) -> None:
    scene.book(0)
    scene.book(1)
    (event,) = events(scene.psychiatrist)

    assert {
        name: str(event[name]) for name in ("UID", "SUMMARY", "STATUS", "CLASS", "LOCATION", "SEQUENCE")
    } == {
        "UID": str(scene.hour.uid),
        "SUMMARY": "belegt 2/6",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "LOCATION": scene.hour.site.facility.neutral_name,
        "SEQUENCE": "0",
    }
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (scene.hour.starts_at, scene.hour.ends_at)


def test_open_time_counts_for_nothing(scene: Scene) -> None:
    hour = make_published_hour(
        scene.hour.site,
        day=datetime.date(2026, 12, 16),
        psychiatrist=scene.psychiatrist,
        slots=2,
        appointment_type="open",
    )
    summaries = {str(event["UID"]): str(event["SUMMARY"]) for event in events(scene.psychiatrist)}

    assert summaries[str(hour.uid)] == "belegt 0/0"


def test_drafts_and_others_hours_are_in_no_feed(scene: Scene) -> None:
    make_draft_hour(scene.hour.site, day=datetime.date(2026, 12, 16), psychiatrist=scene.psychiatrist)
    make_published_hour(scene.hour.site, day=datetime.date(2026, 12, 17))

    assert [str(event["UID"]) for event in events(scene.psychiatrist)] == [str(scene.hour.uid)]


def test_a_draft_that_was_left_out_is_in_no_feed(scene: Scene) -> None:
    """It counts as cancelled, and nobody ever heard of it."""
    day = datetime.date(2026, 12, 16)
    draft = make_draft_hour(scene.hour.site, day=day, psychiatrist=scene.psychiatrist)
    publishing.skip(hour=draft, by=scene.psychiatrist, now=NOW)

    assert [str(event["UID"]) for event in events(scene.psychiatrist)] == [str(scene.hour.uid)]


def test_a_withdrawn_hour_leaves_the_feed(scene: Scene) -> None:
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=NOW)

    assert events(scene.psychiatrist) == []


def test_a_cancelled_hour_stays_as_cancelled(scene: Scene) -> None:
    type(scene.hour).objects.filter(pk=scene.hour.pk).update(
        status="cancelled", cancelled_at=NOW, cancelled_by=scene.psychiatrist, sequence=1
    )
    (event,) = events(scene.psychiatrist)

    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_social_worker_sees_the_appointments_booked_by_them(scene: Scene) -> None:
    first, second = scene.book(0), scene.book(1)
    scene.cancel(second)
    other = make_scene(consents=False)
    other.book()
    found = events(scene.worker)

    assert [(str(event["UID"]), str(event["SUMMARY"]), str(event["STATUS"])) for event in found] == [
        (str(first.uid), "Termin", "CONFIRMED"),
        (str(second.uid), "Termin", "CANCELLED"),
    ]
    assert [event["SEQUENCE"] for event in found] == [0, 1]


def test_a_colleagues_appointments_are_in_no_feed(scene: Scene) -> None:
    colleague = make_client(scene.hour.site.facility)
    booking.book(slot=scene.slot(3), client=colleague, by=scene.psychiatrist, now=NOW)

    assert events(scene.worker) == []


def test_whoever_lost_the_role_sees_nothing_any_more(scene: Scene) -> None:
    scene.book()
    Membership.objects.all().delete()

    assert (events(scene.worker), events(scene.psychiatrist)) == ([], [])


def test_what_is_long_over_leaves_the_feed(scene: Scene) -> None:
    scene.book()
    after = scene.hour.starts_at + feeds.BACK

    assert len(events(scene.worker, after)) == 1
    assert events(scene.worker, after + datetime.timedelta(minutes=1)) == []


def test_the_feed_asks_to_be_fetched_hourly_and_has_no_method(scene: Scene) -> None:
    content = feeds.read(user=scene.psychiatrist, now=NOW).content

    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in content
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in content
    assert b"METHOD" not in content


def test_nothing_in_the_feed_tells_of_the_client_or_the_matter(scene: Scene) -> None:
    scene.book()
    secrets = [
        *scene.client.name.split(),
        scene.client.code,
        scene.hour.site.name,
        scene.hour.site.clinic.name,
        scene.hour.site.facility.name,
        "pia",
        "psych",
    ]
    for user in (scene.worker, scene.psychiatrist):
        content = feeds.read(user=user, now=NOW).content.decode().casefold()
        assert [secret for secret in secrets if secret.casefold() in content] == []


def test_an_empty_feed_is_a_calendar(client: Browser) -> None:
    user = User.objects.create_user("neu@example.org", None, display_name="Neu")
    response = fetch(client, subscribe(user))

    assert response.status_code == 200
    assert Calendar.from_ical(response.content).walk("VEVENT") == []
    assert "Last-Modified" not in response


def test_the_address_gives_the_calendar_to_whoever_knows_it(scene: Scene, client: Browser) -> None:
    response = fetch(client, subscribe(scene.psychiatrist))

    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Last-Modified"] == "Sun, 22 Nov 2026 11:00:00 GMT"
    assert len(Calendar.from_ical(response.content).walk("VEVENT")) == 1


def test_an_unchanged_calendar_is_not_sent_again(scene: Scene, client: Browser) -> None:
    path = subscribe(scene.psychiatrist)
    etag = fetch(client, path)["ETag"]
    later = NOW + datetime.timedelta(minutes=30)
    again = fetch(client, path, now=later, if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    scene.book()

    assert fetch(client, path, now=later, if_none_match=etag).status_code == 200


def test_a_withdrawn_hour_is_seen_by_calendars_that_ask_by_date(scene: Scene, client: Browser) -> None:
    """What was withdrawn leaves no later date behind, so a date alone never says «unchanged»."""
    path = subscribe(scene.psychiatrist)
    modified = fetch(client, path)["Last-Modified"]
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=NOW)

    assert fetch(client, path, if_modified_since=modified).status_code == 200


@pytest.mark.parametrize("path", ["/calendar/x.ics", "/calendar/.ics", "/calendar/%00.ics"])
def test_an_unknown_address_is_not_found(path: str, client: Browser) -> None:
    assert client.get(path).status_code == 404


def test_a_revoked_address_is_not_found(scene: Scene, client: Browser) -> None:
    kept, path = subscribe(scene.psychiatrist), subscribe(scene.psychiatrist)
    feed = CalendarFeed.objects.latest("pk")
    feeds.revoke(feed=feed, by=scene.psychiatrist, now=NOW)
    feeds.revoke(feed=feed, by=scene.psychiatrist, now=NOW + datetime.timedelta(days=1))
    feed.refresh_from_db()

    assert feed.revoked_at == NOW
    assert (fetch(client, path).status_code, fetch(client, kept).status_code) == (404, 200)


def test_the_feed_of_someone_who_left_is_not_found(scene: Scene, client: Browser) -> None:
    path = subscribe(scene.psychiatrist)
    scene.psychiatrist.is_active = False
    scene.psychiatrist.save()

    assert fetch(client, path).status_code == 404


def test_nothing_can_be_written_to_a_feed(scene: Scene, client: Browser) -> None:
    path = subscribe(scene.psychiatrist)

    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


def test_the_token_is_long_and_not_in_the_database(scene: Scene) -> None:
    _, token = feeds.create_feed(user=scene.worker, by=scene.worker, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(f)::text FROM notifications_calendarfeed f")
        (stored,) = cursor.fetchone()

    assert len(token) == 43
    assert token not in stored


def test_use_is_noted_now_and_then(scene: Scene, client: Browser) -> None:
    path = subscribe(scene.psychiatrist)
    feed = CalendarFeed.objects.get()
    seen = []
    for minutes in (0, 30, 90):
        fetch(client, path, now=NOW + datetime.timedelta(minutes=minutes))
        feed.refresh_from_db()
        seen.append(feed.last_used_at)

    assert seen == [NOW, NOW, NOW + datetime.timedelta(minutes=90)]


@pytest.mark.parametrize("count", [1, 4])
def test_a_feed_costs_a_constant_number_of_queries(
    count: int, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        appointment = scene.book(number)
        if number % 2:
            booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=scene.worker, now=NOW)
    for user in (scene.worker, scene.psychiatrist):
        with django_assert_num_queries(2):
            feeds.read(user=user, now=NOW)
