"""One round of everything that is to be done, whoever or whatever asks for it."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from notifications.delivery import deliver_due
from notifications.hour_notes import plan_hour_notes
from notifications.month_notices import plan_month_notices
from notifications.planning import plan_changes
from notifications.recovery import recover_stuck, resolve_uncertain
from notifications.retention.erasing import finish_erasures
from scheduling.offering import make_offers
from sites import acting

logger = logging.getLogger(__name__)


def plan_and_deliver(*, now: datetime) -> Counter[str]:
    """What the doorbell asks for: offers what got free, plans the new changes, sends what is due, forgets who
    waited for that."""
    with acting.as_system(acting.System.WORKER):
        counts = Counter(offers=make_offers(now=now))
        counts += Counter(changes=plan_changes(now=now)) + deliver_due(now=now)
    return counts + Counter(erased=finish_erasures(now=now))


def sweep(*, now: datetime) -> Counter[str]:
    """Recovers, resolves, plans, sends and forgets; any time, any number of times, in many processes.

    Returns counts: `recovered`, `resolved`, `offers`, `changes`, `months`, `notes`, `erased`, and messages by
    the state they ended in. A step that fails does not keep the next ones from their work; raises
    ExceptionGroup at the end.
    """
    steps: tuple[tuple[str, Callable[[], int | Counter[str]]], ...] = (
        ("recovered", lambda: recover_stuck(now=now)),
        ("resolved", lambda: resolve_uncertain(now=now)),
        ("offers", lambda: make_offers(now=now)),
        ("changes", lambda: plan_changes(now=now)),
        ("months", lambda: plan_month_notices(now=now)),
        ("notes", lambda: plan_hour_notes(now=now)),
        ("delivered", lambda: deliver_due(now=now)),
        ("erased", lambda: finish_erasures(now=now)),
    )
    counts: Counter[str] = Counter()
    failures: list[Exception] = []
    with acting.as_system(acting.System.WORKER):
        for name, step in steps:
            try:
                done = step()
            except Exception as error:
                logger.error("Sweep: %s failed: %s", name, type(error).__name__)
                failures.append(error)
            else:
                counts.update(done if isinstance(done, Counter) else {name: done})
    if failures:
        raise ExceptionGroup("sweep", failures)
    return counts
