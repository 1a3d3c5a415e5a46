"""The answers to a draft that something speaks against: another week, day, time, room or person."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from scheduling import changelog, publishing, recurrence, seen, slot_plan
from scheduling.models import Change, ChangeKind, ConsultationHour, HourStatus, Slot
from scheduling.rearranging import TAKEN, current_lines, deferred_times, write_slots
from scheduling.slot_plan import Lines
from scheduling.versioning import bump_sequence
from sites.models import Membership, Role, Room, User
from sites.refusals import Refusal


class RoomElsewhere(Refusal):
    code = "room_elsewhere"
    sentence = "Dieser Raum gehört nicht zur Einrichtung. Bitte wählen Sie einen ihrer Räume."


class NotAPsychiatrist(Refusal):
    code = "not_a_psychiatrist"
    sentence = (
        "Diese Person ist an der Klinik nicht als Psychiater:in eingetragen. Bitte wählen Sie eine andere, "
        "oder lassen Sie sie zuerst einladen."
    )


class EndBeforeStart(Refusal):
    code = "end_before_start"
    sentence = "Das Ende liegt nicht nach dem Anfang. Bitte prüfen Sie die Uhrzeiten."


class TimeIsPast(Refusal):
    code = "time_is_past"
    sentence = "Dieser Zeitpunkt ist schon vorbei. Bitte wählen Sie einen späteren."


class DraftMovedMeanwhile(Refusal):
    """Somebody gave `hour` another day than the page showed."""

    code = "draft_moved_meanwhile"

    def __init__(self, hour: ConsultationHour) -> None:
        super().__init__()
        self.hour = hour

    def __str__(self) -> str:
        return (
            f"Dieser Entwurf steht inzwischen am {self.hour.local_date:%d.%m.%Y}. "
            "Bitte sehen Sie nach, ob das so stimmt, und entscheiden Sie dann."
        )


class SiteDoesNotRun(Refusal):
    code = "site_does_not_run"
    sentence = (
        "An diesem Tag gibt es den Standort noch nicht oder nicht mehr. Bitte wählen Sie einen anderen."
    )


@transaction.atomic
def shift(
    *,
    hour: ConsultationHour,
    weeks: int,
    by: User,
    now: datetime.datetime,
    from_date: datetime.date | None = None,
) -> ConsultationHour:
    """Moves a draft by whole weeks, at the same wall-clock time; with `from_date` from that day only, so that
    the same click twice moves it once. Raises DraftMovedMeanwhile, and what `change_draft` raises.
    """
    hour = publishing.locked(hour)
    zone = hour.zone
    if from_date and hour.status == HourStatus.DRAFT and hour.local_date != from_date:
        if hour.local_date == from_date + datetime.timedelta(weeks=weeks):
            return hour
        raise DraftMovedMeanwhile(hour)
    start, end = hour.starts_at.astimezone(zone), hour.ends_at.astimezone(zone)
    return change_draft(
        hour=hour,
        date=start.date() + datetime.timedelta(weeks=weeks),
        from_time=start.time(),
        to_time=end.time(),
        by=by,
        now=now,
    )


@transaction.atomic
def change_draft(
    *,
    hour: ConsultationHour,
    by: User,
    now: datetime.datetime,
    date: datetime.date | None = None,
    from_time: datetime.time | None = None,
    to_time: datetime.time | None = None,
    room: Room | None = None,
    psychiatrist: User | None = None,
    shown: str | None = None,
) -> ConsultationHour:
    """Gives a draft another day, time (on the facility's clock), room or psychiatrist; what is None stays.
    `shown` is the `state_of` that somebody saw.

    Its slots keep their order and lengths from the new start on; if it got shorter the last ones go, if it
    got longer the rest is open time. It keeps its place in the series. Raises HourNotDraft, ChangedMeanwhile,
    TimeIsPast, EndBeforeStart, SiteDoesNotRun, RoomElsewhere, NotAPsychiatrist, SlotHasHistory.
    """
    hour = publishing.locked(hour)
    if hour.status != HourStatus.DRAFT:
        raise publishing.HourNotDraft
    start, end = hour.local_start, hour.ends_at.astimezone(hour.zone)
    words = f"{start:%d.%m.%Y, %H:%M}–{end:%H:%M} Uhr, {hour.psychiatrist}, {hour.room}"
    seen.refuse_if_changed(shown, state_of(hour), words)
    starts_at, ends_at = span(
        date or start.date(), from_time or start.time(), to_time or end.time(), hour.zone
    )
    if (starts_at, ends_at) != (hour.starts_at, hour.ends_at):
        check_time(hour, starts_at, now)
    check_place(hour, room or hour.room, psychiatrist or hour.psychiatrist)
    lines = slot_plan.without_open_rest(current_lines(hour))
    put(
        hour,
        starts_at=starts_at,
        ends_at=ends_at,
        room=room or hour.room,
        psychiatrist=psychiatrist or hour.psychiatrist,
        lines=lines,
        kind=ChangeKind.HOUR_CHANGED,
        by=by,
        now=now,
    )
    return hour


def span(
    date: datetime.date, from_time: datetime.time, to_time: datetime.time, zone: datetime.tzinfo
) -> tuple[datetime.datetime, datetime.datetime]:
    """Start and end (UTC) of the wall-clock times on `date`. Raises EndBeforeStart."""
    if to_time <= from_time:
        raise EndBeforeStart
    start, end = (
        datetime.datetime.combine(date, clock, tzinfo=zone).astimezone(datetime.UTC)
        for clock in (from_time, to_time)
    )
    if end <= start:  # both lie within the hour that is skipped in spring
        raise EndBeforeStart
    return start, end


def check_time(hour: ConsultationHour, starts_at: datetime.datetime, now: datetime.datetime) -> None:
    """Raises TimeIsPast, SiteDoesNotRun."""
    if starts_at <= now:
        raise TimeIsPast
    if not publishing.runs_on(hour.site, starts_at.astimezone(hour.zone).date()):
        raise SiteDoesNotRun


def check_place(hour: ConsultationHour, room: Room, psychiatrist: User) -> None:
    """Raises RoomElsewhere, NotAPsychiatrist; who is there already may stay."""
    if room.facility_id != hour.site.facility_id:
        raise RoomElsewhere
    if psychiatrist.pk != hour.psychiatrist_id:
        check_psychiatrist(psychiatrist, hour.site.clinic_id)


def check_psychiatrist(psychiatrist: User, clinic_id: int) -> None:
    """Raises NotAPsychiatrist."""
    held = Membership.objects.filter(user=psychiatrist, role=Role.PSYCHIATRIST, clinic=clinic_id)
    if not psychiatrist.is_active or not held.exists():
        raise NotAPsychiatrist


def put(
    hour: ConsultationHour,
    *,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    room: Room,
    psychiatrist: User,
    lines: Lines,
    kind: ChangeKind,
    by: User,
    now: datetime.datetime,
    shift: datetime.timedelta = datetime.timedelta(),
) -> Change | None:
    """Holds `hour`, whose row the caller has locked, at that time and place, divided by `lines`; slots that
    are taken move by `shift`. Returns the change, or None if nothing was different."""
    before, lines_before = facts(hour), current_lines(hour)
    hour.starts_at, hour.ends_at = starts_at, ends_at
    hour.room, hour.psychiatrist = room, psychiatrist
    slots = slot_plan.lay_out(hour, lines)
    lines_after = slot_plan.lines_of(slots, starts_at, ends_at)
    if facts(hour) == before and lines_after == lines_before:
        return None
    if facts(hour) != before:
        bump_sequence(hour)
    with deferred_times():
        hour.save()
        if shift:
            taken = Slot.objects.filter(hour=hour, state__in=TAKEN)
            taken.update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)
        write_slots(hour, slots, now=now)
    if hour.occurrence_id:
        recurrence.move(hour.occurrence_id, starts_at, ends_at)
    data: dict[str, Any] = {"from": before, "to": facts(hour)}
    if lines_after != lines_before:
        data["slots"] = True
    # Drafts are nobody's business yet, and calendars show no slots.
    is_told = hour.status == HourStatus.PUBLISHED and data["to"] != before
    change = changelog.hour_change(kind, hour, by=by, now=now, data=data, is_told=is_told)
    changelog.record([change])
    return change


def state_of(hour: ConsultationHour) -> str:
    """Differs as soon as the time, room or person of `hour` does."""
    return seen.fingerprint(facts(hour))


def facts(hour: ConsultationHour) -> dict[str, Any]:
    """Time, room and person of an hour, as the change log keeps them."""
    return {
        "starts_at": hour.starts_at.astimezone(datetime.UTC).isoformat(),
        "ends_at": hour.ends_at.astimezone(datetime.UTC).isoformat(),
        "room": hour.room_id,
        "psychiatrist": hour.psychiatrist_id,
    }
