"""From a change to messages: who is told what, once."""

import logging
import threading

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from notifications import consent, planning
from notifications.models import Message
from notifications.planning import PLANNERS_LOCK, plan_changes
from scheduling.models import Change, Client
from sites.models import Role, User
from tests.builders import NOW, make_published_hour, make_user
from tests.notifications.scenes import Scene, make_scene, told

pytestmark = pytest.mark.django_db


def recipients(kind: str) -> list[tuple[str, object]]:
    return [
        (message.channel, message.recipient_client or message.recipient_user)
        for message in Message.objects.filter(kind=kind).order_by("pk")
    ]


def test_a_booking_is_told_to_the_client_the_worker_and_the_psychiatrist() -> None:
    scene = make_scene()
    appointment = scene.book()

    assert plan_changes(now=NOW) == 1
    assert recipients("confirmation") == [
        ("sms", scene.client),
        ("email", scene.worker),
        ("email", scene.psychiatrist),
    ]
    confirmation = Message.objects.filter(kind="confirmation").first()
    assert confirmation is not None
    assert (confirmation.appointment, confirmation.sequence, confirmation.due_at, confirmation.state) == (
        appointment,
        0,
        NOW,
        "planned",
    )


def test_planning_twice_plans_once() -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    before = list(Message.objects.values_list("pk", flat=True))

    assert plan_changes(now=NOW) == 0
    assert list(Message.objects.values_list("pk", flat=True)) == before


@pytest.mark.django_db(transaction=True)
def test_planning_again_what_was_lost_before_it_was_noted_makes_no_second_message() -> None:
    """As after a crash in which the rows survived and the note did not: the unique constraint holds."""
    scene = make_scene()
    scene.book()
    ids = list(Change.objects.filter(planned_at=None).values_list("pk", flat=True))
    plan_changes(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scheduling_change DISABLE TRIGGER change_append_only")
        cursor.execute("UPDATE scheduling_change SET planned_at = NULL WHERE id = ANY(%s)", [ids])
        cursor.execute("ALTER TABLE scheduling_change ENABLE TRIGGER change_append_only")
    before = list(Message.objects.values_list("pk", flat=True))

    assert plan_changes(now=NOW) == 1
    assert list(Message.objects.values_list("pk", flat=True)) == before


def test_without_consent_the_client_is_told_nothing_at_all() -> None:
    scene = make_scene(consents=False)
    scene.book()
    plan_changes(now=NOW)

    assert told("sms") == []
    assert len(told("email")) == 2


def test_with_consent_but_without_a_phone_the_client_is_told_nothing() -> None:
    scene = make_scene(phone="")
    scene.book()
    plan_changes(now=NOW)

    assert told("sms") == []


def test_a_withdrawn_consent_counts_as_none() -> None:
    scene = make_scene()
    consent.withdraw(client=scene.client, by=scene.worker, now=NOW)
    scene.book()
    plan_changes(now=NOW)

    assert told("sms") == []


def test_who_books_into_the_own_hour_gets_one_mail() -> None:
    scene = make_scene()
    Client.objects.update(caseload_of=None)
    scene.worker = scene.psychiatrist
    scene.book()
    plan_changes(now=NOW)

    assert recipients("confirmation") == [("sms", scene.client), ("email", scene.psychiatrist)]


def test_a_system_actor_gets_no_mail() -> None:
    scene = make_scene()
    Client.objects.update(caseload_of=None)
    scene.worker = User.objects.system_actor("cli")
    scene.book()
    plan_changes(now=NOW)

    assert recipients("confirmation") == [("sms", scene.client), ("email", scene.psychiatrist)]


def test_a_move_within_the_hour_is_told_to_the_same_people() -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    scene.move(appointment, scene.slot(2))
    plan_changes(now=NOW)

    assert recipients("moved") == [
        ("sms", scene.client),
        ("email", scene.worker),
        ("email", scene.psychiatrist),
    ]
    assert recipients("cancelled") == []
    assert set(Message.objects.filter(kind="moved").values_list("sequence", flat=True)) == {1}


def test_a_move_to_another_psychiatrist_invites_the_new_and_cancels_with_the_old() -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    other = make_user(Role.PSYCHIATRIST, clinic=scene.hour.site.clinic)
    elsewhere = make_published_hour(
        scene.hour.site, day=scene.hour.local_date.replace(day=16), psychiatrist=other
    )
    slot = elsewhere.slots.first()
    assert slot is not None
    old_start = appointment.starts_at
    scene.move(appointment, slot)
    plan_changes(now=NOW)

    assert recipients("moved") == [("sms", scene.client), ("email", scene.worker)]
    assert Message.objects.filter(kind="confirmation", sequence=1).get().recipient_user == other
    cancelled = Message.objects.get(kind="cancelled")
    assert (cancelled.recipient_user, cancelled.appointment_starts_at, cancelled.sequence) == (
        scene.psychiatrist,
        old_start,
        1,
    )


def test_a_cancellation_is_told_to_all() -> None:
    scene = make_scene()
    scene.cancel(scene.book())
    plan_changes(now=NOW)

    assert recipients("cancelled") == [
        ("sms", scene.client),
        ("email", scene.worker),
        ("email", scene.psychiatrist),
    ]


def test_hours_are_told_to_nobody() -> None:
    make_published_hour()

    assert plan_changes(now=NOW) == 0
    assert Message.objects.count() == 0


def _spoil(monkeypatch: pytest.MonkeyPatch, spoilt: Change) -> None:
    original = planning._messages_of

    def failing(change: Change, *args: object) -> object:
        if change.pk == spoilt.pk:
            raise RuntimeError("secret value")
        return original(change, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "_messages_of", failing)


def test_a_change_that_cannot_be_planned_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scenes = [make_scene() for _ in range(3)]
    changes = [Change.objects.get(appointment=scene.book()) for scene in scenes]
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        _spoil(patch, changes[1])
        assert plan_changes(now=NOW) == 2
    unplanned = Change.objects.filter(planned_at=None)

    assert list(unplanned) == [changes[1]]
    assert [record.getMessage() for record in caplog.records] == [
        f"Change {changes[1].pk} can't be planned: RuntimeError"
    ]
    assert plan_changes(now=NOW) == 1
    assert not Change.objects.filter(planned_at=None).exists()


def test_changes_that_cannot_be_planned_hold_up_none_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where they fill a whole batch."""
    scenes = [make_scene() for _ in range(3)]
    changes = [Change.objects.get(appointment=scene.book()) for scene in scenes]
    _spoil(monkeypatch, changes[0])

    assert plan_changes(now=NOW, limit=1) == 2


def test_an_unreadable_name_or_number_does_not_hinder_planning() -> None:
    """Planning needs no key; what can't be decrypted shows when that one message is sent."""
    scene = make_scene()
    scene.book()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_client SET name = 'broken', phone = 'broken'")

    assert plan_changes(now=NOW) == 1
    assert ("confirmation", "planned") in told("sms")


@pytest.mark.parametrize("count", [1, 5])
def test_planning_costs_a_constant_number_of_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scenes = [make_scene() for _ in range(count)]
    appointments = [scene.book() for scene in scenes]
    plan_changes(now=NOW)
    for scene, appointment in zip(scenes, appointments, strict=True):
        scene.move(appointment, scene.slot(1))
    # ids (twice: the second time none are left) · savepoint · lock · changes · former hours · substitutions ·
    # consents · what was to be said in person · cancelled ones' reminders · moved ones' reminders, which are
    # dropped · messages · note · release, and a savepoint with its release around each dropping
    with django_assert_num_queries(20):
        assert plan_changes(now=NOW) == count


@pytest.mark.django_db(transaction=True)
def test_a_second_planner_leaves_at_once() -> None:
    scene = make_scene()
    scene.book()
    result: list[int] = []

    def other() -> None:
        result.append(plan_changes(now=NOW))
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNERS_LOCK])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=10)
        assert result == [0]
    assert Message.objects.count() == 0
    assert plan_changes(now=NOW) == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_planners_side_by_side_plan_each_change_once() -> None:
    scenes: list[Scene] = [make_scene() for _ in range(4)]
    for scene in scenes:
        scene.move(scene.book(), scene.slot(1))
    barrier = threading.Barrier(4)
    counts: list[int] = []

    def plan() -> None:
        barrier.wait()
        counts.append(plan_changes(now=NOW, limit=1))
        connection.close()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    counts.append(plan_changes(now=NOW))

    assert sum(counts) == 8
    assert Message.objects.count() == 4 * (3 + 3 + 1)
