"""The clinic sees a name only while a release for that very clinic stands; sheets can be printed."""

import datetime

import pytest
import time_machine

from scheduling import releases
from scheduling.languages import Language
from scheduling.models import Client, ReleaseScope
from tests.builders import NOW, make_clinic, make_site
from tests.pages.desks import Desk, Place, slot_of

NAME = "Alex Muster"
LAST_DAY = datetime.date(2026, 12, 1)


def release(place: Place, client: Client) -> None:
    releases.give_release(
        client=client,
        clinic=place.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=LAST_DAY,
        by=place.worker,
        now=NOW,
    )


def seen_by_clinic(place: Place, appointment: int) -> list[bool]:
    """Whether the name stands on the day's and the appointment's page."""
    desk = Desk(place.psychiatrist)
    return [NAME in desk.get(page).text for page in ("/tag/2026-12-09/", f"/termine/{appointment}/")]


def test_only_while_a_release_for_that_clinic_stands(place: Place) -> None:
    client = place.client(name=NAME)
    appointment = place.book(slot_of(place.hour()), client).pk
    assert seen_by_clinic(place, appointment) == [False, False]
    other = make_site(facility=place.site.facility, clinic=make_clinic())
    releases.give_release(
        client=client,
        clinic=other.clinic,
        scope=ReleaseScope.NAME,
        ends_date=LAST_DAY,
        by=place.worker,
        now=NOW,
    )
    assert seen_by_clinic(place, appointment) == [False, False]
    release(place, client)
    assert seen_by_clinic(place, appointment) == [True, True]
    desk = Desk(place.worker)
    page = desk.post(f"/klientinnen/{client.pk}/entbindung/klinik/{place.site.clinic_id}/widerruf/")
    assert page.messages[0].startswith("Die Schweigepflichtentbindung ist widerrufen.")
    assert seen_by_clinic(place, appointment) == [False, False]


@pytest.mark.parametrize(("at", "seen"), [("2026-12-01T22:59:00", True), ("2026-12-01T23:01:00", False)])
def test_it_ends_at_midnight_of_the_facility(place: Place, at: str, seen: bool) -> None:
    client = place.client(name=NAME)
    appointment = place.book(slot_of(place.hour()), client).pk
    release(place, client)
    with time_machine.travel(datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC), tick=False):
        assert seen_by_clinic(place, appointment) == [seen, seen]


@pytest.mark.parametrize("days", [-1, 733])
def test_an_end_out_of_range_is_refused(place: Place, days: int) -> None:
    client = place.client()
    page = Desk(place.worker).post(
        f"/klientinnen/{client.pk}/entbindung/",
        clinic=place.site.clinic_id,
        scope="name",
        how="written",
        ends_date=(NOW.date() + datetime.timedelta(days=days)).isoformat(),
    )
    assert "zwischen heute und in zwei Jahren" in page.error_of("ends_date")
    assert client.releases.count() == 0


def test_a_clinic_from_elsewhere_cannot_be_chosen(place: Place, elsewhere: Place) -> None:
    client = place.client()
    page = Desk(place.worker).post(
        f"/klientinnen/{client.pk}/entbindung/",
        clinic=elsewhere.site.clinic_id,
        scope="name",
        how="written",
        ends_date="2027-01-01",
    )
    assert page.error_of("clinic") != ""
    assert client.releases.count() == 0


def test_it_is_recorded_and_the_text_of_then_can_be_read(place: Place) -> None:
    client = place.client()
    desk = Desk(place.worker)
    desk.post(
        f"/klientinnen/{client.pk}/entbindung/",
        clinic=place.site.clinic_id,
        scope="coordination",
        how="written",
        ends_date="2027-01-31",
    )
    given = client.releases.get()
    assert (given.recorded_by, given.given_at, given.given_how) == (place.worker, NOW, "written")
    text = desk.get(f"/klientinnen/{client.pk}/entbindung/{given.pk}/").texts("pia-sheet__text")[0]
    assert (place.site.clinic.name in text, "31.01.2027" in text) == (True, True)


def test_a_sheet_names_the_clinic_and_the_scope_that_were_chosen(place: Place) -> None:
    client = place.client()
    other = make_site(facility=place.site.facility).clinic
    desk = Desk(place.worker)
    address = f"/klientinnen/{client.pk}/entbindung/druck/"
    chosen = desk.get(f"{address}?klinik={other.pk}&umfang=coordination").texts("pia-sheet__text")[0]
    assert (other.name in chosen, place.site.clinic.name in chosen) == (True, False)
    assert "was für meine Behandlung abgesprochen werden muss" in chosen
    for garbage in ("?klinik=x&umfang=x", ""):
        text = desk.get(f"{address}{garbage}").texts("pia-sheet__text")[0]
        assert "abgesprochen" not in text


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("sheet", ["einwilligung", "entbindung"])
def test_a_sheet_to_sign_comes_in_the_clients_language(place: Place, sheet: str, language: str) -> None:
    client = place.client(name=NAME)
    Client.objects.filter(pk=client.pk).update(language=language)
    page = Desk(place.worker).get(f"/klientinnen/{client.pk}/{sheet}/druck/")
    article = dict(page.by_class("pia-sheet").attributes)
    assert (article["lang"], article["dir"]) == (language, "rtl" if language in ("ar", "fa") else "ltr")
    # The pseudonym is enough: a sheet lies about.
    assert (client.code in page.text, NAME in page.text) == (True, False)
