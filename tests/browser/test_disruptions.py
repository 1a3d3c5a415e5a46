"""Ten minutes between ward rounds: an hour is cancelled, or a colleague takes it over. Clicks are counted."""

import datetime
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import expect

from notifications.models import Message, PersonalNotice
from notifications.planning import plan_changes
from scheduling.models import Appointment, ConsultationHour
from sites.models import Role
from tests.browser.all_pages import long_place
from tests.browser.people import Person
from tests.browser.test_accessibility import findings
from tests.builders import NOW, make_published_hour, make_user
from tests.pages.desks import Place, make_place, slot_of

# The next day, so that the social workers are told at once.
TOMORROW = datetime.date(2026, 11, 23)

COUNT_CLICKS = """
    addEventListener('pointerdown', () => {
        sessionStorage.setItem('clicks', 1 + Number(sessionStorage.getItem('clicks')))
    }, {capture: true})
"""


def clicks(person: Person) -> int:
    """How often that person has pressed the mouse button since the first page."""
    return int(person.page.evaluate("Number(sessionStorage.getItem('clicks'))"))


def begins(person: Person) -> None:
    person.page.context.add_init_script(COUNT_CLICKS)
    person.opens("/")


def eight_booked(place: Place) -> ConsultationHour:
    """Tomorrow morning; five get an SMS, three have to be told."""
    hour = make_published_hour(
        place.site,
        day=TOMORROW,
        from_time=datetime.time(9),
        slots=8,
        minutes=25,
        psychiatrist=place.psychiatrist,
        room=place.room,
    )
    for number in range(8):
        told = number < 5
        client = place.client(phone=f"0171 392001{number}" if told else "", consents=told)
        place.book(slot_of(hour, number), client)
    plan_changes(now=NOW)
    Message.objects.update(state="sent", sent_at=NOW)
    return hour


@pytest.mark.parametrize("width", [390, 1280])
def test_illness_on_the_morning_with_eight_booked_clients(enter: Callable[..., Person], width: int) -> None:
    place = make_place()
    eight_booked(place)
    person = enter(place.psychiatrist, width=width)
    begins(person)

    person.follows("Montag, 23. November 2026")
    person.follows("Absagen")
    person.page.get_by_label("Ersatztermin am").fill("2026-12-02")
    person.press("Weiter wer Bescheid bekommt")
    person.sees_heading("Wer bekommt Bescheid?")
    person.sees("5 per SMS, 3 persönlich durch die Einrichtung.")
    person.sees("Weil es weniger als 24 Stunden vorher ist, auch gleich an die Einrichtung:")
    assert person.overflow <= 0
    person.press("Absagen und Bescheid geben")
    person.is_told(
        "Die Sprechstunde ist abgesagt und auf Mi. 02.12.2026, 09:00 Uhr verlegt. "
        "8 Klient:innen bekommen Bescheid."
    )
    # One date and four clicks: the hour, «Absagen», «Weiter», «Absagen und Bescheid geben».
    assert clicks(person) == 4

    plan_changes(now=NOW)
    assert Message.objects.filter(kind="moved", channel="sms", state="planned").count() == 5
    assert PersonalNotice.objects.count() == 3
    assert Message.objects.filter(kind="short_notice", recipient_user=place.worker).count() == 1
    worker = enter(place.worker, width=width)
    worker.opens("/aufgaben/")
    assert worker.overflow <= 0
    rows = worker.page.get_by_role("main").get_by_role("row").filter(has_text="Die neue Zeit sagen")
    expect(rows).to_have_count(3)
    code = Appointment.objects.order_by("starts_at")[5].client.code
    worker.press(f"Bescheid gesagt {code}")
    worker.is_told(f"Erledigt: {code}.")
    expect(rows).to_have_count(2)


def test_substitution(enter: Callable[..., Person]) -> None:
    place = make_place()
    hour = eight_booked(place)
    colleague = make_user(Role.PSYCHIATRIST, clinic=place.site.clinic)
    person = enter(place.coordinator)
    begins(person)

    person.follows("Montag, 23. November 2026")
    person.follows("Vertretung")
    person.page.get_by_label(str(colleague)).check()
    person.press("Weiter wer Bescheid bekommt")
    person.sees("Für die Klient:innen ändern sich weder Zeit noch Ort. Sie bekommen keine Nachricht.")
    person.press("Übergeben und Bescheid geben")
    person.is_told(f"{colleague} übernimmt die Sprechstunde.")
    # The hour, «Vertretung», the colleague, «Weiter», «Übergeben».
    assert clicks(person) == 5

    plan_changes(now=NOW)
    new = Message.objects.filter(state="planned")
    assert new.filter(channel="sms").exclude(kind="reminder").count() == 0
    assert new.filter(recipient_user=place.psychiatrist, kind="cancelled").count() == 9
    assert new.filter(recipient_user=colleague, kind="confirmation").count() == 9
    person.page.get_by_text("Verlauf").click()
    person.sees(f"Vertretung: {colleague} statt {place.psychiatrist}")
    hour.refresh_from_db()
    assert (hour.psychiatrist, hour.sequence) == (colleague, 1)


Scheme = Literal["light", "dark"]


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")]
)
def test_axe_finds_nothing_where_an_hour_is_changed(
    enter: Callable[..., Person], width: int, scheme: Scheme
) -> None:
    place = long_place()
    hour, lost = eight_booked(place), place.hour(slots=1)
    place.book(slot_of(lost), place.client(name="Alexandra-Wilhelmine Mustermann-Beispielhausen"))
    make_user(Role.PSYCHIATRIST, clinic=place.site.clinic)
    person = enter(place.psychiatrist, width=width)
    person.page.emulate_media(color_scheme=scheme)
    found: dict[str, tuple[int, list[str]]] = {}

    def look(name: str, who: Person = person) -> None:
        found[name] = (max(who.overflow, 0), findings(who))

    for what in ("absagen", "verlegen", "vertretung", "dauer"):
        person.opens(f"/sprechstunden/{hour.pk}/{what}/")
        look(what)
    person.page.get_by_label("Ende").fill("10:00")
    person.press("Weiter wer Bescheid bekommt")
    person.sees("Diese Termine passen nicht mehr")
    look("what does not fit")
    for pk in (hour.pk, lost.pk):
        person.opens(f"/sprechstunden/{pk}/absagen/")
        person.press("Weiter wer Bescheid bekommt")
        person.sees_heading("Wer bekommt Bescheid?")
        look(f"preview of {pk}")
    person.press("Absagen und Bescheid geben")
    person.sees("Diese Sprechstunde findet nicht statt.")
    look("a cancelled hour")
    plan_changes(now=NOW)
    worker = enter(place.worker, width=width)
    worker.page.emulate_media(color_scheme=scheme)
    for address in ("/aufgaben/", "/konto/kurzfristig/"):
        worker.opens(address)
        look(address, worker)
    assert found == {name: (0, []) for name in found}
