"""After accepting a message the demo phones report its way: in order, signed, again while nobody answers."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from twilio.request_validator import RequestValidator
from twilio.rest import Client

from config.demophones.webhooks import sign
from tests.demophones.conftest import (
    ACCOUNT,
    PHONE,
    SERVICE_SID,
    Application,
    RunningDemo,
    run_demo,
    wait_until,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def send(client: Client, application: Application, path: str = "/twilio/status") -> str:
    sent = client.messages.create(
        to=PHONE, from_=ACCOUNT.sender, body="Termin", status_callback=application.url + path
    )
    assert sent.sid is not None
    return sent.sid


def test_statuses_come_in_order_and_not_for_the_first(client: Client, application: Application) -> None:
    sid = send(client, application)
    wait_until(lambda: len(application.calls) == 2)
    assert [call.fields for call in application.calls] == [
        {
            "AccountSid": ACCOUNT.account_sid,
            "ApiVersion": "2010-04-01",
            "From": ACCOUNT.sender,
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": PHONE,
        }
        for status in ("sent", "delivered")
    ]


def test_a_messaging_service_is_named(client: Client, application: Application) -> None:
    callback = f"{application.url}/twilio/status"
    client.messages.create(
        to=PHONE, messaging_service_sid=SERVICE_SID, body="Termin", status_callback=callback
    )
    wait_until(lambda: len(application.calls) == 3)
    assert application.statuses() == ["queued", "sent", "delivered"]
    assert {call.fields["MessagingServiceSid"] for call in application.calls} == {SERVICE_SID}


def test_the_signature_is_valid(client: Client, application: Application) -> None:
    path = "/twilio/status?site=1&x=%C3%A4"
    send(client, application, path)
    wait_until(lambda: len(application.calls) == 2)
    validator = RequestValidator(ACCOUNT.auth_token)
    url = application.url + path
    for call in application.calls:
        assert call.path == path
        assert validator.validate(url, call.fields, call.signature)
        assert not validator.validate(url, {**call.fields, "MessageStatus": "failed"}, call.signature)


def test_the_signature_of_difficult_fields_is_twilios() -> None:
    fields = {"Body": "Grüße 😀\nZeile & mehr=1", "b": "klein", "A": "", "_": "x"}
    url = "https://termine.example.org/twilio/inbound"
    assert RequestValidator(ACCOUNT.auth_token).validate(url, fields, sign(ACCOUNT.auth_token, url, fields))


def test_an_application_in_trouble_is_told_again(client: Client, application: Application) -> None:
    application.answers = [500, 503]
    send(client, application)
    wait_until(lambda: len(application.calls) == 4)
    assert application.statuses() == ["sent", "sent", "sent", "delivered"]


def test_a_refusal_is_not_repeated(client: Client, application: Application) -> None:
    application.answers = [403]
    send(client, application)
    wait_until(lambda: len(application.calls) == 2)
    assert application.statuses() == ["sent", "delivered"]


def test_a_message_arrives_although_nobody_listens(client: Client, running: RunningDemo) -> None:
    unused = "http://127.0.0.1:9/twilio/status"
    sent = client.messages.create(to=PHONE, from_=ACCOUNT.sender, body="Termin", status_callback=unused)
    wait_until(lambda: running.store.unfinished() == [])
    assert client.messages(sent.sid).fetch().status == "delivered"


def test_a_restart_carries_on(tmp_path: Path, application: Application) -> None:
    """What was neither sent nor reported when the demo ended is both afterwards."""
    with closing(run_demo(tmp_path, base_url=application.url, step_seconds=600)) as slow:
        store = next(slow).store
        sms = store.add_outbound(
            to=PHONE,
            sender=ACCOUNT.sender,
            service_sid="",
            text="Termin",
            status_callback=f"{application.url}/twilio/status",
            now=NOW,
        )
        store.set_status(sms.sid, "sent", now=NOW)
    with closing(run_demo(tmp_path, base_url=application.url)) as again:
        next(again)
        wait_until(lambda: len(application.calls) == 2)
    assert application.statuses() == ["sent", "delivered"]
    assert {call.fields["MessageSid"] for call in application.calls} == {sms.sid}
