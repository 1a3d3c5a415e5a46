"""Recurring hours in wall-clock time, kept by django-scheduler.

The only module that imports `schedule`. django-scheduler expands a rule in the zone of the window that it is
asked for: with a UTC window a series shifts by an hour across daylight saving. So every question here carries
the facility's zone, and every answer is given in UTC.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from schedule.models import Calendar, Event, Occurrence, Rule

from scheduling.models import ConsultationSeries
from scheduling.months import Month, start_of_day
from scheduling.plain_sql import made
from sites.models import Site
from sites.refusals import Refusal

Frequency = Literal["monthly", "weekly", "dates"]
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
# As people say them within a sentence: «jeden zweiten Mittwoch».
ORDINALS_IN_SENTENCE = {1: "ersten", 2: "zweiten", 3: "dritten", 4: "vierten", -1: "letzten"}
TITLE = "Sprechstunde"
# How far a rule is followed in search of its next days; without an end it would never stop.
FAR = datetime.timedelta(days=5 * 366)


@dataclasses.dataclass(frozen=True)
class Recurrence:
    """When a series is held.

    `nth` counts the weekday within a month (1 to 4, or -1 for the last) and is None for weekly rules;
    `interval` is every how many months or weeks. Times are wall-clock times in `zone`; `ends_date` is the
    last possible day. With the frequency "dates" the series is held on `dates` and on no other day.
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
    dates: tuple[datetime.date, ...] = ()

    def __str__(self) -> str:
        """In German: "zweiter Mittwoch im Monat, 13:00-16:30"."""
        if self.frequency == "dates":
            day = "an festen Tagen: " + ", ".join(f"{each:%d.%m.%Y}" for each in self.dates)
        elif self.frequency == "monthly" and self.nth is not None:
            day = f"{ORDINALS[self.nth]} {WEEKDAYS[self.weekday]} im Monat"
            if self.interval > 1:
                day += f", alle {self.interval} Monate"
        else:
            every = "jede Woche" if self.interval == 1 else f"alle {self.interval} Wochen"
            day = f"{WEEKDAYS[self.weekday]}, {every}"
        return f"{day}, {self.from_time:%H:%M}–{self.to_time:%H:%M}"

    @property
    def length(self) -> datetime.timedelta:
        """By the clock: on a day whose clocks change the hour may be shorter or longer."""
        day = datetime.date.min
        return datetime.datetime.combine(day, self.to_time) - datetime.datetime.combine(day, self.from_time)

    @property
    def in_words(self) -> str:
        """As a person would say it: "Jeden zweiten Mittwoch im Monat"."""
        if self.frequency == "dates":
            return "An einem festen Tag" if len(self.dates) == 1 else f"An {len(self.dates)} festen Tagen"
        weekday = WEEKDAYS[self.weekday]
        if self.frequency == "monthly" and self.nth is not None:
            nth = ORDINALS_IN_SENTENCE[self.nth]
            if self.interval == 1:
                return f"Jeden {nth} {weekday} im Monat"
            return f"Alle {self.interval} Monate am {nth} {weekday}"
        return f"Jeden {weekday}" if self.interval == 1 else f"Alle {self.interval} Wochen am {weekday}"

    def covers(self, day: datetime.date) -> bool:
        """Whether the rule gives `day`."""
        return next(days_from(self, day), None) == day

    def starts_at(self, day: datetime.date) -> datetime.datetime:
        return _instant(day, self.from_time, self.zone)

    def ends_at(self, day: datetime.date) -> datetime.datetime:
        return _instant(day, self.to_time, self.zone)

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


class StartsInSkippedHour(Refusal):
    """The first day is one whose clocks leave the hour out: from it no later day could be read."""

    code = "starts_in_skipped_hour"
    sentence = (
        "Diese Uhrzeit gibt es am ersten Tag der Reihe nicht, weil die Uhren dann vorgestellt werden. "
        "Bitte lassen Sie die Reihe einen Tag später beginnen."
    )


def create_event(site: Site, recurrence: Recurrence) -> Event:
    """Raises StartsInSkippedHour."""
    calendar, _ = Calendar.objects.get_or_create(slug=site.slug, defaults={"name": site.name})
    event = Event(title=TITLE, calendar=calendar)
    _write(event, recurrence)
    return event


def update_event(event: Event, recurrence: Recurrence) -> bool:
    """Gives `event` and its series the recurrence; whether that changed anything.

    Raises StartsInSkippedHour.
    """
    if read(event, recurrence.zone) == recurrence:
        return False
    _write(event, recurrence)
    event.series.fixed_dates = list(recurrence.dates)
    event.series.save(update_fields=["fixed_dates"])
    return True


def starts_in_skipped_hour(recurrence: Recurrence) -> bool:
    """Whether the first day lacks one of the times, since its clocks are put forward."""
    return any(
        is_skipped(recurrence.starts_date, clock, recurrence.zone)
        for clock in (recurrence.from_time, recurrence.to_time)
    )


def is_skipped(day: datetime.date, clock: datetime.time, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` never show `clock` on `day`."""
    shown = _instant(day, clock, zone).astimezone(zone)
    return shown.replace(tzinfo=None) != datetime.datetime.combine(day, clock)


def _write(event: Event, recurrence: Recurrence) -> None:
    if starts_in_skipped_hour(recurrence):
        raise StartsInSkippedHour
    former = event.rule
    _fill(event, recurrence)
    if event.rule is not None:
        event.rule.save()
    event.save()
    if former is not None and event.rule is None:
        former.delete()


def _fill(event: Event, recurrence: Recurrence) -> None:
    """Fixed days need no rule: django-scheduler's event without one stands for the first of them."""
    if recurrence.frequency == "dates":
        event.rule = None
    else:
        rule = event.rule or Rule()
        rule.name = recurrence.rule_params[:32]
        rule.description = str(recurrence)
        rule.frequency = recurrence.frequency.upper()
        rule.params = recurrence.rule_params
        event.rule = rule
    event.start = _instant(recurrence.starts_date, recurrence.from_time, recurrence.zone)
    event.end = _instant(recurrence.starts_date, recurrence.to_time, recurrence.zone)
    event.end_recurring_period = (
        start_of_day(recurrence.ends_date + datetime.timedelta(days=1), recurrence.zone)
        - datetime.timedelta(seconds=1)
        if recurrence.ends_date
        else None
    )


# What `read` needs of an event and of its rule, for plain SQL.
EVENT = ("id", "start", "end", "rule_id", "end_recurring_period")
RULE = ("id", "frequency", "params")


def event_of(event: Sequence[Any], rule: Sequence[Any]) -> Event:
    """The event whose columns EVENT were read, with the rule whose columns RULE were; a series on fixed days
    has none."""
    found = made(Event, EVENT, event)
    found.rule = made(Rule, RULE, rule) if rule[0] is not None else None
    return found


def read(event: Event, zone: ZoneInfo) -> Recurrence:
    """The recurrence of `event` on the clocks of `zone`; of fixed days, `event` must know its series."""
    if event.rule is None:
        from_time, to_time = event.start.astimezone(zone).time(), event.end.astimezone(zone).time()
        return fixed(event.series.fixed_dates, from_time, to_time, zone)
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


def fixed(
    dates: Collection[datetime.date], from_time: datetime.time, to_time: datetime.time, zone: ZoneInfo
) -> Recurrence:
    """The recurrence on `dates`, at least one."""
    ordered = tuple(sorted(dates))
    return Recurrence(
        frequency="dates",
        weekday="",
        nth=None,
        starts_date=ordered[0],
        ends_date=ordered[-1],
        from_time=from_time,
        to_time=to_time,
        zone=zone,
        dates=ordered,
    )


def days_from(recurrence: Recurrence, first: datetime.date) -> Iterator[datetime.date]:
    """The days that the recurrence gives from `first` on, in order, for five years. Asks no database."""
    if recurrence.frequency == "dates":
        yield from (day for day in sorted(set(recurrence.dates)) if day >= first)
        return
    event = Event()
    _fill(event, recurrence)
    # Naive, on the clocks of the zone: as django-scheduler itself expands the rule.
    begin = datetime.datetime.combine(max(first, recurrence.starts_date), datetime.time())
    for start in event.get_rrule_object(recurrence.zone).xafter(begin, inc=True):
        if start > begin + FAR:
            return
        yield start.date()


def next_days(recurrence: Recurrence, first: datetime.date, count: int) -> list[datetime.date]:
    return list(islice(days_from(recurrence, first), count))


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
    if series.fixed_dates:
        return [
            _rule_day(series, day, zone)
            for day in sorted(series.fixed_dates)
            if day not in taken and Month.containing(day) == month
        ]
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
    starts_at = _instant(day, recurrence.from_time, zone)
    ends_at = _instant(day, recurrence.to_time, zone)
    if is_skipped(day, recurrence.from_time, zone):
        # It begins an hour later by the clock (RFC 5545, 3.3.5), and so it ends: its length stays.
        ends_at = starts_at + recurrence.length
    return RuleDay(series=series, date=day, starts_at=starts_at, ends_at=ends_at)


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
    """The day keeps its place in the rule, and is held at another time."""
    Occurrence.objects.filter(pk=occurrence_id).update(start=starts_at, end=ends_at)


def stand_for(occurrence_id: int | None, day: RuleDay) -> None:
    """What was taken up for another day of the rule now stands for `day`; when it is held stays."""
    Occurrence.objects.filter(pk=occurrence_id).update(original_start=day.starts_at, original_end=day.ends_at)


def _instant(day: datetime.date, clock: datetime.time, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.combine(day, clock, tzinfo=zone).astimezone(datetime.UTC)
