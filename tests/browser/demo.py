"""The demo phones as their own process, beside the server of the test."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import environment
from config.environment import ROOT, Twilio

START_SECONDS = 30


class Phones:
    """Where the phones are shown, the account that sends to them, and the folder of the mailbox."""

    def __init__(self, folder: Path, base_url: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.variables = {
            "PATH": os.environ["PATH"],
            "DEMO": "1",
            "VAR_DIR": str(folder),
            "BASE_URL": base_url,
            "TWILIO_API_BASE_URL": self.url,
            "DEMO_PHONES_PORT": str(port),
        }
        found = environment.load(self.variables).twilio
        assert found is not None
        self.account: Twilio = found
        self.mail_folder = folder / "demo" / "mail"

    @contextmanager
    def running(self, log: Path) -> Iterator[None]:
        """The process while it answers; ended by its own handle."""
        command = [sys.executable, "-m", "config.demophones"]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=self.variables, stdout=output, stderr=output)
            try:
                self._wait(process, log)
                yield
            finally:
                process.terminate()
                process.wait(20)

    def _wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the phones did not answer in time"
            time.sleep(0.05)

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/healthz", timeout=5) as response:
                return bool(response.read() == b"ok")
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
