"""Who was reminded in person is not reminded by SMS as well."""

import datetime

import pytest

from notifications import worklist
from notifications.models import Message, WorkMark
from notifications.worklist import marking
from notifications.worklist.items import Item
from scheduling.models import Appointment
from tests.builders import NOW
from tests.notifications.scenes import Scene, make_scene, tell

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def remind(scene: Scene, appointment: Appointment, now: datetime.datetime) -> WorkMark:
    item = Item(
        kind="remind",
        client_id=scene.client.pk,
        subject=appointment.pk,
        instance=appointment.starts_at.isoformat(),
        due_at=now,
        what="",
    )
    return marking.finish(item=item, by=scene.worker, now=now)


def reminder() -> tuple[str, str]:
    found = Message.objects.get(kind="reminder")
    return found.state, found.reason


def test_the_reminder_is_dropped_when_it_would_leave() -> None:
    scene = make_scene()
    appointment = scene.book()
    tell()
    due = appointment.starts_at - DAY
    remind(scene, appointment, due - DAY)
    tell(due)
    assert reminder() == ("dropped", "told_in_person")


@pytest.mark.parametrize("days", [4, 10])
def test_what_was_said_long_before_stops_nothing(days: int) -> None:
    scene = make_scene()
    appointment = scene.book()
    tell()
    remind(scene, appointment, appointment.starts_at - days * DAY - DAY / 2)
    since = appointment.starts_at - 4 * DAY
    assert worklist.told_in_person(appointment, since=since) is False
    assert worklist.told_in_person(appointment, since=since - 7 * DAY) is True


def test_of_another_time_nobody_was_told() -> None:
    scene = make_scene()
    appointment = scene.book()
    remind(scene, appointment, NOW)
    moved = scene.move(appointment, scene.slot(2))
    assert worklist.told_in_person(moved, since=NOW) is False


def test_who_was_not_reached_or_is_only_taken_on_still_gets_the_sms() -> None:
    scene = make_scene()
    appointment = scene.book()
    item = Item(
        kind="remind",
        client_id=scene.client.pk,
        subject=appointment.pk,
        instance=appointment.starts_at.isoformat(),
        due_at=NOW,
        what="",
    )
    marking.note_not_reached(item=item, seen=0, by=scene.worker, now=NOW)
    marking.claim(item=item, by=scene.worker, now=NOW)
    assert worklist.told_in_person(appointment, since=NOW - DAY) is False
