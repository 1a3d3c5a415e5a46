"""Child processes of one parent: their output line by line under their names, and none left when it ends."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial

from config.environment import ROOT
from config.unprivileged import die_with_parent

END_SECONDS = 15


class Child:
    """One child, the first of a process group of its own, so that a Ctrl-C reaches it only through its
    parent.
    """

    def __init__(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 - only this project's own programs
            list(command),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None  # noqa: S101 - narrows the type
        self.output = self._process.stdout
        os.set_blocking(self.output.fileno(), False)
        self._begun = b""

    @property
    def ended(self) -> bool:
        """Whether it has ended. Not reaped yet, its number stays taken and can be signalled safely."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def lines(self) -> tuple[list[bytes], bool]:
        """Return the lines complete by now, and whether more may come."""
        more = True
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.output.fileno(), 65536)
            more = bool(data)
            self._begun += data if data else b"\n" * bool(self._begun)
        *complete, self._begun = self._begun.split(b"\n")
        return complete, more

    def ask_to_end(self) -> None:
        if not self.ended:
            os.kill(self.pid, signal.SIGTERM)

    def finish(self) -> None:
        """End whatever is left of its group, and reap it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.output.close()


class Children:
    """All children of this process. Use it from one thread only: the kernel ends them with the thread."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._outputs = selectors.DefaultSelector()

    def start(self, name: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> Child:
        child = Child(name, command, variables or {})
        self._children.append(child)
        self._outputs.register(child.output, selectors.EVENT_READ, child)
        return child

    def first_ended(self) -> Child | None:
        return next((child for child in self._children if child.ended), None)

    def pass_on_output(self, *, seconds: float) -> None:
        """Print what the children wrote, waiting for it up to `seconds`."""
        if not self._outputs.get_map():
            time.sleep(seconds)
        for key, _ in self._outputs.select(seconds):
            child: Child = key.data
            lines, more = child.lines()
            for line in lines:
                sys.stdout.write(f"{child.name:<6} | {line.decode(errors='replace')}\n")
            if not more:
                self._outputs.unregister(child.output)
        sys.stdout.flush()

    def end(self) -> None:
        """End all children: asked first, killed after END_SECONDS, or at once when this process is told
        again.
        """
        told_again: list[int] = []
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, lambda number, _: told_again.append(number))
        for child in self._children:
            child.ask_to_end()
        deadline = time.monotonic() + END_SECONDS
        while not all(child.ended for child in self._children):
            if told_again or time.monotonic() > deadline:
                break
            self._pass_on_last_output()
        self._pass_on_last_output()
        for child in self._children:
            child.finish()
        self._outputs.close()

    def _pass_on_last_output(self) -> None:
        # The terminal may be gone, which is no reason to leave anybody running.
        with contextlib.suppress(OSError):
            self.pass_on_output(seconds=0.05)
