"""Published hours that are other than their series has them now: listing the differences, applying them."""

import dataclasses
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format

from scheduling import collisions, planning, publishing, slot_plan
from scheduling.collisions import Collision
from scheduling.drafts import put
from scheduling.models import Change, ChangeKind, ConsultationHour, ConsultationSeries, HourStatus, Slot
from scheduling.planning import SeriesPlan
from scheduling.publishing import HourCollides, HourHasAppointments
from scheduling.rearranging import TAKEN
from scheduling.slot_plan import Lines
from sites.models import User
from sites.refusals import Refusal

# Whoever did one of these to an hour wanted it other than its series has it.
BY_HAND = [
    ChangeKind.HOUR_CHANGED.value,
    ChangeKind.HOUR_MOVED.value,
    ChangeKind.HOUR_RESIZED.value,
    ChangeKind.HOUR_SUBSTITUTED.value,
    ChangeKind.SLOTS_CHANGED.value,
]


class NothingDiffers(Refusal):
    code = "nothing_differs"
    sentence = "Diese Sprechstunde ist schon so, wie ihre Reihe sie vorsieht. Es gibt nichts zu übernehmen."


@dataclasses.dataclass(frozen=True)
class Difference:
    """How `hour` is other than its series has it now.

    `wanted` is the hour as the series has it, unsaved, or None if it has no such day any more; `parts` says
    in German what differs. With `is_booked` it can't be applied here; with `by_hand` somebody wanted it so,
    and applying all leaves it alone.
    """

    hour: ConsultationHour
    wanted: ConsultationHour | None
    parts: tuple[str, ...]
    is_booked: bool
    by_hand: bool
    collisions: tuple[Collision, ...] = ()

    @property
    def can_be_applied(self) -> bool:
        return not self.is_booked and not any(each.is_final for each in self.collisions)

    @property
    def goes_with_all(self) -> bool:
        return self.can_be_applied and not self.by_hand


def differences(*, series: ConsultationSeries, now: datetime) -> list[Difference]:
    """Of the published hours of `series` that have not begun, in order; a constant number of queries."""
    plan = planning.plan_of(series)
    found = [each for hour in _published(series, now) if (each := _difference(hour, plan, now)) is not None]
    wanted = [each.wanted for each in found if each.wanted is not None]
    against = dict(zip(map(id, wanted), collisions.find(wanted), strict=True))
    return [dataclasses.replace(each, collisions=against.get(id(each.wanted), ())) for each in found]


def _published(series: ConsultationSeries, now: datetime) -> QuerySet[ConsultationHour]:
    by_hand = Change.objects.filter(hour=OuterRef("pk"), kind__in=BY_HAND)
    return (
        ConsultationHour.objects.filter(series=series, status=HourStatus.PUBLISHED, starts_at__gt=now)
        .select_related("site__facility", "psychiatrist", "room")
        .prefetch_related("slots")
        .annotate(by_hand=Exists(by_hand))
        .order_by("starts_at", "pk")
    )


def _difference(hour: ConsultationHour, plan: SeriesPlan, now: datetime) -> Difference | None:
    wanted = _wanted(hour, plan)
    parts = _parts(hour, wanted, plan.lines) if wanted else ("Die Reihe gibt diesen Tag nicht mehr vor",)
    if not parts:
        return None
    booked = any(slot.state_at(now) in TAKEN for slot in hour.slots.all())
    return Difference(hour, wanted, parts, is_booked=booked, by_hand=getattr(hour, "by_hand", False))


def _wanted(hour: ConsultationHour, plan: SeriesPlan) -> ConsultationHour | None:
    if hour.rule_date is None or not plan.recurrence.covers(hour.rule_date):
        return None
    return ConsultationHour(
        pk=hour.pk,
        site=hour.site,
        status=hour.status,
        psychiatrist=plan.psychiatrist,
        room=plan.room,
        starts_at=plan.recurrence.starts_at(hour.rule_date),
        ends_at=plan.recurrence.ends_at(hour.rule_date),
    )


def _parts(hour: ConsultationHour, wanted: ConsultationHour, lines: Lines) -> tuple[str, ...]:
    zone = hour.zone
    pairs = (
        ("Tag", _day(hour, zone), _day(wanted, zone)),
        ("Zeit", _clocks(hour, zone), _clocks(wanted, zone)),
        ("Raum", str(hour.room), str(wanted.room)),
        ("Psychiater:in", str(hour.psychiatrist), str(wanted.psychiatrist)),
        ("Zeitfenster", *_plans(hour, wanted, lines)),
    )
    return tuple(f"{what}: {now} → {then}" for what, now, then in pairs if now != then)


def _day(hour: ConsultationHour, zone: ZoneInfo) -> str:
    return date_format(hour.starts_at.astimezone(zone).date(), "D. d.m.Y")


def _clocks(hour: ConsultationHour, zone: ZoneInfo) -> str:
    return f"{hour.starts_at.astimezone(zone):%H:%M}–{hour.ends_at.astimezone(zone):%H:%M}"


def _plans(hour: ConsultationHour, wanted: ConsultationHour, lines: Lines) -> tuple[str, str]:
    slots: Collection[Slot] = sorted(hour.slots.all(), key=lambda slot: slot.starts_at)
    own = slot_plan.lines_of(list(slots), hour.starts_at, hour.ends_at)
    given = slot_plan.lines_of(slot_plan.lay_out(wanted, lines), wanted.starts_at, wanted.ends_at)
    if own == given:
        return "", ""
    return slot_plan.in_words(own), slot_plan.in_words(given)


@transaction.atomic
def apply(*, hour: ConsultationHour, by: User, now: datetime) -> ConsultationHour:
    """Makes a published hour as its series has it now; an hour whose day is gone becomes a skipped one.

    Raises HourNotPublished, HourIsOver, HourHasAppointments, HourCollides (person or room are taken), and
    NothingDiffers.
    """
    hour = publishing.locked(hour)
    if hour.status != HourStatus.PUBLISHED or hour.series is None:
        raise publishing.HourNotPublished
    if hour.starts_at <= now:
        raise publishing.HourIsOver
    difference = _difference(hour, planning.plan_of(hour.series), now)
    if difference is None:
        raise NothingDiffers
    if difference.is_booked:
        raise HourHasAppointments
    if difference.wanted is None:
        draft = publishing.withdraw(hour=hour, by=by, now=now)
        return publishing.skip(hour=draft, by=by, now=now, because=planning.SERIES_CHANGED)
    _hold_as_wanted(hour, difference.wanted, planning.plan_of(hour.series).lines, by, now)
    return hour


def _hold_as_wanted(
    hour: ConsultationHour, wanted: ConsultationHour, lines: Lines, by: User, now: datetime
) -> None:
    publishing.lock_people_and_rooms([wanted])
    final = [each for each in collisions.find([wanted])[0] if each.is_final]
    if final:
        raise HourCollides(final)
    put(
        hour,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        room=wanted.room,
        psychiatrist=wanted.psychiatrist,
        lines=lines,
        kind=ChangeKind.HOUR_ADAPTED,
        by=by,
        now=now,
    )


def apply_all(*, series: ConsultationSeries, by: User, now: datetime) -> tuple[int, int]:
    """Applies every difference that nothing stands in the way of; how many, and how many are left."""
    applied = 0
    found = differences(series=series, now=now)
    for each in found:
        if each.goes_with_all:
            try:
                apply(hour=each.hour, by=by, now=now)
            except Refusal:
                continue  # somebody was faster; it stays in the list
            applied += 1
    return applied, len(found) - applied
