"""What planners see of drafts that wait and of several sites' months; each read costs a constant number of
queries."""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q

from scheduling import collisions, publishing, selectors, slot_plan
from scheduling.collisions import Collision
from scheduling.models import ConsultationHour, ConsultationSeries, HourStatus, Slot
from scheduling.months import Month
from scheduling.planning import SeriesPlan, plan_of, preview
from sites.access import Permission, permissions_at, sites_for
from sites.models import Room, Site, User

# Sites have a letter and a colour each, in the order of their names; beyond these the letters go on.
COLOURS = 6


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
    slots: tuple[Slot, ...]
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


def drafts_waiting(
    user: User, *, now: datetime.datetime, site: Site | None = None, month: Month | None = None
) -> Review:
    """The drafts to come at the sites that `user` plans, or at `site`, or of `month`."""
    rows = selectors.hours_planned_by(user).filter(status=HourStatus.DRAFT, starts_at__gt=now)
    if site is not None:
        rows = rows.filter(site=site)
    if month is not None:
        rows = rows.filter(starts_at__range=month.bounds_in_any_zone)
    hours = [
        hour
        for hour in rows.select_related("site__facility", "psychiatrist", "room").prefetch_related("slots")
        if month is None or Month.containing(hour.local_date) == month
    ]
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
            slots=tuple(hour.slots.all()),
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
    slots: list[Slot]


def days_to_come(
    site: Site, plan: SeriesPlan, *, now: datetime.datetime, series: ConsultationSeries | None = None
) -> list[DayToCome]:
    """The next twelve days of `plan`; hours of `series`, which it would replace, don't speak against it."""
    given = preview(site=site, plan=plan, now=now)
    hours = [hour for hour, _ in given]
    found = collisions.find(hours, beside_series=series.pk if series else None)
    return [
        DayToCome(hour, against, hint, slots)
        for (hour, slots), against, hint in zip(given, found, collisions.hints(hours), strict=True)
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


# -- several sites ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class SiteMark:
    """A site with the letter and the number of the colour that stand for it on this page."""

    site: Site
    letter: str
    colour: int


@dataclasses.dataclass(frozen=True)
class HourMarked:
    """An hour among those of other sites."""

    hour: ConsultationHour
    mark: SiteMark
    collisions: tuple[Collision, ...]
    hint: str
    is_over: bool

    @property
    def needs_decision(self) -> bool:
        return bool(self.collisions) and self.hour.status == HourStatus.DRAFT

    @property
    def state(self) -> str:
        return "flagged" if self.needs_decision else self.hour.status

    @property
    def state_label(self) -> str:
        return "Entwurf, zu klären" if self.needs_decision else self.hour.get_status_display()


def marks(user: User) -> list[SiteMark]:
    """The sites of `user`, each with its mark: the same on every month."""
    sites = sites_for(user, Permission.VIEW_HOURS).order_by("name")
    return [SiteMark(site, _letter(number), number % COLOURS) for number, site in enumerate(sites)]


def _letter(number: int) -> str:
    """A to Z, then AA, AB …"""
    first, last = divmod(number, 26)
    return ("" if not first else chr(64 + first)) + chr(65 + last)


def month_of_sites(
    user: User, shown: Sequence[SiteMark], month: Month, *, now: datetime.datetime
) -> list[HourMarked]:
    """The hours of `month` at the sites of `shown` that `user` may see and that take place, in order."""
    by_site = {mark.site.pk: mark for mark in shown}
    visible = selectors.hours_visible_to(user).filter(site__in=list(by_site))
    hours = selectors.hours_of_month(visible.exclude(status=HourStatus.CANCELLED), month, now=now)
    may = permissions_at(user, [mark.site for mark in shown])
    asked = [hour for hour in hours if Permission.PLAN_HOURS in may[hour.site_id] and hour.ends_at > now]
    found = dict(zip((hour.pk for hour in asked), collisions.find(asked), strict=True))
    return [
        HourMarked(hour, by_site[hour.site_id], found.get(hour.pk, ()), hint, hour.ends_at <= now)
        for hour, hint in zip(hours, collisions.hints(hours), strict=True)
    ]


def waiting_count(user: User, *, now: datetime.datetime) -> int:
    """How many drafts wait at the sites that `user` plans."""
    waiting = Q(status=HourStatus.DRAFT, starts_at__gt=now)
    return selectors.hours_planned_by(user).filter(waiting).count()
