"""Reads: what can be booked, how full the hours of a month are, at a constant number of queries."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from scheduling import booking, publishing, selectors
from scheduling.hour_reading import visible_hour
from scheduling.models import CancelReason, ConsultationHour, Slot
from scheduling.month_reading import hours_at
from scheduling.months import Month
from sites.models import Role, Site
from tests.builders import (
    DECEMBER,
    NOW,
    instant,
    make_client,
    make_draft_hour,
    make_published_hour,
    make_series,
    make_site,
    make_user,
)

pytestmark = pytest.mark.django_db

NINTH = datetime.date(2026, 12, 9)


def free(*sites: Site, start: datetime.datetime = NOW, days: int = 90) -> list[Slot]:
    return list(selectors.free_slots(sites, start, start + datetime.timedelta(days=days)))


def test_free_slots_come_in_order_of_time_whatever_the_site() -> None:
    late = make_published_hour(day=datetime.date(2026, 12, 16), slots=2)
    early = make_published_hour(day=NINTH, slots=2)
    assert free(late.site, early.site) == [*early.slots.all(), *late.slots.all()]
    assert free(late.site) == list(late.slots.all())


def test_only_free_slots_of_published_hours_that_take_appointments_are_shown() -> None:
    site = make_site()
    hour = make_published_hour(site, slots=4)
    make_draft_hour(site, day=datetime.date(2026, 12, 10))
    make_published_hour(site, day=datetime.date(2026, 12, 11), appointment_type="open")
    booked, held, blocked, left = hour.slots.all()
    client = make_client(site.facility)
    booking.book(slot=booked, client=client, by=client.created_by, now=NOW)
    Slot.objects.filter(pk=held.pk).update(state="held", held_until=hour.ends_at, held_by=client.created_by)
    Slot.objects.filter(pk=blocked.pk).update(state="blocked")
    assert free(site) == [left]


def test_a_slot_is_shown_from_its_start_to_before_the_end_of_the_span() -> None:
    hour = make_published_hour(slots=3)
    first, second, third = hour.slots.all()
    assert list(selectors.free_slots([hour.site], first.starts_at, third.starts_at)) == [first, second]


def test_free_slots_cost_one_query(django_assert_num_queries: Callable[..., Any]) -> None:
    sites = [make_published_hour(slots=2).site for _ in range(3)]
    with django_assert_num_queries(1):
        shown = [
            (slot.site.zone.key, slot.hour.psychiatrist.display_name)
            for slot in selectors.free_slots(sites, NOW, NOW + datetime.timedelta(days=90))
        ]
    assert len(shown) == 6


def test_hours_of_a_month_say_how_many_slots_are_left() -> None:
    site = make_site()
    make_series(site)  # two first interviews, two follow-ups, open time
    by = make_user()
    [hour] = publishing.propose_month(sites=[site], month=DECEMBER, by=by, now=NOW)
    publishing.publish_month(sites=[site], month=DECEMBER, by=by, now=NOW)
    first, second = hour.slots.all()[:2]
    client = make_client(site.facility)
    appointment = booking.book(slot=first, client=client, by=by, now=NOW)
    booking.book(slot=second, client=client, by=by, now=NOW)
    booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=NOW)
    [shown] = hours_at(site, DECEMBER, may_plan=True, now=NOW)
    assert counts(shown) == (hour, 4, 3)


def counts(hour: Any) -> tuple[ConsultationHour, int, int]:
    return hour, hour.slot_count, hour.free_count


def test_an_hour_of_open_time_has_no_slot_to_book() -> None:
    hour = make_published_hour(appointment_type="open")
    [shown] = hours_at(hour.site, DECEMBER, may_plan=True, now=NOW)
    assert counts(shown) == (hour, 0, 0)


def test_hours_of_a_month_cost_one_query_for_any_number_of_hours(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    site = make_site()
    for number in (1, 5):
        while site.hours.count() < number:
            make_published_hour(site, day=NINTH + datetime.timedelta(days=site.hours.count()), slots=2)
        with django_assert_num_queries(1):
            hours = hours_at(site, DECEMBER, may_plan=True, now=NOW)
            seen = [
                (str(hour), hour.site.clinic.name, str(hour.psychiatrist), str(hour.room), *counts(hour)[1:])
                for hour in hours
            ]
        assert len(seen) == number


def test_hours_of_a_month_are_those_of_the_sites_calendar() -> None:
    site = make_site()
    last = make_published_hour(site, day=datetime.date(2026, 12, 31), from_time=datetime.time(23), slots=1)
    first = make_published_hour(site, day=datetime.date(2027, 1, 1), from_time=datetime.time(0, 15), slots=1)
    assert first.starts_at == instant(datetime.date(2027, 1, 1), "00:15")
    assert hours_at(site, DECEMBER, may_plan=False, now=NOW) == [last]
    assert hours_at(site, Month(2027, 1), may_plan=False, now=NOW) == [first]


def test_slots_come_with_their_live_appointment_only(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    hour = make_published_hour(slots=3)
    client, other = make_client(hour.site.facility), make_client(hour.site.facility)
    first, second, _ = hour.slots.all()
    by = client.created_by
    gone = booking.book(slot=first, client=client, by=by, now=NOW)
    booking.cancel(appointment=gone, reason=CancelReason.CLIENT, by=by, now=NOW)
    again = booking.book(slot=first, client=other, by=by, now=NOW)
    gone = booking.book(slot=second, client=client, by=by, now=NOW)
    booking.cancel(appointment=gone, reason=CancelReason.CLIENT, by=by, now=NOW)
    looker = make_user(Role.PSYCHIATRIST, clinic=hour.site.clinic)
    with django_assert_num_queries(4):  # the fourth asks for the roles
        shown = visible_hour(looker, hour.pk, now=NOW)
        assert shown is not None
        live = [[each.client.code for each in slot.live] for slot in shown.slots.all()]  # type: ignore[attr-defined]
    assert live == [[again.client.code], [], []]
