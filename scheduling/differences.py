"""Published hours that are other than their series has them now: listing the differences, applying them."""

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from scheduling import changelog, collisions, disruptions, planning, publishing, slot_plan, substituting
from scheduling.collisions import Collision, CollisionKind
from scheduling.disruptions import ClientsElsewhere, HourChangedMeanwhile, TimeTaken, Whole
from scheduling.drafts import SiteDoesNotRun, TimeIsPast, facts, put
from scheduling.models import (
    Appointment,
    ChangeKind,
    ConsultationHour,
    ConsultationSeries,
    Slot,
)
from scheduling.planning import SeriesPlan
from scheduling.publishing import HourHasAppointments, HourNotPublished
from scheduling.rearranging import TAKEN, TakenSlotMoved
from scheduling.rehousing import AppointmentsDontFit
from scheduling.seen import fingerprint
from scheduling.series_reading import published_hours
from scheduling.slot_plan import Lines
from scheduling.templatetags.wall_clock import short_day
from sites.models import User
from sites.refusals import Refusal

# Whoever did one of these to an hour wanted it other than its series has it.
BY_HAND = [
    ChangeKind.HOUR_CHANGED.value,
    ChangeKind.HOUR_MOVED.value,
    ChangeKind.HOUR_RESIZED.value,
    ChangeKind.HOUR_SUBSTITUTED.value,
    ChangeKind.SLOTS_CHANGED.value,
]


class NothingDiffers(Refusal):
    code = "nothing_differs"
    sentence = "Diese Sprechstunde ist schon so, wie ihre Reihe sie vorsieht. Es gibt nichts zu übernehmen."


@dataclasses.dataclass(frozen=True)
class Difference:
    """How the hour of `whole` is other than its series has it now.

    `wanted` is the hour as the series has it, unsaved, or None if it has no such day any more; `lines` is how
    it would be divided; `parts` says in German what differs. Applying moves what is booked by `shift`: not at
    all if it has its place in the plan where it is, else along with the start. What is in `unplaced` has no
    place either way. With `by_hand` somebody wanted the hour so, and applying all leaves it alone;
    `obstacle` is why it can't be applied now.
    """

    whole: Whole
    wanted: ConsultationHour | None
    lines: Lines
    parts: tuple[str, ...]
    shift: timedelta
    unplaced: tuple[Slot, ...]
    by_hand: bool
    collisions: tuple[Collision, ...] = ()
    obstacle: Refusal | None = None

    @property
    def hour(self) -> ConsultationHour:
        return self.whole.hour

    @property
    def key(self) -> str:
        return str(self.hour.pk)

    @property
    def goes_with_all(self) -> bool:
        return self.obstacle is None and not self.by_hand

    @property
    def dont_fit(self) -> list[Appointment]:
        """Booked in what is `unplaced`."""
        slots = {slot.pk for slot in self.unplaced}
        return [each for each in self.whole.appointments if each.slot_id in slots]

    @property
    def state(self) -> str:
        """Other as soon as the hour, who is in it, or what the series wants of it has changed."""
        wanted = facts(self.wanted) if self.wanted else None
        return fingerprint(self.whole.state, wanted, self.lines)


def differences(*, series: ConsultationSeries, now: datetime) -> list[Difference]:
    """Of the published hours of `series` that have not begun, in order; a constant number of queries."""
    plan = planning.plan_of(series)
    hours = published_hours(series, BY_HAND, now=now)
    wholes = disruptions.wholes([hour for hour, _ in hours])
    found = [
        _difference(whole, plan, by_hand, now) for whole, (_, by_hand) in zip(wholes, hours, strict=True)
    ]
    return _with_obstacles([each for each in found if each is not None], now)


def _difference(whole: Whole, plan: SeriesPlan, by_hand: bool, now: datetime) -> Difference | None:
    hour = whole.hour
    wanted = _wanted(hour, plan)
    planned = slot_plan.lay_out(wanted, plan.lines) if wanted else []
    parts = _parts(hour, wanted, planned) if wanted else ("Die Reihe gibt diesen Tag nicht mehr vor",)
    if not parts:
        return None
    shift, unplaced = _room_for_taken(hour, wanted, planned, now) if wanted else (timedelta(), [])
    return Difference(whole, wanted, plan.lines, parts, shift, tuple(unplaced), by_hand=by_hand)


def _room_for_taken(
    hour: ConsultationHour, wanted: ConsultationHour, planned: Sequence[Slot], now: datetime
) -> tuple[timedelta, list[Slot]]:
    """By how much taken slots have to move to stand where one like them is planned, and those for which there
    is none."""
    places = {_place(slot) for slot in planned}
    taken = sorted(
        (slot for slot in hour.slots.all() if slot.state_at(now) in TAKEN), key=lambda slot: slot.starts_at
    )
    if all(_place(slot) in places for slot in taken):
        return timedelta(), []
    along = wanted.starts_at - hour.starts_at
    return along, [slot for slot in taken if _place(slot, along) not in places]


def _place(slot: Slot, shift: timedelta = timedelta()) -> tuple[datetime, datetime, str]:
    return slot.starts_at + shift, slot.ends_at + shift, slot.appointment_type


def _wanted(hour: ConsultationHour, plan: SeriesPlan) -> ConsultationHour | None:
    if hour.rule_date is None or not plan.recurrence.covers(hour.rule_date):
        return None
    return ConsultationHour(
        pk=hour.pk,
        site=hour.site,
        status=hour.status,
        psychiatrist=plan.psychiatrist,
        room=plan.room,
        starts_at=plan.recurrence.starts_at(hour.rule_date),
        ends_at=plan.recurrence.ends_at(hour.rule_date),
    )


def _parts(hour: ConsultationHour, wanted: ConsultationHour, planned: Sequence[Slot]) -> tuple[str, ...]:
    zone = hour.zone
    pairs = (
        ("Tag", short_day(hour.starts_at, zone), short_day(wanted.starts_at, zone)),
        ("Zeit", _clocks(hour, zone), _clocks(wanted, zone)),
        ("Raum", str(hour.room), str(wanted.room)),
        ("Psychiater:in", str(hour.psychiatrist), str(wanted.psychiatrist)),
        ("Zeitfenster", *_plans(hour, wanted, planned)),
    )
    return tuple(f"{what}: {now} → {then}" for what, now, then in pairs if now != then)


def _clocks(hour: ConsultationHour, zone: ZoneInfo) -> str:
    return f"{hour.starts_at.astimezone(zone):%H:%M}–{hour.ends_at.astimezone(zone):%H:%M}"


def _plans(hour: ConsultationHour, wanted: ConsultationHour, planned: Sequence[Slot]) -> tuple[str, str]:
    slots: Collection[Slot] = sorted(hour.slots.all(), key=lambda slot: slot.starts_at)
    own = slot_plan.lines_of(list(slots), hour.starts_at, hour.ends_at)
    given = slot_plan.lines_of(planned, wanted.starts_at, wanted.ends_at)
    if own == given:
        return "", ""
    return slot_plan.in_words(own), slot_plan.in_words(given)


# -- what is in the way -------------------------------------------------------------------------------


def _with_obstacles(found: Sequence[Difference], now: datetime) -> list[Difference]:
    wanted = [each.wanted for each in found if each.wanted is not None]
    against = dict(zip(map(id, wanted), collisions.find(wanted), strict=True))
    others = disruptions.others_at_each([(each.whole.appointments, each.shift) for each in found])
    rows = [dataclasses.replace(each, collisions=against.get(id(each.wanted), ())) for each in found]
    return [
        dataclasses.replace(each, obstacle=_obstacle(each, codes, now))
        for each, codes in zip(rows, others, strict=True)
    ]


def _obstacle(difference: Difference, others: Collection[str], now: datetime) -> Refusal | None:
    """The first thing that stands in the way; `others` are clients who are somewhere else then."""
    try:
        disruptions.refuse(difference.whole, now)
    except Refusal as refusal:
        return refusal
    hour, wanted = difference.hour, difference.wanted
    if wanted is None:
        return HourHasAppointments() if difference.whole.appointments else None
    if wanted.starts_at <= now:
        return TimeIsPast()
    if not publishing.runs_on(hour.site, wanted.local_date):
        return SiteDoesNotRun()
    if final := [each for each in difference.collisions if _is_final(each, hour, wanted)]:
        return TimeTaken(final)
    if difference.unplaced:
        return (
            AppointmentsDontFit(difference.dont_fit)
            if difference.dont_fit
            else TakenSlotMoved(difference.unplaced[0])
        )
    return ClientsElsewhere(others) if others else None


def _is_final(collision: Collision, hour: ConsultationHour, wanted: ConsultationHour) -> bool:
    """Whoever takes an hour over has to be there; whoever holds it already may decide that."""
    taken_over = hour.psychiatrist_id != wanted.psychiatrist_id
    return collision.is_final or (taken_over and collision.kind is CollisionKind.ABSENCE)


# -- applying -----------------------------------------------------------------------------------------


@transaction.atomic
def apply(*, hour: ConsultationHour, seen: str | None = None, by: User, now: datetime) -> ConsultationHour:
    """Makes a published hour as its series has it now, with all that is booked in it; an hour whose day is
    gone becomes a skipped one.

    `seen` is the `Difference.state` that somebody was shown, None for whatever it is. Raises what
    `disruptions.lock` raises, NothingDiffers, HourHasAppointments (booked, and the day is gone), TimeIsPast,
    SiteDoesNotRun, TimeTaken (person or room), AppointmentsDontFit, TakenSlotMoved, ClientsElsewhere, and
    SlotHasHistory.
    """
    whole = disruptions.lock(hour, seen=None, now=now)
    hour = whole.hour
    if hour.series is None:
        raise HourNotPublished
    difference = _difference(whole, planning.plan_of(hour.series), by_hand=False, now=now)
    if difference is None:
        raise NothingDiffers
    if seen is not None and seen != difference.state:
        raise HourChangedMeanwhile
    if difference.wanted is not None:
        publishing.lock_people_and_rooms([difference.wanted])
    (difference,) = _with_obstacles([difference], now)
    if difference.obstacle is not None:
        raise difference.obstacle
    if difference.wanted is None:
        draft = publishing.withdraw(hour=hour, by=by, now=now)
        return publishing.skip(hour=draft, by=by, now=now, because=planning.SERIES_CHANGED)
    _hold_as_wanted(difference, difference.wanted, by, now)
    return hour


def _hold_as_wanted(difference: Difference, wanted: ConsultationHour, by: User, now: datetime) -> None:
    hour, former = difference.hour, difference.hour.psychiatrist_id
    cause = put(
        hour,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        room=wanted.room,
        psychiatrist=wanted.psychiatrist,
        lines=difference.lines,
        kind=ChangeKind.HOUR_ADAPTED,
        by=by,
        now=now,
        shift=difference.shift,
    )
    appointments = difference.whole.appointments
    if cause is None or not appointments:
        return
    if difference.shift:
        slots = {slot.pk: slot for slot in Slot.objects.filter(hour=hour)}
        changelog.record(disruptions.move_block(appointments, slots, cause=cause))
    elif former != hour.psychiatrist_id:
        data = {"from": former, "to": hour.psychiatrist_id}
        substituting.hand_over(appointments, cause=cause, data=data)


def apply_all(
    *, chosen: Sequence[tuple[ConsultationHour, str]], by: User, now: datetime
) -> tuple[int, list[Refusal]]:
    """Applies the differences of hours, each as somebody was shown it (`Difference.state`) and by itself: how
    many, and why not the others."""
    refusals = []
    for hour, seen in chosen:
        try:
            apply(hour=hour, seen=seen, by=by, now=now)
        except Refusal as refusal:
            refusals.append(refusal)
    return len(chosen) - len(refusals), refusals
