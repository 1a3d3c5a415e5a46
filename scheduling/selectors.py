"""Reads for screens, feeds and refusals. Each costs a constant number of queries, and what it returns."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.months import Month
from sites.models import Site


def live_appointments() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(status=AppointmentStatus.CANCELLED)


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


def hours_of_month(sites: Collection[Site] | QuerySet[Site], month: Month) -> list[ConsultationHour]:
    """The hours of `month` by the calendar of each site, with `slot_count` and `free_count`."""
    hours = with_counts(
        ConsultationHour.objects.filter(site__in=sites, starts_at__range=month.bounds_in_any_zone)
    )
    return [hour for hour in hours if Month.containing(hour.local_date) == month]


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
