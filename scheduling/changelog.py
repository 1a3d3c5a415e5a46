"""Writing changes, and telling whoever listens that there are new ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from scheduling.models import Appointment, Change, ChangeKind, ConsultationHour, Slot
from sites.models import User

# Sent after commit, without arguments. Only a doorbell: whoever listens reads the rows, and a listener
# that fails takes nothing back.
changes_committed = Signal()


def hour_change(
    kind: ChangeKind,
    hour: ConsultationHour,
    *,
    by: User,
    now: datetime,
    data: dict[str, Any] | None = None,
    is_told: bool = False,
) -> Change:
    """An unsaved Change of `hour` as it stands now; with `is_told` staff get messages about it."""
    return Change(
        kind=kind,
        site_id=hour.site_id,
        hour=hour,
        sequence=hour.sequence,
        data=data or {},
        at=now,
        by=by,
        # Nobody is told of a draft, and publishing is seen on the pages and in the feeds.
        planned_at=None if is_told else now,
    )


def appointment_change(
    kind: ChangeKind,
    appointment: Appointment,
    slot: Slot,
    *,
    by: User,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Change:
    """An unsaved Change of `appointment`, which now stands (or stood until it was cancelled) in `slot`."""
    return Change(
        kind=kind,
        site_id=slot.site_id,
        hour_id=slot.hour_id,
        appointment=appointment,
        sequence=appointment.sequence,
        data=data or {},
        at=now,
        by=by,
    )


def client_change(kind: ChangeKind, *, by: User, now: datetime, data: dict[str, Any]) -> Change:
    """An unsaved Change of a client's record, of which nobody is told; `data` says by keys of which."""
    return Change(kind=kind, sequence=0, data=data, at=now, by=by, planned_at=now)


def record(changes: Sequence[Change]) -> None:
    """Writes `changes` in the running transaction and rings after commit."""
    if len(changes) == 1:
        changes[0].save(force_insert=True)
    else:
        Change.objects.bulk_create(changes)
    if any(change.planned_at is None for change in changes):
        ring_after_commit()


def ring_after_commit() -> None:
    """Also for what leaves no change and wants to be looked at soon."""
    transaction.on_commit(_ring)


def _ring() -> None:
    changes_committed.send_robust(sender=None)
