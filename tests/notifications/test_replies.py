"""What clients answer by SMS."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from pytest_django import Settings

from notifications import consent, selectors
from notifications.models import Consent, Message, Reply
from notifications.planning import plan_changes
from notifications.replies import is_stop
from sites.models import User
from tests.builders import NOW, make_client
from tests.notifications.scenes import E164, PHONE, make_scene

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]

STOPS = ["STOP", "stop", " Stop! ", "STOPP", "stopall", "Unsubscribe", "ENDE", "quit."]
NO_STOPS = ["Bitte nicht stoppen", "Stop, ich komme doch", "", "JA", "START", "end of day"]
ODD = ["\x00", "\u202eTermin", "👍🏽", "<script>", "'; DROP TABLE x; --", "{{ settings }}"]


def answer(call: Call, body: str, sid: str = "SM1", address: str = E164, **fields: str) -> Any:
    return call("/twilio/inbound", MessageSid=sid, From=address, Body=body, **fields)


def test_an_answer_is_noted_for_the_client(call: Call) -> None:
    scene = make_scene()
    response = answer(call, "Komme 10 Minuten später")
    reply = selectors.replies_of(scene.client).get()

    assert (response.status_code, response["Content-Type"]) == (200, "text/xml")
    assert response.content == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert (reply.client, reply.body, reply.address, reply.outcome) == (
        scene.client,
        "Komme 10 Minuten später",
        E164,
        "noted",
    )
    assert consent.has_standing(scene.client) is True


def test_an_answer_stands_encrypted(call: Call) -> None:
    make_scene()
    answer(call, "Komme später")
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, body, address_index FROM notifications_reply")
        stored = " ".join(cursor.fetchone())

    assert ("Komme" in stored, E164 in stored) == (False, False)


def test_the_same_answer_twice_is_one(call: Call) -> None:
    scene = make_scene()
    for _ in range(2):
        assert answer(call, "STOP").status_code == 200

    assert Reply.objects.count() == 1
    assert Consent.objects.filter(client=scene.client).count() == 1


def test_a_repeated_stop_ends_no_consent_given_since(call: Call) -> None:
    """Twilio repeats a request whose answer it missed."""
    scene = make_scene()
    answer(call, "STOP")
    consent.give(client=scene.client, by=scene.worker, now=NOW)
    answer(call, "STOP")

    assert consent.has_standing(scene.client) is True


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop! ", "STOPP", "stopall", "Unsubscribe", "ENDE", "quit."]
)
def test_stop_withdraws_and_drops_what_is_planned(body: str, call: Call) -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    answer(call, body)
    withdrawn = Consent.objects.get(client=scene.client)

    assert (withdrawn.withdrawn_how, withdrawn.withdrawn_by) == ("sms", User.objects.system_actor("sms"))
    assert set(Message.objects.filter(channel="sms").values_list("state", "reason")) == {
        ("dropped", "no_consent")
    }
    assert Reply.objects.get().outcome == "consent_withdrawn"
    appointment.refresh_from_db()
    assert appointment.status == "booked"


@pytest.mark.parametrize(
    "body", ["Bitte nicht stoppen", "Stop, ich komme doch", "", "JA", "START", "end of day"]
)
def test_anything_else_withdraws_nothing(body: str, call: Call) -> None:
    scene = make_scene()
    answer(call, body)

    assert is_stop(body) is False
    assert consent.has_standing(scene.client) is True
    assert Reply.objects.get().outcome == "noted"


def test_start_gives_no_consent_back(call: Call) -> None:
    scene = make_scene()
    answer(call, "STOP")
    answer(call, "START", sid="SM2")

    assert consent.has_standing(scene.client) is False


def test_what_twilio_calls_a_stop_is_one(call: Call) -> None:
    """Its opt-out words can be configured, in any language."""
    scene = make_scene()
    answer(call, "DUR", OptOutType="STOP")

    assert consent.has_standing(scene.client) is False


def test_of_an_unknown_number_nothing_is_kept(call: Call) -> None:
    make_scene()
    response = answer(call, "Wer ist da?", address="+491713920099")

    assert (response.status_code, Reply.objects.count()) == (200, 0)


@pytest.mark.parametrize("address", ["", "Werbung", "12345", "+"])
def test_a_sender_without_a_number_is_nobody(address: str, call: Call) -> None:
    make_scene()

    assert answer(call, "Hallo", address=address).status_code == 200
    assert Reply.objects.count() == 0


def test_on_a_shared_phone_nobody_is_guessed(call: Call) -> None:
    scene = make_scene()
    other = make_client(scene.hour.site.facility, phone=PHONE)
    stranger = make_client(scene.hour.site.facility, phone="0171 3920099")
    answer(call, "Ich kann nicht")
    reply = Reply.objects.get()

    assert reply.client is None
    assert list(selectors.replies_of(scene.client)) == [reply]
    assert list(selectors.replies_of(other)) == [reply]
    assert list(selectors.replies_of(stranger)) == []


def test_stop_on_a_shared_phone_withdraws_for_all_who_have_it(call: Call) -> None:
    scene = make_scene()
    other = make_client(scene.hour.site.facility, phone=PHONE)
    consent.give(client=other, by=scene.worker, now=NOW)
    answer(call, "STOP")

    assert [consent.has_standing(each) for each in (scene.client, other)] == [False, False]


def test_a_client_without_a_phone_gets_nobody_elses_answers(call: Call) -> None:
    scene = make_scene()
    silent = make_client(scene.hour.site.facility)
    answer(call, "Hallo")

    assert list(selectors.replies_of(silent)) == []


def test_a_very_long_answer_is_cut(call: Call) -> None:
    make_scene()
    answer(call, "ä" * 10_000)

    assert Reply.objects.get().body == "ä" * 1600


@pytest.mark.parametrize("body", ODD)
def test_odd_characters_are_kept_as_they_are(body: str, call: Call) -> None:
    make_scene()

    assert answer(call, body).status_code == 200
    assert Reply.objects.get().body == body


@pytest.mark.parametrize("path", ["/twilio/inbound", "/twilio/status"])
def test_what_is_too_much_is_refused_unread(path: str, call: Call, settings: Settings) -> None:
    scene = make_scene()
    much = {"MessageSid": "SM1", "From": E164, "Body": "STOP"}
    large = call(path, **much, Padding="x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0))
    many = call(path, **much, **{f"Field{number}": "x" for number in range(1001)})

    assert (large.status_code, many.status_code) == (400, 400)
    assert (consent.has_standing(scene.client), Reply.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    "body", ["", "--x\r\nno headers", "--x\r\nContent-Disposition: form-data; name=Body\r\n\r\nSTOP"]
)
def test_a_form_in_pieces_is_refused(body: str, client: Browser) -> None:
    make_scene()
    answer = client.post("/twilio/inbound", body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code in (400, 403)
    assert Reply.objects.count() == 0


def test_a_forged_answer_is_refused(call: Call) -> None:
    scene = make_scene()
    response = answer(call, "STOP", signature="forged")

    assert response.status_code == 403
    assert (consent.has_standing(scene.client), Reply.objects.count()) == (True, 0)
