"""What speaks against holding an hour at its time. Derived on every look, never stored."""

import dataclasses
import datetime
import enum
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from scheduling.models import TAKES_TIME, ConsultationHour, HourStatus
from sites.holidays import day_that_needs_care, public_holiday, school_holiday
from sites.models import Absence, FacilityClosure


class CollisionKind(enum.Enum):
    PUBLIC_HOLIDAY = "public_holiday"
    DAY_THAT_NEEDS_CARE = "day_that_needs_care"
    CLOSURE = "closure"
    ABSENCE = "absence"
    PSYCHIATRIST_TAKEN = "psychiatrist_taken"
    ROOM_TAKEN = "room_taken"


@dataclasses.dataclass(frozen=True)
class Collision:
    """One reason. If it `is_final`, no person can decide to publish all the same: the database refuses it."""

    kind: CollisionKind
    text: str
    is_final: bool = False

    def __str__(self) -> str:
        return self.text


def find(
    hours: Collection[ConsultationHour], *, beside_series: int | None = None
) -> list[tuple[Collision, ...]]:
    """The collisions of each hour, in the order of `hours`; three queries however many there are.

    The hours may be unsaved. They need `site.facility`, `psychiatrist` and `room` at hand. Stored hours of
    the series `beside_series` don't count: they would follow it.
    """
    if not hours:
        return []
    first = min(hour.local_date for hour in hours)
    last = max(hour.local_date for hour in hours)
    closures = _closures({hour.site.facility_id for hour in hours}, first, last)
    absences = _absences({hour.psychiatrist_id for hour in hours}, first, last)
    by_person, by_room = _other_hours(hours, beside_series)
    return [
        (
            *_of_the_day(hour),
            *_of_the_place(hour, closures[hour.site.facility_id]),
            *_of_the_person(hour, absences[hour.psychiatrist_id]),
            *_taken(hour, by_person[hour.psychiatrist_id], CollisionKind.PSYCHIATRIST_TAKEN),
            *_taken(hour, by_room[hour.room_id], CollisionKind.ROOM_TAKEN),
        )
        for hour in hours
    ]


def hints(hours: Collection[ConsultationHour]) -> list[str]:
    """What is worth knowing of each hour's day and speaks against nothing: the school holidays, or ""."""
    return [
        f"Schulferien: {name}" if (name := school_holiday(hour.site.facility.state, hour.local_date)) else ""
        for hour in hours
    ]


def _of_the_day(hour: ConsultationHour) -> list[Collision]:
    found = []
    if name := public_holiday(hour.site.facility.state, hour.local_date):
        found.append(Collision(CollisionKind.PUBLIC_HOLIDAY, f"Feiertag: {name}"))
    if name := day_that_needs_care(hour.local_date):
        found.append(Collision(CollisionKind.DAY_THAT_NEEDS_CARE, f"{name}: bitte prüfen"))
    return found


def _of_the_place(hour: ConsultationHour, closures: list[FacilityClosure]) -> list[Collision]:
    return [
        Collision(
            CollisionKind.CLOSURE,
            "Einrichtung geschlossen" + (f": {closure.reason}" if closure.reason else ""),
        )
        for closure in closures
        if closure.first_date <= hour.local_date <= closure.last_date
    ]


def _of_the_person(hour: ConsultationHour, absences: list[Absence]) -> list[Collision]:
    return [
        Collision(CollisionKind.ABSENCE, f"{hour.psychiatrist} ist abwesend")
        for absence in absences
        if absence.first_date <= hour.local_date <= absence.last_date
    ]


def _taken(hour: ConsultationHour, others: list[ConsultationHour], kind: CollisionKind) -> list[Collision]:
    what = str(hour.psychiatrist if kind is CollisionKind.PSYCHIATRIST_TAKEN else hour.room)
    return [
        # A draft takes neither person nor room: whoever publishes first decides.
        Collision(kind, f"{what} ist schon vergeben, {_span(other, hour)}", is_final=True)
        if other.status in TAKES_TIME
        else Collision(kind, f"{what} steht auch in einem anderen Entwurf, {_span(other, hour)}")
        for other in others
        if other is not hour
        and (other.pk is None or other.pk != hour.pk)
        and other.starts_at < hour.ends_at
        and hour.starts_at < other.ends_at
    ]


def _span(other: ConsultationHour, hour: ConsultationHour) -> str:
    """When the other hour is, on the clock of `hour`; not whose it is: that may be another clinic's."""
    start, end = other.starts_at.astimezone(hour.zone), other.ends_at.astimezone(hour.zone)
    return f"{start:%H:%M}–{end:%H:%M}"


def _closures(
    facility_ids: set[int], first: datetime.date, last: datetime.date
) -> dict[int, list[FacilityClosure]]:
    rows = FacilityClosure.objects.filter(
        facility__in=facility_ids, first_date__lte=last, last_date__gte=first
    )
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.facility_id].append(row)
    return grouped


def _absences(user_ids: set[int], first: datetime.date, last: datetime.date) -> dict[int, list[Absence]]:
    rows = Absence.objects.filter(user__in=user_ids, first_date__lte=last, last_date__gte=first)
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.user_id].append(row)
    return grouped


HoursById = dict[int, list[ConsultationHour]]


def _other_hours(
    hours: Collection[ConsultationHour], beside_series: int | None
) -> tuple[HoursById, HoursById]:
    """Hours that could overlap, by psychiatrist and by room: stored ones, and the given unsaved ones."""
    span = (min(hour.starts_at for hour in hours), max(hour.ends_at for hour in hours))
    stored = (
        ConsultationHour.objects.exclude(status=HourStatus.CANCELLED)
        .filter(
            Q(psychiatrist__in={hour.psychiatrist_id for hour in hours})
            | Q(room__in={hour.room_id for hour in hours}),
            starts_at__lt=span[1],
            ends_at__gt=span[0],
        )
        .exclude(series__isnull=False, series=beside_series)
        .only("pk", "psychiatrist_id", "room_id", "starts_at", "ends_at", "status")
    )
    by_person: HoursById = defaultdict(list)
    by_room: HoursById = defaultdict(list)
    unsaved = [hour for hour in hours if hour.pk is None]
    for other in [*stored, *unsaved]:
        by_person[other.psychiatrist_id].append(other)
        by_room[other.room_id].append(other)
    return by_person, by_room
