"""What an import did, or would do."""

import dataclasses
import enum
from collections.abc import Callable

# Told of what is being written, how many are done, and how many there are.
Progress = Callable[[str, int, int], None]


def ignore_progress(kind: str, done: int, total: int) -> None:
    """For callers that show none."""


class Outcome(enum.Enum):
    CREATED = "neu"
    UPDATED = "geändert"
    UNCHANGED = "unverändert"


@dataclasses.dataclass(frozen=True)
class Line:
    """One entry: a `kind` ("Einrichtungen"), its name, and for an updated one what changed."""

    kind: str
    name: str
    outcome: Outcome
    differences: tuple[str, ...] = ()


class Report:
    """Every entry of the file with its outcome, in order; `notes` are what a person should know besides."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.notes: list[str] = []

    def add(self, kind: str, name: str, outcome: Outcome, differences: tuple[str, ...] = ()) -> None:
        self.lines.append(Line(kind, name, outcome, differences))

    def count(self, outcome: Outcome, kind: str | None = None) -> int:
        return sum(line.outcome is outcome and kind in (None, line.kind) for line in self.lines)

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(line.kind for line in self.lines))

    @property
    def changes(self) -> list[Line]:
        return [line for line in self.lines if line.outcome is not Outcome.UNCHANGED]
