"""Calendars to subscribe to: their secret addresses, and what stands in them."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from icalendar import Event

from notifications import calendars
from notifications.models import CalendarFeed
from scheduling.caseloads import booked_for_nobody_s
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Change,
    ConsultationHour,
    HourStatus,
    SlotState,
)
from sites.access import Permission, sites_for
from sites.models import User

# What is over leaves after some weeks; what was cancelled stays long enough for every calendar to see it.
BACK = timedelta(weeks=4)
AHEAD = timedelta(days=366)
SHOWN = [HourStatus.PUBLISHED.value, HourStatus.HELD.value, HourStatus.CANCELLED.value]
# Calendars ask every half hour; when they last did need not be known so precisely.
USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Feed:
    """An iCalendar text, and when anything in it last changed (None for an empty one)."""

    content: bytes
    changed_at: datetime | None


@transaction.atomic
def create_feed(*, user: User, by: User, now: datetime, label: str = "") -> tuple[CalendarFeed, str]:
    """A feed of `user`'s calendar and its token, which can't be had a second time."""
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=user, label=label, token_hash=_hash(token), created_at=now)
    return feed, token


def revoke(*, feed: CalendarFeed, by: User, now: datetime) -> None:
    """Ends `feed` for good; a second time changes nothing."""
    CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=now)


def find_by_token(token: str) -> CalendarFeed | None:
    """The feed of that address while it stands and its person may sign in."""
    return (
        CalendarFeed.objects.select_related("user")
        .filter(token_hash=_hash(token), revoked_at=None, user__is_active=True)
        .first()
    )


def note_use(*, feed: CalendarFeed, now: datetime) -> None:
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    CalendarFeed.objects.filter(unnoted, pk=feed.pk).update(last_used_at=now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# -- what stands in them ------------------------------------------------------------------------------


def read(*, user: User, now: datetime) -> Feed:
    """`user`'s hours as psychiatrist, and the appointments of which `user` is told, as far as seen by `user`.

    Two queries. The same content gives the same bytes, so a calendar can ask whether anything is new.
    """
    span = Q(starts_at__gte=now - BACK, starts_at__lt=now + AHEAD)
    hours = list(_hours(user).filter(span))
    appointments = list(_appointments(user).filter(span))
    stamps = [each.changed_at for each in (*hours, *appointments)]
    events = [*_hour_events(hours), *_appointment_events(appointments)]
    return Feed(calendars.feed(events), max(stamps, default=None))


def _hours(user: User) -> QuerySet[Any]:
    changes = Change.objects.filter(hour=OuterRef("pk")).order_by("-pk").values("at")[:1]
    bookable = ~Q(slots__appointment_type=AppointmentType.OPEN)
    return (
        ConsultationHour.objects.filter(
            psychiatrist=user,
            site__in=sites_for(user, Permission.VIEW_HOURS).values("pk"),
            status__in=SHOWN,
            published_at__isnull=False,
        )
        .select_related("site__facility")
        .annotate(
            changed_at=Subquery(changes),
            slot_count=Count("slots", filter=bookable),
            busy_count=Count("slots", filter=bookable & Q(slots__state=SlotState.BUSY)),
        )
    )


def _appointments(user: User) -> QuerySet[Any]:
    """Those of which `user` is told: of the own clients, booked for whom nobody looks after, accompanied."""
    # Each way reads its own index.
    ways = (
        Appointment.objects.filter(client__caseload_of=user),
        booked_for_nobody_s(Appointment.objects.filter(booked_by=user)),
        Appointment.objects.filter(companions__user=user),
    )
    first, *others = (way.order_by().values("pk") for way in ways)
    return (
        Appointment.objects.filter(
            pk__in=first.union(*others, all=True),
            slot__site__in=sites_for(user, Permission.BOOK).values("pk"),
        )
        .select_related("slot__site__facility")
        .annotate(changed_at=Max("changes__at"))
    )


def _hour_events(hours: Iterable[Any]) -> Iterable[Event]:
    for hour in hours:
        yield calendars.entry(
            uid=str(hour.uid),
            sequence=hour.sequence,
            starts_at=hour.starts_at,
            ends_at=hour.ends_at,
            stamp=hour.changed_at,
            place=hour.site.facility.neutral_name,
            summary=f"belegt {hour.busy_count}/{hour.slot_count}",
            cancelled=hour.status == HourStatus.CANCELLED,
        )


def _appointment_events(appointments: Iterable[Any]) -> Iterable[Event]:
    for appointment in appointments:
        yield calendars.entry(
            uid=str(appointment.uid),
            sequence=appointment.sequence,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            stamp=appointment.changed_at,
            place=appointment.slot.site.facility.neutral_name,
            cancelled=appointment.status == AppointmentStatus.CANCELLED,
        )
