"""The commands of an hour's day for the random world: who comes, who walks in, how late, and what follows.

Each returns what it changed, one thing for each change in the log; nothing where the same was said before.
"""

import contextlib
import datetime
from collections.abc import Callable

from scheduling import attending, booking, next_steps, walk_ins
from scheduling.attending import Attendance
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Change,
    Client,
    ConsultationHour,
    NextStep,
    Slot,
    WalkIn,
)
from sites.refusals import Refusal
from tests.scheduling.random_world import Nothing, Pick, World

Entry = Appointment | WalkIn


def book_today(world: World, pick: Pick) -> None:
    """Some of the day's slots, for whoever can have them."""
    day = (world.now, world.now + datetime.timedelta(hours=12))
    for slot in Slot.objects.filter(state="free", starts_at__range=day).order_by("pk"):
        with contextlib.suppress(Refusal):
            booking.book(slot=slot, client=pick(world.clients), by=world.by, now=world.now)


def entry_of(world: World, pick: Pick) -> Entry:
    """Any appointment or walk-in, mostly of today."""
    today = (world.now - datetime.timedelta(hours=12), world.now + datetime.timedelta(hours=12))
    live = Appointment.objects.exclude(status=AppointmentStatus.CANCELLED)
    found: list[Entry] = [
        *live.filter(starts_at__range=today).order_by("pk"),
        *WalkIn.objects.order_by("pk"),
    ]
    if not found or pick([True] + [False] * 9):
        found = [*Appointment.objects.order_by("pk"), *found]
    if not found:
        raise Nothing
    return pick(found)


def hour_of_today(world: World, pick: Pick) -> ConsultationHour:
    published = ConsultationHour.objects.filter(status="published").order_by("pk")
    found = [each for each in published if attending.has_come(each, now=world.now)]
    everywhere = list(published)
    if not everywhere:
        raise Nothing
    return pick(pick([found or everywhere] * 3 + [everywhere]))


def mark(world: World, pick: Pick) -> object:
    entry = entry_of(world, pick)
    state = attending.state_of(entry)
    ahead = list(attending.MOVES[state]) or [state]
    to = pick([*ahead, *ahead, pick(list(Attendance))])
    seen = pick([state] * 5 + list(Attendance)[:1])
    attending.mark(entry=entry, to=to, seen=seen, by=world.by, now=world.now)
    return [] if to is state else [entry]


def undo_mark(world: World, pick: Pick) -> object:
    entry = entry_of(world, pick)
    state = attending.state_of(entry)
    seen = pick([state] * 5 + [Attendance.ARRIVED])
    left = attending.undo(entry=entry, seen=seen, by=world.by, now=world.now)
    if seen is not state:
        return []
    # Whose appointment was none is cancelled beside.
    return [entry, entry] if left is None and isinstance(entry, Appointment) else [entry]


def walk_in(world: World, pick: Pick) -> object:
    hour = hour_of_today(world, pick)
    slots: list[Slot] = list(hour.slots.order_by("pk"))
    known = {WalkIn: set(keys(WalkIn)), Appointment: set(keys(Appointment))}
    clients: list[Client | None] = [None, *world.clients]
    taken = walk_ins.take_in(
        hour=hour,
        number=pick([1, walk_ins.next_number(hour), walk_ins.next_number(hour)]),
        client=pick(clients),
        slot=pick([None, pick(slots)]),
        by=world.by,
        now=world.now,
    )
    if taken.pk in known[type(taken)]:
        return []
    return [taken, taken] if isinstance(taken, Appointment) else [taken]


def keys(model: type[WalkIn] | type[Appointment]) -> list[int]:
    return list(model._default_manager.values_list("pk", flat=True))


def name_walk_in(world: World, pick: Pick) -> object:
    found = list(WalkIn.objects.select_related("hour__site__facility").order_by("pk"))
    if not found:
        raise Nothing
    walk_ins.name_client(walk_in=pick(found), client=pick(world.clients), by=world.by, now=world.now)
    return []


def run_late(world: World, pick: Pick) -> object:
    hour, minutes = hour_of_today(world, pick), pick([0, 15, 241])
    attending.run_late(hour=hour, minutes=minutes, by=world.by, now=world.now)
    return [] if minutes == hour.late_minutes else [hour]


def decide(world: World, pick: Pick) -> object:
    entry = entry_of(world, pick)
    free = Slot.objects.filter(state="free", starts_at__gt=world.now).order_by("pk")
    steps: list[Callable[[], object]] = [
        lambda: next_steps.end_here(entry=entry, by=world.by, now=world.now),
        lambda: next_steps.refer_to_pia(
            entry=entry, pia_date=world.now.date(), handover=None, by=world.by, now=world.now
        ),
        lambda: next_steps.wait_again(
            entry=entry, appointment_type=AppointmentType.FIRST, by=world.by, now=world.now
        ),
        lambda: next_steps.book_follow_up(entry=entry, slot=pick(list(free)), by=world.by, now=world.now),
    ]
    pick(steps if free else steps[:3])()
    if entry.next_step:
        return []
    entry.refresh_from_db()
    return [entry, entry] if entry.next_step == NextStep.FOLLOW_UP else [entry]


def undo_step(world: World, pick: Pick) -> object:
    entry = entry_of(world, pick)
    seen = NextStep(entry.next_step or "nothing")
    cancelled = Change.objects.filter(kind="cancelled").count()
    next_steps.undo(entry=entry, seen=seen, by=world.by, now=world.now)
    more = Change.objects.filter(kind="cancelled").count() - cancelled
    return [entry] * (1 + more) if entry.next_step else []


COMMANDS: dict[str, Callable[[World, Pick], object]] = {
    "mark": mark,
    "undo_mark": undo_mark,
    "walk_in": walk_in,
    "name_walk_in": name_walk_in,
    "run_late": run_late,
    "decide": decide,
    "undo_step": undo_step,
}

# On its day an hour is about who comes.
MIXTURE = [*COMMANDS, *["mark"] * 5, "walk_in", "decide", "decide", "decide", "undo_step"]

REFUSALS = {
    *("day_not_come", "move_impossible", "attendance_changed", "too_late_to_undo", "not_done"),
    *("hour_has_walk_ins", "next_step_decided", "nobody_named", "lateness_impossible", "already_named"),
}
