"""Forms that were open for a while: what they showed is sent along, and compared under the lock.

Else the last one to save would undo what somebody else did meanwhile, without either of them knowing.
"""

import hashlib

from sites.refusals import Refusal


class ChangedMeanwhile(Refusal):
    """Somebody else saved first; `now_it_is` says in German what stands there now."""

    code = "changed_meanwhile"

    def __init__(self, now_it_is: str) -> None:
        super().__init__()
        self.now_it_is = now_it_is

    def __str__(self) -> str:
        return (
            f"Inzwischen hat jemand anders hier etwas geändert. Jetzt gilt: {self.now_it_is}. "
            "Ihre Eingaben stehen noch im Formular: Bitte prüfen Sie sie, und speichern Sie dann noch einmal."
        )


def fingerprint(*facts: object) -> str:
    """Differs as soon as one of `facts` does, each as its `repr` tells it."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def refuse_if_changed(seen: str | None, state: str, now_it_is: str) -> None:
    """Raises ChangedMeanwhile unless `seen` is `state`, or None for whoever was shown nothing."""
    if seen is not None and seen != state:
        raise ChangedMeanwhile(now_it_is)
