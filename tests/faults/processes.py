"""Real processes of this project, ended by who started them, whatever became of them in between."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil

from config.environment import ROOT
from config.unprivileged import die_with_parent

PATIENCE_SECONDS = 30


def wait_until(what: str, true: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Returns as soon as it is true; fails after `seconds`, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def wait_for_end(processes: Iterable[psutil.Process]) -> None:
    """Returns when none of them runs any more. Who inherits the orphans may take a while to bury them."""
    wait_until("processes to end", lambda: not any(_lives(process) for process in processes))


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Process:
    """A process with all that it forks. What it prints goes to the file `log`.

    Start it from the main thread: the kernel ends it with the thread that started it.
    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGKILL, os.getpid()),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def finish(self, *, seconds: float = PATIENCE_SECONDS) -> int:
        """Waits until it ends by itself; its exit code."""
        return self._popen.wait(seconds)

    def kill(self) -> None:
        """Ends it and all that it forked, as if the power failed: parents first, so that none can react.

        It may have ended already.
        """
        with contextlib.suppress(psutil.NoSuchProcess):
            this = psutil.Process(self.pid)
            family = [this, *this.children(recursive=True)]
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            wait_for_end(family)
        self._popen.wait()
