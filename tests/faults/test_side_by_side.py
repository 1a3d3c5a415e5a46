"""Sweeps and workers side by side, in any number of processes: every message is sent, and sent once."""

import threading
from collections import Counter

import pytest
from django.utils import timezone

from notifications import planning
from notifications.models import Message
from tests.faults.desk import confirmations, open_desk
from tests.faults.machine import Machine
from tests.faults.processes import Process, wait_until
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.faults


class Meeting:
    """Holds every SMS until so many are under way at once, to be sure that as many processes send."""

    def __init__(self, twilio: StubTwilio, senders: int) -> None:
        self._barrier = threading.Barrier(senders)
        self._over = threading.Event()
        twilio.before_answer = self._wait

    @property
    def took_place(self) -> bool:
        return self._over.is_set()

    def _wait(self, message: object) -> None:
        if not self.took_place:
            self._barrier.wait(60)
            self._over.set()


def book_for_all(machine: Machine, clients: int) -> None:
    """Leaves an SMS to each client and two mails about each of them, planned and due."""
    desk = open_desk(clients=clients, slots=clients, minutes=5)
    for number in range(clients):
        desk.book(number)
    planning.plan_changes(now=timezone.now())
    with machine.redis() as queue:
        queue.flushall()


def done(*processes: Process) -> list[int]:
    return [process.finish() for process in processes]


def test_two_sweeps_and_two_workers_send_a_hundred_messages_once_each(
    machine: Machine, twilio: StubTwilio
) -> None:
    book_for_all(machine, clients=100)
    meeting = Meeting(twilio, senders=4)
    machine.start_worker()
    machine.start_worker()
    sweeps = [machine.let_cron_strike(), machine.let_cron_strike()]
    commands = [machine.manage("send_due"), machine.manage("send_due")]
    assert done(*commands) == [0, 0]
    wait_until("the workers' sweeps to end", lambda: {job.get_status() for job in sweeps} == {"finished"})
    assert meeting.took_place
    assert Counter(message["to"] for message in twilio.messages) == Counter(
        f"+4917139200{number:02}" for number in range(100)
    )
    assert confirmations() == ["sent"] * 100
    assert len(machine.mails()) == len(set(machine.mails())) == 200
    assert not Message.objects.exclude(kind="reminder").exclude(state="sent").exists()


def test_control_sweeps_that_look_before_they_claim_would_send_twice(
    machine: Machine, twilio: StubTwilio
) -> None:
    book_for_all(machine, clients=20)
    meeting = Meeting(twilio, senders=2)
    sweeps = [machine.start("-m", "tests.faults.unguarded") for _ in range(2)]
    assert done(*sweeps) == [0, 0]
    assert meeting.took_place
    assert len(twilio.messages) > 20
