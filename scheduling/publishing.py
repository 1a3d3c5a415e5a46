"""From a series' rule to hours that a facility can book: propose, publish, withdraw, skip."""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from scheduling import changelog, collisions, recurrence, slot_plan
from scheduling.collisions import Collision
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    ChangeKind,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.months import Month
from scheduling.recurrence import RuleDay
from scheduling.versioning import bump_sequence
from sites.models import Room, Site, User
from sites.refusals import Refusal


class HourHasWalkIns(Refusal):
    code = "hour_has_walk_ins"
    sentence = (
        "Zu dieser Sprechstunde ist schon jemand ohne Termin gekommen, sie hat also begonnen. Bitte klären "
        "Sie mit der Einrichtung, wie es für alle weitergeht, die schon da sind."
    )


class MonthIsOver(Refusal):
    code = "month_is_over"
    sentence = "Dieser Monat ist vorbei. Bitte wählen Sie den laufenden oder einen späteren Monat."


class HourNotDraft(Refusal):
    code = "hour_not_draft"
    sentence = (
        "Diese Sprechstunde ist kein Entwurf mehr. Bitte laden Sie die Seite neu, um den Stand zu sehen."
    )


class HourNotPublished(Refusal):
    code = "hour_not_published"
    sentence = "Diese Sprechstunde ist nicht veröffentlicht. Den Stand sehen Sie in der Ansicht des Monats."


class HourNotSkipped(Refusal):
    code = "hour_not_skipped"
    sentence = (
        "Diese Sprechstunde ist nicht ausgelassen. Bitte laden Sie die Seite neu, um den Stand zu sehen."
    )


class HourIsOver(Refusal):
    code = "hour_is_over"
    sentence = "Diese Sprechstunde ist vorbei und kann nicht mehr geändert werden."


class HourHasAppointments(Refusal):
    code = "hour_has_appointments"
    sentence = (
        "In dieser Sprechstunde sind schon Termine gebucht. "
        "Bitte verschieben Sie diese zuerst oder sagen Sie sie ab."
    )


class HourCollides(Refusal):
    """Something speaks against the hour; `found` says what."""

    code = "hour_collides"

    def __init__(self, found: Collection[Collision]) -> None:
        super().__init__()
        self.found = tuple(found)

    def __str__(self) -> str:
        reasons = "; ".join(str(collision) for collision in self.found)
        return (
            f"Gegen diese Sprechstunde spricht: {reasons}. "
            "Bitte lassen Sie sie aus oder klären Sie das zuerst."
        )


@dataclasses.dataclass(frozen=True)
class Published:
    """What publishing did: `hours` are out, `held_back` stay drafts because of their collisions."""

    hours: list[ConsultationHour]
    held_back: list[tuple[ConsultationHour, tuple[Collision, ...]]]


# -- proposing ----------------------------------------------------------------------------------------


def plan_month(*, sites: Collection[Site], month: Month, now: datetime) -> list[ConsultationHour]:
    """The hours that proposing `month` would draft, unsaved and without slots, in order of start.

    Raises MonthIsOver if the month has ended at every site.
    """
    return [_draft(day) for day in _open_days(sites, month, now, lock=False)]


@transaction.atomic
def propose_month(
    *, sites: Collection[Site], month: Month, by: User, now: datetime
) -> list[ConsultationHour]:
    """Drafts the hours of `month` with their slots: those that no one has drafted or skipped before.

    A constant number of queries for any number of sites. Proposing twice, or twice at once, drafts each day
    once: the second proposer waits for the series' rows and finds the days taken up.
    """
    days = _open_days(sites, month, now, lock=True)
    hours = [_draft(day) for day in days]
    for hour, occurrence in zip(hours, recurrence.take_up(days), strict=True):
        hour.occurrence = occurrence
    ConsultationHour.objects.bulk_create(hours)
    Slot.objects.bulk_create([slot for hour in hours for slot in planned_slots(hour)])
    changelog.record(
        [changelog.hour_change(ChangeKind.HOUR_PROPOSED, hour, by=by, now=now) for hour in hours]
    )
    return hours


def _open_days(sites: Collection[Site], month: Month, now: datetime, *, lock: bool) -> list[RuleDay]:
    _refuse_past(month, sites, now)
    series = recurrence.series_of(sites, month)
    if lock:
        series = series.order_by("pk").select_for_update(of=("self",), no_key=True)
    days = [day for each in series for day in recurrence.days_in_month(each, month)]
    return sorted(
        (day for day in days if day.starts_at > now and runs_on(day.series.site, day.date)),
        key=lambda day: (day.starts_at, day.series.pk),
    )


def _refuse_past(month: Month, sites: Collection[Site], now: datetime) -> None:
    if sites and all(month.bounds(site.zone)[1] <= now for site in sites):
        raise MonthIsOver


def runs_on(site: Site, day: date) -> bool:
    return site.since_date <= day and (site.until_date is None or day <= site.until_date)


def _draft(day: RuleDay) -> ConsultationHour:
    return ConsultationHour(
        site=day.series.site,
        series=day.series,
        rule_date=day.date,
        psychiatrist=day.series.psychiatrist,
        room=day.series.room,
        starts_at=day.starts_at,
        ends_at=day.ends_at,
    )


def planned_slots(hour: ConsultationHour) -> Iterable[Slot]:
    """The slots of the series' plan in order, unsaved; what is left of the hour is open time for walk-ins."""
    return slot_plan.lay_out(hour, slot_plan.lines_of_series(hour.series) if hour.series else ())


# -- publishing ---------------------------------------------------------------------------------------


def publish_month(*, sites: Collection[Site], month: Month, by: User, now: datetime) -> Published:
    """Publishes the drafts of `month` that nothing speaks against; the others are held back.

    Raises MonthIsOver. Publishing twice publishes nothing the second time.
    """
    _refuse_past(month, sites, now)
    return _publish(drafts_of_month(sites, month, now), by=by, now=now, despite_collisions=False)


def publish_drafts(*, hours: Collection[ConsultationHour], by: User, now: datetime) -> Published:
    """Publishes those of `hours` that are drafts still to come and that nothing speaks against."""
    ahead = [hour.pk for hour in hours if hour.starts_at > now]
    return _publish(ahead, by=by, now=now, despite_collisions=False)


def preview_publishing(*, sites: Collection[Site], month: Month, now: datetime) -> Published:
    """What `publish_month` would do now, without doing it. Raises MonthIsOver."""
    _refuse_past(month, sites, now)
    drafts = _drafts(drafts_of_month(sites, month, now))
    return _sort_out(list(drafts), despite_collisions=False)


def drafts_of_month(sites: Collection[Site], month: Month, now: datetime) -> list[int]:
    """Keys of the drafts in `month`, by the calendar of each site, that have not begun."""
    rows = ConsultationHour.objects.filter(
        site__in=sites,
        status=HourStatus.DRAFT,
        starts_at__gt=now,
        starts_at__range=month.bounds_in_any_zone,
    ).select_related("site__facility")
    return [hour.pk for hour in rows if Month.containing(hour.local_date) == month]


def publish_hour(
    *, hour: ConsultationHour, by: User, now: datetime, despite_collisions: bool = False
) -> ConsultationHour:
    """Publishes one draft; with `despite_collisions` also on a holiday, a closure or an absence, or against
    another draft.

    Raises HourNotDraft, HourIsOver, HourCollides (always, if a published hour has the person or the room).
    """
    if hour.starts_at <= now:
        raise HourIsOver
    result = _publish([hour.pk], by=by, now=now, despite_collisions=despite_collisions)
    if result.held_back:
        raise HourCollides(result.held_back[0][1])
    if not result.hours:
        raise HourNotDraft
    return result.hours[0]


@transaction.atomic
def _publish(hour_ids: Collection[int], *, by: User, now: datetime, despite_collisions: bool) -> Published:
    _lock(hour_ids)
    hours = list(_drafts(hour_ids))
    lock_people_and_rooms(hours)
    result = _sort_out(hours, despite_collisions=despite_collisions)
    ConsultationHour.objects.filter(pk__in=[hour.pk for hour in result.hours]).update(
        status=HourStatus.PUBLISHED, published_at=now, published_by=by
    )
    for hour in result.hours:
        hour.status, hour.published_at, hour.published_by = HourStatus.PUBLISHED.value, now, by
    changelog.record(
        [changelog.hour_change(ChangeKind.HOUR_PUBLISHED, hour, by=by, now=now) for hour in result.hours]
    )
    return result


def _drafts(hour_ids: Collection[int]) -> QuerySet[ConsultationHour]:
    return (
        ConsultationHour.objects.filter(pk__in=hour_ids, status=HourStatus.DRAFT)
        .select_related("site__facility", "psychiatrist", "room")
        .order_by("pk")
    )


def _sort_out(hours: Collection[ConsultationHour], *, despite_collisions: bool) -> Published:
    """Which of `hours` may be published."""
    free, held_back = [], []
    for hour, found in zip(hours, collisions.find(hours), strict=True):
        if any(each.is_final or not despite_collisions for each in found):
            held_back.append((hour, found))
        else:
            free.append(hour)
    return Published(free, held_back)


def lock_people_and_rooms(hours: Collection[ConsultationHour]) -> None:
    """Makes publishers of the same person's or room's hours follow each other, so that the second sees the
    first's hours as collisions, instead of meeting (and deadlocking) in the exclusion constraint."""
    people = User.objects.filter(pk__in={hour.psychiatrist_id for hour in hours})
    rooms = Room.objects.filter(pk__in={hour.room_id for hour in hours})
    for rows in (people, rooms):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


# -- taking back --------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(*, hour: ConsultationHour, by: User, now: datetime) -> ConsultationHour:
    """Makes a published hour a draft again while nothing is booked in it.

    Raises HourNotPublished, HourIsOver, HourHasAppointments, HourHasWalkIns.
    """
    hour = locked(hour)
    if hour.status != HourStatus.PUBLISHED:
        raise HourNotPublished
    if hour.starts_at <= now:
        raise HourIsOver
    # Bookings hold the hour's row in share mode until they are committed, so none is under way now.
    if Appointment.objects.filter(slot__hour=hour).exclude(status=AppointmentStatus.CANCELLED).exists():
        raise HourHasAppointments
    if hour.walk_ins.exists():
        raise HourHasWalkIns
    hour.slots.filter(state=SlotState.HELD).update(state=SlotState.FREE, held_until=None, held_by=None)
    return _set_status(hour, HourStatus.DRAFT, ChangeKind.HOUR_WITHDRAWN, by=by, now=now)


@transaction.atomic
def skip(*, hour: ConsultationHour, by: User, now: datetime, because: str = "") -> ConsultationHour:
    """Leaves a draft out: the day becomes a cancelled exception of its series. Raises HourNotDraft.

    `because` is a code for the change log, if it was not a person who decided on this day.
    """
    hour = locked(hour)
    if hour.status != HourStatus.DRAFT:
        raise HourNotDraft
    if hour.occurrence_id:
        recurrence.cancel(hour.occurrence_id)
    data = {"because": because} if because else None
    return _set_status(hour, HourStatus.CANCELLED, ChangeKind.HOUR_SKIPPED, by=by, now=now, data=data)


@transaction.atomic
def restore(*, hour: ConsultationHour, by: User, now: datetime) -> ConsultationHour:
    """Makes a skipped hour a draft again. Raises HourNotSkipped, HourIsOver."""
    hour = locked(hour)
    if hour.status != HourStatus.CANCELLED or hour.published_at is not None:
        raise HourNotSkipped
    if hour.starts_at <= now:
        raise HourIsOver
    if hour.occurrence_id:
        recurrence.uncancel(hour.occurrence_id)
    return _set_status(hour, HourStatus.DRAFT, ChangeKind.HOUR_RESTORED, by=by, now=now)


def locked(hour: ConsultationHour) -> ConsultationHour:
    """`hour` as it stands now, locked until the transaction ends."""
    _lock([hour.pk])
    return ConsultationHour.objects.select_related("site__facility", "psychiatrist", "room").get(pk=hour.pk)


def _lock(hour_ids: Collection[int]) -> None:
    """Locked by themselves: joined with a person or room that another command is just changing, PostgreSQL
    would wait for a row and then find that it fits the join no more."""
    rows = ConsultationHour.objects.filter(pk__in=hour_ids).order_by("pk")
    list(rows.select_for_update().values_list("pk"))


def _set_status(
    hour: ConsultationHour,
    status: HourStatus,
    kind: ChangeKind,
    *,
    by: User,
    now: datetime,
    data: dict[str, str] | None = None,
) -> ConsultationHour:
    cancelled = status is HourStatus.CANCELLED
    hour.status = status.value
    hour.cancelled_at, hour.cancelled_by = (now, by) if cancelled else (None, None)
    hour.published_at = hour.published_by = None
    # A calendar to which an earlier change of the hour had brought it has to let it go.
    is_told = kind is ChangeKind.HOUR_WITHDRAWN
    if is_told:
        bump_sequence(hour)
    hour.save()
    changelog.record([changelog.hour_change(kind, hour, by=by, now=now, data=data, is_told=is_told)])
    return hour
