"""The doorbell: it rings after commit, once for many, and a Redis that is down is nobody's trouble."""

import datetime
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis
from rq import Queue, SimpleWorker

from notifications import consent, doorbell, jobs
from notifications.models import Message
from scheduling import booking
from scheduling.models import Appointment
from sites.models import Role
from tests.builders import make_client, make_published_hour, make_user
from tests.notifications.scenes import E164, PHONE, make_scene
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    doorbell._connection.cache_clear()
    yield
    doorbell._connection.cache_clear()


def queued(redis: Redis) -> list[str]:
    return [str(job.func_name) for job in Queue("default", connection=redis).jobs]


def test_a_booking_queues_one_job(live_redis: Redis) -> None:
    make_scene().book()

    assert queued(live_redis) == ["notifications.jobs.answer_doorbell"]


def test_many_changes_queue_one_job_until_it_starts(live_redis: Redis) -> None:
    scene = make_scene()
    scene.cancel(scene.book())
    scene.book()
    assert len(queued(live_redis)) == 1
    doorbell.hush()
    scene.book(1)

    assert len(queued(live_redis)) == 2


def test_the_bell_expires_should_the_job_be_lost(live_redis: Redis) -> None:
    make_scene().book()

    assert 0 < live_redis.ttl(doorbell.KEY) <= doorbell.KEY_SECONDS


def test_the_job_plans_and_sends(live_redis: Redis, twilio: StubTwilio, settings: Settings) -> None:
    """Through a real worker, which loads the job by its name."""
    now = timezone.now()
    day = (now + datetime.timedelta(days=30)).date()
    hour = make_published_hour(day=day, now=now)
    worker = make_user(Role.SOCIAL_WORKER, facility=hour.site.facility)
    client = make_client(hour.site.facility, by=worker, phone=PHONE)
    consent.give(client=client, by=worker, now=now)
    slot = hour.slots.first()
    assert slot is not None
    booking.book(slot=slot, client=client, by=worker, now=now)
    SimpleWorker([Queue("default", connection=live_redis)], connection=live_redis).work(burst=True)

    assert [form["To"] for form in twilio.posted] == [E164]
    assert live_redis.get(doorbell.KEY) is None


def test_a_change_while_the_job_looks_for_work_rings_again(
    live_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is deleted first: what comes after the job has looked, finds the bell free."""
    scene = make_scene()

    def look(now: object) -> None:
        scene.book()

    monkeypatch.setattr("notifications.sweeping.plan_and_deliver", look)
    doorbell.ring()
    jobs.answer_doorbell()

    assert len(queued(live_redis)) == 2


def _dead_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{unused.getsockname()[1]}/0"


@contextmanager
def _silent_server(*, accepts: bool) -> Iterator[str]:
    """A server that takes connections (or not even that) and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1 if accepts else 0)
        connections = []
        if not accepts:
            # With a full backlog the kernel leaves further callers without an answer.
            for _ in range(4):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(server.getsockname())
                connections.append(filler)
        try:
            yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        finally:
            for filler in connections:
                filler.close()


def _books_in_time(book: Callable[[], Appointment]) -> None:
    started = time.monotonic()
    appointment = book()
    assert time.monotonic() - started < 1.5
    assert Appointment.objects.get(pk=appointment.pk).status == "booked"


def test_a_redis_that_is_down_disturbs_no_booking(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    scene = make_scene()
    settings.REDIS_URL = _dead_port()
    with caplog.at_level(logging.WARNING):
        _books_in_time(scene.book)

    assert [record.getMessage() for record in caplog.records] == [
        "Redis did not answer (ConnectionError); the sweep will send what is due"
    ]


@pytest.mark.parametrize("accepts", [True, False])
def test_a_redis_that_hangs_disturbs_no_booking(accepts: bool, settings: Settings) -> None:
    scene = make_scene()
    with _silent_server(accepts=accepts) as settings.REDIS_URL:
        _books_in_time(scene.book)


def test_a_redis_that_speaks_nonsense_disturbs_no_booking(settings: Settings) -> None:
    scene = make_scene()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        _books_in_time(scene.book)
        thread.join(timeout=10)


def test_a_job_without_redis_still_does_its_work(settings: Settings) -> None:
    scene = make_scene(consents=False)
    settings.REDIS_URL = _dead_port()
    scene.book()
    jobs.answer_doorbell()

    assert set(Message.objects.values_list("kind", flat=True)) == {"confirmation"}


def test_what_the_doorbell_missed_the_sweep_finds(
    settings: Settings, twilio: StubTwilio, live_redis: Redis
) -> None:
    scene = make_scene(consents=False)
    settings.REDIS_URL = _dead_port()
    scene.book()
    jobs.sweep()

    assert set(Message.objects.values_list("channel", "kind")) == {("email", "confirmation")}
