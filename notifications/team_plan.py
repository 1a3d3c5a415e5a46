"""A facility's day or week for the morning meeting: what takes place, who comes, and with whom.

A constant number of queries.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from notifications.caseload_pages import UNREAD
from scheduling.caseloads import contacts
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Companion,
    ConsultationHour,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.selectors import live_appointments
from sites.access import Permission, client_facilities_for, sites_for
from sites.models import Facility, User

DAYS_OF_WEEK = 7


@dataclass(frozen=True)
class Span:
    """The days that are shown, in the facilities' own calendars."""

    first: date
    days: int

    @classmethod
    def of(cls, day: date, *, week: bool) -> "Span":
        """The week of `day` from Monday on, or `day` alone."""
        return cls(day - timedelta(days=day.weekday()), DAYS_OF_WEEK) if week else cls(day, 1)

    @property
    def is_week(self) -> bool:
        return self.days > 1

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    def plus(self, steps: int) -> date:
        return self.first + timedelta(days=steps * self.days)


@dataclass(frozen=True)
class Visit:
    """A slot and who comes; `helpers` of the facility, who is asked about it first."""

    slot: Slot
    appointment: Appointment | None
    helpers: tuple[User, ...]

    @property
    def needs(self) -> list[str]:
        """What should be prepared."""
        if self.appointment is None:
            return []
        client, came = self.appointment.client, self.appointment.status != AppointmentStatus.BOOKED
        told = {
            "Sprachmittlung": client.needs_interpreter,
            "möchte Begleitung": client.wants_companion and len(self.helpers) < 2,
            "hat zugesagt": self.appointment.confirmed_at is not None and not came,
        }
        return [text for text, holds in told.items() if holds]


@dataclass(frozen=True)
class PlannedHour:
    hour: ConsultationHour
    visits: list[Visit]

    @property
    def zone(self) -> ZoneInfo:
        return self.hour.zone


@dataclass(frozen=True)
class PlannedDay:
    day: date
    hours: list[PlannedHour]


def read(user: User, span: Span, *, with_names: bool) -> list[PlannedDay]:
    """The days of `span` on which something takes place at the facilities where `user` works with clients.

    Without names they are not even read.
    """
    hours = [each for each in _hours(user, span, with_names) if span.first <= each.local_date <= span.last]
    found = [each for hour in hours for slot in hour.slots.all() for each in _live(slot)]
    told = contacts(found)
    by_day: dict[date, list[PlannedHour]] = defaultdict(list)
    for hour in hours:
        visits = [_visit(slot, told) for slot in hour.slots.all()]
        shown = [each for each in visits if each.slot.state != SlotState.BLOCKED]
        by_day[hour.local_date].append(PlannedHour(hour, shown))
    return [PlannedDay(day, by_day[day]) for day in sorted(by_day)]


def facilities_of(user: User) -> list[Facility]:
    return list(client_facilities_for(user))


def clients_in(days: list[PlannedDay]) -> list[int]:
    """The keys of those who can be read by name."""
    visits = (visit for day in days for hour in day.hours for visit in hour.visits)
    clients = [visit.appointment.client for visit in visits if visit.appointment]
    return [client.pk for client in clients if client.name]


def _hours(user: User, span: Span, with_names: bool) -> list[ConsultationHour]:
    margin = timedelta(days=1)
    start = datetime.combine(span.first - margin, datetime.min.time(), tzinfo=ZoneInfo("UTC"))
    companions = Companion.objects.select_related("user").defer("user__phone")
    unread = [f"client__{each}" for each in (*UNREAD, *(() if with_names else ("name",)))]
    live = (
        live_appointments()
        .select_related("client", "booked_by")
        .defer("booked_by__phone", *unread)
        .prefetch_related(Prefetch("companions", queryset=companions))
    )
    slots = (
        Slot.objects.exclude(appointment_type=AppointmentType.OPEN)
        .order_by("starts_at")
        .prefetch_related(Prefetch("appointments", queryset=live, to_attr="live"))
    )
    return list(
        ConsultationHour.objects.filter(
            site__in=sites_for(user, Permission.BOOK).values("pk"),
            status__in=[HourStatus.PUBLISHED, HourStatus.HELD],
            starts_at__range=(start, start + timedelta(days=span.days) + 2 * margin),
        )
        .select_related("site__facility", "psychiatrist", "room")
        .defer("psychiatrist__phone")
        .prefetch_related(Prefetch("slots", queryset=slots))
        .order_by("starts_at", "pk")
    )


def _live(slot: Slot) -> list[Appointment]:
    return getattr(slot, "live", [])


def _visit(slot: Slot, told: Mapping[int, User]) -> Visit:
    live = _live(slot)
    if not live:
        return Visit(slot, None, ())
    [appointment] = live
    along = [each.user for each in appointment.companions.all()]
    helpers = tuple(dict.fromkeys([told[appointment.pk], *along]))
    return Visit(slot, appointment, helpers)
