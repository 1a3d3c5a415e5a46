"""`python -m config.demophones` serves in the demo, refuses elsewhere with one line, ends when told to."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.demophones.store import Store
from tests.demophones.conftest import wait_until

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "config.demophones"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var_dir: Path, **changes: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "VAR_DIR": str(var_dir), **changes}


def refused(env: dict[str, str]) -> tuple[int, str]:
    """Exit code and what was said."""
    done = subprocess.run(COMMAND, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@contextmanager
def started(env: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    """The process, once it answers; killed at the end if it still runs."""
    process = subprocess.Popen(COMMAND, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: process.poll() is not None or answers(port), seconds=30)
        yield process
    finally:
        process.kill()
        process.communicate()


def answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return bool(response.read() == b"ok")
    except OSError:
        return False


@pytest.mark.parametrize("demo", ["", "0", "yes"])
def test_outside_the_demo_it_refuses(tmp_path: Path, demo: str) -> None:
    message = "DEMO: the demo phones exist in the demo only; run make demo, or set DEMO=1\n"
    assert refused(environment(tmp_path, DEMO=demo)) == (1, message)


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    message = "DEMO_PHONES_PORT: 'zehn' is no port number; set one from 1 to 65535\n"
    assert refused(environment(tmp_path, DEMO="1", DEMO_PHONES_PORT="zehn")) == (1, message)


def test_an_occupied_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = f"DEMO_PHONES_PORT: port {port} cannot be used (Address already in use); set another one\n"
        assert refused(environment(tmp_path, DEMO="1", DEMO_PHONES_PORT=str(port))) == (1, message)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_end(tmp_path: Path, signal_number: signal.Signals) -> None:
    port = free_port()
    with started(environment(tmp_path, DEMO="1", DEMO_PHONES_PORT=str(port)), port) as process:
        assert answers(port)
        process.send_signal(signal_number)
        assert process.wait(20) == 0
        assert not answers(port)
    Store(tmp_path / "demo" / "phones.sqlite3").close()


def test_by_default_it_listens_where_the_application_sends(tmp_path: Path) -> None:
    port = free_port()
    env = environment(tmp_path, DEMO="1", PORT=str(port - 1))
    with started(env, port):
        assert answers(port)
