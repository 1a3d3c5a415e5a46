"""What Twilio reports: late, twice, out of order, before its own answer, or not Twilio at all."""

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client as Browser
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from notifications import consent, outbox
from notifications.delivery import deliver_due
from notifications.models import Message, MessageState
from notifications.planning import plan_changes
from notifications.recovery import recover_stuck
from notifications.transports import sms
from tests.builders import NOW
from tests.notifications.scenes import Scene, make_scene, minutes, tell
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.django_db

PATH = "/twilio/status"
Call = Callable[..., Any]


@pytest.fixture
def scene(twilio: StubTwilio) -> Scene:
    """A confirmation that Twilio has taken."""
    scene = make_scene()
    scene.book()
    tell()
    return scene


def confirmation() -> Message:
    return Message.objects.get(kind="confirmation", channel="sms")


def report(call: Call, status: str, **fields: str) -> int:
    return call(PATH, MessageSid=confirmation().provider_sid, MessageStatus=status, **fields).status_code


def test_a_delivered_message_is_delivered(scene: Scene, call: Call) -> None:
    assert [report(call, status) for status in ("sent", "delivered")] == [204, 204]
    assert (confirmation().state, confirmation().provider_status) == ("delivered", "delivered")


@pytest.mark.parametrize("order", list(itertools.permutations(["sending", "sent", "delivered"])))
def test_in_whatever_order_they_come_the_last_status_stays(
    order: tuple[str, ...], scene: Scene, call: Call
) -> None:
    for status in (*order, *order):
        assert report(call, status) == 204

    assert (confirmation().state, confirmation().provider_status) == ("delivered", "delivered")


def test_an_undelivered_message_is_a_failure_with_its_code(scene: Scene, call: Call) -> None:
    report(call, "undelivered", ErrorCode="30003")
    report(call, "sent")
    message = confirmation()

    assert (message.state, message.reason, message.error_code, message.provider_status) == (
        "failed",
        "undelivered",
        "30003",
        "undelivered",
    )


def test_a_final_status_stays(scene: Scene, call: Call) -> None:
    report(call, "delivered")
    report(call, "failed", ErrorCode="30008")

    assert (confirmation().state, confirmation().error_code, confirmation().reason) == ("delivered", "", "")


def test_a_delivered_message_may_be_read_and_a_failed_one_not(scene: Scene, call: Call) -> None:
    report(call, "delivered")
    report(call, "read")

    assert (confirmation().state, confirmation().provider_status) == ("delivered", "read")


def test_a_failed_message_is_not_read(scene: Scene, call: Call) -> None:
    report(call, "failed")
    report(call, "read")

    assert (confirmation().state, confirmation().provider_status) == ("failed", "failed")


def test_an_unknown_status_changes_nothing(scene: Scene, call: Call) -> None:
    assert report(call, "teleported") == 204
    assert (confirmation().state, confirmation().provider_status) == ("sent", "queued")


def test_an_unknown_message_is_not_found(scene: Scene, call: Call) -> None:
    assert call(PATH, MessageSid="SM" + "f" * 32, MessageStatus="delivered").status_code == 404


def test_a_stop_reported_later_withdraws(scene: Scene, call: Call) -> None:
    report(call, "failed", ErrorCode="21610")

    assert (confirmation().reason, consent.has_standing(scene.client)) == ("opted_out", False)


def test_a_callback_before_the_answer_is_not_lost(twilio: StubTwilio, call: Call) -> None:
    """It finds the message by our own number in the callback's address, and the answer changes nothing."""
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    statuses: list[int] = []

    # In place of the stub's thread, which has no access to this test's transaction.
    real = sms.send

    def early(**request: Any) -> Any:
        receipt = real(**request)
        path = twilio.messages[0]["status_callback"].removeprefix("http://127.0.0.1:8000")
        response = call(path, MessageSid=receipt.sid, MessageStatus="delivered")
        statuses.append(response.status_code)
        return receipt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("notifications.transports.sms.send", early)
        deliver_due(now=NOW)
    message = confirmation()

    assert statuses == [204]
    assert (message.state, message.provider_status, message.provider_sid) == (
        "delivered",
        "delivered",
        twilio.messages[0]["sid"],
    )


@pytest.mark.parametrize("state", ["uncertain", "planned"])
def test_a_callback_settles_what_was_uncertain_or_given_up(
    state: str, twilio: StubTwilio, call: Call
) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    claim = outbox.claim_one(NOW)
    assert claim is not None
    if state == "uncertain":
        outbox.leave_uncertain(claim, "lost")
    else:
        recover_stuck(now=NOW + minutes(3))
    assert confirmation().state == state

    response = call(f"{PATH}?message={claim.pk}", MessageSid="SM" + "a" * 32, MessageStatus="sent")
    assert (response.status_code, confirmation().state) == (204, MessageState.SENT)
    deliver_due(now=NOW + minutes(3))
    assert [form["Body"] for form in twilio.posted if form["Body"].startswith("Ihr Termin")] == []


def test_our_number_finds_no_message_that_was_never_tried(call: Call) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    pk = confirmation().pk

    assert call(f"{PATH}?message={pk}", MessageSid="SM1", MessageStatus="sent").status_code == 404
    assert confirmation().state == "planned"


def test_our_number_finds_no_message_that_has_another_sid(scene: Scene, call: Call) -> None:
    pk = confirmation().pk

    assert call(f"{PATH}?message={pk}", MessageSid="SM2", MessageStatus="delivered").status_code == 404
    assert confirmation().state == "sent"


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40, "１"])
def test_a_number_that_is_none_finds_nothing(number: str, scene: Scene, call: Call) -> None:
    path = f"{PATH}?message={quote(number)}"

    assert call(path, MessageSid="SM3", MessageStatus="sent").status_code == 404


def test_a_forged_callback_is_refused(scene: Scene, call: Call, client: Browser) -> None:
    sid = confirmation().provider_sid
    for signature in ("", "x", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="):
        response = call(PATH, signature=signature, MessageSid=sid, MessageStatus="delivered")
        assert response.status_code == 403
    assert client.post(PATH, {"MessageSid": sid, "MessageStatus": "delivered"}).status_code == 403
    assert confirmation().state == "sent"


def test_the_signature_covers_address_and_fields(scene: Scene, call: Call, settings: Settings) -> None:
    sid = confirmation().provider_sid
    validator = RequestValidator(settings.TWILIO.auth_token)
    fields = {"MessageSid": sid, "MessageStatus": "delivered"}
    elsewhere = validator.compute_signature("https://other.example.org" + PATH, fields)
    altered = validator.compute_signature(settings.BASE_URL + PATH, {**fields, "MessageStatus": "sent"})

    assert call(PATH, signature=elsewhere, **fields).status_code == 403
    assert call(PATH, signature=altered, **fields).status_code == 403


def test_the_signature_is_checked_against_the_public_address(
    scene: Scene, call: Call, settings: Settings
) -> None:
    """Whatever host and scheme a proxy leaves in the request."""
    settings.BASE_URL = "https://termine.example.org"

    assert report(call, "delivered") == 204


def test_only_posts_with_a_message_are_taken(scene: Scene, call: Call, client: Browser) -> None:
    assert client.get(PATH).status_code == 405
    assert call(PATH, MessageStatus="sent").status_code == 400
    assert call(PATH, MessageSid="SM\n", MessageStatus="sent").status_code == 400


def test_without_twilio_there_is_no_such_address(call: Call, client: Browser, settings: Settings) -> None:
    settings.TWILIO = None

    assert client.post(PATH, {"MessageSid": "SM1"}).status_code == 404
    assert client.post("/twilio/inbound", {"MessageSid": "SM1"}).status_code == 404


def test_a_callback_needs_no_csrf_token(scene: Scene, settings: Settings) -> None:
    fields = {"MessageSid": confirmation().provider_sid, "MessageStatus": "delivered"}
    validator = RequestValidator(settings.TWILIO.auth_token)
    signature = validator.compute_signature(settings.BASE_URL + PATH, fields)
    strict = Browser(enforce_csrf_checks=True)

    assert strict.post(PATH, fields, headers={"X-Twilio-Signature": signature}).status_code == 204
