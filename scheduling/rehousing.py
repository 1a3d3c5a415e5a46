"""Moving a published hour to another time, day or room, and making it shorter or longer."""

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from scheduling import changelog, disruptions, recurrence
from scheduling.disruptions import Whole
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ChangeKind,
    ConsultationHour,
    Slot,
    SlotState,
)
from scheduling.versioning import bump_sequence
from sites.models import Room, User
from sites.refusals import Refusal

# What is left over of an hour becomes open time, if anybody could use it.
SHORTEST_OPEN_TIME = timedelta(minutes=5)


class NothingToChange(Refusal):
    code = "nothing_to_change"
    sentence = "So steht es schon da. Bitte ändern Sie Tag, Zeit oder Raum."


class RoomElsewhere(Refusal):
    code = "room_elsewhere"
    sentence = "Dieser Raum gehört nicht zur Einrichtung. Bitte wählen Sie einen anderen."


class HourWithoutEnd(Refusal):
    code = "hour_without_end"
    sentence = "Das Ende liegt nicht nach dem Beginn. Bitte prüfen Sie beide Zeiten."


class AppointmentsDontFit(Refusal):
    """Live appointments lie outside of the new times; `appointments` are those, in order."""

    code = "appointments_dont_fit"

    def __init__(self, appointments: Sequence[Appointment]) -> None:
        super().__init__()
        self.appointments = list(appointments)

    def __str__(self) -> str:
        what = (
            "Ein Termin passt" if len(self.appointments) == 1 else f"{len(self.appointments)} Termine passen"
        )
        return (
            f"{what} nicht mehr in die Sprechstunde. Bitte lassen Sie zuerst von der Einrichtung "
            "verschieben oder absagen, was übersteht."
        )


# -- moving -------------------------------------------------------------------------------------------------


@transaction.atomic
def move_hour(
    *,
    hour: ConsultationHour,
    day: date,
    from_time: time,
    room: Room,
    seen: str | None = None,
    by: User,
    now: datetime,
) -> ConsultationHour:
    """Holds a published hour on `day` from `from_time` (the facility's clock) in `room`, as long as before.

    Slots and appointments move with it and stay the same. Raises what `disruptions.lock` and `moved` raise,
    and ClientsElsewhere.
    """
    whole = disruptions.lock(hour, seen=seen, now=now)
    hour = whole.hour
    before = _place(hour)
    delta = _moved(hour, day, from_time, room, now)
    disruptions.hold_people_and_rooms(hour)
    disruptions.refuse_collisions(hour)
    bump_sequence(hour)
    if delta:
        disruptions.forget_lateness(hour)
    disruptions.check_slots_in_the_end()
    hour.save(update_fields=["starts_at", "ends_at", "room", "sequence", *disruptions.LATENESS])
    hour.slots.update(starts_at=F("starts_at") + delta, ends_at=F("ends_at") + delta)
    disruptions.check_slots_now()
    data = {"from": before, "to": _place(hour), "appointments": len(whole.appointments)}
    cause = disruptions.hour_caused(ChangeKind.HOUR_MOVED, hour, by=by, now=now, data=data)
    if delta:
        if hour.occurrence_id:
            recurrence.move(hour.occurrence_id, hour.starts_at, hour.ends_at)
        if whole.appointments:
            slots = {slot.pk: slot for slot in hour.slots.all()}
            changelog.record(disruptions.move_block(whole.appointments, slots, cause=cause))
    return hour


def moved(whole: Whole, *, day: date, from_time: time, room: Room, now: datetime) -> ConsultationHour:
    """The hour as moving would make it, unsaved.

    Raises NothingToChange, RoomElsewhere, DateOutOfReach, HourHasBegun, TimeTaken if the person or the
    room is taken then.
    """
    hour = ConsultationHour.objects.select_related("site__facility", "psychiatrist").get(pk=whole.hour.pk)
    _moved(hour, day, from_time, room, now)
    disruptions.refuse_collisions(hour)
    return hour


def _moved(hour: ConsultationHour, day: date, from_time: time, room: Room, now: datetime) -> timedelta:
    """Changes time and room of `hour`, unsaved; by how much it starts later."""
    if room.facility_id != hour.site.facility_id:
        raise RoomElsewhere
    disruptions.refuse_day(hour, day, now=now)
    starts_at = _instant(hour, day, from_time)
    if starts_at <= now:
        raise disruptions.DateOutOfReach
    delta = starts_at - hour.starts_at
    if not delta and room.pk == hour.room_id:
        raise NothingToChange
    hour.starts_at, hour.ends_at, hour.room = starts_at, hour.ends_at + delta, room
    return delta


def _instant(hour: ConsultationHour, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=hour.zone).astimezone(hour.starts_at.tzinfo)


def _place(hour: ConsultationHour) -> dict[str, Any]:
    return {**disruptions.span_of(hour), "room": hour.room_id}


# -- shorter or longer --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Resizing:
    """What other times would mean: `hour` unsaved, appointments that don't fit, and free slots that go."""

    hour: ConsultationHour
    too_much: list[Appointment]
    dropped: list[Slot]


@transaction.atomic
def resize_hour(
    *,
    hour: ConsultationHour,
    from_time: time,
    to_time: time,
    seen: str | None = None,
    by: User,
    now: datetime,
) -> ConsultationHour:
    """Begins and ends a published hour at other times of its day (the facility's clock); slots stay in place.

    Slots that nobody has and that no longer fit go; time that is left or added is open time. Raises what
    `disruptions.lock` raises, NothingToChange, HourWithoutEnd, DateOutOfReach, TimeTaken,
    AppointmentsDontFit.
    """
    whole = disruptions.lock(hour, seen=seen, now=now)
    before = disruptions.span_of(whole.hour)
    plan = resized(whole, from_time=from_time, to_time=to_time, now=now)
    if plan.too_much:
        raise AppointmentsDontFit(plan.too_much)
    hour = plan.hour
    disruptions.hold_people_and_rooms(hour)
    disruptions.refuse_collisions(hour)
    bump_sequence(hour)
    if hour.starts_at != whole.hour.starts_at:
        disruptions.forget_lateness(hour)
    disruptions.check_slots_in_the_end()
    hour.save(update_fields=["starts_at", "ends_at", "sequence", *disruptions.LATENESS])
    _fit_slots(hour, plan.dropped)
    disruptions.check_slots_now()
    if hour.occurrence_id:
        recurrence.move(hour.occurrence_id, hour.starts_at, hour.ends_at)
    data = {"from": before, "to": disruptions.span_of(hour)}
    disruptions.hour_caused(ChangeKind.HOUR_RESIZED, hour, by=by, now=now, data=data)
    return hour


def resized(whole: Whole, *, from_time: time, to_time: time, now: datetime) -> Resizing:
    """What `resize_hour` would do. Raises NothingToChange, HourWithoutEnd, DateOutOfReach, TimeTaken."""
    hour = ConsultationHour.objects.select_related("site__facility", "psychiatrist", "room").get(
        pk=whole.hour.pk
    )
    day = hour.local_date
    starts_at, ends_at = _instant(hour, day, from_time), _instant(hour, day, to_time)
    if ends_at - starts_at < SHORTEST_OPEN_TIME:
        raise HourWithoutEnd
    if starts_at <= now:
        raise disruptions.DateOutOfReach
    if (starts_at, ends_at) == (hour.starts_at, hour.ends_at):
        raise NothingToChange
    hour.starts_at, hour.ends_at = starts_at, ends_at
    disruptions.refuse_collisions(hour)
    busy = {each.slot_id for each in whole.appointments}
    return Resizing(
        hour=hour,
        too_much=[each for each in whole.appointments if not _lies_in(each, hour)],
        dropped=[slot for slot in hour.slots.all() if slot.pk not in busy and not _stays(slot, hour)],
    )


def _lies_in(what: Slot | Appointment, hour: ConsultationHour) -> bool:
    return hour.starts_at <= what.starts_at and what.ends_at <= hour.ends_at


def _stays(slot: Slot, hour: ConsultationHour) -> bool:
    """Open time is cut where the hour ends, if enough is left of it; any other slot stays whole or goes."""
    if slot.appointment_type != AppointmentType.OPEN:
        return _lies_in(slot, hour)
    left = min(slot.ends_at, hour.ends_at) - max(slot.starts_at, hour.starts_at)
    return left >= SHORTEST_OPEN_TIME


def _fit_slots(hour: ConsultationHour, dropped: Sequence[Slot]) -> None:
    gone = {slot.pk for slot in dropped}
    kept = [slot for slot in hour.slots.order_by("starts_at") if slot.pk not in gone]
    for slot in kept:
        if not _lies_in(slot, hour):
            slot.starts_at = max(slot.starts_at, hour.starts_at)
            slot.ends_at = min(slot.ends_at, hour.ends_at)
            slot.save(update_fields=["starts_at", "ends_at"])
    first = min((slot.starts_at for slot in kept), default=hour.ends_at)
    last = max((slot.ends_at for slot in kept), default=hour.ends_at)
    added = Slot.objects.bulk_create(
        _open_time(hour, start, end)
        for start, end in ((hour.starts_at, first), (last, hour.ends_at))
        if end - start >= SHORTEST_OPEN_TIME
    )
    _drop(dropped, instead=[*kept, *added])


def _open_time(hour: ConsultationHour, start: datetime, end: datetime) -> Slot:
    return Slot(
        hour=hour,
        site_id=hour.site_id,
        starts_at=start,
        ends_at=end,
        appointment_type=AppointmentType.OPEN.value,
        state=SlotState.FREE.value,
    )


def _drop(slots: Sequence[Slot], *, instead: Sequence[Slot]) -> None:
    """Deletes `slots`. A cancelled appointment keeps its own times; what it points to is the hour."""
    cancelled = Appointment.objects.filter(slot__in=slots, status=AppointmentStatus.CANCELLED)
    if instead:
        cancelled.update(slot=instead[0])
    Slot.objects.filter(pk__in=[slot.pk for slot in slots]).delete()
