"""Racing threads with connections of their own, and taking a guard away to see that the race is real."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, models

from sites.refusals import Refusal

# No single statement waits longer, whatever it waits for; and no race lasts longer.
STATEMENT_SECONDS = 20
RACE_SECONDS = 40

# A control that takes a guard away races so often at most until it sees what the guard prevents.
ROUNDS_OF_CONTROL = 40

# Deadlocks are found after a second only by default; a superuser may be less patient.
SESSION = """
    SELECT set_config('statement_timeout', %(timeout)s, false),
        (SELECT set_config('deadlock_timeout', '50ms', false) FROM pg_roles
         WHERE rolname = current_user AND rolsuper)
"""


@dataclass
class Outcome:
    """What became of the racers, in no order: results of those who were let, refusals, anything else."""

    results: list[object] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def assert_no_errors(self) -> None:
        if self.errors:
            raise ExceptionGroup("racers failed", [e for e in self.errors if isinstance(e, Exception)])


def race(acts: Sequence[Callable[[], object]]) -> Outcome:
    """Runs every act in a thread of its own, all let go at one instant, each with its own connection."""
    outcome = Outcome()
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(SESSION, {"timeout": f"{STATEMENT_SECONDS}s"})
            start.wait(timeout=RACE_SECONDS)
            outcome.results.append(act())
        except Refusal as refusal:
            outcome.refusals.append(refusal)
        except BaseException as error:
            outcome.errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + RACE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not [thread for thread in threads if thread.is_alive()], "the race did not end"
    assert len(outcome.results) + len(outcome.refusals) + len(outcome.errors) == len(acts)
    return outcome


@contextmanager
def without_constraint(model: type[models.Model], name: str) -> Iterator[None]:
    """The block runs on a table without this constraint; then its rows are removed and it is back."""
    [constraint] = [each for each in model._meta.constraints if each.name == name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {connection.ops.quote_name(model._meta.db_table)} CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)
