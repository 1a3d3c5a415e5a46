"""The base of all refusals: a command says no with an exception that a person can read."""

from typing import ClassVar


class Refusal(Exception):
    """A command that was not carried out; nothing changed.

    `code` is stable and for programs; `str()` is German, for people, and says what to do next.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __str__(self) -> str:
        return self.sentence
