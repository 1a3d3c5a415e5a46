"""The menu leads each person to what is theirs, and nowhere else."""

import pytest

from tests.builders import make_user
from tests.pages.desks import Desk, Place
from tests.pages.reading import attribute

CLINIC = ["Übersicht", "Heute", "Monate", "Mein Kalender"]
FACILITY = ["Übersicht", "Heute", "Monate", "Klient:innen", "Warteliste", "Aufgaben", "Mein Kalender"]


@pytest.mark.parametrize(
    ("role", "entries"),
    [
        ("psychiatrist", CLINIC),
        ("coordinator", [*CLINIC, "Personen", "Protokoll"]),
        ("worker", FACILITY),
        ("lead", [*FACILITY, "Personen", "Protokoll"]),
        ("admin", ["Übersicht", "Monate", "Personen", "Protokoll"]),
    ],
)
def test_the_menu_shows_what_the_role_works_with(place: Place, role: str, entries: list[str]) -> None:
    desk = Desk(getattr(place, role))
    page = desk.get("/")
    assert page.navigation == entries
    assert [desk.get(href).status for href in page.menu.values()] == [200] * len(entries)


def test_somebody_without_a_role_sees_the_overview_only(db: None) -> None:
    assert Desk(make_user()).get("/").navigation == ["Übersicht"]


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("/", "Übersicht"),
        ("/tag/", "Heute"),
        ("/tag/2026-12-09/", "Heute"),
        ("/monate/", "Monate"),
        ("/klientinnen/", "Klient:innen"),
        ("/warteliste/", "Warteliste"),
        ("/aufgaben/", "Aufgaben"),
    ],
)
def test_the_menu_says_where_one_is(place: Place, address: str, entry: str) -> None:
    page = Desk(place.worker).get(address)
    links = page.elements("a", within=page.by_class("pia-nav"))
    assert [each.children[0] for each in links if attribute(each, "aria-current")] == [entry]
