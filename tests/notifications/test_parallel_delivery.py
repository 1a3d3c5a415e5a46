"""Many processes side by side send each message once. Real threads, real commits, a real HTTP server."""

import datetime
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from notifications import outbox
from notifications.delivery import deliver_due
from notifications.models import Consent, Message, MessageState
from notifications.outbox import Claim
from notifications.planning import plan_changes
from notifications.sweeping import sweep
from scheduling import booking
from scheduling.models import CancelReason
from sites.models import Role
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.notifications.scenes import make_scene
from tests.notifications.stub_twilio import StubTwilio

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]

MESSAGES = 200
HOURS = 4


def plan_many() -> None:
    """One confirmation by SMS for each of MESSAGES clients."""
    site = make_published_hour(slots=1).site
    worker = make_user(Role.SOCIAL_WORKER, facility=site.facility)
    clients = [
        make_client(site.facility, by=worker, phone=f"{prefix}{number:02}")
        for prefix in ("0171 39200", "0176 040690")
        for number in range(MESSAGES // 2)
    ]
    Consent.objects.bulk_create(
        Consent(client=client, text_version="2026-11", given_at=NOW, given_how="spoken", recorded_by=worker)
        for client in clients
    )
    waiting = iter(clients)
    for day in range(HOURS):
        hour = make_published_hour(
            site, day=datetime.date(2026, 12, 10 + day), slots=MESSAGES // HOURS, minutes=5
        )
        for slot in hour.slots.all():
            booking.book(slot=slot, client=next(waiting), by=worker, now=NOW)
    plan_changes(now=NOW)
    Message.objects.filter(channel="email").update(state=MessageState.DROPPED, reason="superseded")


def side_by_side(work: Callable[[], object], workers: int = 4) -> None:
    """Runs `work` in threads that start together; raises what any of them raised."""
    barrier = threading.Barrier(workers)
    errors: list[Exception] = []

    def run() -> None:
        try:
            barrier.wait(timeout=30)
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise ExceptionGroup("side by side", errors)


def times_sent(twilio: StubTwilio) -> Counter[int]:
    """How many messages were sent how many times."""
    return Counter(Counter(form["StatusCallback"] for form in twilio.posted).values())


def test_each_message_is_sent_once(twilio: StubTwilio) -> None:
    plan_many()
    side_by_side(lambda: deliver_due(now=NOW))

    assert times_sent(twilio) == {1: MESSAGES}
    sent = Message.objects.filter(kind="confirmation", channel="sms", state="sent")
    assert sent.values("provider_sid").distinct().count() == MESSAGES


def test_without_the_claim_messages_are_sent_twice(
    twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same set-up shows duplicates once claiming looks first and writes then."""

    def look_then_write(now: datetime.datetime) -> Claim | None:
        due = Message.objects.filter(state=MessageState.PLANNED, due_at__lte=now)
        message = due.order_by("due_at", "pk").first()
        if message is None:
            return None
        Message.objects.filter(pk=message.pk).update(
            state=MessageState.SENDING, claimed_at=now, attempts=message.attempts + 1
        )
        return Claim(message.pk, now, message.attempts + 1, message.appointment_starts_at)

    plan_many()
    monkeypatch.setattr(outbox, "claim_one", look_then_write)
    # Only the claim is under test: whoever claims, may hand over.
    monkeypatch.setattr(outbox, "hand_over", lambda claim, **what: True)
    side_by_side(lambda: deliver_due(now=NOW))

    sent = times_sent(twilio)
    assert sum(count for times, count in sent.items() if times > 1) > 0


def test_whole_sweeps_side_by_side_tell_each_change_once(twilio: StubTwilio) -> None:
    scenes = [make_scene(phone=f"0171 39200{number:02}") for number in range(8)]
    appointments = [scene.book() for scene in scenes]
    for scene, appointment in list(zip(scenes, appointments, strict=True))[:4]:
        scene.move(appointment, scene.slot(3))
    side_by_side(lambda: sweep(now=NOW))
    sweep(now=NOW)

    assert times_sent(twilio) == {1: 8}
    states = Counter(Message.objects.exclude(kind="reminder").values_list("kind", "state"))
    assert states == {
        ("confirmation", "sent"): 12,
        ("confirmation", "dropped"): 12,
        ("moved", "sent"): 12,
    }


def test_each_reads_the_booking_before_the_cancellation(twilio: StubTwilio) -> None:
    """However many deliver, and while appointments are moved and cancelled."""
    scenes = [make_scene(phone=f"0171 39200{number:02}") for number in range(6)]
    appointments = [scene.book() for scene in scenes]

    done = threading.Event()

    def deliver() -> None:
        while not done.is_set():
            sweep(now=NOW)

    def change() -> None:
        try:
            for scene, appointment in zip(scenes, appointments, strict=True):
                for number in (1, 2, 3):
                    scene.move(appointment, scene.slot(number))
                booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=scene.worker, now=NOW)
        finally:
            done.set()

    work = iter([deliver, deliver, change])
    lock = threading.Lock()

    def take() -> None:
        with lock:
            mine = next(work)
        mine()

    side_by_side(take, workers=3)
    sweep(now=NOW)

    for scene in scenes:
        received = [form["Body"] for form in twilio.posted if form["To"] == scene.client.phone]
        if received:
            assert "fällt aus" in received[-1]
            assert not any("fällt aus" in text for text in received[:-1])
            assert "fällt aus" not in received[0]
    assert not Message.objects.filter(state__in=["planned", "sending"]).exclude(kind="reminder").exists()
