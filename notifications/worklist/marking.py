"""Taking, doing and trying what there is to do.

Marks are read under the lock of the client: who comes second is told what the first did, and nothing that
somebody did is lost. So something is done also when a colleague had taken it.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from notifications.models import WorkMark
from notifications.worklist.items import Item
from notifications.worklist.reading import holds
from notifications.worklist.sources import OF_KIND
from scheduling.booking import lock_client
from scheduling.models import Client
from sites.models import User
from sites.refusals import Refusal

TRY_AGAIN_AFTER = timedelta(hours=2)
# In the evening nobody is called any more.
EVENING, MORNING = time(18), time(9)


class WorkDone(Refusal):
    code = "work_done"

    def __init__(self, by: User) -> None:
        super().__init__()
        self.by = by

    def __str__(self) -> str:
        return f"Das hat inzwischen {self.by} erledigt. Es ist nichts weiter zu tun."


class WorkTaken(Refusal):
    code = "work_taken"

    def __init__(self, by: User) -> None:
        super().__init__()
        self.by = by

    def __str__(self) -> str:
        return f"Das hat inzwischen {self.by} übernommen. Bitte sprechen Sie sich ab."


class WorkMarked(Refusal):
    code = "work_marked"
    sentence = (
        "Inzwischen hat jemand dazu etwas eingetragen. Bitte sehen Sie nach, was jetzt dort steht, "
        "und versuchen Sie es dann noch einmal."
    )


@transaction.atomic
def claim(*, item: Item, by: User, now: datetime) -> WorkMark:
    """`by` takes it on. Raises WorkDone, WorkTaken, ClientClosed."""
    mark = _locked(item)
    if mark.claimed_by is not None and mark.claimed_by != by and holds(mark, now):
        raise WorkTaken(mark.claimed_by)
    mark.claimed_at, mark.claimed_by = now, by
    return _save(mark)


@transaction.atomic
def give_back(*, item: Item, by: User, now: datetime) -> WorkMark:
    """`by` leaves it to the others again. Raises WorkDone, WorkTaken if it is somebody else's."""
    mark = _locked(item)
    if mark.claimed_by is not None and mark.claimed_by != by and holds(mark, now):
        raise WorkTaken(mark.claimed_by)
    mark.claimed_at, mark.claimed_by = None, None
    return _save(mark)


@transaction.atomic
def finish(*, item: Item, by: User, now: datetime) -> WorkMark:
    """It is done, whoever had taken it.

    Raises WorkDone, ClientClosed and what the source's `settle` raises.
    """
    mark = _locked(item)
    settle = OF_KIND[item.kind].settle
    if settle is not None:
        settle(mark.client, by, now)
    mark.done_at, mark.done_by = now, by
    return _save(mark)


@transaction.atomic
def note_not_reached(*, item: Item, seen: int, by: User, now: datetime) -> WorkMark:
    """Nobody was reached: it comes back after a while. `seen` is the version of the mark that was shown.

    Raises WorkDone, WorkMarked, ClientClosed.
    """
    mark = _locked(item)
    if mark.version != seen:
        raise WorkMarked
    mark.not_reached_at, mark.not_reached_by = now, by
    mark.not_reached_count += 1
    mark.back_at = _back_at(now, mark.client.facility.zone)
    mark.claimed_at, mark.claimed_by = None, None
    return _save(mark)


def _locked(item: Item) -> WorkMark:
    """The mark on `item`, new if there was none; its client's lock is held. Raises WorkDone, ClientClosed."""
    lock_client(Client(pk=item.client_id))
    key = {"client_id": item.client_id, "kind": item.kind, "subject": item.subject, "instance": item.instance}
    found = WorkMark.objects.select_related("client__facility", "claimed_by", "done_by").filter(**key).first()
    mark = found or WorkMark(**key)
    if mark.done_by is not None:
        raise WorkDone(mark.done_by)
    return mark


def _save(mark: WorkMark) -> WorkMark:
    mark.version += 1
    mark.save()
    return mark


def _back_at(now: datetime, zone: ZoneInfo) -> datetime:
    """In two hours, or in the morning where that would be too late in the day."""
    local = (now + TRY_AGAIN_AFTER).astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return local.astimezone(now.tzinfo)
    day = local.date() + timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(now.tzinfo)
