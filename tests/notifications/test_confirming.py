"""A client answers by SMS that they come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifications import replies
from notifications.confirming import is_yes
from notifications.models import Message, Reply
from notifications.planning import plan_changes
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked
from scheduling.confirming import confirm
from scheduling.models import Appointment, Change
from sites.acting import System, as_system
from sites.models import User
from tests.builders import NOW, make_client
from tests.notifications.scenes import E164, PHONE, Scene, make_scene, minutes, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twilio")]

LATER = NOW + minutes(5)


def answer(body: str = "Ja", *, sid: str = "SM1", now: datetime = LATER) -> None:
    with as_system(System.SMS):
        replies.receive(sid=sid, address=E164, body=body, now=now)


def told_of(scene: Scene, number: int = 0) -> Appointment:
    appointment = scene.book(number)
    tell()
    return appointment


def confirmed(appointment: Appointment) -> datetime | None:
    return Appointment.objects.get(pk=appointment.pk).confirmed_at


@pytest.mark.parametrize(
    "body", ["JA", "ja", "Ja!", " ja. ", "ok", "OK :)", "komme", "Ich komme", "👍", "👍🏽", "Ja 👍", "✅"]
)
def test_a_plain_yes_confirms(body: str) -> None:
    appointment = told_of(make_scene())
    answer(body)
    assert confirmed(appointment) == LATER


@pytest.mark.parametrize(
    "body",
    [
        "",
        "!",
        "nein",
        "Ja, aber später",
        "ja?",
        "nicht ok",
        "komme nicht",
        "👎",
        "👍👎",
        "STOP",
        "jaja nein",
        "2",
    ],
)
def test_anything_else_confirms_nothing(body: str) -> None:
    appointment = told_of(make_scene())
    answer(body)
    assert (is_yes(body), confirmed(appointment)) == (False, None)


def test_it_is_written_down_once_and_nobody_is_told() -> None:
    appointment = told_of(make_scene())
    before = Message.objects.count()
    answer(sid="SM1")
    answer(sid="SM1", now=LATER + minutes(1))
    answer("ok", sid="SM2", now=LATER + minutes(2))
    tell(LATER + minutes(3))
    change = Change.objects.get(kind="confirmed")

    assert confirmed(appointment) == LATER
    assert (change.appointment, change.hour, change.site) == (
        appointment,
        appointment.slot.hour,
        appointment.slot.site,
    )
    assert (change.at, change.by, change.sequence) == (LATER, User.objects.system_actor("sms"), 0)
    assert (change.planned_at, Message.objects.count()) == (LATER, before)
    assert Appointment.objects.get().sequence == 0
    assert list(Reply.objects.values_list("outcome", flat=True)) == ["noted", "noted"]


def test_a_shared_phone_confirms_nothing() -> None:
    scene = make_scene()
    appointment = told_of(scene)
    make_client(scene.hour.site.facility, by=scene.worker, phone=PHONE)
    answer()
    assert confirmed(appointment) is None


def test_with_two_appointments_ahead_it_is_not_guessed() -> None:
    scene = make_scene()
    appointments = [told_of(scene, number) for number in (0, 2)]
    answer()
    assert [confirmed(each) for each in appointments] == [None, None]


def test_after_it_began_nothing_is_confirmed() -> None:
    appointment = told_of(make_scene())
    answer(now=appointment.starts_at)
    assert confirmed(appointment) is None


def test_a_cancelled_one_is_not_confirmed() -> None:
    scene = make_scene()
    appointment = told_of(scene)
    scene.cancel(appointment)
    answer()
    assert confirmed(appointment) is None


def test_before_the_sms_has_gone_out_it_can_not_be_meant() -> None:
    appointment = make_scene().book()
    plan_changes(now=NOW)
    answer()
    assert confirmed(appointment) is None


def test_a_move_asks_anew() -> None:
    """The yes was to another time; and until the new one is told of, a yes can only mean the old."""
    scene = make_scene()
    appointment = told_of(scene)
    answer(sid="SM1")
    scene.move(appointment, scene.slot(3), now=LATER)
    assert confirmed(appointment) is None

    answer(sid="SM2")
    assert confirmed(appointment) is None

    tell(LATER)
    answer(sid="SM3", now=LATER + minutes(1))
    assert confirmed(appointment) == LATER + minutes(1)


def test_the_command_refuses_what_is_over_or_cancelled() -> None:
    scene = make_scene()
    appointment = scene.book()
    with pytest.raises(AppointmentIsOver):
        confirm(appointment=appointment, by=scene.worker, now=appointment.starts_at + timedelta(seconds=1))
    scene.cancel(appointment)
    with pytest.raises(AppointmentNotBooked):
        confirm(appointment=appointment, by=scene.worker, now=NOW)


def test_twilio_brings_it(call: Callable[..., Any]) -> None:
    appointment = told_of(make_scene())
    call("/twilio/inbound", MessageSid="SM9", From=E164, Body="Ja")
    assert confirmed(appointment) is not None
