"""Keeping the history of a table: a trigger for each, made by a migration.

A column is of one of four kinds: told (its old and new value are kept), `sealed` (encrypted: the values are
kept as they stand, and rotate with the rest), `secret` (only that it changed is kept) or `omitted` (nothing).
"""

from collections.abc import Collection

from django.db.migrations import RunSQL


def track(
    table: str,
    *,
    sealed: Collection[str] = (),
    secret: Collection[str] = (),
    omitted: Collection[str] = (),
    only_updates: bool = False,
) -> RunSQL:
    """A migration's operation: from now on each row of `table` that is added, changed or removed is noted."""
    arguments = ", ".join(f"'{','.join(columns)}'" for columns in (sealed, secret, omitted))
    events = "UPDATE" if only_updates else "INSERT OR UPDATE OR DELETE"
    return RunSQL(
        f"CREATE TRIGGER pia_history AFTER {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION pia_history({arguments});",
        f"DROP TRIGGER pia_history ON {table};",
    )
