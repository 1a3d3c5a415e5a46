"""An impatient double click books once, and what is seen afterwards is that it is booked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route, expect

from scheduling.models import Appointment, Client
from tests.browser.people import Person
from tests.pages.desks import make_place, slot_of


def is_post(request: Request) -> bool:
    return request.method == "POST"


@pytest.mark.parametrize(("choice", "clients"), [("Klient:in mit Kürzel", 1), ("Neue Klient:in", 2)])
def test_a_button_that_is_pressed_twice_sends_its_form_once(
    enter: Callable[..., Person], choice: str, clients: int
) -> None:
    place = make_place()
    slot, client = slot_of(place.hour()), place.client()
    person = enter(place.worker)
    page = person.page
    person.opens(f"/zeitfenster/{slot.pk}/buchen/")
    page.get_by_label(choice).check()
    if choice == "Klient:in mit Kürzel":
        page.locator("#id_code").fill(client.code)
    held: list[Route] = []
    page.route("**/buchen/", lambda route: held.append(route))
    button = page.get_by_role("button", name="Termin buchen")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    place_of_button = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with page.expect_request(is_post):
        page.mouse.click(*place_of_button)
    page.mouse.click(*place_of_button)
    held[0].continue_()
    person.sees_heading("Termin")
    expect(page.locator("#meldungen")).to_contain_text("ist gebucht")
    assert len(held) == 1
    assert Appointment.objects.get().slot == slot
    assert Client.objects.count() == clients


def test_the_same_form_can_be_sent_again_after_coming_back(enter: Callable[..., Person]) -> None:
    place = make_place()
    slot, client = slot_of(place.hour()), place.client()
    person = enter(place.worker)
    person.opens(f"/zeitfenster/{slot.pk}/buchen/")
    person.page.locator("#id_code").fill("AAA-000")
    person.press("Termin buchen")
    expect(person.page.locator("#fehler")).to_be_visible()
    person.page.go_back()
    expect(person.page.locator("#fehler")).to_have_count(0)
    person.page.locator("#id_code").fill(client.code)
    person.press("Termin buchen")
    person.is_told(f"Der Termin für {client} ist gebucht.")
