"""A facility's day or week for the morning meeting: what takes place, who comes, and with whom.

A constant number of queries.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from scheduling.day_reading import Hours, read_hours
from scheduling.models import Appointment, AppointmentStatus, Client, ConsultationHour, Slot
from scheduling.plain_sql import columns, fetch, made, parts
from sites.access import Permission, places_of
from sites.models import FACILITY_ROLES, Facility, User

SLOT = ("id", "hour_id", "starts_at", "ends_at", "state")
BOOKED = ("id", "client_id", "appointment_type", "status", "confirmed_at")
CLIENT = ("id", "code", "name", "needs_interpreter", "wants_companion")
_NAME: Any = Client._meta.get_field("name")

# The slots of some hours with who comes, who is told of it (as `scheduling.caseloads.contacts` says), and who
# comes along.
VISITS = f"""
SELECT {columns("slot", SLOT)}, {columns("booked", BOOKED)}, client.id, client.code,
    CASE WHEN %(with_names)s THEN client.name ELSE '' END, client.needs_interpreter, client.wants_companion,
    coalesce(owner.id, booker.id), coalesce(owner.display_name, booker.display_name),
    ARRAY (
        SELECT ARRAY [person.id::text, person.display_name] FROM scheduling_companion companion
        JOIN pia_sites_user person ON person.id = companion.user_id
        WHERE companion.appointment_id = booked.id ORDER BY companion.added_at, companion.id
    )
FROM scheduling_slot slot
LEFT JOIN scheduling_appointment booked ON booked.slot_id = slot.id AND booked.status <> 'cancelled'
LEFT JOIN scheduling_client client ON client.id = booked.client_id
LEFT JOIN pia_sites_user booker ON booker.id = booked.booked_by_id
LEFT JOIN pia_sites_user owner ON owner.id = client.caseload_of_id AND owner.is_active AND EXISTS (
    SELECT FROM pia_sites_membership post
    WHERE post.user_id = owner.id AND post.facility_id = client.facility_id AND post.role = ANY (%(roles)s)
)
WHERE slot.hour_id = ANY (%(hours)s) AND slot.appointment_type <> 'open' AND slot.state <> 'blocked'
ORDER BY slot.starts_at, slot.id
"""  # noqa: S608 -- constants only

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
    """A slot and who comes; `helpers` of the facility by name, who is asked about it first; `needs`: what
    should be prepared. Without an appointment `state` says why nobody comes."""

    slot: Slot
    state: str
    appointment: Appointment | None
    helpers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


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

    Two queries. Without names they are not even read.
    """
    hours = [each for each in _hours(user, span) if span.first <= each.local_date <= span.last]
    visits: dict[int, list[Visit]] = defaultdict(list)
    if hours:
        values = {
            "hours": [each.pk for each in hours],
            "with_names": with_names,
            "roles": list(FACILITY_ROLES),
        }
        for row in fetch(VISITS, values):
            visit = _visit(row)
            visits[visit.slot.hour_id].append(visit)
    by_day: dict[date, list[PlannedHour]] = defaultdict(list)
    for hour in hours:
        by_day[hour.local_date].append(PlannedHour(hour, visits[hour.pk]))
    return [PlannedDay(day, by_day[day]) for day in sorted(by_day)]


def facilities_of(user: User) -> list[Facility]:
    """Where `user` works with clients."""
    return list(Facility.objects.filter(pk__in=places_of(user.held, Permission.BOOK).facilities))


def clients_in(days: list[PlannedDay]) -> list[int]:
    """The keys of those who can be read by name."""
    visits = (visit for day in days for hour in day.hours for visit in hour.visits)
    clients = [visit.appointment.client for visit in visits if visit.appointment]
    return [client.pk for client in clients if client.name]


def _hours(user: User, span: Span) -> list[ConsultationHour]:
    margin = timedelta(days=1)
    first = datetime.combine(span.first - margin, datetime.min.time(), tzinfo=UTC)
    around = Hours(first=first, last=first + timedelta(days=span.days) + 2 * margin)
    return read_hours(around, places_of(user.held, Permission.BOOK))


def _visit(row: Sequence[Any]) -> Visit:
    own, booked, person, (contact_id, contact, companions) = parts(row, SLOT, BOOKED, CLIENT, (1, 2, 3))
    slot = made(Slot, SLOT, own)
    if booked[0] is None:
        return Visit(slot, slot.get_state_display(), None)
    appointment = made(Appointment, BOOKED, booked)
    appointment.client = client = made(Client, CLIENT, person)
    client.name = _NAME.from_db_value(client.name, None, connection)
    along = [name for key, name in companions if int(key) != contact_id]
    needs = {
        "Sprachmittlung": client.needs_interpreter,
        "möchte Begleitung": client.wants_companion and not along,
        "hat zugesagt": appointment.confirmed_at and appointment.status == AppointmentStatus.BOOKED,
    }
    return Visit(
        slot, "", appointment, (contact, *along), tuple(text for text, holds in needs.items() if holds)
    )
