"""Hours for which nobody is booked: two days ahead, staff learn how much is free; the evening before, that
the hour takes place.

Nothing happens at that moment that would leave a change: the sweep looks which hours are due, and makes each
note once. What it says is asked again when it leaves: who booked meanwhile makes the first one untrue.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from notifications.models import Channel, Message, MessageKind, MessageState
from notifications.models.messages import OF_HOURS_AHEAD
from notifications.timing import EARLIEST, LATEST
from scheduling.models import AppointmentType, ConsultationHour, HourStatus, Slot, free_at
from scheduling.selectors import live_appointments, outlook
from sites.models import Membership, Role, User

DAYS_AHEAD = 2
EVENING = time(18)


def plan_hour_notes(*, now: datetime) -> int:
    """Makes the notes that are due and not made yet; how many. Four queries, whatever is stored."""
    hours = [hour for hour in _hours_ahead(now) if _stage_due(hour, now) is not None]
    if not hours:
        return 0
    workers = _social_workers(hours)
    notes = [
        _note(hour, stage, user, now)
        for hour in hours
        if (stage := _stage_due(hour, now)) is not None
        for user in {hour.psychiatrist, *workers.get(hour.site.facility_id, ())}
        if user.is_active
    ]
    known = _known(hours)
    new = [
        note
        for note in notes
        if (note.hour_id, note.stage, note.appointment_starts_at, note.recipient_user_id) not in known
    ]
    # Two sweeps at once meet in the unique constraint.
    Message.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def is_still_true(message: Message, *, now: datetime) -> bool:
    """Whether the note `message` still says what is so, to somebody whom it concerns."""
    hour = message.hour
    if hour is None or message.recipient_user is None:
        raise ValueError("a note is about an hour, to somebody of the staff")
    if hour.status != HourStatus.PUBLISHED or hour.starts_at != message.appointment_starts_at:
        return False
    if message.recipient_user != hour.psychiatrist and not _works_at(message.recipient_user, hour):
        return False
    # The evening before it is told how many are booked, also if that is nobody.
    if message.kind == MessageKind.HOUR_AHEAD:
        return True
    found = outlook(hour, now=now)
    return found.booked == 0 and found.free > 0


def _known(hours: Collection[ConsultationHour]) -> set[tuple[Any, ...]]:
    """Which notes are made: hour, stage, start and recipient."""
    made = Message.objects.filter(hour__in=hours, kind__in=OF_HOURS_AHEAD).exclude(state=MessageState.DROPPED)
    return set(made.values_list("hour", "stage", "appointment_starts_at", "recipient_user"))


def _hours_ahead(now: datetime) -> Iterable[ConsultationHour]:
    """Published hours of the next days for which nobody is booked, or that were announced so before."""
    free = Slot.objects.filter(free_at(now), hour=OuterRef("pk")).exclude(
        appointment_type=AppointmentType.OPEN
    )
    announced = Message.objects.filter(
        hour=OuterRef("pk"),
        kind=MessageKind.FREE_SLOTS,
        appointment_starts_at=OuterRef("starts_at"),
    ).exclude(state=MessageState.DROPPED)
    booked = live_appointments().filter(slot__hour=OuterRef("pk"))
    return (
        ConsultationHour.objects.filter(
            status=HourStatus.PUBLISHED, starts_at__gt=now, starts_at__lt=now + timedelta(days=DAYS_AHEAD + 1)
        )
        .annotate(is_booked=Exists(booked), has_free=Exists(free), was_announced=Exists(announced))
        .filter(Q(is_booked=False, has_free=True) | Q(was_announced=True))
        .select_related("site__facility", "psychiatrist")
        .order_by("pk")
    )


def _stage_due(hour: ConsultationHour, now: datetime) -> int | None:
    """How many days ahead the note is that should have been made by `now`: 2, 1, or none yet.

    An hour that was published later than a note was due had nobody booked for no reason worth a note.
    """
    evening = _on_day_before(hour, days=1, clock=EVENING)
    morning = _on_day_before(hour, days=DAYS_AHEAD, clock=_by_day(hour.local_start.time()))
    if hour.published_at is None:
        return None
    if now >= evening:
        return 1 if hour.published_at <= evening else None
    is_empty = not hour.is_booked  # type: ignore[attr-defined]
    return DAYS_AHEAD if morning <= now and hour.published_at <= morning and is_empty else None


def _on_day_before(hour: ConsultationHour, *, days: int, clock: time) -> datetime:
    return datetime.combine(hour.local_date - timedelta(days=days), clock, tzinfo=hour.zone)


def _by_day(clock: time) -> time:
    return min(max(clock, EARLIEST), LATEST)


def _social_workers(hours: Collection[ConsultationHour]) -> dict[int, list[User]]:
    """By facility."""
    found: dict[int, list[User]] = {}
    posts = Membership.objects.filter(
        role=Role.SOCIAL_WORKER, facility__in={hour.site.facility_id for hour in hours}
    )
    for post in posts.select_related("user").order_by("pk"):
        if post.facility_id is not None:
            found.setdefault(post.facility_id, []).append(post.user)
    return found


def _works_at(user: User, hour: ConsultationHour) -> bool:
    posts: QuerySet[Membership] = Membership.objects.filter(user=user, role=Role.SOCIAL_WORKER)
    return posts.filter(facility=hour.site.facility_id).exists()


def _note(hour: ConsultationHour, stage: int, user: User, now: datetime) -> Message:
    return Message(
        channel=Channel.EMAIL,
        kind=MessageKind.FREE_SLOTS if stage == DAYS_AHEAD else MessageKind.HOUR_AHEAD,
        hour=hour,
        recipient_user=user,
        sequence=hour.sequence,
        appointment_starts_at=hour.starts_at,
        stage=stage,
        due_at=now,
    )
