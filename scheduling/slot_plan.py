"""How an hour is divided: lines of appointments and pauses one after the other, and the slots they give."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from scheduling.models import ConsultationHour, ConsultationSeries, PlanLine, Slot, SlotState


@dataclasses.dataclass(frozen=True)
class Line:
    """`kind` is a PlanLine. A `blocked` line gets a slot that nobody can book."""

    kind: str
    minutes: int
    blocked: bool = False


Lines = tuple[Line, ...]


def lines_of_series(series: ConsultationSeries) -> Lines:
    return tuple(Line(each.appointment_type, each.minutes) for each in series.slot_plan.all())


def lay_out(hour: ConsultationHour, lines: Iterable[Line]) -> list[Slot]:
    """The slots of `lines` from the hour's start on, unsaved; what is left of it is open time for walk-ins.

    A line that no longer fits ends the plan.
    """
    slots = []
    start = hour.starts_at
    for line in lines:
        end = start + timedelta(minutes=line.minutes)
        if end > hour.ends_at:
            break
        if line.kind != PlanLine.BREAK:
            slots.append(_slot(hour, start, end, line))
        start = end
    if start < hour.ends_at:
        slots.append(_slot(hour, start, hour.ends_at, Line(PlanLine.OPEN.value, 0)))
    return slots


def _slot(hour: ConsultationHour, start: datetime, end: datetime, line: Line) -> Slot:
    return Slot(
        hour=hour,
        site_id=hour.site_id,
        starts_at=start,
        ends_at=end,
        appointment_type=line.kind,
        state=(SlotState.BLOCKED if line.blocked else SlotState.FREE).value,
    )


def lines_of(slots: Sequence[Slot], starts_at: datetime, ends_at: datetime) -> Lines:
    """The lines that give `slots` (in order of start) within the span: what no slot covers is a pause."""
    lines, at = list[Line](), starts_at
    for slot in slots:
        lines += _pause(at, slot.starts_at)
        lines.append(Line(slot.appointment_type, slot.minutes, slot.state == SlotState.BLOCKED))
        at = slot.ends_at
    return (*lines, *_pause(at, ends_at))


def _pause(start: datetime, end: datetime) -> list[Line]:
    minutes = int((end - start).total_seconds()) // 60
    return [Line(PlanLine.BREAK.value, minutes)] if minutes > 0 else []


def without_open_rest(lines: Lines) -> Lines:
    """`lines` for an hour of another length: open time at the end is whatever is left then."""
    if lines and lines[-1].kind == PlanLine.OPEN and not lines[-1].blocked:
        return lines[:-1]
    return lines


def in_words(lines: Lines) -> str:
    """ "2 × Erstgespräch 50 Min., Pause 10 Min." """
    parts = []
    for line, group in groupby(lines):
        count = len(list(group))
        label = f"{PlanLine(line.kind).label} {line.minutes} Min."
        label += " (gesperrt)" if line.blocked else ""
        parts.append(f"{count} × {label}" if count > 1 else label)
    return ", ".join(parts) or "nur offene Sprechstunde"
