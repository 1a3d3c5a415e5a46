"""A number to which nothing can arrive is suspended, by whichever way the provider says so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from notifications import reaching
from notifications.models import Message
from notifications.recovery import recover_stuck
from notifications.sweeping import sweep
from scheduling.models import Client
from sites import acting
from sites.models import User
from tests.builders import NOW, make_client, make_facility
from tests.notifications.scenes import E164, Scene, make_scene, minutes
from tests.notifications.stub_twilio import StubTwilio, lose_answer, refuse

pytestmark = pytest.mark.django_db
UNUSABLE = ["21211", "21614", "30003", "30005", "30006"]
OTHERS = ["21610", "30007", "30008", "20404", ""]


def suspended() -> dict[str, tuple[str, User | None]]:
    """Why and by whom, by pseudonym."""
    resting = Client.objects.exclude(phone_suspended_at=None).select_related("phone_suspended_by")
    return {each.code: (each.phone_suspended_reason, each.phone_suspended_by) for each in resting}


def by_machine(*clients: Client) -> dict[str, tuple[str, User]]:
    return {each.code: ("unreachable", User.objects.system_actor("sms")) for each in clients}


@pytest.fixture
def scene(twilio: StubTwilio) -> Scene:
    scene = make_scene()
    scene.book()
    return scene


@pytest.mark.parametrize("code", UNUSABLE)
def test_refused_at_once(scene: Scene, twilio: StubTwilio, code: str) -> None:
    twilio.faults.append(refuse(400, int(code)))
    sweep(now=NOW)
    assert suspended() == by_machine(scene.client)


@pytest.mark.parametrize("code", UNUSABLE)
def test_taken_and_failed_in_the_same_answer(scene: Scene, twilio: StubTwilio, code: str) -> None:
    twilio.before_answer = lambda message: message.update(status="failed", error_code=int(code))
    sweep(now=NOW)
    assert suspended() == by_machine(scene.client)


@pytest.mark.parametrize("code", [*UNUSABLE, *OTHERS])
def test_reported_later(scene: Scene, call: Callable[..., Any], code: str) -> None:
    sweep(now=NOW)
    sid = Message.objects.get(kind="confirmation", channel="sms").provider_sid
    for _ in range(2):
        call("/twilio/status", MessageSid=sid, MessageStatus="undelivered", ErrorCode=code)
    assert suspended() == (by_machine(scene.client) if code in UNUSABLE else {})


def test_a_delivered_message_with_a_code_suspends_nothing(scene: Scene, call: Callable[..., Any]) -> None:
    sweep(now=NOW)
    sid = Message.objects.get(kind="confirmation", channel="sms").provider_sid
    call("/twilio/status", MessageSid=sid, MessageStatus="delivered", ErrorCode="30003")
    assert suspended() == {}


def test_found_after_the_answer_was_lost(
    scene: Scene, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.recovery.CLOCKS_APART", minutes(60 * 24 * 366 * 3))
    twilio.faults.append(lose_answer)
    sweep(now=NOW)
    twilio.messages[0].update(status="undelivered", error_code=30006)
    recover_stuck(now=NOW + minutes(3))
    sweep(now=NOW + minutes(3))
    assert Message.objects.get(kind="confirmation", channel="sms").error_code == "30006"
    assert suspended() == by_machine(scene.client)


def test_whoever_has_the_number_and_nobody_else(scene: Scene) -> None:
    sharing = make_client(make_facility(), phone=E164)
    make_client(make_facility(), phone="0171 3920099")
    assert reaching.note_failure(error_code="30005", address=E164, now=NOW) == 2
    assert suspended() == by_machine(scene.client, sharing)


def test_a_number_given_in_the_meantime_is_left_alone(scene: Scene, call: Callable[..., Any]) -> None:
    sweep(now=NOW)
    sid = Message.objects.get(kind="confirmation", channel="sms").provider_sid
    scene.give_number("0171 3920099")
    call("/twilio/status", MessageSid=sid, MessageStatus="undelivered", ErrorCode="30005")
    assert suspended() == {}


def test_then_nothing_more_is_sent_there_and_the_reason_is_kept(scene: Scene, twilio: StubTwilio) -> None:
    twilio.faults.append(refuse(400, 21614))
    sweep(now=NOW)
    later = scene.book(1, now=NOW + minutes(1))
    sweep(now=NOW + minutes(1))
    told = Message.objects.get(appointment=later, channel="sms", kind="confirmation")
    assert (told.state, told.reason, len(twilio.posted)) == ("dropped", "phone_suspended", 1)


@pytest.mark.parametrize("system", [acting.System.WORKER, acting.System.SMS])
def test_machines_suspend_a_number_but_never_use_it_again(system: acting.System) -> None:
    client, by = make_client(make_facility(), phone=E164), User.objects.system_actor("sms").pk
    suspend = (
        "UPDATE scheduling_client SET phone_suspended_at = now(), phone_suspended_reason = 'unreachable', "
        "phone_suspended_by_id = %s"
    )
    resume = (
        "UPDATE scheduling_client SET phone_suspended_at = NULL, phone_suspended_reason = '', "
        "phone_suspended_by_id = NULL"
    )
    with acting.as_system(system), connection.cursor() as cursor:
        cursor.execute(suspend, [by])
        assert cursor.rowcount == 1
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(resume)
    client.refresh_from_db()
    assert client.phone_suspended_reason == "unreachable"
