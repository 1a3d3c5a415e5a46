"""What speaks against holding an hour at its time. Derived on every look, never stored."""

import dataclasses
import datetime
import enum
from collections import defaultdict
from collections.abc import Collection

from scheduling.models import TAKES_TIME, ConsultationHour, HourStatus
from scheduling.plain_sql import fetch
from sites.holidays import day_that_needs_care, public_holiday, school_holiday


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


@dataclasses.dataclass(frozen=True)
class _Days:
    """Days on which a place is closed or a person absent."""

    first: datetime.date
    last: datetime.date
    reason: str

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last


@dataclasses.dataclass(frozen=True)
class _Taken:
    """The time of a stored hour."""

    pk: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    status: str


# Of hours that are not stored yet, the hour itself.
_Others = list[_Taken | ConsultationHour]


@dataclasses.dataclass
class _Around:
    """What stands around some hours, by the keys of facilities, psychiatrists and rooms."""

    closures: dict[int, list[_Days]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    absences: dict[int, list[_Days]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    by_person: dict[int, _Others] = dataclasses.field(default_factory=lambda: defaultdict(list))
    by_room: dict[int, _Others] = dataclasses.field(default_factory=lambda: defaultdict(list))

    def take(self, person: int, room: int, taken: _Taken | ConsultationHour) -> None:
        self.by_person[person].append(taken)
        self.by_room[room].append(taken)


# The order says in which order reasons of one kind are told.
AROUND = f"""
SELECT 'closure', id, facility_id, NULL::bigint, first_date, last_date, NULL::timestamptz, NULL::timestamptz,
    reason
FROM pia_sites_facilityclosure
WHERE facility_id = ANY(%(facilities)s) AND first_date <= %(last_date)s AND last_date >= %(first_date)s
UNION ALL
SELECT 'absence', id, user_id, NULL, first_date, last_date, NULL, NULL, ''
FROM pia_sites_absence
WHERE user_id = ANY(%(people)s) AND first_date <= %(last_date)s AND last_date >= %(first_date)s
UNION ALL
SELECT 'hour', id, psychiatrist_id, room_id, NULL, NULL, starts_at, ends_at, status
FROM scheduling_consultationhour
WHERE NOT status = '{HourStatus.CANCELLED.value}'
    AND (psychiatrist_id = ANY(%(people)s) OR room_id = ANY(%(rooms)s))
    AND starts_at < %(end)s AND ends_at > %(start)s
    AND (%(beside_series)s::bigint IS NULL OR series_id IS DISTINCT FROM %(beside_series)s)
ORDER BY 5, 7, 2
"""  # noqa: S608 -- constants only


def find(
    hours: Collection[ConsultationHour], *, beside_series: int | None = None
) -> list[tuple[Collision, ...]]:
    """The collisions of each hour, in the order of `hours`; one query however many there are.

    The hours may be unsaved. They need `site.facility`, `psychiatrist` and `room` at hand. Stored hours of
    the series `beside_series` don't count: they would follow it.
    """
    if not hours:
        return []
    around = _read(hours, beside_series)
    return [
        (
            *_of_the_day(hour),
            *_of_the_place(hour, around.closures[hour.site.facility_id]),
            *_of_the_person(hour, around.absences[hour.psychiatrist_id]),
            *_taken(hour, around.by_person[hour.psychiatrist_id], CollisionKind.PSYCHIATRIST_TAKEN),
            *_taken(hour, around.by_room[hour.room_id], CollisionKind.ROOM_TAKEN),
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


def _of_the_place(hour: ConsultationHour, closures: list[_Days]) -> list[Collision]:
    return [
        Collision(
            CollisionKind.CLOSURE,
            "Einrichtung geschlossen" + (f": {closure.reason}" if closure.reason else ""),
        )
        for closure in closures
        if hour.local_date in closure
    ]


def _of_the_person(hour: ConsultationHour, absences: list[_Days]) -> list[Collision]:
    return [
        Collision(CollisionKind.ABSENCE, f"{hour.psychiatrist} ist abwesend")
        for absence in absences
        if hour.local_date in absence
    ]


def _taken(hour: ConsultationHour, others: _Others, kind: CollisionKind) -> list[Collision]:
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


def _span(other: _Taken | ConsultationHour, hour: ConsultationHour) -> str:
    """When the other hour is, on the clock of `hour`; not whose it is: that may be another clinic's."""
    start, end = other.starts_at.astimezone(hour.zone), other.ends_at.astimezone(hour.zone)
    return f"{start:%H:%M}–{end:%H:%M}"


def _read(hours: Collection[ConsultationHour], beside_series: int | None) -> _Around:
    """What is stored, and the given hours that are not: they stand in each other's way too."""
    values = {
        "facilities": list({hour.site.facility_id for hour in hours}),
        "people": list({hour.psychiatrist_id for hour in hours}),
        "rooms": list({hour.room_id for hour in hours}),
        "first_date": min(hour.local_date for hour in hours),
        "last_date": max(hour.local_date for hour in hours),
        "start": min(hour.starts_at for hour in hours),
        "end": max(hour.ends_at for hour in hours),
        "beside_series": beside_series,
    }
    around = _Around()
    for kind, pk, key, room, first, last, starts_at, ends_at, text in fetch(AROUND, values):
        if kind == "closure":
            around.closures[key].append(_Days(first, last, text))
        elif kind == "absence":
            around.absences[key].append(_Days(first, last, text))
        else:
            around.take(key, room, _Taken(pk, starts_at, ends_at, text))
    for hour in hours:
        if hour.pk is None:
            around.take(hour.psychiatrist_id, hour.room_id, hour)
    return around
