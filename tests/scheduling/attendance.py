"""Appointments and walk-ins somewhere on their day, brought there by the commands."""

import datetime

from scheduling import attending, booking, walk_ins
from scheduling.attending import Attendance
from scheduling.models import Appointment, Client, ConsultationHour, Slot, WalkIn
from sites.models import User
from tests.builders import NOW, instant, make_client, make_user

MINUTE = datetime.timedelta(minutes=1)

# By which taps one gets there.
WAYS = {
    Attendance.EXPECTED: [],
    Attendance.ARRIVED: [Attendance.ARRIVED],
    Attendance.IN_ROOM: [Attendance.ARRIVED, Attendance.IN_ROOM],
    Attendance.DONE: [Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE],
    Attendance.NOT_COME: [Attendance.NOT_COME],
    Attendance.LEFT: [Attendance.ARRIVED, Attendance.LEFT],
}


def columns_of(status: str, by_id: int) -> dict[str, object]:
    """What an appointment of that status has in its columns, for statements that pass the commands by."""
    mark = {"arrived": "arrived", "fulfilled": "ended", "noshow": "ended"}.get(status)
    return {"status": status, **({f"{mark}_at": NOW, f"{mark}_by_id": by_id} if mark else {})}


def at(hour: ConsultationHour, clock: str) -> datetime.datetime:
    return instant(hour.local_date, clock)


def appointment_in(
    hour: ConsultationHour,
    state: Attendance,
    *,
    number: int = 1,
    client: Client | None = None,
    by: User | None = None,
    upto: str = "13:31",
) -> Appointment:
    """An appointment in the `number`-th slot (from 0), marked by `by` until `upto` into `state`."""
    client = client or make_client(hour.site.facility)
    by = by or make_user()
    slot = hour.slots.order_by("starts_at")[number]
    entry = booking.book(slot=slot, client=client, by=client.created_by, now=NOW)
    seen = Attendance.EXPECTED
    for to in WAYS[state]:
        entry = attending.mark(entry=entry, to=to, seen=seen, by=by, now=at(hour, upto))
        seen = to
    return entry


def walk_in_in(
    hour: ConsultationHour,
    *,
    by: User | None = None,
    number: int = 1,
    client: Client | None = None,
    slot: Slot | None = None,
    clock: str = "13:31",
) -> WalkIn:
    taken = walk_ins.take_in(
        hour=hour, number=number, client=client, slot=slot, by=by or make_user(), now=at(hour, clock)
    )
    assert isinstance(taken, WalkIn)
    return taken
