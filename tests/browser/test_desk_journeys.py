"""Booking with somebody in front of the desk: clicks and seconds are counted, by mouse and by keyboard."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from scheduling.models import Appointment, Client, Slot
from tests.browser.journeys import Journey, measured
from tests.browser.people import Person
from tests.browser.test_by_keyboard import tab_to
from tests.builders import NOW
from tests.pages.desks import make_place, slot_of

Enter = Callable[..., Person]


def is_booked(page: Page, text: str) -> None:
    expect(page.locator("#meldungen")).to_have_text(text)


def is_held(page: Page) -> None:
    expect(page.locator("#vormerkung")).to_contain_text("Für Sie vorgemerkt bis")


def test_a_known_client_in_three_clicks(enter: Enter) -> None:
    place = make_place()
    hour, client = place.hour(), place.client(name="Alex Muster", phone="0171 3920012")
    page = enter(place.worker).page
    with measured(page) as journey:
        journey.choose_slot("13:00")
        journey.pick(client.code[:4].lower(), client.code)
        journey.press("Termin buchen")
        is_booked(page, f"Der Termin für {client} ist gebucht.")
    assert journey.clicks == 3
    assert Appointment.objects.get().slot == slot_of(hour)


def test_a_client_who_was_searched_first_takes_three_clicks_too(enter: Enter) -> None:
    place = make_place()
    place.hour()
    client = place.client(name="Alex Muster")
    page = enter(place.worker).page
    with measured(page) as journey:
        page.get_by_role("searchbox").press_sequentially("alex muster")
        journey.click(page.locator("#treffer").get_by_role("link", name=f"Termin für {client}"))
        expect(page.locator("#naechste")).to_have_text(f"Zeitfenster für {client}")
        journey.choose_slot("13:30")
        journey.press("Termin buchen")
        is_booked(page, f"Der Termin für {client} ist gebucht.")
    assert journey.clicks == 3


def test_somebody_new_without_name_and_phone(enter: Enter) -> None:
    place = make_place()
    place.hour()
    page = enter(place.worker).page
    with measured(page) as journey:
        journey.choose_slot("13:00")
        journey.click(page.get_by_label("Neue Klient:in"))
        journey.press("Termin buchen")
        expect(page.locator("#meldungen")).to_contain_text("Das Kürzel der neuen Klient:in ist")
    client = Client.objects.get()
    assert (client.name, client.phone, journey.clicks) == ("", "", 3)


def lose(slot: Slot, page: Page, book: Callable[[], object]) -> None:
    """Somebody takes the slot while it is in the form of `page`: its hold had run out."""
    is_held(page)
    Slot.objects.filter(pk=slot.pk).update(held_until=NOW)
    book()


def test_a_slot_lost_in_the_race_costs_one_click_more_and_nothing_that_was_typed(enter: Enter) -> None:
    place = make_place()
    hour = place.hour()
    page = enter(place.worker).page
    page.goto("/")
    journey = Journey(page)
    journey.choose_slot("13:00")
    journey.click(page.get_by_label("Neue Klient:in"))
    page.get_by_label("Name", exact=False).first.fill("Alex Muster")
    page.locator("#id_needs_interpreter").check()
    lose(slot_of(hour), page, lambda: place.book(slot_of(hour)))
    journey.press("Termin buchen")
    expect(page.locator("#fehler")).to_contain_text("Dieses Zeitfenster ist inzwischen belegt.")
    expect(page.locator("#id_name")).to_have_value("Alex Muster")
    expect(page.locator("#id_needs_interpreter")).to_be_checked()
    journey.press("Mi. 09.12.2026, 13:30 Uhr")
    expect(page.locator("#meldungen")).to_contain_text("Der Termin ist gebucht.")
    assert journey.clicks == 4
    client = Client.objects.latest("pk")
    assert (client.name, client.needs_interpreter) == ("Alex Muster", True)
    assert client.appointments.get().slot == slot_of(hour, 1)


# -- by keyboard alone -----------------------------------------------------------------------------


def choose_slot_by_keys(page: Page, clock: str) -> None:
    page.goto("/")
    tab_to(page, "Klient:in suchen")
    tab_to(page, f"Mi. 09.12.2026, {clock} Uhr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Termin buchen")
    is_held(page)


def test_a_known_client_by_keyboard_alone(enter: Enter) -> None:
    place = make_place()
    place.hour()
    client = place.client()
    page = enter(place.worker).page
    choose_slot_by_keys(page, "13:00")
    tab_to(page, "Kürzel")
    page.keyboard.type(client.code)
    page.keyboard.press("Enter")
    is_booked(page, f"Der Termin für {client} ist gebucht.")


def test_somebody_new_by_keyboard_alone(enter: Enter) -> None:
    place = make_place()
    place.hour()
    page = enter(place.worker).page
    choose_slot_by_keys(page, "13:00")
    tab_to(page, "Klient:in mit Kürzel")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Neue Klient:in")).to_be_checked()
    tab_to(page, "Termin buchen")
    page.keyboard.press("Enter")
    expect(page.locator("#meldungen")).to_contain_text("Das Kürzel der neuen Klient:in ist")


def test_a_lost_slot_by_keyboard_alone(enter: Enter) -> None:
    place = make_place()
    hour, client = place.hour(), place.client()
    page = enter(place.worker).page
    choose_slot_by_keys(page, "13:00")
    tab_to(page, "Kürzel")
    page.keyboard.type(client.code)
    lose(slot_of(hour), page, lambda: place.book(slot_of(hour)))
    page.keyboard.press("Enter")
    expect(page.locator("#fehler")).to_be_focused()
    tab_to(page, "Mi. 09.12.2026, 13:30 Uhr")
    page.keyboard.press("Enter")
    is_booked(page, f"Der Termin für {client} ist gebucht.")
    assert client.appointments.get().slot == slot_of(hour, 1)


# -- two desks -------------------------------------------------------------------------------------


def test_two_desks_want_one_slot_and_the_second_sees_what_the_first_does(enter: Enter) -> None:
    place = make_place()
    hour = place.hour()
    first, second = enter(place.worker).page, enter(place.lead).page
    second.goto("/")
    Journey(second).choose_slot("13:00")
    second.goto("/")
    expect(second.get_by_role("main")).to_contain_text("13:00 Uhr")
    form = f"/zeitfenster/{slot_of(hour).pk}/buchen/"
    # What the second had open is given up by opening another; then the first takes it.
    Journey(second).choose_slot("13:30")
    is_held(second)
    first.goto(form)
    is_held(first)
    second.goto("/")
    expect(second.locator(".pia-kept")).to_contain_text(f"von {place.worker}")
    second.goto(form)
    expect(second.get_by_role("main")).to_contain_text(f"von {place.worker} vorgemerkt")
    expect(second.get_by_role("heading", name="Noch frei")).to_be_visible()
    Journey(first).press("Nicht buchen")
    expect(first.get_by_role("heading", level=1)).to_have_text("Mittwoch, 9. Dezember 2026")
    second.goto(form)
    is_held(second)


def test_two_desks_with_one_client_lose_nothing(enter: Enter) -> None:
    place = make_place()
    hour, client = place.hour(), place.client(phone="0171 3920012")
    pages = [enter(user).page for user in (place.worker, place.lead)]
    for number, page in enumerate(pages):
        page.goto(f"/zeitfenster/{slot_of(hour, number).pk}/buchen/?kuerzel={client}")
        is_held(page)
    first, second = pages
    first.locator("#id_akte-phone").fill("0171 3920034")
    Journey(first).press("Termin buchen")
    is_booked(first, f"Der Termin für {client} ist gebucht.")
    second.locator("#id_akte-needs_interpreter").check()
    Journey(second).press("Termin buchen")
    expect(second.locator("#fehler")).to_contain_text("an anderer Stelle geändert")
    expect(second.locator("#id_akte-phone")).to_have_value("0171 3920034")
    expect(second.locator("#id_akte-needs_interpreter")).to_be_checked()
    Journey(second).press("Termin buchen")
    is_booked(second, f"Der Termin für {client} ist gebucht.")
    client.refresh_from_db()
    assert (client.phone, client.needs_interpreter) == ("+491713920034", True)
    assert client.appointments.count() == 2


def test_a_hold_that_ran_out_can_be_renewed_by_a_button(enter: Enter) -> None:
    place = make_place()
    slot = slot_of(place.hour())
    page = enter(place.worker).page
    page.goto(f"/zeitfenster/{slot.pk}/buchen/")
    is_held(page)
    Slot.objects.filter(pk=slot.pk).update(held_until=NOW)
    # Asked as the page does by itself when the time is over.
    ask = "address => htmx.ajax('GET', address, {target: '#vormerkung', swap: 'outerHTML'})"
    page.evaluate(ask, f"/zeitfenster/{slot.pk}/vormerkung/")
    page.get_by_role("button", name="Wieder vormerken").click()
    is_held(page)
