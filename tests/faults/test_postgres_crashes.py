"""PostgreSQL crashes and comes back under a load of bookings: each is there whole, or not at all."""

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from notifications import sweeping
from scheduling.models import Appointment
from tests.faults.desk import Browser, Desk, confirmations, open_desk
from tests.faults.machine import Machine, Web
from tests.faults.processes import Process, wait_until
from tests.notifications.stub_twilio import StubTwilio
from tests.scheduling.invariants import broken

pytestmark = pytest.mark.faults

THREADS = 4


class Load:
    """Bookings over the web in four threads and by the command in two processes with two threads each."""

    def __init__(self, machine: Machine, desk: Desk, web: Web) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._confirmed: list[int] = []
        half = len(desk.slots) // 2
        self._processes = [
            start_booking(
                machine, desk, slots=range(part, half, 2), clients=range(4 + 2 * part, 6 + 2 * part)
            )
            for part in (0, 1)
        ]
        signed_in = Browser(web.url, desk)
        self.browsers = [signed_in, *(Browser(web.url, desk, like=signed_in) for _ in range(THREADS - 1))]
        self._threads = [
            threading.Thread(target=self._book, args=(browser, range(half + number, 2 * half, THREADS)))
            for number, browser in enumerate(self.browsers)
        ]
        for thread in self._threads:
            thread.start()

    def by_web(self) -> list[int]:
        """The keys of the slots whose booking the web confirmed."""
        return [self._desk.slots[number].pk for number in self._confirmed]

    def by_command(self) -> list[int]:
        return [slot for process in self._processes for slot in booked(process)]

    def goes_on(self) -> None:
        """Returns when each kind of load has got ahead by some bookings."""
        web, command = len(self.by_web()) + 10, len(self.by_command()) + 20
        wait_until("bookings by the web", lambda: len(self.by_web()) >= web)
        wait_until("bookings by the command", lambda: len(self.by_command()) >= command)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.kill()
        for browser in self.browsers:
            browser.close()

    def _book(self, browser: Browser, numbers: Sequence[int]) -> None:
        for number in numbers:
            while not self._stop.is_set():
                page = browser.book(number)
                if any("/termine/" in step.headers["Location"] for step in page.history):
                    self._confirmed.append(number)
                if page.history or page.status_code == 200:
                    break
            self._stop.wait(0.05)


def start_booking(
    machine: Machine, desk: Desk, *, slots: Sequence[int], clients: Sequence[int], unguarded: bool = False
) -> Process:
    return machine.start(
        *("-m", "tests.faults.load", "--by", str(desk.worker.pk)),
        *(["--unguarded"] if unguarded else []),
        *("--clients", *(str(desk.clients[number].pk) for number in clients)),
        *("--slots", *(str(desk.slots[number].pk) for number in slots)),
    )


def booked(process: Process) -> list[int]:
    *lines, _ = process.output.split("\n")
    return [int(line.split()[1]) for line in lines if line.startswith("booked ")]


@contextmanager
def half_done(machine: Machine, *, bookings: int) -> Iterator[None]:
    """Inside the block so many bookings have their slot and appointment, and wait to write the change."""
    with psycopg.connect(machine.variables["DATABASE_URL"], autocommit=True) as watch, ExitStack() as stack:
        locker = psycopg.connect(machine.variables["DATABASE_URL"])
        stack.callback(locker.close)
        locker.execute("LOCK TABLE scheduling_change IN SHARE MODE")

        def waiting() -> bool:
            row = watch.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            assert row is not None
            return row[0] >= bookings

        wait_until("bookings to be half done", waiting)
        yield


def test_every_booking_is_there_whole_or_not_at_all(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk(clients=8, slots=96, minutes=5, days=10, can_sign_in=True)
    web = machine.start_web()
    load = Load(machine, desk, web)
    try:
        load.goes_on()
        machine.crash_postgres(signal.SIGQUIT)
        machine.postgres.start()
        load.goes_on()
        with half_done(machine, bookings=6):
            machine.crash_postgres(signal.SIGKILL)
        machine.postgres.start()
        load.goes_on()
    finally:
        load.end()
    connection.close()
    assert broken() == {}
    there = set(Appointment.objects.values_list("slot", flat=True))
    confirmed = [*load.by_web(), *load.by_command()]
    assert set(confirmed) - there == set()
    assert len(confirmed) == len(set(confirmed))
    # Beside the confirmed ones there are those at most whose answer the crashes cut off, or the end.
    assert len(there) - len(confirmed) <= 3 * 2 * THREADS


def test_a_web_that_was_idle_answers_as_if_nothing_had_been(machine: Machine, twilio: StubTwilio) -> None:
    desk = open_desk(can_sign_in=True)
    web = machine.start_web()
    with Browser(web.url, desk) as browser:
        before = all_look_at_once(browser)
        machine.crash_postgres(signal.SIGKILL)
        machine.postgres.start()
        after = all_look_at_once(browser)
    connection.close()
    assert (before, after) == ([200] * 24, [200] * 24)


def all_look_at_once(browser: Browser) -> list[int]:
    """Three times as many requests at the same time as the web has threads, so that each gets one."""
    crowd = [Browser(browser.url, browser.desk, like=browser) for _ in range(24)]
    with ThreadPoolExecutor(len(crowd)) as pool:
        statuses = list(pool.map(lambda each: each.look().status_code, crowd))
    for each in crowd:
        each.close()
    return statuses


def test_control_bookings_without_a_transaction_would_be_there_by_half(
    machine: Machine, twilio: StubTwilio
) -> None:
    desk = open_desk(clients=2)
    start_booking(machine, desk, slots=range(6), clients=range(2), unguarded=True)
    with half_done(machine, bookings=2):
        machine.crash_postgres(signal.SIGKILL)
    machine.postgres.start()
    connection.close()
    assert len(broken()["every appointment was booked by a recorded change"]) == 2


def test_what_was_being_sent_is_told_once_and_the_worker_goes_on(
    machine: Machine, twilio: StubTwilio
) -> None:
    desk = open_desk(clients=2)
    worker = machine.start_worker()
    arrived, crashed = threading.Event(), threading.Event()

    def wait_for_crash(message: object) -> None:
        arrived.set()
        crashed.wait(60)

    twilio.before_answer = wait_for_crash
    desk.book(0)
    wait_until("the SMS to reach Twilio", arrived.is_set)
    machine.crash_postgres(signal.SIGKILL)
    crashed.set()
    wait_until("the worker to notice", lambda: "OperationalError" in worker.output)
    machine.postgres.start()
    connection.close()

    desk.book(1)
    wait_until("the next client to be told", lambda: confirmations() == ["sending", "sent"])
    sweeping.sweep(now=timezone.now() + timedelta(minutes=3))
    assert confirmations() == ["sent", "sent"]
    assert sorted(message["to"] for message in twilio.messages) == ["+491713920000", "+491713920001"]
    assert worker.running
