"""A crash or a lost answer while sending: never a second SMS, never one that nobody sent."""

import logging
import threading

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from pytest_django import Settings

from notifications import outbox
from notifications.delivery import deliver_due
from notifications.models import Message, MessageState
from notifications.planning import plan_changes
from notifications.recovery import recover_stuck, resolve_uncertain
from notifications.transports import sms
from tests.builders import NOW
from tests.notifications.scenes import E164, Scene, make_scene, minutes, tell
from tests.notifications.stub_twilio import (
    Fault,
    StubTwilio,
    answer_nonsense,
    break_off,
    cut_answer,
    lose_answer,
    refuse,
)

LATER = NOW + minutes(3)


@pytest.fixture
def scene() -> Scene:
    """A booking whose confirmation is planned, and nothing else that is due."""
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    Message.objects.filter(channel="email").update(state=MessageState.DROPPED, reason="superseded")
    return scene


@pytest.fixture
def clocks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub stamps its messages with the real time and the tests live in theirs: the order is moot."""
    monkeypatch.setattr("notifications.recovery.CLOCKS_APART", minutes(60 * 24 * 366 * 3))


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clocks_agree")]


def confirmation() -> Message:
    return Message.objects.get(kind="confirmation", channel="sms")


def crash_while_sending(twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch, *, after_post: bool) -> None:
    """As after SIGKILL: the process is gone between the claim and the noting of Twilio's answer."""

    class Killed(BaseException):
        pass

    real = sms.send

    def killed(**request: object) -> None:
        if after_post:
            real(**request)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("notifications.transports.sms.send", killed)
        with pytest.raises(Killed):
            deliver_due(now=NOW)
    assert confirmation().state == "sending"


def test_a_crash_leaves_a_message_that_is_not_sent_again_blindly(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_while_sending(twilio, monkeypatch, after_post=True)
    deliver_due(now=NOW + minutes(1))
    assert recover_stuck(now=NOW + minutes(1)) == 0
    assert confirmation().state == "sending"

    assert recover_stuck(now=LATER) == 1
    assert (confirmation().state, confirmation().error_code) == ("uncertain", "interrupted")
    deliver_due(now=LATER)
    assert len(twilio.posted) == 1


def test_a_crash_after_twilio_took_it_is_resolved_as_sent(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_while_sending(twilio, monkeypatch, after_post=True)
    recover_stuck(now=LATER)
    twilio.messages[0]["status"] = "delivered"

    assert resolve_uncertain(now=LATER) == 1
    deliver_due(now=LATER)
    message = confirmation()
    assert (message.state, message.provider_sid, message.provider_status) == (
        "delivered",
        twilio.messages[0]["sid"],
        "delivered",
    )
    assert len(twilio.posted) == 1


def test_a_crash_before_twilio_heard_of_it_is_resolved_as_due_again(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_while_sending(twilio, monkeypatch, after_post=False)
    recover_stuck(now=LATER)

    assert resolve_uncertain(now=LATER) == 1
    assert (confirmation().state, confirmation().address, confirmation().body) == ("planned", "", "")
    deliver_due(now=LATER)
    assert (confirmation().state, confirmation().attempts, len(twilio.messages)) == ("sent", 2, 1)


def test_a_crash_before_anything_was_handed_over_needs_no_question(scene: Scene, twilio: StubTwilio) -> None:
    """Also for mails, which nobody could be asked about."""
    claim = outbox.claim_one(NOW)
    assert claim is not None

    assert recover_stuck(now=LATER) == 1
    assert (confirmation().state, twilio.lists) == ("planned", 0)


def test_a_process_that_comes_back_after_its_claim_was_taken_away_sends_nothing(
    scene: Scene, twilio: StubTwilio
) -> None:
    claim = outbox.claim_one(NOW)
    assert claim is not None
    recover_stuck(now=LATER)

    assert outbox.hand_over(claim, address=E164, body="text") is False
    deliver_due(now=LATER)
    assert outbox.hand_over(claim, address=E164, body="text") is False
    outbox.fail(claim, outbox.Reason.REFUSED)
    assert confirmation().state == "sent"


def test_who_answers_late_knows_better_than_the_sweep(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hung for minutes, was given up, and then got its answer."""
    real = sms.send

    def slow(**request: object) -> object:
        receipt = real(**request)  # type: ignore[arg-type]
        recover_stuck(now=LATER)
        return receipt

    monkeypatch.setattr("notifications.transports.sms.send", slow)
    deliver_due(now=NOW)

    assert (confirmation().state, confirmation().provider_sid) == ("sent", twilio.messages[0]["sid"])


@pytest.mark.parametrize("fault", [lose_answer, cut_answer, answer_nonsense])
def test_a_lost_answer_is_uncertain_and_found(scene: Scene, twilio: StubTwilio, fault: Fault) -> None:
    twilio.faults.append(fault)

    assert deliver_due(now=NOW) == {"uncertain": 1}
    assert resolve_uncertain(now=NOW) == 1
    tell(LATER)
    assert (confirmation().state, confirmation().provider_sid) == ("sent", twilio.messages[0]["sid"])
    assert (len(twilio.posted), len(twilio.messages)) == (1, 1)


@pytest.mark.parametrize("fault", [refuse(502, 20502), refuse(504, 20504)])
def test_a_gateway_that_gave_up_waiting_leaves_it_uncertain(
    scene: Scene, twilio: StubTwilio, fault: Fault
) -> None:
    twilio.faults.append(fault)

    assert deliver_due(now=NOW) == {"uncertain": 1}


def test_a_timeout_is_uncertain(scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.2)
    sms._client_of.cache_clear()
    answer = threading.Event()
    twilio.before_answer = lambda message: answer.wait(timeout=10)
    try:
        assert deliver_due(now=NOW) == {"uncertain": 1}
    finally:
        answer.set()
    assert confirmation().error_code == "ReadTimeout"
    assert resolve_uncertain(now=NOW) == 1
    assert len(twilio.messages) == 1


def test_what_was_not_found_is_not_given_up_too_early(scene: Scene, twilio: StubTwilio) -> None:
    """A request that was broken off may still be on its way to Twilio."""
    twilio.faults.append(break_off)
    assert deliver_due(now=NOW) == {"uncertain": 1}

    assert resolve_uncertain(now=NOW + minutes(1)) == 0
    assert confirmation().state == "uncertain"
    assert resolve_uncertain(now=LATER) == 1
    deliver_due(now=LATER)
    assert (confirmation().state, len(twilio.messages), len(twilio.posted)) == ("sent", 1, 2)


def test_while_twilio_is_down_it_stays_uncertain(
    scene: Scene, twilio: StubTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.faults.append(lose_answer)
    deliver_due(now=NOW)
    twilio.down = True
    with caplog.at_level(logging.INFO):
        assert resolve_uncertain(now=LATER) == 0
    assert confirmation().state == "uncertain"
    assert E164 not in caplog.text
    twilio.down = False
    assert resolve_uncertain(now=LATER) == 1
    assert len(twilio.messages) == 1


def test_without_twilio_it_stays_uncertain(scene: Scene, twilio: StubTwilio, settings: Settings) -> None:
    twilio.faults.append(lose_answer)
    deliver_due(now=NOW)
    settings.TWILIO = None

    assert resolve_uncertain(now=LATER) == 0
    assert confirmation().state == "uncertain"


def test_another_messages_sid_is_not_taken_for_it(twilio: StubTwilio) -> None:
    """Two clients share a phone and a time: two SMS with the same words, one of them lost."""
    first, second = make_scene(), make_scene()
    first.book()
    second.book()
    plan_changes(now=NOW)
    twilio.faults.extend([break_off])
    deliver_due(now=NOW)
    states = Message.objects.filter(kind="confirmation", channel="sms").order_by("pk")
    assert [message.state for message in states] == ["uncertain", "sent"]
    assert len({message.body for message in states}) == 1

    assert resolve_uncertain(now=LATER) == 1
    assert [message.state for message in states.all()] == ["planned", "sent"]


def test_two_lost_answers_with_the_same_words_find_one_message_each(twilio: StubTwilio) -> None:
    first, second = make_scene(), make_scene()
    first.book()
    second.book()
    plan_changes(now=NOW)
    twilio.faults.extend([lose_answer, lose_answer])
    deliver_due(now=NOW)

    assert resolve_uncertain(now=LATER) == 2
    sids = Message.objects.filter(kind="confirmation", channel="sms").values_list("provider_sid", flat=True)
    assert sorted(sids) == sorted(message["sid"] for message in twilio.messages)


def test_an_older_message_with_the_same_words_is_not_taken_for_it(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Twilio took long before the claim is another one."""
    twilio.faults.append(break_off)
    deliver_due(now=NOW)
    twilio.accept({"To": E164, "Body": confirmation().body})
    monkeypatch.setattr("notifications.recovery.CLOCKS_APART", minutes(5))
    twilio.messages[0]["date_created"] = "Sun, 22 Nov 2026 10:50:00 +0000"
    assert resolve_uncertain(now=NOW) == 0

    twilio.messages[0]["date_created"] = "Sun, 22 Nov 2026 10:56:00 +0000"
    assert resolve_uncertain(now=NOW) == 1
    assert confirmation().state == "sent"


def test_what_was_never_sent_and_is_of_no_use_any_more_fails(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(break_off)
    deliver_due(now=NOW)
    resolve_uncertain(now=scene.slot().starts_at)

    assert (confirmation().state, confirmation().reason) == ("failed", "too_late")


def test_what_never_gets_through_is_given_up(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(break_off)
    deliver_due(now=NOW)
    Message.objects.update(attempts=outbox.MAX_ATTEMPTS)
    resolve_uncertain(now=LATER)

    assert (confirmation().state, confirmation().reason) == ("failed", "too_many_attempts")


def test_pauses_grow_after_lost_requests_too(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(break_off)
    deliver_due(now=NOW)
    Message.objects.update(attempts=5)
    resolve_uncertain(now=LATER)

    # The attempt began at NOW plus the few milliseconds that the test took.
    assert round((confirmation().due_at - NOW).total_seconds() / 60) == 16


def test_a_superseded_message_that_never_left_is_not_sent_after_all(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(break_off)
    deliver_due(now=NOW)
    scene.move(confirmation().told_appointment, scene.slot(3))
    resolve_uncertain(now=LATER)
    tell(LATER)

    assert (confirmation().state, confirmation().reason) == ("dropped", "superseded")


def test_a_mail_that_may_have_left_stays_uncertain(
    twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    make_scene(consents=False).book()

    def broken(self: object, messages: object) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
        assert tell() == {"uncertain": 2}
    resolve_uncertain(now=LATER)
    tell(LATER)

    assert set(Message.objects.values_list("state", flat=True)) == {"uncertain"}
    assert mailoutbox == []


def test_one_that_cannot_be_resolved_holds_up_no_other(twilio: StubTwilio) -> None:
    broken, sound = make_scene(phone="0171 3920001"), make_scene(phone="0171 3920002")
    broken.book()
    sound.book()
    plan_changes(now=NOW)
    twilio.faults.extend([lose_answer, lose_answer])
    deliver_due(now=NOW)

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_message SET body = 'broken' WHERE recipient_client_id = %s",
            [broken.client.pk],
        )

    assert resolve_uncertain(now=LATER) == 1
