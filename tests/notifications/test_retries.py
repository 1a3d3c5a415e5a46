"""What failed for now is tried again with growing pauses; what failed for good is not."""

import dataclasses
import smtplib

import pytest
from pytest_django import Settings

from notifications import consent, outbox
from notifications.delivery import deliver_due
from notifications.models import Consent, Message
from notifications.planning import plan_changes
from sites.models import User
from tests.builders import NOW
from tests.notifications.scenes import Scene, make_scene, minutes, tell
from tests.notifications.stub_twilio import Fault, StubTwilio, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    return scene


def confirmation() -> Message:
    return Message.objects.get(kind="confirmation", channel="sms")


def pause(now: object) -> float:
    """Minutes until the next attempt, without the milliseconds that the test took."""
    return round((confirmation().due_at - now).total_seconds() / 60)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refuse(429, 20429), "20429"),
        (refuse(500, 20500), "20500"),
        (refuse(503, 20503), "20503"),
        # Credentials can be mended, and then everything goes out.
        (refuse(401, 20003), "20003"),
        (refuse(403, 20005), "20005"),
    ],
)
def test_a_passing_failure_is_tried_again(scene: Scene, twilio: StubTwilio, fault: Fault, code: str) -> None:
    twilio.faults.append(fault)
    deliver_due(now=NOW)
    message = confirmation()

    assert (message.state, message.error_code, message.attempts) == ("planned", code, 1)
    assert pause(NOW) == 1
    deliver_due(now=NOW + minutes(0.5))
    assert len(twilio.posted) == 1
    deliver_due(now=NOW + minutes(1.5))
    assert (confirmation().state, confirmation().error_code, len(twilio.messages)) == ("sent", "", 1)


def test_a_server_that_is_not_there_is_tried_again(scene: Scene, settings: Settings) -> None:
    settings.TWILIO = dataclasses.replace(settings.TWILIO, api_base_url="http://127.0.0.1:9")
    deliver_due(now=NOW)

    assert (confirmation().state, confirmation().error_code) == ("planned", "ConnectionError")


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [outbox.pause_after(attempts).total_seconds() / 60 for attempts in range(1, 10)]

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_attempts_come_to_an_end(scene: Scene, twilio: StubTwilio) -> None:
    now = NOW
    for _ in range(outbox.MAX_ATTEMPTS):
        twilio.faults.append(refuse(503, 20503))
        deliver_due(now=now)
        now += minutes(61)
    message = confirmation()

    assert (message.state, message.reason, message.error_code) == ("failed", "too_many_attempts", "20503")
    deliver_due(now=now)
    assert len(twilio.posted) == outbox.MAX_ATTEMPTS


def test_attempts_end_when_the_appointment_begins(twilio: StubTwilio) -> None:
    scene = make_scene()
    now = scene.slot().starts_at - minutes(2)
    scene.book(now=now)
    plan_changes(now=now)
    twilio.faults.extend([refuse(503, 20503), refuse(503, 20503)])
    deliver_due(now=now)
    assert confirmation().state == "planned"
    deliver_due(now=now + minutes(1.1))

    assert (confirmation().state, confirmation().reason) == ("failed", "too_late")


@pytest.mark.parametrize(("status", "code"), [(400, 21211), (400, 21614), (404, 20404)])
def test_a_lasting_failure_is_not_tried_again(
    scene: Scene, twilio: StubTwilio, status: int, code: int
) -> None:
    twilio.faults.append(refuse(status, code))
    deliver_due(now=NOW)
    deliver_due(now=NOW + minutes(90))

    assert (confirmation().state, confirmation().reason) == ("failed", "refused")
    assert confirmation().error_code == str(code)
    assert len(twilio.posted) == 1


def test_a_recipient_who_stopped_at_twilio_withdraws(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(refuse(400, 21610))
    deliver_due(now=NOW)
    given = Consent.objects.get(client=scene.client)

    assert (confirmation().state, confirmation().reason, confirmation().error_code) == (
        "failed",
        "opted_out",
        "21610",
    )
    assert (given.withdrawn_how, given.withdrawn_by) == ("sms", User.objects.system_actor("sms"))
    assert consent.has_standing(scene.client) is False
    assert Message.objects.get(kind="reminder").state == "dropped"


def test_a_message_that_twilio_takes_and_fails_at_once_is_failed(scene: Scene, twilio: StubTwilio) -> None:
    def fail(message: dict[str, object]) -> None:
        message.update(status="failed", error_code=30007)

    twilio.before_answer = fail
    deliver_due(now=NOW)

    assert (confirmation().state, confirmation().reason, confirmation().error_code) == (
        "failed",
        "undelivered",
        "30007",
    )


# -- mail ---------------------------------------------------------------------------------------------

SEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"
OPEN = "django.core.mail.backends.locmem.EmailBackend.open"


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no")}), "failed", "smtp_550"),
        (smtplib.SMTPRecipientsRefused({"a@example.org": (451, b"later")}), "planned", "smtp_451"),
        (smtplib.SMTPDataError(554, b"no"), "failed", "smtp_554"),
        (smtplib.SMTPDataError(452, b"full"), "planned", "smtp_452"),
        (smtplib.SMTPServerDisconnected("gone"), "uncertain", "SMTPServerDisconnected"),
        (TimeoutError(), "uncertain", "TimeoutError"),
    ],
)
def test_what_a_mail_servers_answer_means(
    error: Exception, state: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_scene(consents=False).book()

    def failing(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr(SEND, failing)
    tell()

    assert list(Message.objects.values_list("state", "error_code")) == [(state, code)] * 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(), "ConnectionRefusedError"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "smtp_535"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_mail_server_that_cannot_be_reached_is_tried_again(
    error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_scene(consents=False).book()

    def failing(self: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(OPEN, failing)
        tell()
    assert list(Message.objects.values_list("state", "error_code")) == [("planned", code)] * 2
    tell(NOW + minutes(2))
    assert list(Message.objects.values_list("state", "error_code")) == [("sent", "")] * 2


def test_a_mail_server_that_hangs_up_rudely_after_taking_the_mail_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_scene(consents=False).book()

    def failing(self: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.close", failing)
    tell()

    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
