"""Reads for screens, feeds and refusals. Each costs a constant number of queries, and what it returns."""

import dataclasses
from calendar import Calendar
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from scheduling import collisions
from scheduling.collisions import Collision
from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Client,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.months import Month
from sites.access import Permission, client_facilities_for, sites_for
from sites.models import Site, User


def live_appointments() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(status=AppointmentStatus.CANCELLED)


@dataclasses.dataclass(frozen=True)
class NextHour:
    """A site and its next published hour (with the counts of `with_counts`), if there is one."""

    site: Site
    hour: ConsultationHour | None


def free_slots(sites: Collection[Site] | QuerySet[Site], start: datetime, end: datetime) -> QuerySet[Slot]:
    """Slots that can be booked, starting within [start, end), earliest first.

    Reads the partial index on free slots by site and start.
    """
    return (
        Slot.objects.filter(
            site__in=sites,
            state=SlotState.FREE,
            starts_at__gte=start,
            starts_at__lt=end,
            hour__status=HourStatus.PUBLISHED,
        )
        .exclude(appointment_type=AppointmentType.OPEN)
        .select_related("site__facility", "hour__psychiatrist")
        .order_by("starts_at", "pk")
    )


def nearest_free_slots(slot: Slot, *, now: datetime, limit: int = 5) -> list[Slot]:
    """At most `limit` free slots of the same site and type as `slot`, those nearest to it, in order of start."""
    alike = Slot.objects.filter(
        site=slot.site_id,
        appointment_type=slot.appointment_type,
        state=SlotState.FREE,
        starts_at__gt=now,
        hour__status=HourStatus.PUBLISHED,
    ).exclude(pk=slot.pk)
    alike = alike.select_related("site__facility")
    before = alike.filter(starts_at__lt=slot.starts_at).order_by("-starts_at")[:limit]
    after = alike.filter(starts_at__gte=slot.starts_at).order_by("starts_at")[:limit]
    nearest = sorted([*before, *after], key=lambda each: abs(each.starts_at - slot.starts_at))[:limit]
    return sorted(nearest, key=lambda each: each.starts_at)


def hours_of_month(hours: QuerySet[ConsultationHour], month: Month) -> list[ConsultationHour]:
    """Those of `hours` that are in `month` by the calendar of their site, with the counts of `with_counts`."""
    around = with_counts(hours.filter(starts_at__range=month.bounds_in_any_zone))
    return [hour for hour in around if Month.containing(hour.local_date) == month]


def with_counts(hours: QuerySet[ConsultationHour]) -> QuerySet[ConsultationHour]:
    """Adds `slot_count` (slots that can be booked) and `free_count` to each hour."""
    bookable = ~Q(slots__appointment_type=AppointmentType.OPEN)
    return hours.select_related("site__facility", "site__clinic", "psychiatrist", "room").annotate(
        slot_count=Count("slots", filter=bookable),
        free_count=Count("slots", filter=bookable & Q(slots__state=SlotState.FREE)),
    )


def with_slots(hours: QuerySet[ConsultationHour]) -> QuerySet[ConsultationHour]:
    """Adds each hour's slots, and each slot's live appointment with its client as `slot.live` (0 or 1)."""
    live = live_appointments().select_related("client")
    slots = Slot.objects.order_by("starts_at").prefetch_related(
        Prefetch("appointments", queryset=live, to_attr="live")
    )
    return hours.select_related("site__facility", "psychiatrist", "room").prefetch_related(
        Prefetch("slots", queryset=slots)
    )


@dataclasses.dataclass(frozen=True)
class Flagged:
    """An hour and what speaks against it."""

    hour: ConsultationHour
    collisions: tuple[Collision, ...]


def flagged(hours: Sequence[ConsultationHour]) -> list[Flagged]:
    return [
        Flagged(hour, found) for hour, found in zip(hours, collisions.find(hours), strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class Day:
    """A day of a month's grid; days of the neighbouring months fill up the first and last week."""

    date: date
    in_month: bool
    entries: list[Flagged]


def weeks_of(month: Month, entries: Collection[Flagged]) -> list[list[Day]]:
    """The weeks of `month`, Monday first, with the entries on their days."""
    return [
        [
            Day(
                date=day,
                in_month=Month.containing(day) == month,
                entries=[entry for entry in entries if entry.hour.local_date == day],
            )
            for day in week
        ]
        for week in Calendar(firstweekday=0).monthdatescalendar(month.year, month.number)
    ]


# -- what a person may see: always through sites.access ------------------------------------------------


def hours_visible_to(user: User) -> QuerySet[ConsultationHour]:
    """All hours at the sites that `user` plans; elsewhere only those that were published."""
    return ConsultationHour.objects.filter(
        Q(site__in=sites_for(user, Permission.PLAN_HOURS).values("pk"))
        | Q(site__in=sites_for(user, Permission.VIEW_HOURS).values("pk"), published_at__isnull=False)
    )


def hours_planned_by(user: User) -> QuerySet[ConsultationHour]:
    return ConsultationHour.objects.filter(site__in=sites_for(user, Permission.PLAN_HOURS).values("pk"))


def month_at(user: User, site: Site, month: Month, *, with_collisions: bool) -> list[Flagged]:
    """The hours of `month` at `site` that `user` may see; collisions only for those who plan there."""
    hours = hours_of_month(hours_visible_to(user).filter(site=site), month)
    return flagged(hours) if with_collisions else [Flagged(hour, ()) for hour in hours]


def next_hours(user: User, sites: Collection[Site], *, now: datetime) -> list[NextHour]:
    """Each site with its next published hour, or None, in the order of `sites`; two queries."""
    upcoming = (
        ConsultationHour.objects.filter(site=OuterRef("pk"), status=HourStatus.PUBLISHED, ends_at__gt=now)
        .order_by("starts_at")
        .values("pk")[:1]
    )
    first = dict(Site.objects.filter(pk__in=[site.pk for site in sites]).values_list("pk", Subquery(upcoming)))
    hours = with_counts(ConsultationHour.objects.all()).in_bulk([pk for pk in first.values() if pk])
    return [NextHour(site, hours.get(first[site.pk])) for site in sites]


def slots_bookable_by(user: User) -> QuerySet[Slot]:
    """The slots of published hours at the sites where `user` books, taken ones too: booking says what is wrong."""
    return Slot.objects.filter(
        site__in=sites_for(user, Permission.BOOK).values("pk"), hour__status=HourStatus.PUBLISHED
    ).select_related("site__facility", "hour__psychiatrist", "hour__room")


def appointments_visible_to(user: User) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        slot__site__in=sites_for(user, Permission.VIEW_APPOINTMENTS).values("pk")
    ).select_related(
        "client", "booked_by", "slot__hour__psychiatrist", "slot__hour__room", "slot__site__facility"
    )


def appointments_booked_by_facility_of(user: User) -> QuerySet[Appointment]:
    """The appointments that `user` may cancel and move."""
    return appointments_visible_to(user).filter(
        slot__site__in=sites_for(user, Permission.BOOK).values("pk")
    )


def clients_visible_to(user: User) -> QuerySet[Client]:
    return Client.objects.filter(facility__in=client_facilities_for(user).values("pk"))


def hours_on(user: User, day: date) -> list[ConsultationHour]:
    """The published hours of `day`, by the calendar of each site, with slots and live appointments."""
    margin = timedelta(days=1)
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    hours = with_slots(
        hours_visible_to(user).filter(
            status__in=TAKES_TIME,
            site__in=sites_for(user, Permission.VIEW_APPOINTMENTS).values("pk"),
            starts_at__range=(noon - 2 * margin, noon + 2 * margin),
        )
    )
    return [hour for hour in hours if hour.local_date == day]
