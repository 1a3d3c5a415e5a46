"""Recurring hours in wall-clock time, kept by django-scheduler.

The only module that imports `schedule`. django-scheduler expands a rule in the zone of the window that it is
asked for: with a UTC window a series shifts by an hour across daylight saving. So every question here carries
the facility's zone, and every answer is given in UTC.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterable
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from schedule.models import Calendar, Event, Occurrence, Rule

from scheduling.models import ConsultationSeries
from scheduling.months import Month, start_of_day
from sites.models import Site

Frequency = Literal["monthly", "weekly"]
WEEKDAYS = {
    "MO": "Montag",
    "TU": "Dienstag",
    "WE": "Mittwoch",
    "TH": "Donnerstag",
    "FR": "Freitag",
    "SA": "Samstag",
    "SU": "Sonntag",
}
ORDINALS = {1: "erster", 2: "zweiter", 3: "dritter", 4: "vierter", -1: "letzter"}
TITLE = "Sprechstunde"


@dataclasses.dataclass(frozen=True)
class Recurrence:
    """When a series is held.

    `nth` counts the weekday within a month (1 to 4, or -1 for the last) and is None for weekly rules;
    `interval` is every how many months or weeks. Times are wall-clock times in `zone`; `ends_date` is the
    last possible day.
    """

    frequency: Frequency
    weekday: str
    nth: int | None
    starts_date: datetime.date
    from_time: datetime.time
    to_time: datetime.time
    zone: ZoneInfo
    interval: int = 1
    ends_date: datetime.date | None = None

    def __str__(self) -> str:
        """In German: "zweiter Mittwoch im Monat, 13:00-16:30"."""
        if self.frequency == "monthly" and self.nth is not None:
            day = f"{ORDINALS[self.nth]} {WEEKDAYS[self.weekday]} im Monat"
            if self.interval > 1:
                day += f", alle {self.interval} Monate"
        else:
            every = "jede Woche" if self.interval == 1 else f"alle {self.interval} Wochen"
            day = f"{WEEKDAYS[self.weekday]}, {every}"
        return f"{day}, {self.from_time:%H:%M}–{self.to_time:%H:%M}"

    @property
    def rule_params(self) -> str:
        """The rule in django-scheduler's notation, e.g. "byweekday:WE;bysetpos:2"."""
        params = [f"byweekday:{self.weekday}"]
        if self.nth is not None:
            params.append(f"bysetpos:{self.nth}")
        if self.interval != 1:
            params.append(f"interval:{self.interval}")
        return ";".join(params)


@dataclasses.dataclass(frozen=True)
class RuleDay:
    """A day that a series' rule gives: the day on the facility's calendar, and the hour's instants (UTC)."""

    series: ConsultationSeries
    date: datetime.date
    starts_at: datetime.datetime
    ends_at: datetime.datetime


def create_event(site: Site, recurrence: Recurrence) -> Event:
    calendar, _ = Calendar.objects.get_or_create(slug=site.slug, defaults={"name": site.name})
    event = Event(title=TITLE, calendar=calendar, rule=Rule())
    _write(event, recurrence)
    return event


def update_event(event: Event, recurrence: Recurrence) -> bool:
    """Gives `event` the recurrence; whether that changed anything."""
    if read(event, recurrence.zone) == recurrence:
        return False
    _write(event, recurrence)
    return True


def _write(event: Event, recurrence: Recurrence) -> None:
    rule = event.rule
    rule.name = recurrence.rule_params[:32]
    rule.description = str(recurrence)
    rule.frequency = recurrence.frequency.upper()
    rule.params = recurrence.rule_params
    rule.save()
    event.rule = rule
    event.start = _instant(recurrence.starts_date, recurrence.from_time, recurrence.zone)
    event.end = _instant(recurrence.starts_date, recurrence.to_time, recurrence.zone)
    event.end_recurring_period = (
        start_of_day(recurrence.ends_date + datetime.timedelta(days=1), recurrence.zone)
        - datetime.timedelta(seconds=1)
        if recurrence.ends_date
        else None
    )
    event.save()


def read(event: Event, zone: ZoneInfo) -> Recurrence:
    """The recurrence of `event` on the clocks of `zone`."""
    params = dict(part.split(":") for part in event.rule.params.split(";"))
    start, end = event.start.astimezone(zone), event.end.astimezone(zone)
    until = event.end_recurring_period
    return Recurrence(
        frequency=event.rule.frequency.lower(),
        weekday=params["byweekday"],
        nth=int(params["bysetpos"]) if "bysetpos" in params else None,
        interval=int(params.get("interval", 1)),
        starts_date=start.date(),
        ends_date=until.astimezone(zone).date() if until else None,
        from_time=start.time(),
        to_time=end.time(),
        zone=zone,
    )


def series_of(sites: Collection[Site], month: Month) -> QuerySet[ConsultationSeries]:
    """The series of `sites` with all that `days_in_month` needs, in a constant number of queries."""
    touched = Occurrence.objects.filter(original_start__range=month.bounds_in_any_zone)
    return (
        ConsultationSeries.objects.filter(site__in=sites)
        .select_related("site__facility", "event__rule", "room", "psychiatrist")
        .prefetch_related("slot_plan", Prefetch("event__occurrence_set", queryset=touched))
    )


def days_in_month(series: ConsultationSeries, month: Month) -> list[RuleDay]:
    """The days in `month` that the rule gives and that nobody has taken up yet, in order."""
    zone = series.site.zone
    start, end = month.bounds(zone)
    # By date and not by instant: the series may have moved to another time since a day was taken up, and the
    # library's instants differ from ours within an hour that crosses a change of the clocks.
    taken = {each.original_start.astimezone(zone).date() for each in series.event.occurrence_set.all()}
    # The prefetched occurrences are fresh, so the library need not read the event again.
    occurrences = series.event.get_occurrences(start, end, clear_prefetch=False)
    days = []
    for occurrence in occurrences:
        date = occurrence.start.astimezone(zone).date()
        # Persisted ones are days that were taken up before: drafted, published, moved or skipped.
        if occurrence.pk is None and date not in taken and start <= occurrence.start < end:
            days.append(_rule_day(series, date, zone))
    return sorted(days, key=lambda day: day.starts_at)


def _rule_day(series: ConsultationSeries, day: datetime.date, zone: ZoneInfo) -> RuleDay:
    recurrence = read(series.event, zone)
    return RuleDay(
        series=series,
        date=day,
        starts_at=_instant(day, recurrence.from_time, zone),
        ends_at=_instant(day, recurrence.to_time, zone),
    )


def take_up(days: Iterable[RuleDay]) -> list[Occurrence]:
    """Persists `days`, in their order, so that each can be moved or cancelled for itself."""
    return Occurrence.objects.bulk_create(
        [
            Occurrence(
                event=day.series.event,
                start=day.starts_at,
                end=day.ends_at,
                original_start=day.starts_at,
                original_end=day.ends_at,
            )
            for day in days
        ]
    )


def cancel(occurrence_id: int) -> None:
    """Makes the day an exception of its series."""
    Occurrence.objects.get(pk=occurrence_id).cancel()


def uncancel(occurrence_id: int) -> None:
    Occurrence.objects.get(pk=occurrence_id).uncancel()


def move(occurrence_id: int, starts_at: datetime.datetime, ends_at: datetime.datetime) -> None:
    """Makes the day an exception that is held at another time."""
    Occurrence.objects.filter(pk=occurrence_id).update(start=starts_at, end=ends_at)


def _instant(day: datetime.date, clock: datetime.time, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.combine(day, clock, tzinfo=zone).astimezone(datetime.UTC)
