"""The queue for an hour's open time: who is next, for how long they have been waiting, who is in the room."""

import dataclasses
import datetime

from scheduling import attending, day_sheet
from scheduling.attending import Attendance
from scheduling.day_sheet import HourOfDay, Row
from scheduling.models import WalkIn
from sites.models import User


@dataclasses.dataclass(frozen=True)
class Waiting:
    """One who waits as the `place`-th; `minutes` since they came, or came back."""

    row: Row
    place: int
    minutes: int


@dataclasses.dataclass(frozen=True)
class Queue:
    entry: HourOfDay
    waiting: tuple[Waiting, ...]
    in_room: tuple[Row, ...]
    gone: tuple[Row, ...]


def queue_of(user: User, pk: int, *, now: datetime.datetime) -> Queue | None:
    """The queue of hour `pk` as `user` sees it, who came first being first; None if not theirs."""
    entry = day_sheet.one_hour(user, pk, now=now)
    if entry is None:
        return None
    came = [(walk_in, row) for row in entry.walk_ins if (walk_in := row.walk_in) is not None]
    first = sorted(came, key=lambda each: (_arrived_at(each[0], now), each[0].number))
    by_state: dict[Attendance, list[Row]] = {}
    for walk_in, row in first:
        by_state.setdefault(attending.state_of(walk_in), []).append(row)
    waiting = by_state.pop(Attendance.ARRIVED, [])
    in_room = by_state.pop(Attendance.IN_ROOM, [])
    return Queue(
        entry=entry,
        waiting=tuple(Waiting(row, place, _minutes(row, now)) for place, row in enumerate(waiting, start=1)),
        in_room=tuple(in_room),
        gone=tuple(row for rows in by_state.values() for row in rows),
    )


def _minutes(row: Row, now: datetime.datetime) -> int:
    since = _arrived_at(row.walk_in, now) if row.walk_in else now
    return max(0, int((now - since).total_seconds()) // 60)


def _arrived_at(walk_in: WalkIn, now: datetime.datetime) -> datetime.datetime:
    return walk_in.arrived_at or now
