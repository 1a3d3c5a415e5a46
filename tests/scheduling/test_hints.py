"""What a desk is reminded of: past-due insurance, a missing release, two appointments that failed."""

import datetime

import pytest

from scheduling import booking, clients, hints, releases
from scheduling.models import Client, ReleaseScope
from sites.models import Site
from tests.builders import NOW, make_client, make_published_hour, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def client(site: Site) -> Client:
    return make_client(site.facility)


def hinted(client: Client, site: Site | None = None, now: datetime.datetime = NOW) -> list[str]:
    clinic = site.clinic if site else None
    return [each.step for each in hints.for_client(client, clinic, now=now)]


def insure(client: Client, insurance: str) -> Client:
    return clients.change_client(
        client=client,
        version=client.version,
        values={"insurance": insurance},
        by=client.created_by,
        now=NOW,
    )


def test_of_somebody_new_nothing_is_missing_but_the_release(client: Client, site: Site) -> None:
    assert hinted(client) == []
    assert hinted(client, site) == ["Entbindung anbieten"]


def test_insurance_is_past_due_with_the_quarter(client: Client) -> None:
    proven = insure(client, "proven")
    new_year = datetime.datetime(2026, 12, 31, 23, 30, tzinfo=datetime.UTC)  # half past midnight in Berlin
    assert hinted(proven, now=new_year - datetime.timedelta(hours=1)) == []
    assert hinted(proven, now=new_year) == ["Karte zeigen lassen und eintragen"]


@pytest.mark.parametrize(
    ("insurance", "step"),
    [("clearing", "Stand nachfragen und eintragen"), ("none", "Klärung anbieten und eintragen")],
)
def test_what_is_open_about_insurance_is_said(client: Client, insurance: str, step: str) -> None:
    assert hinted(insure(client, insurance)) == [step]


def test_a_standing_release_is_no_hint_until_it_ends(client: Client, site: Site) -> None:
    releases.give_release(
        client=client,
        clinic=site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=datetime.date(2026, 12, 1),
        by=client.created_by,
        now=NOW,
    )
    assert hinted(client, site) == []
    assert hinted(client, site, NOW + datetime.timedelta(days=20)) == ["Entbindung anbieten"]


def end(client: Client, site: Site, day: int, status: str) -> None:
    hour = make_published_hour(site, day=datetime.date(2026, 12, day), slots=1)
    booked = booking.book(slot=hour.slots.get(), client=client, by=client.created_by, now=NOW)
    booked.status = status
    booked.ended_at, booked.ended_by = hour.ends_at, client.created_by
    booked.save()


def test_two_in_a_row_make_a_hint_and_one_that_was_kept_ends_it(client: Client, site: Site) -> None:
    end(client, site, 2, "noshow")
    assert hinted(client) == []
    end(client, site, 3, "noshow")
    assert hinted(client) == ["Fragen, welche Zeit besser passt, und Begleitung anbieten"]
    end(client, site, 4, "fulfilled")
    assert hinted(client) == []
