"""The queue for open time: order, waiting time, tickets, and what is tapped there."""

from collections.abc import Iterator

import pytest
import time_machine

from scheduling.models import ConsultationHour
from tests.builders import NOW, instant
from tests.pages.desks import Desk, Place
from tests.pages.reading import attribute
from tests.scheduling.attendance import walk_in_in


@pytest.fixture
def hour(place: Place) -> Iterator[ConsultationHour]:
    """Today from 13:00 on; it is 13:25, and two came without an appointment."""
    hour = place.hour(NOW.date())
    client = place.client(name="Alex Muster")
    walk_in_in(hour, number=1, by=place.worker, clock="13:05")
    walk_in_in(hour, number=2, by=place.worker, client=client, clock="13:15")
    with time_machine.travel(instant(NOW.date(), "13:25"), tick=False):
        yield hour


def shown(place: Place, hour: ConsultationHour) -> list[str]:
    page = Desk(place.worker).get(f"/sprechstunden/{hour.pk}/wartende/")
    return [
        f"{time} {title} {meta}"
        for time, title, meta in zip(
            page.texts("pia-day-row__time"),
            page.texts("pia-day-row__title"),
            page.texts("pia-day-row__meta"),
            strict=False,
        )
    ]


def test_who_came_first_is_first_with_how_long_they_wait(place: Place, hour: ConsultationHour) -> None:
    code = hour.walk_ins.get(number=2).client
    assert shown(place, hour) == [
        "1. Nr. 1 wartet 20 Minuten, seit 13:05 Uhr",
        f"2. Nr. 2 · {code} · Alex Muster wartet 10 Minuten, seit 13:15 Uhr",
    ]


def test_taken_in_and_gone_leave_the_queue(place: Place, hour: ConsultationHour) -> None:
    first, second = hour.walk_ins.order_by("number")
    marks = {"von": "arrived", "reihe": "1"}
    Desk(place.psychiatrist).post(f"/ohne-termin/{first.pk}/eintragen/", nach="in_room", **marks)
    page = Desk(place.worker).post(f"/ohne-termin/{second.pk}/eintragen/", nach="left", **marks)
    assert "Wer ohne Termin wartet" in page.text
    assert "Zurzeit wartet niemand." in page.text
    assert page.texts("pia-day-row__time") == ["seit 13:25", "13:25"]


def test_an_open_page_is_told_only_of_what_is_new(place: Place, hour: ConsultationHour) -> None:
    desk = Desk(place.worker)
    page = desk.get(f"/sprechstunden/{hour.pk}/wartende/")
    address = attribute(page.by_id("stand"), "hx-get")
    assert desk.answer(address).status_code == 204
    walk_in_in(hour, number=3, by=place.worker, clock="13:25")
    assert "Nr. 3" in desk.answer(address).content.decode()


def test_a_ticket_says_the_number_and_nothing_else(place: Place, hour: ConsultationHour) -> None:
    walk_in = hour.walk_ins.get(number=2)
    page = Desk(place.worker).get(f"/ohne-termin/{walk_in.pk}/zettel/")
    assert page.texts("pia-number-slip") == [
        "Ihre Nummer 2 So. 22.11.2026, 13:15 Uhr Bitte warten Sie, bis Ihre Nummer aufgerufen wird."
    ]


def test_it_costs_as_many_queries_for_four_as_for_two(place: Place, hour: ConsultationHour) -> None:
    address = f"/sprechstunden/{hour.pk}/wartende/"
    before = Desk(place.worker).queries_of(address)
    for number in (3, 4):
        walk_in_in(hour, number=number, by=place.worker, client=place.client(), clock="13:20")
    assert Desk(place.worker).queries_of(address) == before
