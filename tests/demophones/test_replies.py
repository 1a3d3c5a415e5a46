"""What is typed into a phone reaches the application, signed; STOP and START do what they do at Twilio."""

import re
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from config.demophones.store import Sms
from tests.demophones.conftest import (
    ACCOUNT,
    OTHER_PHONE,
    PHONE,
    SERVICE_SID,
    Application,
    RunningDemo,
    get,
    post_form,
)

pytestmark = pytest.mark.usefixtures("texted")


@pytest.fixture
def texted(client: Client) -> None:
    """The phone has got an SMS: only then there is somebody to answer to."""
    client.messages.create(to=PHONE, from_=ACCOUNT.sender, body="Termin")


def inbound(running: RunningDemo) -> list[Sms]:
    return [sms for sms in running.store.all_on_phones() if sms.inbound]


def send_code(client: Client, to: str = PHONE) -> int | None:
    """Twilio's error code for a message to the phone, None if it was accepted."""
    try:
        client.messages.create(to=to, from_=ACCOUNT.sender, body="Termin")
    except TwilioRestException as error:
        return error.code
    return None


def test_an_answer_is_posted_as_twilio_does(running: RunningDemo, application: Application) -> None:
    response = post_form(running, phone=PHONE, text="Ich komme später & nicht pünktlich")
    assert (response.status, response.headers["Location"]) == (302, "/#telefon-491713920012")
    (sms,) = inbound(running)
    (call,) = application.calls
    assert call.path == "/twilio/inbound"
    assert call.fields == {
        "AccountSid": ACCOUNT.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": "Ich komme später & nicht pünktlich",
        "From": PHONE,
        "MessageSid": sms.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sms.sid,
        "SmsSid": sms.sid,
        "SmsStatus": "received",
        "To": ACCOUNT.sender,
    }
    assert re.fullmatch(r"SM[0-9a-f]{32}", sms.sid)
    url = application.url + call.path
    assert RequestValidator(ACCOUNT.auth_token).validate(url, call.fields, call.signature)
    assert (sms.answer_status, sms.answer) == (200, "<Response/>")


def test_the_word_on_the_button_goes_before_the_field(running: RunningDemo, application: Application) -> None:
    post_form(running, phone=PHONE, text="halb getippt", word="JA")
    assert [call.fields["Body"] for call in application.calls] == ["JA"]


def test_a_messaging_service_is_named(client: Client, running: RunningDemo, application: Application) -> None:
    client.messages.create(to=PHONE, messaging_service_sid=SERVICE_SID, body="Termin")
    post_form(running, phone=PHONE, text="JA")
    assert [call.fields["MessagingServiceSid"] for call in application.calls] == [SERVICE_SID]


def test_an_answer_is_listed_as_inbound(client: Client, running: RunningDemo) -> None:
    post_form(running, phone=PHONE, text="JA")
    (listed,) = client.messages.list(from_=PHONE)
    assert (listed.direction, listed.status, listed.to, listed.body) == (
        "inbound",
        "received",
        ACCOUNT.sender,
        "JA",
    )


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop\n", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"]
)
def test_stop_refuses_further_messages(client: Client, running: RunningDemo, word: str) -> None:
    post_form(running, phone=PHONE, text=word)
    assert send_code(client) == 21610
    assert send_code(client, OTHER_PHONE) is None


@pytest.mark.parametrize("text", ["STOP bitte", "NEIN", "STOPP", "halt"])
def test_other_words_do_not(client: Client, running: RunningDemo, text: str) -> None:
    post_form(running, phone=PHONE, text=text)
    assert send_code(client) is None


@pytest.mark.parametrize("word", ["START", "start", "YES", "UNSTOP"])
def test_start_lifts_it(client: Client, running: RunningDemo, word: str) -> None:
    post_form(running, phone=PHONE, text="STOP")
    post_form(running, phone=PHONE, text=word)
    assert send_code(client) is None


def test_stop_holds_although_the_application_is_down(
    client: Client, running: RunningDemo, application: Application
) -> None:
    application.answers = [500]
    post_form(running, phone=PHONE, text="STOP")
    assert send_code(client) == 21610


def test_the_page_says_what_the_application_answered(running: RunningDemo, application: Application) -> None:
    application.answers = [200, 403]
    post_form(running, phone=PHONE, text="JA")
    assert [sms.answer_status for sms in inbound(running)] == [200]
    assert "angekommen" in get(running, "/").text
    post_form(running, phone=PHONE, text="NEIN")
    assert "Die Anwendung hat das mit HTTP 403 abgelehnt." in get(running, "/").text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"phone": OTHER_PHONE, "text": "JA"}, 404),
        ({"phone": PHONE, "text": " "}, 400),
        ({"phone": PHONE}, 400),
        ({"phone": PHONE, "text": "x" * 1601}, 400),
    ],
)
def test_what_no_phone_can_send_is_refused(
    running: RunningDemo, application: Application, form: dict[str, Any], status: int
) -> None:
    assert post_form(running, **form).status == status
    assert application.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://other.example.org"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost"},
    ],
)
def test_forms_of_other_sites_are_refused(
    running: RunningDemo, application: Application, headers: dict[str, str]
) -> None:
    assert post_form(running, headers=headers, phone=PHONE, text="STOP").status == 403
    assert (application.calls, running.store.opted_out()) == ([], frozenset())


def test_a_form_of_the_own_page_is_taken(running: RunningDemo, application: Application) -> None:
    headers = {"Origin": running.url}
    assert post_form(running, headers=headers, phone=PHONE, text="JA").status == 302
    assert len(application.calls) == 1
