"""Who sees a client is written down: once for each look, before the page is answered, and only then."""

from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications import consent, planning
from scheduling import cancelling, releases
from scheduling.models import Appointment, Client, HourCancelReason, ReleaseScope
from sites.models import ClientLook, User
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of

DAY = "/tag/2026-12-09/"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def named(place: Place) -> Client:
    return place.client(name="Alex Muster", phone="0171 3920012")


@pytest.fixture
def appointment(place: Place, named: Client) -> Appointment:
    return place.book(slot_of(place.hour()), named)


def looks() -> list[tuple[str, User | None, list[int], bool]]:
    found = ClientLook.objects.select_related("user").order_by("pk")
    return [(each.kind, each.user, each.client_ids, each.named) for each in found]


def address(name: str, **parts: int) -> str:
    return reverse(name, kwargs=parts)


@pytest.mark.parametrize(
    ("page", "kind", "with_name"),
    [
        ("client", "file", True),
        ("edit_client", "editing", True),
        ("give_release", "release", False),
        ("consent_sheet", "sheet", False),
        ("release_sheet", "sheet", False),
    ],
)
def test_each_page_of_a_client_is_one_look(
    place: Place, named: Client, page: str, kind: str, with_name: bool
) -> None:
    Desk(place.worker).get(address(page, pk=named.pk))
    assert looks() == [(kind, place.worker, [named.pk], with_name)]
    assert ClientLook.objects.get().facility == place.site.facility


def test_the_texts_that_stood_are_a_look_too(place: Place, named: Client) -> None:
    given = consent.give(client=named, by=place.worker, now=NOW)
    release = releases.give_release(
        client=named,
        clinic=place.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=NOW.date(),
        by=place.worker,
        now=NOW,
    )
    desk = Desk(place.lead)
    desk.get(address("consent_as_given", pk=named.pk, consent=given.pk))
    desk.get(address("release_as_given", pk=named.pk, release=release.pk))
    assert looks() == [("sheet", place.lead, [named.pk], False)] * 2


def test_comparing_two_records_is_a_look_at_both(place: Place, named: Client) -> None:
    other = place.client()
    Desk(place.worker).get(address("merge_clients", pk=named.pk, other=other.pk))
    assert looks() == [("comparison", place.worker, [named.pk, other.pk], True)]


@pytest.mark.parametrize("page", ["appointment", "cancel_appointment", "move_appointment"])
def test_an_appointment_is_a_look_with_its_name(place: Place, appointment: Appointment, page: str) -> None:
    Desk(place.worker).get(address(page, pk=appointment.pk))
    assert looks() == [("appointment", place.worker, [appointment.client_id], True)]


def test_a_clinic_s_look_says_whether_the_name_was_shown(place: Place, appointment: Appointment) -> None:
    desk = Desk(place.psychiatrist)
    desk.get(address("appointment", pk=appointment.pk))
    releases.give_release(
        client=appointment.client,
        clinic=place.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=NOW.date(),
        by=place.worker,
        now=NOW,
    )
    desk.get(address("appointment", pk=appointment.pk))
    assert [(user, named) for _, user, _, named in looks()] == [
        (place.psychiatrist, False),
        (place.psychiatrist, True),
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (DAY, "day"),
        ("/sprechstunden/{hour}/", "hour"),
        ("/klientinnen/", "list"),
        ("/klientinnen/?suche=Alex Muster", "list"),
        ("/zeitfenster/{slot}/klientinnen/?code=Alex Muster", "suggestions"),
    ],
)
def test_a_list_is_one_look_at_all_who_can_be_read_by_name(
    place: Place, named: Client, path: str, kind: str
) -> None:
    hour = place.hour()
    place.book(slot_of(hour, 0), named)
    place.book(slot_of(hour, 1))  # a pseudonym, and no name
    Desk(place.worker).get(path.format(hour=hour.pk, slot=slot_of(hour, 2).pk))
    assert looks() == [(kind, place.worker, [named.pk], True)]


@pytest.mark.parametrize("path", [DAY, "/klientinnen/", "/klientinnen/?suche=Niemand"])
def test_a_list_without_names_is_no_look(place: Place, path: str) -> None:
    place.book(slot_of(place.hour()))
    Desk(place.worker).get(path)
    assert looks() == []


def test_what_was_searched_for_is_kept_nowhere(place: Place, named: Client) -> None:
    Desk(place.worker).get("/klientinnen/?suche=Alex Muster")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM pia_sites_clientlook t")
        assert "Muster" not in cursor.fetchone()[0]


def test_a_page_that_is_refused_shows_nobody_and_is_no_look(
    place: Place, elsewhere: Place, named: Client
) -> None:
    page = Desk(elsewhere.worker).get(address("client", pk=named.pk))
    assert (page.status, looks()) == (404, [])


def test_a_form_that_comes_back_with_errors_is_a_look(place: Place, named: Client) -> None:
    page = Desk(place.worker).post(address("edit_client", pk=named.pk), version="0", phone="12")
    assert (page.status, looks()) == (200, [("editing", place.worker, [named.pk], True)])


def test_a_second_tab_that_is_shown_what_changed_is_a_look(place: Place, named: Client) -> None:
    page = Desk(place.worker).post(address("edit_client", pk=named.pk), version="7", note="x")
    assert ("inzwischen geändert" in page.text, [each[0] for each in looks()]) == (True, ["editing"])


def test_what_cannot_be_noted_is_not_shown(place: Place, named: Client) -> None:
    browser = Browser(raise_request_exception=False)
    browser.force_login(place.worker)

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "pia_note_look" in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        answer = browser.get(address("client", pk=named.pk))
    assert (answer.status_code, "Muster" in answer.content.decode()) == (500, False)


def test_noting_costs_one_query_for_any_number_of_clients(place: Place) -> None:
    hour = place.hour()
    counts = []
    for number in range(3):
        place.book(slot_of(hour, number), place.client(name=f"Alex {number}"))
        with CaptureQueriesContext(connection) as captured:
            Desk(place.worker).get(DAY)
        counts.append(sum("pia_note_look" in each["sql"] for each in captured.captured_queries))
    assert (counts, len(looks()[-1][2])) == ([1, 1, 1], 3)


def test_nobody_notes_a_look_of_somebody_else(place: Place, named: Client) -> None:
    """Who looked is who acts: the page has no say in it."""
    Desk(place.worker).get(address("client", pk=named.pk))
    Desk(place.lead).get(address("client", pk=named.pk))
    assert [user for _, user, _, _ in looks()] == [place.worker, place.lead]


def test_who_needs_to_be_told_in_person_is_a_look_at_all_who_are_named(place: Place) -> None:
    hour, clients = place.hour(), [place.client(name="Alex Muster"), place.client()]
    for number, client in enumerate(clients):
        place.book(slot_of(hour, number), client)
    cancelling.cancel_hour(hour=hour, reason=HourCancelReason.PERSON, by=place.psychiatrist, now=NOW)
    planning.plan_changes(now=NOW)
    Desk(place.worker).get("/aufgaben/")
    assert looks() == [("worklist", place.worker, [clients[0].pk], True)]
