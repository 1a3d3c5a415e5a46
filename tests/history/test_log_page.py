"""«Protokoll»: the lead reads what was done with the clients of the own facility, and nobody else does."""

import datetime
from typing import Any

import pytest
from django.db import connection

from notifications import consent, merging
from notifications.audit import reading
from notifications.audit.reading import Mark
from scheduling import booking, releases
from scheduling.clients import change_client
from scheduling.models import CancelReason, Client, ReleaseScope
from sites import acting, history
from sites.access import log_scope_of
from sites.models import ClientLook, HistoryEntry, Membership, Role, User
from sites.people import end_membership
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of

LOG = "/protokoll/"


@pytest.fixture
def client(place: Place) -> Client:
    with acting.as_person(place.worker):
        return place.client(name="Alex Muster", phone="0171 3920012")


def change(client: Client, by: User, **values: Any) -> Client:
    current = Client.objects.get(pk=client.pk)
    with acting.as_person(by):
        return change_client(client=client, version=current.version, values=values, by=by, now=NOW)


def release(client: Client, place: Place) -> None:
    """Towards the clinic: a line that names both a client and a clinic."""
    scope, ends = ReleaseScope.NAME, NOW.date()
    clinic = place.site.clinic
    releases.give_release(client=client, clinic=clinic, scope=scope, ends_date=ends, by=place.worker, now=NOW)


def log_of(client: Client) -> str:
    return f"/klientinnen/{client.pk}/protokoll/"


def lines(user: User, address: str = LOG) -> list[str]:
    """What the log says, without its times."""
    page = Desk(user).get(address)
    assert page.status == 200
    return page.texts("pia-log__what")


def test_the_lead_reads_who_changed_what_from_what_to_what(place: Place, client: Client) -> None:
    change(client, place.worker, phone="0171 3920077")
    change(client, place.lead, note="", language="ar", needs_interpreter=True)
    assert lines(place.lead, log_of(client)) == [
        f"{place.lead} hat bei {client} mehrere Angaben geändert "
        "Sprache: العربية Braucht Sprachmittlung: nein → jetzt ja",
        f"{place.worker} hat bei {client} die Telefonnummer geändert "
        "Telefonnummer: 0171 3920012 → jetzt 0171 3920077",
        f"{place.worker} hat {client} angelegt "
        f"Kürzel: {client} Name: Alex Muster Telefonnummer: 0171 3920012 Zuständig: {place.worker}",
    ]


def test_consent_and_appointments_are_told_in_sentences(place: Place, client: Client) -> None:
    hour = place.hour()
    with acting.as_person(place.worker):
        consent.give(client=client, by=place.worker, now=NOW)
        consent.withdraw(client=client, by=place.worker, now=NOW)
        booked = place.book(slot_of(hour), client)
        booking.move(appointment=booked, to_slot=slot_of(hour, 1), by=place.worker, now=NOW)
        reason = CancelReason.CLIENT
        booking.cancel(appointment=booked, reason=reason, by=place.worker, now=NOW)
    said = [each.split(" Weg:")[0].split(" Beginn:")[0] for each in lines(place.lead, log_of(client))]
    assert [each.removeprefix(f"{place.worker} ") for each in said[:-1]] == [
        f"hat den Termin von {client} am 09.12.2026 um 13:30 Uhr abgesagt "
        "Stand: gebucht → jetzt abgesagt Grund der Absage: von Klient:in abgesagt",
        f"hat einen Termin von {client} verschoben, jetzt am 09.12.2026 um 13:30 Uhr",
        f"hat für {client} einen Termin am 09.12.2026 um 13:00 Uhr gebucht",
        f"hat den Widerruf der Einwilligung in SMS von {client} festgehalten "
        f"Widerrufen am: 22.11.2026, 12:00 Uhr Widerrufen: mündlich Widerruf aufgenommen von: {place.worker}",
        f"hat eine Einwilligung in SMS von {client} festgehalten",
    ]


def test_looks_are_in_the_same_list(place: Place, client: Client) -> None:
    Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    Desk(place.worker).get("/klientinnen/")
    assert lines(place.lead, log_of(client))[:2] == [
        f"{place.worker} hat die Liste der Klient:innen gesehen Zu sehen: {client}",
        f"{place.worker} hat die Akte von {client} gesehen",
    ]


def test_reading_the_log_of_a_client_is_a_look_itself(place: Place, client: Client) -> None:
    lines(place.lead, log_of(client))
    look = ClientLook.objects.get()
    assert (look.kind, look.user, look.client_ids) == ("log", place.lead, [client.pk])


def test_a_merge_is_told_and_the_log_of_the_record_that_went_stays(place: Place, client: Client) -> None:
    with acting.as_person(place.worker):
        other = place.client(name="Alex M.")
        code = other.code
        Desk(place.worker).get(f"/klientinnen/{other.pk}/")
        merging.merge_clients(keep=client, other=other, by=place.worker, now=NOW)
    said = lines(place.lead, log_of(client))
    assert f"{place.worker} hat den Eintrag {code} mit {client} zusammengeführt" in said
    assert f"{place.worker} hat die Akte von {code} gesehen" in said
    assert any(each.startswith(f"{place.worker} hat {code} angelegt") for each in said)
    assert lines(place.lead, f"{LOG}?kuerzel={code}&art=akten") == lines(
        place.lead, f"{LOG}?kuerzel={client}&art=akten"
    )


# -- who may read it --------------------------------------------------------------------------------------


def test_a_lead_sees_the_own_facility_only(place: Place, elsewhere: Place, client: Client) -> None:
    with acting.as_person(elsewhere.worker):
        foreign = elsewhere.client(name="Bente Beispiel")
    Desk(elsewhere.worker).get(f"/klientinnen/{foreign.pk}/")
    page = Desk(place.lead).get(LOG)
    assert (str(client) in page.text, str(foreign) in page.text, "Bente" in page.text) == (True, False, False)
    assert Desk(place.lead).get(log_of(foreign)).status == 404
    assert lines(place.lead, f"{LOG}?kuerzel={foreign}") == []
    assert all(str(elsewhere.worker) not in each for each in lines(place.lead))


def test_who_leads_here_and_only_works_there_reads_no_log_there(place: Place, elsewhere: Place) -> None:
    foreign = elsewhere.client(name="Bente Beispiel")
    facility = elsewhere.site.facility
    Membership.objects.create(user=place.lead, role=Role.SOCIAL_WORKER, facility=facility)
    desk, page = Desk(place.lead), f"/klientinnen/{foreign.pk}/"
    assert (desk.get(page).status, desk.get(log_of(foreign)).status) == (200, 404)
    assert log_of(foreign) not in desk.get(page).links.values()


@pytest.mark.parametrize("role", ["coordinator", "admin"])
def test_who_leads_no_facility_reads_nothing_of_clients(place: Place, client: Client, role: str) -> None:
    with acting.as_person(place.worker):
        place.book(slot_of(place.hour()), client)
        release(client, place)
    Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    said = lines(getattr(place, role))
    assert ([each for each in said if str(client) in each or "Termin von" in each], len(said) > 0) == (
        [],
        True,
    )


def test_the_network_admin_reads_who_ended_whose_role(place: Place) -> None:
    with acting.as_person(place.lead):
        end_membership(membership=place.worker.memberships.get(), by=place.lead)
    ended = f"{place.lead} hat die Rolle Soziale Arbeit – {place.site.facility} von {place.worker} beendet"
    assert (ended in lines(place.admin), ended in lines(place.lead)) == (True, True)


@pytest.mark.parametrize("role", ["lead", "coordinator", "admin", "worker", "psychiatrist"])
def test_past_the_first_wall_there_is_nothing_more(place: Place, elsewhere: Place, role: str) -> None:
    """What `sites.history` asks for where no policy binds, and what the policies let through where nobody
    asks for anything, are the same."""
    with acting.as_person(place.worker):
        booked = place.book(slot_of(place.hour()), place.client(name="Alex Muster"))
        release(booked.client, place)
    elsewhere.book(slot_of(elsewhere.hour()), elsewhere.client(name="Bente Beispiel"))
    for each in (place, elsewhere):
        Desk(each.worker).get("/klientinnen/")
    user = getattr(place, role)
    scope = log_scope_of(user)
    asked = [] if scope.is_empty else [row.pk for rows in history.entries_in(scope) for row in rows]
    looks = sorted(row.pk for row in history.looks_in(scope))
    with acting.as_person(user):
        assert sorted(asked) == sorted(HistoryEntry.objects.values_list("pk", flat=True))
        assert looks == sorted(ClientLook.objects.values_list("pk", flat=True))
    assert (len(looks), bool(asked)) == ({"lead": 1}.get(role, 0), not scope.is_empty)


def test_an_ended_lead_reads_nothing_any_more(place: Place, client: Client) -> None:
    place.lead.memberships.all().delete()
    with acting.as_person(place.lead):
        assert HistoryEntry.objects.count() == 0
    assert Desk(place.lead).get(LOG).status == 404


def test_the_looks_at_one_client_are_found_by_index_behind_the_wall(place: Place) -> None:
    keys = [place.client().pk]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pia_sites_clientlook (at, kind, user_id, system, facility_id, client_ids, named) "
            "SELECT now(), 'file', 1, 'pia_web', %s, ARRAY[n], true FROM generate_series(100000, 120000) n",
            [place.site.facility_id],
        )
        cursor.execute("ANALYZE pia_sites_clientlook")
    with acting.as_person(place.lead):
        plan = history.looks_at_clients(keys).order_by("-at")[:10].explain()
    assert ("Seq Scan" in plan, "pia_sites_clientlook_pkey" in plan) == (False, True)


# -- choosing and turning pages ---------------------------------------------------------------------------


def test_it_is_narrowed_by_kind_person_and_day(place: Place, client: Client) -> None:
    change(client, place.lead, language="ar")
    Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    own = log_of(client)
    today = datetime.datetime.now(tz=datetime.UTC).astimezone(place.site.zone).date()
    assert [len(lines(place.lead, f"{own}?art={kind}")) for kind in ("akten", "termine")] == [2, 0]
    assert lines(place.lead, f"{own}?art=einsicht&person={place.worker.pk}") == [
        f"{place.worker} hat die Akte von {client} gesehen"
    ]
    assert len(lines(place.lead, f"{own}?art=akten&person={place.lead.pk}&tag={today}")) == 1
    assert lines(place.lead, f"{own}?tag={today - datetime.timedelta(days=1)}") == []


@pytest.mark.parametrize("query", ["art=x", "person=999999999", "person=x", "tag=quatsch", "vor=quatsch"])
def test_forged_choices_have_an_answer(place: Place, query: str) -> None:
    assert Desk(place.lead).get(f"{LOG}?{query}").status == 200


@pytest.mark.parametrize("query", ["tag=0001-01-01", "tag=9999-12-31", "kuerzel=%00", f"vor={'9' * 40}"])
def test_the_ends_of_the_calendar_have_an_answer(place: Place, query: str) -> None:
    assert Desk(place.lead).get(f"{LOG}?{query}").status == 200


def test_turning_pages_shows_each_line_once(place: Place, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    for language in ("ar", "fr", "de"):
        change(client, place.worker, language=language)
        Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    # All at one instant: neither time nor key alone could tell where a page ends.
    HistoryEntry.objects.update(at=NOW)
    ClientLook.objects.update(at=NOW)
    scope, seen, before = log_scope_of(place.lead), [], ""
    whole = 0
    with acting.as_person(place.lead):
        whole = sum(rows.count() for rows in [*history.entries_in(scope), history.looks_in(scope)])
        while True:
            page = reading.log_of_places(
                scope, reading.Wanted(), before=before, zone=place.site.facility.zone
            )
            seen += [(line.who, line.sentence, str(line.details)) for line in page.lines]
            if not page.older:
                break
            before = page.older
    assert (len(seen), whole > 9) == (whole, True)


def test_older_lines_are_reached_by_a_link(place: Place, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    for language in ("ar", "fr", "de"):
        change(client, place.worker, language=language)
    first = Desk(place.lead).get(f"{log_of(client)}?art=akten")
    older = Desk(place.lead).get(log_of(client) + first.links["Ältere Einträge"])
    assert [len(each.texts("pia-log__what")) for each in (first, older)] == [2, 2]
    assert "angelegt" in older.texts("pia-log__what")[-1]
    assert "Zum neuesten" in older.links


def test_a_mark_survives_its_way_through_an_address() -> None:
    mark = Mark(NOW.replace(microsecond=12), 2, 4711)
    assert (Mark.parse(str(mark)), Mark.parse("gestern")) == (mark, None)


def test_it_costs_as_many_queries_for_many_lines_as_for_few(place: Place, client: Client) -> None:
    desk = Desk(place.lead)
    hour = place.hour(slots=5)
    place.book(slot_of(hour), client)
    Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    desk.get(LOG)  # the first look at the log is in the list afterwards
    few = desk.queries_of(LOG)
    for number in range(1, 5):
        place.book(slot_of(hour, number), place.client(name=f"Kim {number}"))
        change(client, place.worker, language=["ar", "fr", "de", "tr"][number - 1])
    assert (desk.queries_of(LOG), few) == (16, 16)


def test_the_client_s_page_leads_the_lead_there(place: Place, client: Client) -> None:
    address = f"/klientinnen/{client.pk}/"
    found = [log_of(client) in Desk(each).get(address).links.values() for each in (place.lead, place.worker)]
    assert found == [True, False]
