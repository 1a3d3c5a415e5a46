"""Redis is gone while somebody books: the booking stands, and is told of once Redis is back."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import pytest

from notifications.models import Message
from tests.faults.desk import Browser, confirmations, open_desk
from tests.faults.machine import LONGEST_FREEZE_SECONDS, Machine
from tests.faults.processes import wait_until
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.faults

Result = TypeVar("Result")
# Who waits without a limit waits as long as Redis is frozen; a busy machine takes a part of the time.
LONGEST_DELAY_SECONDS = LONGEST_FREEZE_SECONDS - 1
Outage = Callable[[Machine], AbstractContextManager[None]]


@contextmanager
def stopped(machine: Machine) -> Iterator[None]:
    """Connections are refused, and what was queued is lost."""
    machine.stop_redis()
    yield
    machine.redis_server.start()


@contextmanager
def frozen(machine: Machine) -> Iterator[None]:
    """Connections are taken, and nothing is answered: whoever waits without a limit waits for ever."""
    with machine.frozen_redis():
        yield


def timed(act: Callable[[], Result]) -> tuple[Result, float]:
    """What `act` returns, and how many seconds it took."""
    started = time.monotonic()
    return act(), time.monotonic() - started


@pytest.mark.parametrize("outage", [stopped, frozen])
def test_the_page_says_booked_and_the_client_is_told_later(
    machine: Machine, twilio: StubTwilio, outage: Outage
) -> None:
    desk = open_desk(clients=2, can_sign_in=True)
    with Browser(machine.start_web().url, desk) as browser:
        page, usual_seconds = timed(lambda: browser.book(0))
        assert "ist gebucht" in page.text  # the web has had a connection to Redis by now
        with outage(machine):
            page, seconds = timed(lambda: browser.book(1))
    assert (page.status_code, page.history[0].status_code) == (200, 302)
    assert f"Der Termin für {desk.clients[1]} ist gebucht." in page.text
    assert seconds < usual_seconds + LONGEST_DELAY_SECONDS
    assert desk.is_booked(1)
    machine.queue.flushall()
    machine.start_worker()
    assert Message.objects.count() == 0
    machine.sweep_by_worker()
    assert sorted(message["to"] for message in twilio.messages) == ["+491713920000", "+491713920001"]


@pytest.mark.parametrize("outage", [stopped, frozen])
def test_a_booking_by_the_command_alone_stands(machine: Machine, twilio: StubTwilio, outage: Outage) -> None:
    desk = open_desk()
    _, usual_seconds = timed(lambda: desk.book(0))
    with outage(machine):
        _, seconds = timed(lambda: desk.book(1))
    assert seconds < usual_seconds + LONGEST_DELAY_SECONDS
    assert (desk.is_booked(0), desk.is_booked(1)) == (True, True)
    machine.start_worker()
    machine.sweep_by_worker()
    assert confirmations() == ["sent", "sent"]
    assert len(twilio.messages) == 2


def test_a_worker_outlives_a_restart_of_redis(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk()
    worker = machine.start_worker()
    machine.stop_redis()
    desk.book()
    wait_until("the worker to notice", lambda: "could not connect" in worker.output)
    machine.redis_server.start()
    job = machine.let_cron_strike()
    wait_until("the client to be told", lambda: len(twilio.messages) == 1)
    assert worker.running
    assert job.func_name == "notifications.jobs.sweep"
