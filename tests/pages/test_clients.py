"""The clients of my facilities, and finding one of them."""

import pytest

from sites.models import Membership, Role
from tests.pages.desks import Desk, Place


def found(desk: Desk, typed: str = "") -> list[str]:
    answer = desk.browser.get("/klientinnen/", {"suche": typed} if typed else {})
    assert answer.status_code == 200
    return [each.code for each in answer.context["page"]]


def test_my_facilitys_clients_are_listed_by_pseudonym(place: Place, elsewhere: Place) -> None:
    place.client(name="Alex Muster", phone="0171 3920012")
    place.client()
    elsewhere.client()
    page = Desk(place.worker).get("/klientinnen/")
    assert page.title == "Termine · Klient:innen"
    rows = [page.texts("pia-table")[0].split()]
    codes = sorted(each.code for each in place.site.facility.clients.all())
    assert [word for word in rows[0] if "-" in word] == codes
    assert page.text.count("Alex Muster 0171 3920012") == 1
    assert [page.links[code] for code in codes] == [
        f"/klientinnen/{place.site.facility.clients.get(code=code).pk}/" for code in codes
    ]


def test_the_beginning_of_the_pseudonym_the_whole_number_or_the_whole_name_finds(place: Place) -> None:
    client = place.client(phone="0171 3920012", name="Gül Muster")
    desk = Desk(place.worker)
    for typed in (client.code, client.code.lower(), client.code[:5], "0171 3920012", " +49 171 3920012 "):
        assert found(desk, typed) == [client.code]
    for typed in ("Gül Muster", "gül  MUSTER", "Muster, Gül", "GU\u0308L Muster"):
        assert found(desk, typed) == [client.code]
    for typed in ("ZZZ", client.code[2:], "0171 392001", "Gül", "%", "_______", "\x00", "x" * 500):
        assert found(desk, typed) == []


def test_given_nobody_is_found_then_the_page_says_what_to_try(place: Place) -> None:
    page = Desk(place.worker).get("/klientinnen/?suche=ZZZ")
    assert page.texts("pia-empty") == [
        "Niemand gefunden Bitte prüfen Sie das Kürzel. "
        "Einen Namen oder eine Telefonnummer findet nur, wer sie ganz eingibt. Alle anzeigen"
    ]


def test_given_no_clients_yet_then_the_page_says_where_they_come_from(place: Place) -> None:
    page = Desk(place.lead).get("/klientinnen/")
    assert page.texts("pia-empty")[0].startswith(
        "Noch keine Klient:innen Neue Klient:innen legen Sie beim Buchen"
    )


def test_the_facility_is_named_only_to_those_who_work_in_several(place: Place, elsewhere: Place) -> None:
    place.client()
    heads = Desk(place.worker).get("/klientinnen/").elements("th")
    assert len(heads) == 4
    Membership.objects.create(user=place.worker, role=Role.SOCIAL_WORKER, facility=elsewhere.site.facility)
    assert len(Desk(place.worker).get("/klientinnen/").elements("th")) == 5


def test_there_are_pages_of_25_and_the_search_stays(place: Place) -> None:
    for number in range(30):
        client = place.client()
        client.code = f"KRT-{100 + number}"
        client.save()
    desk = Desk(place.worker)
    page = desk.get("/klientinnen/?suche=krt")
    assert page.links["Nächste Seite"] == "?suche=krt&seite=2"
    assert len(desk.get("/klientinnen/?suche=krt&seite=2").elements("tr")) == 1 + 5


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", ""])
def test_garbage_as_number_of_the_page_shows_a_page(place: Place, number: str) -> None:
    client = place.client()
    assert Desk(place.worker).get(f"/klientinnen/?seite={number}").links[client.code] != ""


@pytest.mark.parametrize("role", ["psychiatrist", "coordinator", "admin"])
def test_others_find_no_clients_here(place: Place, role: str) -> None:
    place.client()
    assert found(Desk(getattr(place, role))) == []


def test_it_costs_as_many_queries_for_five_clients_as_for_one(place: Place) -> None:
    place.client()
    costs = [Desk(place.worker).queries_of("/klientinnen/")]
    for _ in range(4):
        place.client()
    costs.append(Desk(place.lead).queries_of("/klientinnen/"))
    assert costs == [6, 6]
