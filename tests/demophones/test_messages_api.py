"""The real `twilio` client sends, reads, lists, empties and deletes messages, and gets Twilio's refusals."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from tests.demophones.conftest import (
    ACCOUNT,
    OTHER_PHONE,
    PHONE,
    SERVICE_SID,
    RunningDemo,
    wait_until,
)


def send(client: Client, **changes: Any) -> MessageInstance:
    return client.messages.create(**{"to": PHONE, "from_": ACCOUNT.sender, "body": "Termin", **changes})


def add_to_store(running: RunningDemo, *, now: datetime) -> str:
    """A message that stays where it is."""
    return running.store.add_outbound(
        to=PHONE, sender=ACCOUNT.sender, service_sid="", text="Termin", status_callback="", now=now
    ).sid


def send_whole(client: Client, **changes: Any) -> MessageInstance:
    """Send and wait until it has arrived."""
    sent = send(client, **changes)
    wait_until(lambda: client.messages(sent.sid).fetch().status == "delivered")
    return sent


def refusal(action: Callable[[], object]) -> tuple[int, int]:
    """HTTP status and Twilio's code of the refusal."""
    with pytest.raises(TwilioRestException) as caught:
        action()
    return caught.value.status, caught.value.code


def list_refusal(action: Callable[[], object]) -> tuple[int, int]:
    """The same of a list, for which the client has another exception."""
    with pytest.raises(TwilioException, match="Unable to fetch page") as caught:
        action()
    response = caught.value.args[1]
    return response.status_code, json.loads(response.text)["code"]


def test_a_message_is_accepted_with_the_whole_resource(client: Client) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    sent = send(client, body="Termin Mi 10:00")
    assert re.fullmatch(r"SM[0-9a-f]{32}", sent.sid or "")
    assert sent.date_created is not None
    assert before <= sent.date_created <= datetime.now(UTC)
    assert (sent.status, sent.date_sent, sent.error_code, sent.error_message) == ("queued", None, None, None)
    assert (sent.to, sent.from_, sent.body) == (PHONE, ACCOUNT.sender, "Termin Mi 10:00")
    assert (sent.num_segments, sent.num_media, sent.direction) == ("1", "0", "outbound-api")
    assert (sent.account_sid, sent.api_version) == (ACCOUNT.account_sid, "2010-04-01")
    assert sent.uri == f"/2010-04-01/Accounts/{ACCOUNT.account_sid}/Messages/{sent.sid}.json"
    assert sent.messaging_service_sid is None


def test_a_messaging_service_picks_the_number(client: Client) -> None:
    sent = client.messages.create(to=PHONE, messaging_service_sid=SERVICE_SID, body="Termin")
    assert (sent.status, sent.from_, sent.messaging_service_sid) == ("accepted", ACCOUNT.sender, SERVICE_SID)


def test_a_message_arrives(client: Client) -> None:
    sent = send_whole(client)
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.sid, fetched.body, fetched.status) == (sent.sid, "Termin", "delivered")
    assert fetched.date_sent is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "0171 3920012"}, 21211),
        ({"to": "+49"}, 21211),
        ({"from_": ""}, 21603),
        ({"from_": "030 23125000"}, 21212),
        ({"from_": PHONE}, 21266),
        ({"body": ""}, 21602),
        ({"body": " \n"}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback": "http://[::1"}, 21609),
        ({"validity_period": 0}, 90007),
        ({"validity_period": 36001}, 90007),
    ],
)
def test_unusable_values_are_refused(client: Client, changes: dict[str, Any], code: int) -> None:
    assert refusal(lambda: send(client, **changes)) == (400, code)
    assert client.messages.list() == []


@pytest.mark.parametrize(
    "changes", [{"validity_period": 1}, {"validity_period": 36000}, {"from_": "Termine"}]
)
def test_usable_limits_are_taken(client: Client, changes: dict[str, Any]) -> None:
    assert send(client, **changes).status == "queued"


def test_an_error_reads_as_twilio_documents_it(running: RunningDemo) -> None:
    host = running.url.removeprefix("http://")
    connection = HTTPConnection(host, timeout=10)
    connection.request("GET", f"/2010-04-01/Accounts/{ACCOUNT.account_sid}/Messages.json")
    response = connection.getresponse()
    content = json.loads(response.read())
    connection.close()
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Basic realm="Twilio API"')
    assert content == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


@pytest.mark.parametrize(
    ("account_sid", "auth_token"),
    [(ACCOUNT.account_sid, "wrong"), ("AC" + "0" * 32, ACCOUNT.auth_token), (ACCOUNT.account_sid, "ä")],
)
def test_wrong_credentials_are_refused(
    connect: Callable[..., Client], account_sid: str, auth_token: str
) -> None:
    assert refusal(lambda: send(connect(account_sid, auth_token))) == (401, 20003)


def test_unknown_resources_are_not_found(client: Client) -> None:
    assert refusal(lambda: client.messages("SM" + "0" * 32).fetch()) == (404, 20404)
    stranger = client.api.v2010.accounts("AC" + "0" * 32)
    assert list_refusal(lambda: stranger.messages.list()) == (404, 20404)
    assert refusal(lambda: client.calls("CA" + "0" * 32).fetch()) == (404, 20404)


def test_messages_are_listed_by_number_newest_first(client: Client) -> None:
    sids = [send(client, to=to, body=f"Nr. {n}").sid for n, to in enumerate([PHONE, OTHER_PHONE, PHONE])]
    assert [found.sid for found in client.messages.list()] == sids[::-1]
    assert [found.sid for found in client.messages.list(to=PHONE)] == [sids[2], sids[0]]
    assert [found.sid for found in client.messages.list(to=OTHER_PHONE, from_=ACCOUNT.sender)] == [sids[1]]
    assert client.messages.list(from_=PHONE) == []


def test_a_list_goes_on_over_pages(client: Client, running: RunningDemo) -> None:
    sids = [send(client).sid for _ in range(5)]
    send(client, to=OTHER_PHONE)
    assert [found.sid for found in client.messages.list(to=PHONE, page_size=2, limit=9)] == sids[::-1]
    assert [found.sid for found in client.messages.list(to=PHONE, page_size=2, limit=3)] == sids[:1:-1]
    page = client.messages.page(to=PHONE, page_size=2)
    send(client)  # what comes meanwhile must not shift the pages
    following = page.next_page()
    assert following is not None
    assert [found.sid for found in following] == [sids[2], sids[1]]


def test_a_list_is_limited_to_a_window_of_time(client: Client, running: RunningDemo) -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    times = [start + timedelta(minutes=minutes, milliseconds=700) for minutes in (0, 10, 20)]
    sids = [add_to_store(running, now=now) for now in times]
    # Sent at once, a quarter of an hour late, and not yet.
    running.store.set_status(sids[0], "sent", now=times[0])
    running.store.set_status(sids[1], "sent", now=times[1] + timedelta(minutes=15))

    def listed(**window: datetime) -> list[str | None]:
        return [found.sid for found in client.messages.list(**window)]

    assert listed(date_sent_after=start + timedelta(minutes=20)) == [sids[2], sids[1]]
    assert listed(date_sent_before=start + timedelta(minutes=20)) == [sids[2], sids[0]]
    assert listed(date_sent_after=start, date_sent_before=start) == [sids[0]]
    assert listed(date_sent=start) == sids[::-1]
    assert listed(date_sent=start + timedelta(days=1)) == []
    yesterday: Any = "yesterday"
    assert list_refusal(lambda: client.messages.list(date_sent=yesterday)) == (400, 20001)


def test_a_delivered_message_is_emptied(client: Client, running: RunningDemo) -> None:
    sid = send_whole(client).sid
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).fetch().body == ""
    assert [sms.text for sms in running.store.all_on_phones()] == ["Termin"]


def test_a_delivered_message_is_deleted(client: Client, running: RunningDemo) -> None:
    sid = send_whole(client).sid
    assert client.messages(sid).delete() is True
    assert refusal(lambda: client.messages(sid).fetch()) == (404, 20404)
    assert client.messages.list() == []
    assert [sms.text for sms in running.store.all_on_phones()] == ["Termin"]


def test_a_message_can_only_be_emptied(client: Client) -> None:
    sid = send_whole(client).sid
    assert refusal(lambda: client.messages(sid).update(body="other")) == (400, 20001)
    assert refusal(lambda: client.messages(sid).update(status="canceled")) == (400, 30409)


def test_a_message_on_its_way_is_neither_emptied_nor_deleted(client: Client, running: RunningDemo) -> None:
    sid = add_to_store(running, now=datetime.now(UTC))
    assert refusal(lambda: client.messages(sid).update(body="")) == (409, 20009)
    assert refusal(lambda: client.messages(sid).delete()) == (409, 20009)
