"""Proposing, publishing and withdrawing at one instant, and against bookings."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError

from scheduling import booking, publishing
from scheduling.models import Appointment, Change, ConsultationHour, HourStatus
from scheduling.publishing import HourCollides, HourHasAppointments, HourNotDraft, HourNotPublished, Published
from sites.models import Site, User
from tests.builders import (
    DECEMBER,
    NOW,
    make_client,
    make_draft_hour,
    make_published_hour,
    make_series,
    make_site,
    make_user,
)
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race
from tests.scheduling.invariants import broken

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ROUNDS = 5
MANY = 8


# -- proposing ----------------------------------------------------------------------------------------


def many_propose(sites: list[Site]) -> Outcome:
    by = make_user()
    # Half of them name the sites the other way round, so that they would lock them the other way round.
    return race(
        [
            partial(
                publishing.propose_month,
                sites=sites if number % 2 else sites[::-1],
                month=DECEMBER,
                by=by,
                now=NOW,
            )
            for number in range(MANY)
        ]
    )


def five_sites() -> list[Site]:
    sites = [make_series(make_site()).site for _ in range(5)]
    return list(Site.objects.filter(pk__in=[site.pk for site in sites]).select_related("facility"))


def test_many_proposers_draft_each_day_once() -> None:
    outcome = many_propose(five_sites())
    outcome.assert_no_errors()
    assert outcome.refusals == []
    assert sorted(len(result) for result in outcome.results if isinstance(result, list)) == [
        *[0] * (MANY - 1),
        5,
    ]
    assert ConsultationHour.objects.count() == Change.objects.count() == 5
    assert broken() == {}


def test_without_the_lock_on_the_series_proposers_meet_in_the_constraint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    locked = publishing._open_days
    monkeypatch.setattr(publishing, "_open_days", lambda *args, lock: locked(*args, lock=False))
    assert IntegrityError in errors_of_rounds(lambda: many_propose(five_sites()))
    assert broken() == {}


# -- publishing ---------------------------------------------------------------------------------------


def test_many_publishers_publish_each_hour_once() -> None:
    hours = [make_draft_hour() for _ in range(5)]
    sites = [hour.site for hour in hours]
    by = make_user()
    outcome = race(
        [partial(publishing.publish_month, sites=sites, month=DECEMBER, by=by, now=NOW) for _ in range(MANY)]
    )
    outcome.assert_no_errors()
    published = [hour for result in outcome.results if isinstance(result, Published) for hour in result.hours]
    assert sorted(published, key=lambda hour: hour.pk) == hours
    assert Change.objects.filter(kind="hour_published").count() == 5
    assert broken() == {}


def test_one_hour_is_published_by_one_of_many() -> None:
    hour, by = make_draft_hour(), make_user()
    outcome = race([partial(publishing.publish_hour, hour=hour, by=by, now=NOW) for _ in range(MANY)])
    outcome.assert_no_errors()
    assert outcome.results == [hour]
    assert [type(refusal) for refusal in outcome.refusals] == [HourNotDraft] * (MANY - 1)
    assert Change.objects.filter(kind="hour_published").count() == 1


def many_publish_at_one_time(psychiatrist: User) -> Outcome:
    """As many sites, one psychiatrist, one time; each publisher insists on the own hour."""
    hours = [make_draft_hour(psychiatrist=psychiatrist) for _ in range(MANY)]
    return race(
        [
            partial(publishing.publish_hour, hour=hour, by=psychiatrist, now=NOW, despite_collisions=True)
            for hour in hours
        ]
    )


def test_of_many_hours_of_a_psychiatrist_at_one_time_one_is_published() -> None:
    outcome = many_publish_at_one_time(make_user())
    outcome.assert_no_errors()
    assert len(outcome.results) == 1
    assert [type(refusal) for refusal in outcome.refusals] == [HourCollides] * (MANY - 1)
    assert ConsultationHour.objects.filter(status=HourStatus.PUBLISHED).count() == 1
    assert broken() == {}


def test_of_many_hours_in_a_room_at_one_time_one_is_published() -> None:
    first = make_draft_hour()
    hours = [
        first,
        *(make_draft_hour(make_site(facility=first.site.facility), room=first.room) for _ in range(MANY - 1)),
    ]
    outcome = race(
        [
            partial(
                publishing.publish_hour, hour=hour, by=hour.psychiatrist, now=NOW, despite_collisions=True
            )
            for hour in hours
        ]
    )
    outcome.assert_no_errors()
    assert (len(outcome.results), len(outcome.refusals)) == (1, MANY - 1)
    assert broken() == {}


def test_without_the_lock_on_people_publishers_meet_in_the_constraint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "lock_people_and_rooms", lambda hours: None)
    found = errors_of_rounds(lambda: many_publish_at_one_time(make_user()))
    assert found != set()
    assert broken() == {}


def errors_of_rounds(rounds: Callable[[], Outcome]) -> set[type[BaseException]]:
    """What came out besides results and refusals, in as many rounds as it takes."""
    for _ in range(ROUNDS_OF_CONTROL):
        if errors := rounds().errors:
            return {type(error) for error in errors}
    return set()


# -- withdrawing against booking ----------------------------------------------------------------------


def withdraw_against_bookings() -> tuple[ConsultationHour, Outcome]:
    hour = make_published_hour()
    by = make_user()
    clients = [make_client(hour.site.facility, by=by) for _ in range(6)]
    bookings = [
        partial(booking.book, slot=slot, client=client, by=by, now=NOW)
        for slot, client in zip(hour.slots.all(), clients, strict=True)
    ]
    withdrawal = partial(publishing.withdraw, hour=hour, by=by, now=NOW)
    return hour, race([*bookings[:3], withdrawal, *bookings[3:]])


def test_an_hour_is_withdrawn_or_booked_but_never_both() -> None:
    for _ in range(ROUNDS):
        hour, outcome = withdraw_against_bookings()
        outcome.assert_no_errors()
        hour.refresh_from_db()
        booked = Appointment.objects.filter(slot__hour=hour).count()
        refused = [type(refusal) for refusal in outcome.refusals]
        if hour.status == HourStatus.DRAFT:
            assert (booked, refused) == (0, [HourNotPublished] * 6)
        else:
            assert (booked, refused) == (6, [HourHasAppointments])
        assert broken() == {}


def test_without_the_share_lock_an_hour_is_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(booking, "CLAIM", booking.CLAIM.replace("FOR SHARE OF hour", ""))
    for _ in range(ROUNDS_OF_CONTROL):
        withdraw_against_bookings()
        if "live appointments are in published or held hours" in broken():
            return
    pytest.fail("the set-up shows no race")
