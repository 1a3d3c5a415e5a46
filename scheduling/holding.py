"""Keeping a slot for somebody for a while, so that nobody fills in a form in vain.

At the desk it is the person who is about to book; an offer from the waiting list holds it for nobody of the
staff. A hold is only a courtesy: booking decides, and lets a hold that has run out count for nothing. So no
job ends holds, and a crash leaves nothing behind that the clock doesn't clear up.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from scheduling.booking import (
    SlotGone,
    SlotHeld,
    SlotIsOpenTime,
    SlotIsOver,
    SlotTaken,
)
from scheduling.models import AppointmentType, HourStatus, Slot, SlotState
from scheduling.publishing import HourNotPublished
from scheduling.selectors import nearest_free_slots
from sites.models import User
from sites.refusals import Refusal

# As long as it takes to find a client and confirm; longer would keep others from slots that nobody takes.
AT_THE_DESK = timedelta(minutes=2)


@transaction.atomic
def hold(*, slot: Slot, by: User, now: datetime) -> Slot:
    """Keeps `slot` for `by` for two minutes from now; what `by` held before is free again.

    Raises SlotTaken, SlotHeld, SlotGone, SlotIsOver, SlotIsOpenTime, HourNotPublished.
    """
    held = keep(slot=slot, until=now + AT_THE_DESK, held_by=by, now=now)
    _let_go_of_others(slot, by)
    return held


@transaction.atomic
def release(*, slot: Slot, by: User, now: datetime) -> bool:
    """Gives back a slot that `by` holds; whether there was anything to give back."""
    mine = Slot.objects.filter(pk=slot.pk, state=SlotState.HELD, held_by=by, held_until__gt=now)
    return bool(mine.update(state=SlotState.FREE, held_until=None, held_by=None))


# The hour is locked before the slot, as in booking, so that dividing it anew and withdrawing it wait for us.
KEEP = """
WITH hour AS MATERIALIZED (
    SELECT hour.id
    FROM scheduling_consultationhour hour
    JOIN scheduling_slot slot ON slot.hour_id = hour.id
    WHERE slot.id = %(slot)s AND hour.status = 'published'
    FOR SHARE OF hour
)
UPDATE scheduling_slot slot SET state = 'held', held_until = %(until)s, held_by_id = %(by)s
FROM hour
WHERE slot.id = %(slot)s AND slot.hour_id = hour.id
  AND (
    slot.state = 'free'
    OR slot.state = 'held' AND (slot.held_until <= %(now)s OR slot.held_by_id = %(by)s)
  )
  AND slot.starts_at > %(now)s AND slot.appointment_type <> 'open'
RETURNING slot.id
"""


@transaction.atomic
def keep(*, slot: Slot, until: datetime, held_by: User | None, now: datetime) -> Slot:
    """Holds a free slot until `until`: for `held_by`, or without anybody for an offer. Refuses as `hold`."""
    by = held_by.pk if held_by else None
    values: dict[str, Any] = {"slot": slot.pk, "until": until, "by": by, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)
        is_ours = cursor.fetchone() is not None
    if not is_ours:
        raise _why_not(slot, now)
    slot.state, slot.held_until, slot.held_by = SlotState.HELD.value, until, held_by
    return slot


def _let_go_of_others(slot: Slot, by: User) -> None:
    """One person types in one form. What somebody else has a lock on just now is left to the clock, so that
    nobody waits here with a slot in hand."""
    others = Slot.objects.filter(held_by=by).exclude(pk=slot.pk).select_for_update(skip_locked=True)
    if keys := list(others.values_list("pk", flat=True)):
        Slot.objects.filter(pk__in=keys).update(state=SlotState.FREE, held_until=None, held_by=None)


def _why_not(slot: Slot, now: datetime) -> Refusal:
    current = Slot.objects.select_related("hour", "site__facility", "held_by").filter(pk=slot.pk).first()
    if current is None:
        return SlotGone()
    if current.hour.status != HourStatus.PUBLISHED:
        return HourNotPublished()
    if current.appointment_type == AppointmentType.OPEN:
        return SlotIsOpenTime()
    if current.starts_at <= now:
        return SlotIsOver()
    nearest = nearest_free_slots(current, now=now)
    return SlotHeld(current, nearest) if current.state_at(now) == SlotState.HELD else SlotTaken(nearest)
