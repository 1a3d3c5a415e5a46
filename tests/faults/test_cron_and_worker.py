"""Cron and worker come and go in any order: what the doorbell missed is told by the sweep, and told once."""

import os
import signal

import pytest
from rq import Queue
from rq.job import Job

from tests.faults.desk import confirmations, open_desk
from tests.faults.machine import Machine
from tests.faults.processes import wait_until
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.faults

# Where a busy machine lets cron miss the minute that its clock was set before, the next one does.
A_MINUTE = 75


def queued(machine: Machine) -> list[Job]:
    return Queue("default", connection=machine.queue).jobs


def sweeps(machine: Machine) -> list[Job]:
    """Cron queues other things too, at their hours."""
    return [job for job in queued(machine) if job.func_name == "notifications.jobs.sweep"]


def lose_doorbell(machine: Machine) -> None:
    """Forgets the job that a booking queued, as a restart of Redis does."""
    assert [job.func_name for job in queued(machine)] == ["notifications.jobs.answer_doorbell"]
    machine.queue.flushall()


def sweep_queued_by_cron(machine: Machine) -> Job:
    wait_until("the sweep to be queued", lambda: sweeps(machine), seconds=A_MINUTE)
    [job] = sweeps(machine)
    assert job.origin == "default"
    return job


def test_a_lost_doorbell_is_made_up_for_when_the_minute_is_full(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk()
    desk.book()
    lose_doorbell(machine)
    worker = machine.start_worker()
    cron = machine.start_cron()
    wait_until("the client to be told", lambda: confirmations() == ["sent"], seconds=A_MINUTE)
    machine.sweep_by_worker()
    assert (len(twilio.messages), len(machine.mails())) == (1, 2)
    assert (worker.running, cron.running) == (True, True)


def test_a_cron_that_was_killed_has_done_its_part(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk()
    desk.book()
    lose_doorbell(machine)
    cron = machine.start_cron()
    job = sweep_queued_by_cron(machine)
    cron.kill()
    assert 0 < machine.queue.ttl(job.key) <= 55  # no longer than until the next one
    machine.start_worker()
    wait_until("the client to be told", lambda: confirmations() == ["sent"])
    machine.sweep_by_worker()
    assert len(twilio.messages) == 1


def test_a_worker_that_was_killed_is_replaced_by_the_next(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk(clients=2)
    first = machine.start_worker()
    desk.book(0)
    wait_until("the first client to be told", lambda: confirmations() == ["sent"])
    first.kill()
    desk.book(1)
    lose_doorbell(machine)
    machine.start_cron()
    sweep_queued_by_cron(machine)
    machine.start_worker()
    wait_until("the second client to be told", lambda: confirmations() == ["sent", "sent"])
    assert sorted(message["to"] for message in twilio.messages) == ["+491713920000", "+491713920001"]


def test_cron_outlives_a_restart_of_redis_between_two_minutes(machine: Machine, twilio: StubTwilio) -> None:
    cron = machine.start_cron(seconds_before_the_minute=6)
    wait_until("cron to be known", lambda: machine.queue.keys("rq:cron*"))
    machine.stop_redis()
    machine.redis_server.start()
    sweep_queued_by_cron(machine)
    assert cron.running


def test_cron_outlives_a_redis_that_is_away_when_the_minute_is_full(
    machine: Machine, twilio: StubTwilio
) -> None:
    desk = open_desk()
    cron = machine.start_cron()
    wait_until("cron to run", lambda: "Starting cron scheduler" in cron.output)
    machine.stop_redis()
    desk.book()
    wait_until("cron to notice", lambda: "Redis is away" in cron.output, seconds=A_MINUTE)
    machine.redis_server.start()
    machine.start_worker()
    wait_until("the client to be told", lambda: confirmations() == ["sent"])
    wait_until("cron to be known again", lambda: machine.queue.keys("rq:cron_scheduler:*"))
    assert (cron.running, len(twilio.messages)) == (True, 1)


def test_cron_that_starts_before_redis_waits_for_it(machine: Machine, twilio: StubTwilio) -> None:
    machine.stop_redis()
    cron = machine.start_cron()
    wait_until("cron to notice", lambda: "Redis is away" in cron.output)
    machine.redis_server.start()
    sweep_queued_by_cron(machine)
    assert cron.running


def test_cron_ends_when_told_to_without_redis_too(machine: Machine, twilio: StubTwilio) -> None:
    machine.stop_redis()
    cron = machine.start_cron()
    wait_until("cron to notice", lambda: "Redis is away" in cron.output)
    os.kill(cron.pid, signal.SIGTERM)
    assert cron.finish() == 0
