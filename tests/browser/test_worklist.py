"""The worklist after a failed SMS, a caseload that is handed over, two people at one thing.

Clicks are counted, seconds taken.
"""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from notifications.models import Message, WorkMark
from notifications.planning import plan_changes
from scheduling import clients
from scheduling.models import Appointment, Client
from tests.browser.people import Person
from tests.browser.test_by_keyboard import tab_to
from tests.browser.test_disruptions import begins, clicks
from tests.builders import NOW
from tests.faults.processes import wait_until
from tests.pages.desks import Place, make_place, slot_of

SOON = NOW.date() + datetime.timedelta(days=2)
# What a person at the desk has; a slow machine has no more.
PATIENCE_SECONDS = 15


@contextmanager
def timed() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < PATIENCE_SECONDS


def failed_sms(place: Place) -> Appointment:
    """Somebody who gets SMS, whose confirmation could not be delivered."""
    client = place.client(name="Alex Muster", phone="0171 3920012", consents=True)
    clients.change_client(
        client=client, version=client.version, values={}, phone_verified=True, by=place.worker, now=NOW
    )
    appointment = place.book(slot_of(place.hour(SOON)), client)
    plan_changes(now=NOW)
    Message.objects.filter(kind="confirmation", channel="sms").update(state="failed", reason="undelivered")
    return appointment


def reminded(appointment: Appointment) -> bool:
    return WorkMark.objects.filter(subject=appointment.pk, kind="remind", done_at__isnull=False).exists()


@pytest.mark.parametrize("width", [390, 1280])
def test_after_a_failed_sms_somebody_reminds_in_person(enter: Callable[..., Person], width: int) -> None:
    place = make_place()
    appointment = failed_sms(place)
    person = enter(place.worker, width=width)
    begins(person)
    with timed():
        if width < 992:
            person.page.get_by_text("Menü", exact=True).click()
        person.page.get_by_role("link", name="Aufgaben", exact=True).click()
        person.sees("SMS fehlgeschlagen: nicht zustellbar")
        person.press(f"Erinnert {appointment.client}")
        person.is_told(f"Erledigt: {appointment.client}.")
    # The menu (on a phone it opens first) and one button.
    assert clicks(person) == (3 if width < 992 else 2)
    assert reminded(appointment)
    person.sees("Nichts zu tun")


def test_the_worklist_by_keyboard(enter: Callable[..., Person]) -> None:
    place = make_place()
    appointment = failed_sms(place)
    person = enter(place.worker)
    person.opens("/aufgaben/")
    tab_to(person.page, f"Übernehmen {appointment.client}")
    person.page.keyboard.press("Enter")
    person.is_told(f"Übernommen: {appointment.client}. Die anderen sehen, dass Sie sich darum kümmern.")
    tab_to(person.page, f"Erinnert {appointment.client}")
    person.page.keyboard.press("Enter")
    person.is_told(f"Erledigt: {appointment.client}.")
    assert reminded(appointment)


def test_two_browsers_at_the_same_thing(enter: Callable[..., Person]) -> None:
    """The second always sees what the first did."""
    place = make_place()
    appointment = failed_sms(place)
    code = str(appointment.client)
    first, second = enter(place.worker), enter(place.lead)
    for person in (first, second):
        person.opens("/aufgaben/")
        person.sees(code)
    first.press(f"Übernehmen {code}")
    first.sees(f"übernommen von {place.worker}")
    second.press(f"Übernehmen {code}")
    second.is_told(f"Fehler: Das hat inzwischen {place.worker} übernommen. Bitte sprechen Sie sich ab.")
    second.sees(f"übernommen von {place.worker}")
    first.press(f"Erinnert {code}")
    first.sees("Nichts zu tun")
    second.press(f"Nicht erreicht {code}")
    second.is_told(f"Fehler: Das hat inzwischen {place.worker} erledigt. Es ist nichts weiter zu tun.")
    second.sees("Nichts zu tun")


def test_a_caseload_is_handed_over(enter: Callable[..., Person]) -> None:
    place = make_place()
    mine = [place.client(name=f"Alex {number}") for number in range(3)]
    place.book(slot_of(place.hour()), mine[0])
    person = enter(place.worker)
    begins(person)
    with timed():
        person.page.get_by_role("link", name="Klient:innen", exact=True).click()
        person.follows("Meine Klient:innen")
        person.page.get_by_label(f"{mine[0]} übergeben").check()
        person.page.get_by_label(f"{mine[2]} übergeben").check()
        person.page.get_by_label("An wen?").select_option(label=str(place.lead))
        person.press("Übergeben")
        person.is_told(
            f"2 Klient:innen sind übergeben. Zuständig ist jetzt {place.lead}, "
            "auch für die kommenden Termine."
        )
    # «Klient:innen», «Meine Klient:innen», two ticks, «Übergeben»; the colleague is chosen by a key.
    assert clicks(person) == 5
    owners = {each.pk: each.caseload_of for each in Client.objects.all()}
    assert owners == {mine[0].pk: place.lead, mine[1].pk: place.worker, mine[2].pk: place.lead}
    expect(person.page.get_by_role("main").get_by_role("link", name=str(mine[0]))).to_have_count(0)


def test_a_caseload_is_handed_over_by_keyboard(enter: Callable[..., Person]) -> None:
    place = make_place()
    client = place.client()
    person = enter(place.worker)
    person.opens("/klientinnen/meine/")
    tab_to(person.page, "die angekreuzten")
    person.page.keyboard.press("ArrowDown")
    tab_to(person.page, "An wen?")
    person.page.keyboard.type(str(place.lead))
    tab_to(person.page, "Übergeben")
    person.page.keyboard.press("Enter")
    wait_until("the hand-over", lambda: Client.objects.get(pk=client.pk).caseload_of == place.lead)
    person.sees("Niemand hier")
