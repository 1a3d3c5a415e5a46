"""The worklist: what is on it, who took it, and what becomes of it."""

import datetime

import pytest
import time_machine

from notifications.models import PersonalNotice, WorkMark
from notifications.planning import plan_changes
from scheduling.cancelling import cancel_hour
from scheduling.models import HourCancelReason
from tests.builders import NOW
from tests.pages.desks import FIRST_DAY, Desk, Place, slot_of
from tests.pages.reading import Page, text_of

LIST = "/aufgaben/"


def rows(page: Page, table: str = "aufgaben") -> list[str]:
    tables = [each for each in page.elements("table") if dict(each.attributes).get("id") == table]
    return [
        text_of(row)
        for each in tables
        for body in page.elements("tbody", within=each)
        for row in page.elements("tr", within=body)
    ]


def send(user: object, notice: PersonalNotice, step: str, *, seen: int = 0, **more: str) -> Page:
    appointment = notice.appointment
    return Desk(user).post(  # type: ignore[arg-type]
        f"{LIST}{appointment.client_id}/tell/{appointment.pk}/",
        schritt=step,
        anlass=str(notice.change_id),
        stand=str(seen),
        **more,
    )


@pytest.fixture
def notice(place: Place) -> PersonalNotice:
    hour = place.hour()
    place.book(slot_of(hour), place.client(name="Alex Muster", phone="0171 3920012"))
    cancel_hour(
        hour=hour,
        reason=HourCancelReason.PERSON,
        replacement_date=FIRST_DAY.replace(day=16),
        by=place.psychiatrist,
        now=NOW,
    )
    plan_changes(now=NOW)
    return PersonalNotice.objects.get()


def test_it_says_whom_to_tell_what_and_why(place: Place, notice: PersonalNotice) -> None:
    client = notice.appointment.client
    assert rows(Desk(place.worker).get(LIST)) == [
        f"{client} · Alex Muster 0171 3920012 Die neue Zeit sagen keine Einwilligung "
        "Termin: Mi. 16.12.2026, 13:00 Uhr bisher: Mi. 09.12.2026, 13:00 Uhr jetzt offen "
        f"Bescheid gesagt {client} Nicht erreicht {client} Übernehmen {client}"
    ]


def test_what_is_done_leaves_the_list(place: Place, notice: PersonalNotice) -> None:
    page = send(place.lead, notice, "erledigt")
    assert (page.messages, rows(page)) == ([f"Erledigt: {notice.appointment.client}."], [])
    mark = WorkMark.objects.get()
    assert (mark.done_at, mark.done_by) == (NOW, place.lead)


def test_who_was_not_reached_comes_back_after_a_while(place: Place, notice: PersonalNotice) -> None:
    page = send(place.worker, notice, "nicht-erreicht")
    assert page.messages == [
        f"Notiert: {notice.appointment.client} war nicht zu erreichen und kommt später wieder auf die Liste."
    ]
    assert rows(page) == []
    (resting,) = rows(page, "spaeter-wieder")
    tried = f"1-mal nicht erreicht, zuletzt 22.11.2026, 12:00 Uhr ({place.worker})"
    assert ("wieder 22.11.2026, 14:00 Uhr" in resting, tried in resting) == (True, True)
    with time_machine.travel(NOW + datetime.timedelta(hours=2), tick=False):
        (row,) = rows(Desk(place.worker).get(LIST))
        assert tried in row
        send(place.worker, notice, "erledigt", seen=1)
        assert rows(Desk(place.worker).get(LIST)) == []


def test_in_the_evening_it_comes_back_in_the_morning(place: Place, notice: PersonalNotice) -> None:
    with time_machine.travel(NOW.replace(hour=16, minute=30), tick=False):
        send(place.worker, notice, "nicht-erreicht")
    assert WorkMark.objects.get().back_at == NOW.replace(day=23, hour=8)


def test_colleagues_see_who_took_it_and_the_second_is_told(place: Place, notice: PersonalNotice) -> None:
    page = send(place.worker, notice, "uebernehmen")
    client = notice.appointment.client
    assert page.messages == [f"Übernommen: {client}. Die anderen sehen, dass Sie sich darum kümmern."]
    taken = f"übernommen von {place.worker} 22.11.2026, 12:00 Uhr"
    (row,) = rows(Desk(place.lead).get(LIST))
    assert (taken in row, "Übernehmen" in row) == (True, False)
    page = send(place.lead, notice, "uebernehmen")
    assert page.messages == [
        f"Fehler: Das hat inzwischen {place.worker} übernommen. Bitte sprechen Sie sich ab."
    ]
    assert send(place.lead, notice, "zurueckgeben").messages == page.messages
    assert len(rows(Desk(place.worker).get(f"{LIST}?meine=ja"))) == 1
    assert rows(Desk(place.lead).get(f"{LIST}?meine=ja")) == []
    send(place.worker, notice, "zurueckgeben")
    assert "offen" in rows(Desk(place.lead).get(LIST))[0]


def test_who_went_home_keeps_it_from_nobody(place: Place, notice: PersonalNotice) -> None:
    send(place.worker, notice, "uebernehmen")
    with time_machine.travel(NOW + datetime.timedelta(hours=4), tick=False):
        assert "Übernehmen" in rows(Desk(place.lead).get(LIST))[0]
        send(place.lead, notice, "uebernehmen")
    assert WorkMark.objects.get().claimed_by == place.lead


def test_a_second_person_is_told_who_did_it(place: Place, notice: PersonalNotice) -> None:
    send(place.worker, notice, "erledigt")
    for step in ("erledigt", "nicht-erreicht", "uebernehmen", "zurueckgeben"):
        page = send(place.lead, notice, step)
        assert page.messages == [
            f"Fehler: Das hat inzwischen {place.worker} erledigt. Es ist nichts weiter zu tun."
        ]
    assert WorkMark.objects.get().done_by == place.worker


def test_what_is_done_counts_although_a_colleague_had_taken_it(place: Place, notice: PersonalNotice) -> None:
    send(place.worker, notice, "uebernehmen")
    send(place.lead, notice, "erledigt", seen=0)
    assert WorkMark.objects.get().done_by == place.lead


def test_a_try_is_not_counted_twice(place: Place, notice: PersonalNotice) -> None:
    send(place.worker, notice, "nicht-erreicht", seen=0)
    page = send(place.worker, notice, "nicht-erreicht", seen=0)
    assert page.messages == [
        "Fehler: Inzwischen hat jemand dazu etwas eingetragen. Bitte sehen Sie nach, was jetzt dort steht, "
        "und versuchen Sie es dann noch einmal."
    ]
    assert WorkMark.objects.get().not_reached_count == 1


def test_what_is_no_longer_needed_says_so(place: Place, notice: PersonalNotice) -> None:
    PersonalNotice.objects.update(state="superseded")
    page = send(place.worker, notice, "erledigt")
    assert page.messages == [
        "Achtung: Das ist nicht mehr nötig: Der Grund dafür ist inzwischen weggefallen, "
        "oder es ist schon erledigt."
    ]
    assert WorkMark.objects.count() == 0


def test_other_facilities_and_the_clinic_see_none_of_it(
    place: Place, elsewhere: Place, notice: PersonalNotice
) -> None:
    for user in (elsewhere.worker, place.psychiatrist, place.admin):
        page = Desk(user).get(LIST)
        assert (rows(page), "Nichts zu tun" in page.text) == ([], True)


def test_an_unknown_step_or_kind_is_not_found(place: Place, notice: PersonalNotice) -> None:
    client = notice.appointment.client_id
    assert send(place.worker, notice, "zaubern").status == 404
    assert Desk(place.worker).post(f"{LIST}{client}/nichts/1/", schritt="erledigt").status == 404


def test_one_kind_can_be_chosen_and_one_comes_back_to_it(place: Place, notice: PersonalNotice) -> None:
    page = Desk(place.worker).get(LIST)
    assert page.links["Änderung mitteilen (1)"] == f"{LIST}?art=tell"
    assert rows(Desk(place.worker).get(f"{LIST}?art=remind")) == []
    assert len(rows(Desk(place.worker).get(f"{LIST}?art=tell"))) == 1
    answer = Desk(place.worker).browser.post(
        f"{LIST}{notice.appointment.client_id}/tell/{notice.appointment_id}/",
        {"schritt": "uebernehmen", "anlass": str(notice.change_id), "art": "tell"},
    )
    assert answer["Location"] == f"{LIST}?art=tell"


def test_the_start_page_gets_the_numbers(place: Place, notice: PersonalNotice) -> None:
    answer = Desk(place.worker).answer("/aufgaben/anzahl/", htmx=True).content.decode()
    assert f'<a href="{LIST}?art=tell">Änderung mitteilen: 1, jetzt fällig 1</a>' in answer
    PersonalNotice.objects.update(state="superseded")
    answer = Desk(place.worker).answer("/aufgaben/anzahl/", htmx=True).content.decode()
    assert "Zurzeit ist nichts zu tun." in answer


def test_it_costs_as_many_queries_for_five_as_for_one(place: Place, notice: PersonalNotice) -> None:
    before = Desk(place.worker).queries_of(LIST)
    hour = place.hour(FIRST_DAY.replace(day=17), slots=4)
    for number in range(4):
        place.book(slot_of(hour, number))
    cancel_hour(hour=hour, reason=HourCancelReason.ROOM, by=place.psychiatrist, now=NOW)
    plan_changes(now=NOW)
    page = Desk(place.worker).get(LIST)
    assert (len(rows(page)), Desk(place.worker).queries_of(LIST)) == (5, before)
