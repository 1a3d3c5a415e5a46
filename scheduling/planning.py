"""Series: making one, changing one, and what that means for the hours that came from it.

Drafts follow their series, except in what somebody changed on them by hand. Published hours stay until
somebody applies the difference.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction

from scheduling import publishing, recurrence, seen, slot_plan
from scheduling.drafts import EndBeforeStart, RoomElsewhere, check_psychiatrist, put, span
from scheduling.models import (
    ChangeKind,
    ConsultationHour,
    ConsultationSeries,
    HourStatus,
    PlannedSlot,
)
from scheduling.months import Month
from scheduling.rearranging import check_lines
from scheduling.recurrence import Recurrence, RuleDay
from scheduling.slot_plan import Lines
from sites.models import Room, Site, User
from sites.refusals import Refusal

# What the change log says of a draft that was left out because its series no longer gives the day.
SERIES_CHANGED = "series_changed"


class NoDays(Refusal):
    code = "no_days"
    sentence = "Diese Reihe hätte keinen Tag. Bitte prüfen Sie Regel, Beginn und Ende."


class EndsBeforeItBegins(Refusal):
    code = "ends_before_it_begins"
    sentence = "Das Ende der Reihe liegt vor ihrem Beginn. Bitte prüfen Sie die beiden Tage."


class SeriesExists(Refusal):
    code = "series_exists"
    sentence = (
        "Genau diese Reihe gibt es an diesem Standort schon. Bitte ändern Sie Regel, Zeit, Raum oder Person, "
        "oder öffnen Sie die vorhandene unter «Alle Reihen»."
    )


class RemindedBeforeAsked(Refusal):
    code = "reminded_before_asked"
    sentence = (
        "Erinnert wird später, als veröffentlicht werden soll. "
        "Bitte geben Sie beim Erinnern höchstens so viele Tage an wie beim Veröffentlichen."
    )


@dataclasses.dataclass(frozen=True)
class SeriesPlan:
    """All that a series is: when, who, where, and how each hour is divided."""

    recurrence: Recurrence
    psychiatrist: User
    room: Room
    lines: Lines


@dataclasses.dataclass(frozen=True)
class Adapted:
    """What changing a series did to drafts: `changed` follow it, `skipped` have no day any more, `added` are
    new."""

    series: ConsultationSeries
    changed: int
    skipped: int
    added: int


def plan_of(series: ConsultationSeries) -> SeriesPlan:
    """`series` as it is now."""
    return SeriesPlan(
        recurrence=recurrence.read(series.event, series.site.zone),
        psychiatrist=series.psychiatrist,
        room=series.room,
        lines=slot_plan.lines_of_series(series),
    )


def preview(*, site: Site, plan: SeriesPlan, now: datetime, count: int = 12) -> list[ConsultationHour]:
    """The next `count` hours that `plan` would give at `site`, unsaved."""
    first = max(now.astimezone(site.zone).date(), site.since_date)
    days = recurrence.next_days(plan.recurrence, first, count + 1)
    hours = [_unsaved(site, plan, day) for day in days if publishing.runs_on(site, day)]
    return [hour for hour in hours if hour.starts_at > now][:count]


def _unsaved(site: Site, plan: SeriesPlan, day: date) -> ConsultationHour:
    return ConsultationHour(
        site=site,
        rule_date=day,
        psychiatrist=plan.psychiatrist,
        room=plan.room,
        starts_at=plan.recurrence.starts_at(day),
        ends_at=plan.recurrence.ends_at(day),
    )


# -- making and changing ------------------------------------------------------------------------------


@transaction.atomic
def create_series(
    *, site: Site, plan: SeriesPlan, by: User, now: datetime
) -> tuple[ConsultationSeries, list[ConsultationHour]]:
    """A new series, and the drafts of its hours in the months that the site looks ahead.

    Raises SeriesExists, NoDays, EndsBeforeItBegins, EndBeforeStart, RoomElsewhere, NotAPsychiatrist,
    LineNotSensible, PlanTooLong.
    """
    check(site, plan)
    _refuse_second(site, plan)
    event = recurrence.create_event(site, plan.recurrence)
    series = ConsultationSeries.objects.create(
        site=site,
        psychiatrist=plan.psychiatrist,
        room=plan.room,
        event=event,
        fixed_dates=list(plan.recurrence.dates),
    )
    _write_lines(series, plan.lines)
    return series, [
        hour for hour in propose_ahead(sites=[site], by=by, now=now) if hour.series_id == series.pk
    ]


@transaction.atomic
def change_series(
    *, series: ConsultationSeries, plan: SeriesPlan, by: User, now: datetime, shown: str | None = None
) -> Adapted:
    """Gives `series` the plan, and its drafts with it; published hours stay (see `scheduling.differences`).

    A day that the rule moved within its month takes its draft along. `shown` is the `state_of` that
    somebody saw. Raises ChangedMeanwhile, and as `create_series`.
    """
    series = _locked(series)
    before = plan_of(series)
    words = f"{before.recurrence}, {before.psychiatrist}, {before.room}, {slot_plan.in_words(before.lines)}"
    seen.refuse_if_changed(shown, state_of(before), words)
    check(series.site, plan)
    recurrence.update_event(series.event, plan.recurrence)
    series.psychiatrist, series.room = plan.psychiatrist, plan.room
    series.fixed_dates = list(plan.recurrence.dates)
    series.changed_by_hand = series.changed_by_hand or plan != before
    series.save()
    if plan.lines != before.lines:
        series.slot_plan.all().delete()
        _write_lines(series, plan.lines)
    series = _locked(series)
    hours = _hours_to_come(series, now)
    months = {Month.containing(hour.rule_date) for hour in hours if hour.rule_date}
    days_before = {hour.pk: hour.rule_date or hour.local_date for hour in hours}
    skipped = _follow_the_rule(series, hours, plan, by, now)
    changed = sum(
        _adapt(hour, days_before[hour.pk], before, plan, by=by, now=now)
        for hour in hours
        if hour.status == HourStatus.DRAFT
    )
    added = [
        hour
        for month in sorted(months)
        for hour in publishing.propose_month(sites=[series.site], month=month, by=by, now=now)
        if hour.series_id == series.pk
    ]
    return Adapted(series, changed, skipped, len(added))


def state_of(plan: SeriesPlan) -> str:
    """Differs as soon as anything about the plan does."""
    return seen.fingerprint(plan.recurrence, plan.psychiatrist.pk, plan.room.pk, plan.lines)


def _refuse_second(site: Site, plan: SeriesPlan) -> None:
    """Raises SeriesExists for a form sent twice. The site's row lets the second wait for the first."""
    list(Site.objects.filter(pk=site.pk).select_for_update(no_key=True).values_list("pk"))
    alike = ConsultationSeries.objects.filter(site=site, psychiatrist=plan.psychiatrist, room=plan.room)
    for each in alike.select_related("event__rule"):
        if recurrence.read(each.event, site.zone) == plan.recurrence:
            raise SeriesExists


def _locked(series: ConsultationSeries) -> ConsultationSeries:
    return (
        ConsultationSeries.objects.select_related(
            "site__facility", "site__clinic", "psychiatrist", "room", "event__rule"
        )
        .prefetch_related("slot_plan")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=series.pk)
    )


def check(site: Site, plan: SeriesPlan) -> None:
    """Raises what `create_series` raises."""
    rule = plan.recurrence
    if rule.to_time <= rule.from_time:
        raise EndBeforeStart
    if rule.frequency != "dates" and rule.ends_date and rule.ends_date < rule.starts_date:
        raise EndsBeforeItBegins
    first = next(recurrence.days_from(rule, rule.starts_date), None)
    if first is None:
        raise NoDays
    if plan.room.facility_id != site.facility_id:
        raise RoomElsewhere
    check_psychiatrist(plan.psychiatrist, site.clinic_id)
    length = datetime.combine(first, rule.to_time) - datetime.combine(first, rule.from_time)
    check_lines(plan.lines, int(length.total_seconds()) // 60)


def _write_lines(series: ConsultationSeries, lines: Lines) -> None:
    PlannedSlot.objects.bulk_create(
        PlannedSlot(series=series, position=position, appointment_type=line.kind, minutes=line.minutes)
        for position, line in enumerate(lines)
    )


@transaction.atomic
def look_ahead(
    *,
    site: Site,
    months_ahead: int,
    publish_days_ahead: int,
    remind_days_ahead: int,
    by: User,
    now: datetime,
) -> list[ConsultationHour]:
    """Sets how far `site` plans ahead, and drafts what that adds. Raises RemindedBeforeAsked."""
    if remind_days_ahead > publish_days_ahead:
        raise RemindedBeforeAsked
    site.months_ahead = months_ahead
    site.publish_days_ahead = publish_days_ahead
    site.remind_days_ahead = remind_days_ahead
    site.save(update_fields=["months_ahead", "publish_days_ahead", "remind_days_ahead"])
    return propose_ahead(sites=[site], by=by, now=now)


def propose_ahead(*, sites: Collection[Site], by: User, now: datetime) -> list[ConsultationHour]:
    """Drafts the hours of the running month and of as many after it as each site wants; none where it wants
    none. May run as often as one likes: a day is proposed once."""
    looking = [site for site in sites if site.months_ahead]
    proposed = []
    for ahead in range(max((site.months_ahead for site in looking), default=-1) + 1):
        by_month: dict[Month, list[Site]] = defaultdict(list)
        for site in looking:
            if ahead <= site.months_ahead:
                by_month[Month.containing(now.astimezone(site.zone).date()).plus(ahead)].append(site)
        for month, these in by_month.items():
            proposed += publishing.propose_month(sites=these, month=month, by=by, now=now)
    return proposed


# -- drafts follow -----------------------------------------------------------------------------------


def _hours_to_come(series: ConsultationSeries, now: datetime) -> list[ConsultationHour]:
    """The drafts and published hours of `series` that have not begun, locked, in order of their days."""
    rows = (
        ConsultationHour.objects.filter(
            series=series, status__in=[HourStatus.DRAFT, HourStatus.PUBLISHED], starts_at__gt=now
        )
        .select_related("site__facility", "psychiatrist", "room")
        .prefetch_related("slots")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    return sorted(rows, key=lambda hour: (hour.rule_date or date.min, hour.pk))


def _follow_the_rule(
    series: ConsultationSeries, hours: list[ConsultationHour], plan: SeriesPlan, by: User, now: datetime
) -> int:
    """Gives each hour whose day the rule no longer gives another day of its month; drafts that find none are
    skipped (and leave `hours`). How many."""
    taken = set(ConsultationHour.objects.filter(series=series).values_list("rule_date", flat=True))
    skipped = 0
    for month, lost in _lost(hours, plan.recurrence).items():
        free = [
            day
            for day in _days_of(plan.recurrence, month)
            if day not in taken
            and plan.recurrence.starts_at(day) > now
            and publishing.runs_on(series.site, day)
        ]
        for hour in lost:
            if free:
                day = free.pop(0)
                hour.rule_date = day
                hour.save(update_fields=["rule_date"])
                recurrence.stand_for(
                    hour.occurrence_id,
                    RuleDay(series, day, plan.recurrence.starts_at(day), plan.recurrence.ends_at(day)),
                )
            elif hour.status == HourStatus.DRAFT:
                hours.remove(hour)
                publishing.skip(hour=hour, by=by, now=now, because=SERIES_CHANGED)
                skipped += 1
    return skipped


def _lost(hours: Sequence[ConsultationHour], rule: Recurrence) -> dict[Month, list[ConsultationHour]]:
    """The hours whose day `rule` does not give, by month, in order."""
    found: dict[Month, list[ConsultationHour]] = defaultdict(list)
    for hour in hours:
        if hour.rule_date and not rule.covers(hour.rule_date):
            found[Month.containing(hour.rule_date)].append(hour)
    return found


def _days_of(rule: Recurrence, month: Month) -> list[date]:
    days = []
    for day in recurrence.days_from(rule, month.first_date):
        if day > month.last_date:
            break
        days.append(day)
    return days


def _adapt(
    hour: ConsultationHour, day_before: date, before: SeriesPlan, plan: SeriesPlan, *, by: User, now: datetime
) -> bool:
    """Brings a draft from what its series was to what it is now, but for what somebody changed by hand.
    `day_before` is the day that the rule had given it."""
    lines = _lines(hour)
    divided_by_hand = lines != _lines_given(hour, before.lines)
    day = hour.local_date if hour.local_date != day_before else hour.rule_date or day_before
    clocks = (hour.local_start.time(), hour.ends_at.astimezone(hour.zone).time())
    if clocks == (before.recurrence.from_time, before.recurrence.to_time):
        clocks = (plan.recurrence.from_time, plan.recurrence.to_time)
    starts_at, ends_at = span(day, *clocks, hour.zone)
    change = put(
        hour,
        starts_at=starts_at,
        ends_at=ends_at,
        room=plan.room if hour.room_id == before.room.pk else hour.room,
        psychiatrist=(
            plan.psychiatrist if hour.psychiatrist_id == before.psychiatrist.pk else hour.psychiatrist
        ),
        lines=slot_plan.without_open_rest(lines) if divided_by_hand else plan.lines,
        kind=ChangeKind.HOUR_ADAPTED,
        by=by,
        now=now,
    )
    return change is not None


def _lines(hour: ConsultationHour) -> Lines:
    slots = sorted(hour.slots.all(), key=lambda slot: slot.starts_at)
    return slot_plan.lines_of(slots, hour.starts_at, hour.ends_at)


def _lines_given(hour: ConsultationHour, lines: Lines) -> Lines:
    """How `hour` would be divided by `lines`."""
    return slot_plan.lines_of(slot_plan.lay_out(hour, lines), hour.starts_at, hour.ends_at)
