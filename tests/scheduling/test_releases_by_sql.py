"""The rule when a release stands is said twice, by the ORM and where SQL is written out: they agree."""

import datetime
import random
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from scheduling import booking, day_reading, selectors
from scheduling.models import Appointment, Client, Release
from scheduling.selectors import RELEASE_STANDS
from sites.models import Clinic
from tests.builders import NOW, make_client, make_clinic, make_facility, make_published_hour

pytestmark = pytest.mark.django_db

ZONES = ("Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles")
HOURS = datetime.timedelta(hours=1)


def make_release(client: Client, clinics: Sequence[Clinic], pick: random.Random) -> None:
    """Given, ended, not yet or withdrawn, by chance."""
    given_at = NOW + pick.choice([-72, -24, -1, 0, 1, 24]) * HOURS
    withdrawn_at = pick.choice([None, None, given_at, max(given_at, NOW + HOURS)])
    last = NOW.date() + datetime.timedelta(days=pick.choice([-1, 0, 1, 30]))
    Release.objects.create(
        client=client,
        clinic=pick.choice(clinics),
        scope="name",
        text_version="x",
        given_at=given_at,
        given_how="written",
        recorded_by=client.created_by,
        ends_date=max(given_at.date(), last),
        withdrawn_at=withdrawn_at,
        withdrawn_by=client.created_by if withdrawn_at else None,
    )


def by_sql(now: datetime.datetime) -> set[int]:
    statement = f"""
        SELECT release.id FROM scheduling_release release
        JOIN scheduling_client client ON client.id = release.client_id
        JOIN pia_sites_facility facility ON facility.id = client.facility_id
        WHERE {RELEASE_STANDS}
    """  # noqa: S608 -- a constant
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now})
        return {pk for (pk,) in cursor.fetchall()}


@pytest.mark.parametrize("seed", range(3))
def test_both_ways_find_the_same_releases(seed: int) -> None:
    pick, clinics = random.Random(seed), [make_clinic(), make_clinic()]  # noqa: S311 -- nothing secret
    for zone in ZONES:
        facility = make_facility(time_zone=zone)
        for _ in range(40):
            make_release(make_client(facility), clinics, pick)
    counts = set()
    for hours in (-48, -1, 0, 1, 10, 13, 24, 800):
        now = NOW + hours * HOURS
        found = set(selectors.standing_releases(now=now).values_list("pk", flat=True))
        assert by_sql(now) == found
        counts.add(len(found))
    # Worth something only if time makes a difference.
    assert len(counts) > 4
    assert 0 in counts


def test_the_day_names_whom_the_appointment_s_own_page_names() -> None:
    hour = make_published_hour(slots=24, from_time=datetime.time(9))
    pick, clinics = random.Random(1), [hour.site.clinic, make_clinic()]  # noqa: S311 -- nothing secret
    for slot in hour.slots.all():
        client = make_client(hour.site.facility)
        booking.book(slot=slot, client=client, by=client.created_by, now=NOW)
        make_release(client, clinics, pick)
    day = day_reading.read([hour], now=NOW)
    named = {each.pk for each in day.appointments.values() if day.may_name(each.client, hour)}
    judged: Any = selectors.with_release(Appointment.objects.all(), now=NOW)
    assert named == {each.pk for each in judged if each.name_released}
    assert 0 < len(named) < 24
