"""Changing how one hour is divided, and putting its slots where the hour is held."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from scheduling import changelog, publishing, seen, slot_plan
from scheduling.models import (
    Appointment,
    ChangeKind,
    ConsultationHour,
    HourStatus,
    PlanLine,
    Slot,
    SlotState,
    WalkIn,
)
from scheduling.slot_plan import Line, Lines
from sites.models import User
from sites.refusals import Refusal

# A slot that somebody has or is offered stays as it is.
TAKEN = [SlotState.BUSY.value, SlotState.HELD.value]
# What of a kept row may become different; a hold that has run out goes.
WRITTEN = ["starts_at", "ends_at", "appointment_type", "state", "held_until", "held_by"]
MIN_MINUTES, MAX_MINUTES = 5, 480


class HourHasEnded(Refusal):
    code = "hour_has_ended"
    sentence = "Diese Sprechstunde findet nicht mehr statt. Ihre Zeitfenster lassen sich nicht mehr ändern."


class PlanTooLong(Refusal):
    """The lines take `planned` minutes, the hour has `available`."""

    code = "plan_too_long"

    def __init__(self, planned: int, available: int) -> None:
        super().__init__()
        self.planned, self.available = planned, available

    def __str__(self) -> str:
        return (
            f"Die Zeitfenster dauern zusammen {self.planned} Minuten, die Sprechstunde {self.available}. "
            "Bitte kürzen Sie Zeitfenster oder verlängern Sie die Sprechstunde."
        )


class LineNotSensible(Refusal):
    code = "line_not_sensible"
    sentence = f"Eine Zeile dauert {MIN_MINUTES} bis {MAX_MINUTES} Minuten. Bitte ändern Sie die Länge."


class TakenSlotMoved(Refusal):
    """`slot` is taken, and the new plan would move, change or block it."""

    code = "taken_slot_moved"

    def __init__(self, slot: Slot) -> None:
        super().__init__()
        self.slot = slot

    def __str__(self) -> str:
        start = self.slot.starts_at.astimezone(self.slot.hour.zone)
        return (
            f"Das Zeitfenster um {start:%H:%M} Uhr ist belegt und muss bleiben, wie es ist. "
            "Bitte ändern Sie nur, was davor und danach liegt, ohne es zu verschieben."
        )


class SlotHasHistory(Refusal):
    code = "slot_has_history"
    sentence = (
        "In einem der Zeitfenster gab es schon einen Termin, der abgesagt ist. Es lässt sich ändern, "
        "aber nicht entfernen. Bitte sperren Sie es, oder behalten Sie mindestens so viele Zeitfenster, "
        "wie schon gebucht waren."
    )


@transaction.atomic
def rearrange(
    *, hour: ConsultationHour, lines: Sequence[Line], by: User, now: datetime, shown: str | None = None
) -> ConsultationHour:
    """Divides a draft or published hour anew: other types, lengths, pauses, blocked slots, more open time.

    What the lines leave of the hour is open time. `shown` is the `state_of` that somebody saw. Raises
    HourHasEnded, HourIsOver, ChangedMeanwhile, LineNotSensible, PlanTooLong, TakenSlotMoved, SlotHasHistory.
    """
    hour = publishing.locked(hour)
    refuse_fixed(hour, now=now)
    before = current_lines(hour)
    end = hour.ends_at.astimezone(hour.zone)
    words = f"{hour.local_start:%H:%M}–{end:%H:%M} Uhr, {slot_plan.in_words(before)}"
    seen.refuse_if_changed(shown, state_of(hour), words)
    check_lines(lines, int((hour.ends_at - hour.starts_at).total_seconds()) // 60)
    write_slots(hour, slot_plan.lay_out(hour, lines), now=now)
    after = current_lines(hour)
    if after != before:
        data = {"from": as_data(before), "to": as_data(after)}
        changelog.record([changelog.hour_change(ChangeKind.SLOTS_CHANGED, hour, by=by, now=now, data=data)])
    return hour


def refuse_fixed(hour: ConsultationHour, *, now: datetime) -> None:
    """Raises HourHasEnded, HourIsOver if the slots of `hour` stay as they are, whatever is typed."""
    if hour.status not in (HourStatus.DRAFT, HourStatus.PUBLISHED):
        raise HourHasEnded
    if hour.starts_at <= now:
        raise publishing.HourIsOver


def state_of(hour: ConsultationHour) -> str:
    """Differs as soon as the times of `hour` or the lines that divide it do; one query."""
    return seen.fingerprint(hour.starts_at, hour.ends_at, current_lines(hour))


def check_lines(lines: Sequence[Line], available: int) -> None:
    """Raises LineNotSensible, PlanTooLong."""
    if any(not MIN_MINUTES <= line.minutes <= MAX_MINUTES or line.kind not in PlanLine for line in lines):
        raise LineNotSensible
    planned = sum(line.minutes for line in lines)
    if planned > available:
        raise PlanTooLong(planned, available)


def current_lines(hour: ConsultationHour) -> Lines:
    """How `hour` is divided now; one query."""
    slots = list(Slot.objects.filter(hour=hour).order_by("starts_at"))
    return slot_plan.lines_of(slots, hour.starts_at, hour.ends_at)


def as_data(lines: Lines) -> list[list[str | int | bool]]:
    return [[line.kind, line.minutes, line.blocked] for line in lines]


def write_slots(hour: ConsultationHour, wanted: Sequence[Slot], *, now: datetime) -> None:
    """Makes the slots of `hour`, whose row the caller has locked, those of `wanted`.

    Taken rows stay. A row that had an appointment or a walk-in is kept too, because that points to it, and
    gets another time if need be. All others stay only where they are: who is booking by a form that is open
    must not get another time than it shows. Raises TakenSlotMoved, SlotHasHistory.
    """
    had = Exists(Appointment.objects.filter(slot=OuterRef("pk"))) | Exists(
        WalkIn.objects.filter(slot=OuterRef("pk"))
    )
    rows = list(Slot.objects.filter(hour=hour).annotate(had=had).order_by("starts_at"))
    rest = list(wanted)
    for row in rows:
        if row.state_at(now) in TAKEN:
            _keep_taken(row, hour, rest)
    loose = [row for row in rows if row.state_at(now) not in TAKEN]
    pairs = _at_the_same_time([row for row in loose if row.had], rest)
    with_history = [row for row in loose if row.had and row not in pairs]
    if len(with_history) > len(rest):
        raise SlotHasHistory
    pairs |= {row: rest.pop(0) for row in with_history}
    pairs |= _at_the_same_time([row for row in loose if not row.had], rest)
    for kept, each in pairs.items():
        kept.starts_at, kept.ends_at = each.starts_at, each.ends_at
        kept.appointment_type, kept.state = each.appointment_type, each.state
        kept.held_until = kept.held_by = None
    with deferred_times():
        Slot.objects.filter(pk__in=[row.pk for row in loose if row not in pairs]).delete()
        Slot.objects.bulk_update(list(pairs), WRITTEN)
        Slot.objects.bulk_create(rest)


def _keep_taken(row: Slot, hour: ConsultationHour, rest: list[Slot]) -> None:
    """Takes what stands for a taken slot out of `rest`. Raises TakenSlotMoved."""
    same = next((each for each in rest if _same(each, row)), None)
    if same is None:
        row.hour = hour
        raise TakenSlotMoved(row)
    rest.remove(same)


def _at_the_same_time(rows: Sequence[Slot], rest: list[Slot]) -> dict[Slot, Slot]:
    """What is wanted at the times of `rows`, taken out of `rest`."""
    pairs = {}
    for row in rows:
        same = next(
            (each for each in rest if each.starts_at == row.starts_at and each.ends_at == row.ends_at), None
        )
        if same is not None:
            rest.remove(same)
            pairs[row] = same
    return pairs


def _same(wanted: Slot, row: Slot) -> bool:
    return (wanted.starts_at, wanted.ends_at, wanted.appointment_type, wanted.state) == (
        row.starts_at,
        row.ends_at,
        row.appointment_type,
        SlotState.FREE,
    )


class deferred_times:
    """Lets slots overlap and leave their hour while all of them move; on leaving, everything fits again or
    the database refuses it."""

    NAMES = "slots_of_hour_apart, slot_within_hour, hour_contains_slots"

    def __enter__(self) -> None:
        self._set("DEFERRED")

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self._set("IMMEDIATE")

    def _set(self, when: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {self.NAMES} {when}")
