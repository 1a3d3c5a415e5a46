"""Timing two ways of doing one thing, in turn, so that whatever else the machine does slows both alike."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` must be at least, or at most, `bound`; `sense` says which: ">=" or "<="."""

    workload: str
    ours: str
    floor: str
    ratio: float
    sense: str
    bound: float

    @property
    def ok(self) -> bool:
        return self.ratio >= self.bound if self.sense == ">=" else self.ratio <= self.bound

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def seconds(act: Callable[[], object]) -> float:
    """How long `act` takes by the wall clock; garbage of earlier acts is not collected on its time."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        act()
        return time.perf_counter() - start
    finally:
        gc.enable()


def alternately(sides: Sequence[Callable[[], float]], *, rounds: int, warm_up: int = 1) -> list[float]:
    """The median seconds of each side. A side measures itself and returns its seconds; they take turns."""
    taken: list[list[float]] = [[] for _ in sides]
    for number in range(warm_up + rounds):
        # Every other round begins at the other end: none always runs on what another left in the caches.
        order = range(len(sides)) if number % 2 else reversed(range(len(sides)))
        for index in order:
            measured = sides[index]()
            if number >= warm_up:
                taken[index].append(measured)
    return [median(each) for each in taken]


def table(rows: Sequence[Row]) -> str:
    head = ("workload", "ours", "floor", "ratio", "bound", "ok")
    lines = [
        (
            row.workload,
            row.ours,
            row.floor,
            f"{row.ratio:.2f}",
            f"{row.sense} {row.bound:.2f}",
            "yes" if row.ok else "NO",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 5) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [head, rule, *lines]
    )
