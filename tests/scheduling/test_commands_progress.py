"""A long command shows progress on a terminal, only once it has taken its time, and never in a pipe."""

import io

import pytest

from scheduling.management import progress
from scheduling.management.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def work(stream: io.StringIO, clock: Clock, seconds: float) -> str:
    """What is on `stream` after ten steps that take `seconds` together."""
    shown = Progress(stream)
    for done in range(1, 11):
        clock.now += seconds / 10
        shown("Reihen", done, 10)
    shown.close()
    return stream.getvalue()


def test_short_work_shows_nothing(clock: Clock) -> None:
    assert work(Terminal(), clock, 1.9) == ""


def test_long_work_shows_how_far_it_is_and_clears_up(clock: Clock) -> None:
    assert work(Terminal(), clock, 3.0) == (
        "\r\x1b[KReihen: 7 von 10\r\x1b[KReihen: 8 von 10"
        "\r\x1b[KReihen: 9 von 10\r\x1b[KReihen: 10 von 10\r\x1b[K"
    )


def test_a_pipe_gets_nothing(clock: Clock) -> None:
    assert work(io.StringIO(), clock, 60) == ""
