"""A full day at the site, at two browsers: the psychiatrist's phone and the social worker's desk.

Who comes, who leaves, who walks in, how late it gets, and what follows; by the taps that the test counts.
"""

import datetime
from collections.abc import Callable

import pytest
import time_machine
from playwright.sync_api import Locator, expect

from scheduling.models import Appointment, ConsultationHour, WalkIn
from tests.browser.people import Person
from tests.browser.test_accessibility import findings
from tests.browser.test_disruptions import begins, clicks
from tests.builders import NOW, instant
from tests.pages.desks import Place, make_place, slot_of

TODAY = NOW.date()
# What somebody else did is seen at the next poll, five seconds later at most; slow machines take longer.
OTHERS = 30_000


class Hand:
    """What one person taps on the day's page; `taps` counts."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.taps = 0

    def row(self, text: object) -> Locator:
        return self.person.page.locator(".pia-day-row").filter(has_text=str(text))

    def tap(self, button: str, row: object = "") -> None:
        where = self.row(row) if row else self.person.page.get_by_role("main")
        where.get_by_role("button", name=button).click()
        self.taps += 1

    def follow(self, link: str, row: object) -> None:
        self.row(row).get_by_role("link", name=link).click()
        self.taps += 1

    def sees(self, state: str, row: object) -> None:
        expect(self.row(row).locator(".pia-day-row__state")).to_have_text(state, timeout=OTHERS)


@pytest.fixture
def place(server: str) -> Place:
    return make_place()


@pytest.fixture
def hour(place: Place) -> ConsultationHour:
    """Today from 13:00 on, six half hours, the first five booked; and another hour in December."""
    hour = place.hour(TODAY, slots=6)
    for number in range(5):
        place.book(slot_of(hour, number))
    place.hour(slots=2)
    return hour


def test_a_full_day_at_the_site(place: Place, hour: ConsultationHour, enter: Callable[..., Person]) -> None:
    clients = [appointment.client for appointment in Appointment.objects.order_by("starts_at")]
    with time_machine.travel(instant(TODAY, "13:01"), tick=True):
        psychiatrist = Hand(enter(place.psychiatrist, width=390))
        worker = Hand(enter(place.worker))
        for hand in (psychiatrist, worker):
            begins(hand.person)
            hand.person.opens("/tag/")
            hand.sees("erwartet", clients[0])

        # The first comes, is called in, and is done: a follow-up is booked at once.
        worker.tap("Angekommen", clients[0])
        worker.sees("angekommen", clients[0])
        psychiatrist.sees("angekommen", clients[0])
        psychiatrist.tap("Im Raum", clients[0])
        psychiatrist.sees("im Raum", clients[0])
        psychiatrist.tap("Fertig", clients[0])
        psychiatrist.person.sees_heading("Wie geht es weiter?")
        psychiatrist.tap("Buchen Mi. 09.12.2026, 13:00 Uhr")
        psychiatrist.person.is_told(f"Der Folgetermin für {clients[0]} ist gebucht.")
        worker.sees("fertig", clients[0])

        # It gets late, and the desk sees it without doing anything.
        psychiatrist.tap("15 Minuten später")
        expect(worker.person.page.get_by_text("15 Minuten später", exact=True).first).to_be_visible(
            timeout=OTHERS
        )
        expect(worker.row(clients[1]).locator(".pia-day-row__late")).to_have_text(
            "etwa 13:45", timeout=OTHERS
        )
        assert findings(psychiatrist.person) == []

        # The second comes and leaves; the wrong one is tapped, and that is taken back.
        worker.tap("Angekommen", clients[2])
        worker.sees("angekommen", clients[2])
        worker.tap("Zurücknehmen", clients[2])
        worker.sees("erwartet", clients[2])
        worker.tap("Angekommen", clients[1])
        worker.tap("Gegangen", clients[1])
        worker.sees("gegangen", clients[1])

        # Somebody walks in and wants to stay anonymous; somebody else takes the free slot.
        worker.tap("Ohne Termin gekommen")
        worker.sees("wartet", "Nr. 1")
        psychiatrist.sees("wartet", "Nr. 1")

    with time_machine.travel(instant(TODAY, "13:20"), tick=True):
        psychiatrist.tap("Im Raum", "Nr. 1")
        psychiatrist.tap("Fertig", "Nr. 1")
        psychiatrist.sees("fertig", "Nr. 1")

        # The way into the PIA, with a date and a line for the social worker.
        psychiatrist.tap("Im Raum", clients[2])
        psychiatrist.tap("Fertig", clients[2])
        psychiatrist.person.sees_heading("Wie geht es weiter?")
        psychiatrist.person.page.get_by_label("Ab wann").fill("2026-12-01")
        psychiatrist.person.page.get_by_label("Für die Soziale Arbeit").select_option("accompany")
        psychiatrist.tap("Für die PIA vormerken")
        psychiatrist.person.is_told(f"Für {clients[2]} ist die Weiterbehandlung in der PIA vorgemerkt.")
        expect(worker.row(clients[2])).to_contain_text("Bitte Begleitung zum ersten Termin", timeout=OTHERS)

        # Back to the waiting list, and nothing.
        for client, button in ((clients[3], "Zurück auf die Warteliste"), (clients[4], "Nichts weiter")):
            psychiatrist.tap("Im Raum", client)
            psychiatrist.tap("Fertig", client)
            psychiatrist.person.sees_heading("Wie geht es weiter?")
            psychiatrist.tap(button)
            psychiatrist.person.sees_heading("Sonntag, 22. November 2026")

    statuses = Appointment.objects.filter(slot__hour=hour).order_by("starts_at")
    assert list(statuses.values_list("status", "next_step")) == [
        ("fulfilled", "follow_up"),
        ("arrived", ""),
        ("fulfilled", "pia"),
        ("fulfilled", "waiting"),
        ("fulfilled", "nothing"),
    ]
    assert WalkIn.objects.get().status == "fulfilled"
    assert (psychiatrist.taps, worker.taps) == (15, 6)
    # And nothing else was pressed in between.
    assert (clicks(psychiatrist.person), clicks(worker.person)) == (15, 6)


def test_without_javascript_the_same_taps_work(
    place: Place, hour: ConsultationHour, enter: Callable[..., Person]
) -> None:
    client = Appointment.objects.order_by("starts_at")[0].client
    person = enter(place.worker, width=390, javascript=False)
    hand = Hand(person)
    person.opens("/tag/")
    hand.tap("Angekommen", client)
    hand.sees("angekommen", client)
    hand.tap("15 Minuten später")
    person.sees("15 Minuten später")
    assert hand.taps == 2


def test_two_people_tap_at_once_and_the_second_sees_what_the_first_did(
    place: Place, hour: ConsultationHour, enter: Callable[..., Person]
) -> None:
    client = Appointment.objects.order_by("starts_at")[0].client
    first, second = Hand(enter(place.worker)), Hand(enter(place.psychiatrist, width=390))
    second.person.page.route("**/stand/**", lambda route: route.fulfill(status=204))
    for hand in (first, second):
        hand.person.opens("/tag/")
    first.tap("Angekommen", client)
    first.sees("angekommen", client)
    second.tap("Im Raum", client)
    expect(second.row(client)).to_contain_text(f"Hier steht inzwischen «angekommen» ({place.worker})")
    second.sees("angekommen", client)


def test_targets_are_large(place: Place, hour: ConsultationHour, enter: Callable[..., Person]) -> None:
    person = enter(place.psychiatrist, width=390)
    person.opens("/tag/")
    buttons = person.page.locator(".pia-taps button").all()
    sizes = [button.bounding_box() for button in buttons]
    assert len(buttons) > 10
    assert all(box and min(box["width"], box["height"]) >= 44 for box in sizes)


@pytest.mark.parametrize("slots", [6, 12])
def test_the_sheet_prints_on_one_page(place: Place, enter: Callable[..., Person], slots: int) -> None:
    hour = place.hour(TODAY, slots=slots)
    for number in range(slots - 1):
        place.book(slot_of(hour, number), place.client(name="Alexandra-Wilhelmine Mustermann"))
    person = enter(place.worker)
    person.opens(f"/sprechstunden/{hour.pk}/tagesblatt/")
    assert pages_of(person.page.pdf(format="A4")) == 1
    person.opens("/tag/")
    assert pages_of(person.page.pdf(format="A4")) >= 1


def pages_of(pdf: bytes) -> int:
    """How many leaves the page tree of a PDF counts."""
    return pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/")


def test_a_longer_page_would_be_counted(server: str, enter: Callable[..., Person]) -> None:
    """The negative control of the counting."""
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("document.querySelector('main').style.minHeight = '2000mm'")
    assert pages_of(person.page.pdf(format="A4")) > 2


def test_printed_from_the_screen_no_unreleased_name_shows(
    place: Place, hour: ConsultationHour, enter: Callable[..., Person]
) -> None:
    tomorrow = place.hour(TODAY + datetime.timedelta(days=3))
    place.book(slot_of(tomorrow), place.client(name="Alex Muster"))
    person = enter(place.worker)
    person.opens(f"/tag/{tomorrow.local_date}/")
    name = person.page.get_by_text("Alex Muster")
    expect(name).to_be_visible()
    person.page.emulate_media(media="print")
    expect(name).to_be_hidden()
