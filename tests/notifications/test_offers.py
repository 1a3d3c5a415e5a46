"""Who is told of a slot that is offered, and what their answer does."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from notifications import consent, replies
from notifications.models import Message, Reply
from notifications.sweeping import sweep
from scheduling import booking, cancelling, offering
from scheduling.models import Appointment, HourCancelReason, Offer, WaitingEntry
from sites import acting
from tests.builders import NOW
from tests.notifications.scenes import E164, PHONE, told
from tests.notifications.stub_twilio import StubTwilio
from tests.scheduling.waiting_scenes import List, make_list, minutes

pytestmark = pytest.mark.django_db

ASKED = (
    "Termin frei: Mi 09.12. 13:00. Möchten Sie ihn? Antwort JA oder NEIN bis So 22.11. 13:00. "
    "Fragen? Rückruf 030 23125100. Keine SMS mehr: STOP"
)


def texts(twilio: StubTwilio) -> list[str]:
    """What the client's phone got, in order."""
    return [each["body"] for each in reversed(twilio.messages) if each["to"] == E164]


@dataclasses.dataclass
class Case:
    """The first who waits has a phone and consents; one slot was just freed, and is offered."""

    list_: List
    entry: WaitingEntry
    next_entry: WaitingEntry

    @property
    def offer(self) -> Offer:
        return Offer.objects.get(entry=self.entry)

    def says(self, body: str, *, now: Any = NOW, sid: str = "SM1") -> None:
        with acting.as_system(acting.System.SMS):
            replies.receive(sid=sid, address=E164, body=body, now=now)


def make_case(*, consents: bool = True) -> Case:
    list_ = make_list()
    client = list_.client(phone=PHONE)
    if consents:
        consent.give(client=client, by=list_.worker, now=NOW)
    case = Case(list_, list_.waits(client), list_.waits())
    sweep(now=NOW)
    mail.outbox.clear()
    list_.free()
    sweep(now=NOW)
    return case


@pytest.fixture
def case(twilio: StubTwilio) -> Case:
    return make_case()


def test_the_client_is_asked_and_who_put_them_on_the_list_is_told(case: Case, twilio: StubTwilio) -> None:
    assert texts(twilio) == [ASKED]
    [offered] = [each for each in mail.outbox if each.subject == "Freier Termin: 09.12.2026 um 13:00"]
    assert offered.to == [case.list_.worker.email]
    assert f"/angebote/{case.offer.pk}/" in str(offered.body)
    assert "Vorgemerkt bis: Sonntag, 22.11.2026, 13:00 Uhr" in str(offered.body)
    assert case.entry.client.code not in str(offered.body)


@pytest.mark.parametrize("body", ["JA", "ja gerne!", "👍"])
def test_yes_books_it(case: Case, twilio: StubTwilio, body: str) -> None:
    case.says(body)
    appointment = Appointment.objects.get(client=case.entry.client)
    assert (appointment.slot_id, appointment.status) == (case.offer.slot_id, "booked")
    assert (Reply.objects.get().outcome, case.offer.state) == ("offer_accepted", "accepted")
    sweep(now=NOW + minutes(1))
    assert texts(twilio)[1:] == [
        "Ihr Termin: Mi 09.12. 13:00. Nicht möglich? Bitte Rückruf 030 23125100. Keine SMS mehr: STOP"
    ]
    assert "Das vorgemerkte Zeitfenster ist angenommen" in "".join(str(each.body) for each in mail.outbox)


@pytest.mark.parametrize("body", ["NEIN", "nein danke.", "Geht leider nicht"])
def test_no_passes_it_on(case: Case, twilio: StubTwilio, body: str) -> None:
    case.says(body)
    sweep(now=NOW + minutes(1))
    assert (case.offer.state, Reply.objects.get().outcome) == ("declined", "offer_declined")
    assert Offer.objects.get(state="standing").entry == case.next_entry
    assert len(texts(twilio)) == 1


def test_silence_passes_it_on_and_a_late_yes_is_told_so(case: Case, twilio: StubTwilio) -> None:
    sweep(now=NOW + minutes(61))
    assert Offer.objects.get(state="standing").entry == case.next_entry
    case.says("JA", now=NOW + minutes(62))
    sweep(now=NOW + minutes(62))
    assert Reply.objects.get().outcome == "offer_missed"
    assert texts(twilio)[1:] == [
        "Der freie Termin Mi 09.12. 13:00 ist leider nicht mehr zu haben. Sie warten weiter. "
        "Fragen? Rückruf 030 23125100. Keine SMS mehr: STOP"
    ]
    assert not Appointment.objects.filter(client=case.entry.client).exists()


@pytest.mark.parametrize("body", ["Ja aber nur wenn Kim mitkommt", "Wann genau?", ""])
def test_what_is_more_than_yes_or_no_is_for_people(case: Case, body: str) -> None:
    case.says(body)
    assert (case.offer.state, Reply.objects.get().outcome) == ("standing", "noted")


def test_a_yes_after_another_sms_is_not_taken_for_the_offer(case: Case) -> None:
    hour = case.list_.hour
    other = case.list_.free(1)
    offering.decline(offer=case.offer, by=case.list_.worker, now=NOW)
    booking.book(slot=other, client=case.entry.client, by=case.list_.worker, now=NOW)
    sweep(now=NOW + minutes(2))
    case.says("JA", now=NOW + minutes(3))
    assert Reply.objects.get().outcome == "noted"
    assert Appointment.objects.filter(client=case.entry.client, slot__hour=hour).count() == 1


def test_the_same_sms_twice_answers_once(case: Case) -> None:
    case.says("NEIN")
    case.says("NEIN")
    assert Reply.objects.count() == 1


def test_without_consent_only_the_staff_are_told(twilio: StubTwilio) -> None:
    make_case(consents=False)
    assert texts(twilio) == []
    assert [each.subject for each in mail.outbox if "Freier" in each.subject] != []


def test_where_no_answer_can_come_the_client_is_not_asked(twilio: StubTwilio, settings: Any) -> None:
    settings.TWILIO = dataclasses.replace(settings.TWILIO, sender="Termine", messaging_service_sid="")
    make_case()
    assert texts(twilio) == []


def test_whoever_was_asked_hears_that_the_hour_is_cancelled(case: Case, twilio: StubTwilio) -> None:
    hour = case.list_.hour
    cancelling.cancel_hour(hour=hour, reason=HourCancelReason.PERSON, by=hour.psychiatrist, now=NOW)
    sweep(now=NOW + minutes(1))
    assert (case.offer.state, len(texts(twilio))) == ("gone", 2)
    assert "nicht mehr zu haben" in texts(twilio)[1]


def test_an_offer_of_the_night_is_told_in_the_morning(twilio: StubTwilio) -> None:
    list_ = make_list()
    client = list_.client(phone=PHONE)
    consent.give(client=client, by=list_.worker, now=NOW)
    list_.waits(client)
    sweep(now=NOW)
    midnight = NOW + timedelta(hours=12)
    list_.free(now=midnight)
    sweep(now=midnight)
    assert (texts(twilio), told()[-1]) == ([], ("offer", "planned"))
    sweep(now=midnight + timedelta(hours=8, minutes=1))
    assert len(texts(twilio)) == 1


def test_stop_leaves_the_offer_to_the_staff(case: Case) -> None:
    case.says("STOP")
    assert (case.offer.state, consent.has_standing(case.entry.client)) == ("standing", False)


def test_an_offer_that_is_over_before_it_is_told_is_not_told(twilio: StubTwilio) -> None:
    list_ = make_list()
    client = list_.client(phone=PHONE)
    consent.give(client=client, by=list_.worker, now=NOW)
    list_.waits(client)
    list_.free()
    offering.make_offers(now=NOW)
    offering.decline(offer=Offer.objects.get(), by=list_.worker, now=NOW)
    sweep(now=NOW)
    assert texts(twilio) == []
    assert set(Message.objects.filter(kind="offer").values_list("state", "reason")) == {
        ("dropped", "superseded")
    }
