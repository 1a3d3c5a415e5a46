"""What planners see of drafts that wait, and of series; each read costs a constant number of queries."""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence

from scheduling import collisions, publishing, slot_plan
from scheduling.collisions import Collision
from scheduling.models import ConsultationHour, ConsultationSeries, HourStatus
from scheduling.months import Month
from scheduling.planning import SeriesPlan, plan_of, preview
from sites.models import Room, Site


@dataclasses.dataclass(frozen=True)
class Candidate:
    """Where a draft could go with one click, and what speaks against that."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...]

    @property
    def is_free(self) -> bool:
        return not self.collisions

    @property
    def is_final(self) -> bool:
        return any(each.is_final for each in self.collisions)


@dataclasses.dataclass(frozen=True)
class DraftShown:
    """A draft with what speaks against it, and the answers that one click gives."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...]
    hint: str
    earlier: Candidate | None
    later: Candidate | None
    rooms: tuple[Candidate, ...]

    @property
    def needs_decision(self) -> bool:
        return bool(self.collisions)

    @property
    def can_publish_anyway(self) -> bool:
        return self.needs_decision and not any(each.is_final for each in self.collisions)


@dataclasses.dataclass(frozen=True)
class Review:
    """Drafts that wait, in order of time: those to decide on, and those that nothing speaks against."""

    unclear: list[DraftShown]
    clear: list[DraftShown]

    @property
    def all(self) -> list[DraftShown]:
        return [*self.unclear, *self.clear]


def drafts_waiting(sites: Sequence[Site], *, now: datetime.datetime, month: Month | None = None) -> Review:
    """The drafts to come at `sites`, which have their facility at hand; of `month`, if one is given."""
    by_key = {site.pk: site for site in sites}
    rows = ConsultationHour.objects.filter(site__in=by_key, status=HourStatus.DRAFT, starts_at__gt=now)
    if month is not None:
        rows = rows.filter(starts_at__range=month.bounds_in_any_zone)
    hours = list(rows.select_related("psychiatrist", "room"))
    for hour in hours:
        hour.site = by_key[hour.site_id]
    if month is not None:
        hours = [hour for hour in hours if Month.containing(hour.local_date) == month]
    shown = _with_answers(hours, now)
    return Review(
        unclear=[each for each in shown if each.needs_decision],
        clear=[each for each in shown if not each.needs_decision],
    )


def draft_shown(hour: ConsultationHour, *, now: datetime.datetime) -> DraftShown:
    """One draft, with `site.facility`, `psychiatrist` and `room` at hand."""
    return _with_answers([hour], now)[0]


def _with_answers(hours: Sequence[ConsultationHour], now: datetime.datetime) -> list[DraftShown]:
    rooms = _rooms({hour.site.facility_id for hour in hours})
    weeks = [(_moved(hour, -1, now), _moved(hour, 1, now)) for hour in hours]
    others = [
        [_elsewhere(hour, room) for room in rooms[hour.site.facility_id] if room != hour.room]
        for hour in hours
    ]
    asked = [
        *hours,
        *(each for pair in weeks for each in pair if each is not None),
        *(each for each_hour in others for each in each_hour),
    ]
    found = dict(zip(map(id, asked), collisions.find(asked), strict=True))

    def candidate(hour: ConsultationHour | None) -> Candidate | None:
        return Candidate(hour, found[id(hour)]) if hour is not None else None

    return [
        DraftShown(
            hour=hour,
            collisions=found[id(hour)],
            hint=hint,
            earlier=candidate(earlier),
            later=candidate(later),
            rooms=tuple(Candidate(each, found[id(each)]) for each in elsewhere),
        )
        for hour, (earlier, later), elsewhere, hint in zip(
            hours, weeks, others, collisions.hints(hours), strict=True
        )
    ]


def _rooms(facility_ids: Collection[int]) -> dict[int, list[Room]]:
    grouped: dict[int, list[Room]] = defaultdict(list)
    for room in Room.objects.filter(facility__in=facility_ids):
        grouped[room.facility_id].append(room)
    return grouped


def _moved(hour: ConsultationHour, weeks: int, now: datetime.datetime) -> ConsultationHour | None:
    """`hour` so many weeks on, at the same time on the wall; None where it can't go."""
    zone = hour.zone
    start, end = (
        (instant.astimezone(zone) + datetime.timedelta(weeks=weeks)).astimezone(datetime.UTC)
        for instant in (hour.starts_at, hour.ends_at)
    )
    moved = _copy(hour, starts_at=start, ends_at=end)
    return moved if start > now and publishing.runs_on(hour.site, moved.local_date) else None


def _elsewhere(hour: ConsultationHour, room: Room) -> ConsultationHour:
    return _copy(hour, room=room)


def _copy(hour: ConsultationHour, **other: object) -> ConsultationHour:
    """An unsaved copy with the same key, so that it never collides with the hour itself."""
    values = {
        "pk": hour.pk,
        "site": hour.site,
        "psychiatrist": hour.psychiatrist,
        "room": hour.room,
        "starts_at": hour.starts_at,
        "ends_at": hour.ends_at,
        "status": hour.status,
    }
    return ConsultationHour(**{**values, **other})


# -- series -------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class DayToCome:
    """A day that a series would give, with what speaks against it."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...]
    hint: str


def days_to_come(
    site: Site, plan: SeriesPlan, *, now: datetime.datetime, series: ConsultationSeries | None = None
) -> list[DayToCome]:
    """The next twelve days of `plan`; hours of `series`, which it would replace, don't speak against it."""
    hours = preview(site=site, plan=plan, now=now)
    found = collisions.find(hours, beside_series=series.pk if series else None)
    return [
        DayToCome(hour, against, hint)
        for hour, against, hint in zip(hours, found, collisions.hints(hours), strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class SeriesShown:
    series: ConsultationSeries
    plan: SeriesPlan

    @property
    def lines_in_words(self) -> str:
        return slot_plan.in_words(self.plan.lines)


def series_at(site: Site) -> list[SeriesShown]:
    rows = (
        ConsultationSeries.objects.filter(site=site)
        .select_related("site__facility", "psychiatrist", "room", "event__rule")
        .prefetch_related("slot_plan")
    )
    return [SeriesShown(series, plan_of(series)) for series in rows]
