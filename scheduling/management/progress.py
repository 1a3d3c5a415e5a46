"""Showing that a long command is alive: on a terminal only, and only once it has taken its time."""

import time
from typing import TextIO

QUIET_SECONDS = 2.0
STEP_SECONDS = 0.2


class Progress:
    """One line on `stream` that follows the work: "Sprechstundenreihen: 120 von 1000"."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._on_terminal = stream.isatty()
        self._next = time.monotonic() + QUIET_SECONDS
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._on_terminal and time.monotonic() >= self._next:
            self._next = time.monotonic() + STEP_SECONDS
            self._shown = True
            self._write(f"{what}: {done} von {total}")

    def close(self) -> None:
        """Takes the line away."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}")  # ECMA-48: erase to the end of the line
        self._stream.flush()
