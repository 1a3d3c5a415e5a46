"""What is wrong with a network file, and where."""

import dataclasses
import unicodedata
from collections.abc import Iterable

SHOWN_CHARACTERS = 60


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend; `line` counts from 1, and is None if the file as a whole is meant."""

    line: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.line is None else f"Zeile {self.line}: {self.text}"


class NotImportable(Exception):
    """The file was refused as a whole and nothing was written; `problems` are in order of their lines."""

    code = "not_importable"

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = sorted(set(problems), key=lambda problem: (problem.line or 0, problem.text))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Problems:
    """Collects problems, so that one run shows them all."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, line: int, text: str) -> None:
        self.found.append(Problem(line, text))


def quoted(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """`text` as it may be shown to a person: short, and without what could upset a terminal."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return "«" + "".join("?" if is_control(character) else character for character in short) + "»"


def is_control(character: str) -> bool:
    """Whether `character` is a control character, a line break or half a surrogate pair."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
