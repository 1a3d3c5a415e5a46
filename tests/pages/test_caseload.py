"""«Meine Klient:innen»: who is on the list, and handing over one, some or all of them."""

import pytest

from scheduling.models import Client
from sites.models import Membership, Role, User
from tests.builders import NOW, make_user
from tests.pages.desks import Desk, Place, slot_of
from tests.pages.reading import Page, attribute, text_of

LIST = "/klientinnen/meine/"


def rows(page: Page) -> list[str]:
    return [text_of(row) for body in page.elements("tbody") for row in page.elements("tr", within=body)]


def owners() -> dict[int, User | None]:
    return {each.pk: each.caseload_of for each in Client.objects.order_by("pk")}


@pytest.fixture
def clients(place: Place) -> list[Client]:
    """Three of the worker's, by pseudonym."""
    made = [place.client(name=f"Alex {number}") for number in range(3)]
    return sorted(made, key=lambda each: each.code)


def test_it_shows_the_next_and_the_last_appointment_and_what_there_is_to_do(
    place: Place, clients: list[Client]
) -> None:
    first, second, third = clients
    place.book(slot_of(place.hour()), first)
    today = place.hour(NOW.date().replace(day=24))
    place.book(slot_of(today), second)
    place.client(phone="0171 3920012")  # with something to do, and no appointment
    shown = rows(Desk(place.worker).get(LIST))
    assert f"{first.code} übergeben {first.code} · {first.name} Mi. 09.12.2026, 13:00 Uhr – –" in shown
    assert (
        f"{second.code} übergeben {second.code} · {second.name} Di. 24.11.2026, 13:00 Uhr – 1 offen" in shown
    )
    assert f"{third.code} übergeben {third.code} · {third.name} – – –" in shown
    assert len(shown) == 4


def test_the_open_things_lead_to_those_of_that_client(place: Place, clients: list[Client]) -> None:
    today = place.hour(NOW.date().replace(day=24))
    for number in (0, 1):
        place.book(slot_of(today, number), clients[number])
    page = Desk(place.worker).get(LIST)
    links = {attribute(each, "href") for each in page.elements("a") if text_of(each) == "1 offen"}
    assert links == {f"/aufgaben/?klientin={each.pk}" for each in clients[:2]}
    (row,) = rows(Desk(place.worker).get(f"/aufgaben/?klientin={clients[0].pk}"))
    assert row.startswith(clients[0].code)


def test_those_that_are_ticked_are_handed_over(place: Place, clients: list[Client]) -> None:
    page = Desk(place.worker).post(
        LIST, von=place.worker.pk, wen="gewaehlte", klientin=[clients[0].pk, clients[2].pk], an=place.lead.pk
    )
    assert page.messages == [
        f"2 Klient:innen sind übergeben. Zuständig ist jetzt {place.lead}, auch für die kommenden Termine."
    ]
    assert owners() == {clients[0].pk: place.lead, clients[1].pk: place.worker, clients[2].pk: place.lead}
    assert len(rows(page)) == 1


def test_all_are_handed_over_also_those_of_other_pages(
    place: Place, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.views.caseloads.ON_A_PAGE", 2)
    page = Desk(place.worker).get(LIST)
    assert (len(rows(page)), "Seite 1 von 2" in page.text) == (2, True)
    Desk(place.worker).post(LIST, von=place.worker.pk, wen="alle", an=place.lead.pk)
    assert set(owners().values()) == {place.lead}


def test_a_colleague_s_can_be_taken_over(place: Place, clients: list[Client]) -> None:
    page = Desk(place.lead).get(f"{LIST}?person={place.worker.pk}")
    assert (page.heading, len(rows(page))) == ("Klient:innen im Team", 3)
    Desk(place.lead).post(LIST, von=place.worker.pk, wen="alle", an=place.lead.pk)
    assert len(rows(Desk(place.lead).get(LIST))) == 3


def test_who_has_nobody_any_more_is_found_and_taken_over(place: Place, clients: list[Client]) -> None:
    Membership.objects.filter(user=place.worker).delete()
    page = Desk(place.lead).get(f"{LIST}?person=niemand")
    assert (page.heading, len(rows(page))) == ("Klient:innen ohne Zuständige", 3)
    Desk(place.lead).post(LIST, von="niemand", wen="alle", an=place.lead.pk)
    assert set(owners().values()) == {place.lead}


def test_the_second_of_two_who_hand_over_sees_what_the_first_did(place: Place, clients: list[Client]) -> None:
    third = make_user(Role.SOCIAL_WORKER, facility=place.site.facility)
    chosen = {"von": place.worker.pk, "wen": "gewaehlte", "klientin": [clients[0].pk]}
    Desk(place.worker).post(LIST, **chosen, an=place.lead.pk)
    page = Desk(place.lead).post(LIST, **chosen, an=third.pk)
    assert page.messages == [
        "Fehler: Für mindestens eine dieser Klient:innen ist inzwischen jemand anders zuständig. "
        "Bitte sehen Sie nach, was jetzt dort steht, und wählen Sie noch einmal."
    ]
    assert owners()[clients[0].pk] == place.lead


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wen": "gewaehlte"}, "Es ist niemand ausgewählt."),
        ({"wen": "gewaehlte", "klientin": "x"}, "Es ist niemand ausgewählt."),
        ({"wen": "alle", "an": "0"}, "Diese Person arbeitet nicht in der Einrichtung"),
    ],
)
def test_what_is_missing_is_said(
    place: Place, clients: list[Client], fields: dict[str, str], said: str
) -> None:
    page = Desk(place.worker).post(LIST, **{"von": place.worker.pk, "an": place.lead.pk, **fields})
    assert said in page.messages[0]
    assert set(owners().values()) == {place.worker}


def test_nobody_takes_or_sees_clients_of_another_facility(
    place: Place, elsewhere: Place, clients: list[Client]
) -> None:
    desk = Desk(elsewhere.worker)
    assert rows(desk.get(f"{LIST}?person={place.worker.pk}")) == []
    fields = {"wen": "gewaehlte", "klientin": [clients[0].pk], "an": elsewhere.lead.pk}
    assert "niemand ausgewählt" in desk.post(LIST, von=elsewhere.worker.pk, **fields).messages[0]
    for user in (place.psychiatrist, place.admin):
        assert rows(Desk(user).get(LIST)) == []
    assert set(owners().values()) == {place.worker}


def test_one_client_is_handed_over_from_the_file(place: Place, clients: list[Client]) -> None:
    client = clients[0]
    page = Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    address = page.links["Übergeben"]
    assert f"Zuständig {place.worker}" in page.text
    assert f"Zuständig ist {place.worker}." in Desk(place.worker).get(address).text
    page = Desk(place.worker).post(address, von=place.worker.pk, an=place.lead.pk)
    assert page.messages == [
        f"{client} ist übergeben. Zuständig ist jetzt {place.lead}, auch für die kommenden Termine."
    ]
    assert f"Zuständig {place.lead}" in page.text


def test_it_costs_as_many_queries_for_three_as_for_one(place: Place) -> None:
    hour, counts = place.hour(), []
    for number in range(3):
        place.book(slot_of(hour, number), place.client(name="Alex"))
        counts.append(Desk(place.worker).queries_of(LIST))
    assert len(set(counts)) == 1
