"""A worker dies while it sends: nothing is sent twice, and nothing stays unsent.

What becomes of the message depends on how far it had got, which the dead can't tell: Twilio is asked.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psutil
import psycopg
import pytest
from django.utils import timezone

from notifications import sweeping
from notifications.models import Message
from notifications.recovery import STUCK_AFTER
from tests.faults.desk import confirmations, open_desk
from tests.faults.machine import Machine
from tests.faults.processes import Process, wait_until
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.faults

LATER = STUCK_AFTER + timedelta(minutes=1)


class Held:
    """A fault of the stub: a request whose sender waits for its answer, and waits in vain."""

    def __init__(self, *, taken: bool) -> None:
        self._taken = taken
        self._end = threading.Event()
        self.arrived = threading.Event()

    def __call__(self, handler: Any, form: dict[str, str]) -> None:
        if self._taken:
            handler.stub.accept(form)
        self.arrived.set()
        self._end.wait(60)
        handler.hang_up()

    def let_go(self) -> None:
        self._end.set()


@contextmanager
def held(twilio: StubTwilio, *, taken: bool) -> Iterator[Held]:
    """Inside the block the next SMS is under way; Twilio has `taken` it, or it is still lost on the way."""
    request = Held(taken=taken)
    twilio.faults.append(request)
    try:
        yield request
    finally:
        request.let_go()


def sweep_later(times: int = 1) -> list[str]:
    """Sweeps once more when time has passed; the states of the confirmations then."""
    sweeping.sweep(now=timezone.now() + times * LATER)
    return confirmations()


def kill_worker(worker: Process) -> None:
    worker.kill()


def kill_horse(worker: Process) -> None:
    """As the kernel does when memory runs short: the process that works, while its parent lives on."""
    [horse] = psutil.Process(worker.pid).children()
    horse.kill()


@pytest.mark.parametrize("kill", [kill_worker, kill_horse])
def test_between_claim_and_answer_the_sms_is_sent_once_and_found_by_asking(
    machine: Machine, twilio: StubTwilio, kill: Callable[[Process], None]
) -> None:
    desk = open_desk()
    worker = machine.start_worker()
    with held(twilio, taken=True) as request:
        desk.book()
        wait_until("the SMS to reach Twilio", request.arrived.is_set)
        kill(worker)
    assert confirmations() == ["sending"]
    if not worker.running:
        machine.start_worker()
    for _ in range(2):
        machine.sweep_by_worker()
    assert (confirmations(), len(twilio.posted)) == (["sending"], 1)

    twilio.down = True
    assert sweep_later() == ["uncertain"]
    assert sweep_later(2) == ["uncertain"]
    twilio.down = False
    assert sweep_later(3) == ["sent"]
    assert Message.objects.get(kind="confirmation", channel="sms").provider_sid == twilio.messages[0]["sid"]
    assert sweep_later(4) == ["sent"]
    machine.sweep_by_worker()
    assert (len(twilio.posted), len(twilio.messages)) == (1, 1)
    assert len(machine.mails()) == 2


def test_on_the_way_to_twilio_the_sms_is_sent_again_after_asking(
    machine: Machine, twilio: StubTwilio
) -> None:
    desk = open_desk()
    worker = machine.start_worker()
    with held(twilio, taken=False) as request:
        desk.book()
        wait_until("the SMS to be under way", request.arrived.is_set)
        worker.kill()
    assert (confirmations(), twilio.messages) == (["sending"], [])
    assert sweep_later() == ["sent"]
    assert sweep_later(2) == ["sent"]
    assert (twilio.lists, len(twilio.messages)) == (1, 1)


def test_after_the_claim_the_sms_is_sent_without_asking(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk()
    worker = machine.start_worker()
    with held_before_composing(machine):
        desk.book()
        wait_until("the claim", lambda: confirmations() == ["sending"])
        worker.kill()
    assert (confirmations(), twilio.posted) == (["sending"], [])
    assert sweep_later() == ["sent"]
    assert sweep_later(2) == ["sent"]
    assert (twilio.lists, len(twilio.messages)) == (0, 1)


def test_control_sending_again_blindly_would_send_twice(
    machine: Machine, twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_again(*, now: object) -> int:
        return Message.objects.filter(state="sending").update(state="planned", claimed_at=None)

    desk = open_desk()
    worker = machine.start_worker()
    with held(twilio, taken=True) as request:
        desk.book()
        wait_until("the SMS to reach Twilio", request.arrived.is_set)
        worker.kill()
    monkeypatch.setattr(sweeping, "recover_stuck", send_again)
    assert sweep_later() == ["sent"]
    assert [message["to"] for message in twilio.messages] == ["+491713920000"] * 2


@contextmanager
def held_before_composing(machine: Machine) -> Iterator[None]:
    """Inside the block whoever has claimed a message waits for a table that claiming doesn't need."""
    with psycopg.connect(machine.variables["DATABASE_URL"]) as connection:
        connection.execute("LOCK TABLE pia_sites_clinic IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()
