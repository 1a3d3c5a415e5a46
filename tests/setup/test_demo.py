"""`make demo`: everything starts as children of one process, says «ready», and ends together."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.environment import ROOT

SECONDS = 120


class Demo:
    """One supervisor, and what it says."""

    def __init__(self, folder: Path, port: int, **variables: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.port = port
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.demo"],
            cwd=ROOT,
            env={**kept, "VAR_DIR": str(folder), "PORT": str(port), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        self.output = self.process.stdout
        self.lines: list[str] = []

    def read_until(self, start: str) -> None:
        """Read up to the line that begins so, with `start`."""
        for line in self.output:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(start):
                return
        pytest.fail(f"«{start}» never came:\n" + "\n".join(self.lines))

    def family(self) -> list[psutil.Process]:
        """All processes it needs, itself included; the servers and their keeper are not its descendants."""
        mine = psutil.Process(self.process.pid)
        keepers = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(self.folder / "demo") in (process.info["cmdline"] or [])
        ]
        found = [mine, *mine.children(recursive=True)]
        for keeper in keepers:
            found += [keeper, *keeper.children(recursive=True)]
        return found

    def child(self, name: str) -> psutil.Process:
        word = {"web": "gunicorn", "worker": "rqworker", "cron": "rqcron", "phones": "config.demophones"}[
            name
        ]
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if word in child.cmdline())

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.lines += rest.splitlines()
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        with self.process:
            pass


def free_port() -> int:
    """A port which is free, with the next one free as well."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(alive(process) for process in family)


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    """A folder in which a demo has run once and was ended with Ctrl-C."""
    folder = Path(tempfile.mkdtemp(prefix="pia-"))
    demo = Demo(folder, free_port())
    try:
        demo.read_until("ready: ")
        demo.process.send_signal(signal.SIGINT)
        assert demo.finish() == 0
    finally:
        demo.close()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(filled: Path) -> Iterator[Callable[..., Demo]]:
    """Starts demos in that folder; ends what a failing test leaves."""
    started: list[Demo] = []

    def start_demo(port: int | None = None, **variables: str) -> Demo:
        demo = Demo(filled, port or free_port(), **variables)
        started.append(demo)
        return demo

    yield start_demo
    for demo in started:
        demo.close()


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


def test_ready_means_that_all_answer(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.read_until("ready: ")
    assert demo.lines[-1] == f"ready: http://127.0.0.1:{demo.port}"
    assert fetch(f"http://127.0.0.1:{demo.port}/healthz") == "ok"
    assert fetch(f"http://127.0.0.1:{demo.port + 1}/healthz").strip() == "ok"
    demo.read_until("end with Ctrl-C")
    logins = [line.split()[0] for line in demo.lines if line.startswith("  ") and "@example.org" in line]
    assert "psychiatrie.mitte@example.org" in logins
    assert "sozialarbeit.neukoelln@example.org" in logins
    assert [line for line in demo.lines if "«demo»" in line] == [
        "sign in with the password «demo» as one of:"
    ]
    demo.process.send_signal(signal.SIGTERM)
    assert demo.finish() == 0
    prefixed = {line.split("|")[0].strip() for line in demo.lines if re.match(r"[a-z]+ +\| ", line)}
    assert prefixed == {"web", "worker", "cron", "phones"}


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_end_when_it_is_told_to_end(start: Callable[..., Demo], signum: signal.Signals) -> None:
    demo = start()
    demo.read_until("ready: ")
    family = demo.family()
    assert len(family) > 8  # itself, four children, two of web's, the keeper, two servers and theirs
    demo.process.send_signal(signum)
    assert demo.finish() == 0
    wait_until(lambda: all_gone(family), seconds=5)


def test_it_ends_at_once_while_it_still_prepares(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.read_until("preparing the database")
    family = demo.family()
    demo.process.send_signal(signal.SIGINT)
    assert demo.finish() == 0
    wait_until(lambda: all_gone(family), seconds=5)


@pytest.mark.parametrize("name", ["web", "worker", "cron", "phones"])
def test_all_end_when_one_ends(start: Callable[..., Demo], name: str) -> None:
    demo = start()
    demo.read_until("ready: ")
    family = demo.family()
    demo.child(name).kill()
    assert demo.finish() == 1
    assert demo.lines[-1] == f"{name} ended by itself, so the demo ends: see its last lines above"
    wait_until(lambda: all_gone(family), seconds=5)


def test_no_child_outlives_it_even_if_it_is_killed(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.read_until("ready: ")
    family = demo.family()
    demo.process.kill()
    wait_until(lambda: all_gone(family))


@pytest.mark.parametrize(("offset", "purpose"), [(0, "the site"), (1, "the demo phones")])
def test_an_occupied_port_is_said_in_one_line(start: Callable[..., Demo], offset: int, purpose: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port + offset)):
        demo = start(port)
        assert demo.finish() == 1
    assert demo.lines == [
        f"port {port + offset} (for {purpose}) cannot be used (Address already in use): "
        "choose another, like make demo PORT=8010"
    ]


@pytest.mark.parametrize("fresh", ["0", "1"])
def test_a_second_demo_is_refused_while_one_runs(
    filled: Path, start: Callable[..., Demo], fresh: str
) -> None:
    with (filled / "demo.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write("process 7, http://127.0.0.1:8000")
        lock.flush()
        demo = start(FRESH=fresh)
        assert demo.finish() == 1
    assert demo.lines == [
        "the demo is running already (process 7, http://127.0.0.1:8000): use it, or end it with Ctrl-C first"
    ]
    assert (filled / "demo" / "keys.json").exists()


def test_fresh_is_refused_while_a_command_uses_the_servers(filled: Path, start: Callable[..., Demo]) -> None:
    with (filled / "demo" / "users.lock").open("rb") as use:
        fcntl.flock(use, fcntl.LOCK_SH)
        demo = start(FRESH="1")
        assert demo.finish() == 1
    assert demo.lines == [
        f"a command of this project still uses the servers in {filled / 'demo'}: end it, then run again"
    ]
    assert (filled / "demo" / "postgres").exists()


def test_fresh_never_empties_a_database_elsewhere(filled: Path, start: Callable[..., Demo]) -> None:
    demo = start(FRESH="1", DATABASE_URL="postgresql://pia@db.example.org/pia")
    assert demo.finish() == 1
    assert demo.lines == [
        "FRESH=1 empties the demo's own database only: unset DATABASE_URL, or leave out FRESH=1"
    ]
    assert (filled / "demo" / "postgres").exists()


def test_data_is_kept_until_fresh_asks_for_new(filled: Path, start: Callable[..., Demo]) -> None:
    keys = (filled / "demo" / "keys.json").read_text()
    for fresh, filling in (("0", False), ("1", True)):
        demo = start(FRESH=fresh)
        demo.read_until("ready: ")
        demo.process.send_signal(signal.SIGTERM)
        assert demo.finish() == 0
        assert ("filling it with the demo's data" in demo.lines) is filling
        assert ((filled / "demo" / "keys.json").read_text() != keys) is filling
