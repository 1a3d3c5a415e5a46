"""What the pages of months read, of one site or of several, by plain SQL (see `scheduling.plain_sql`)."""

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

from scheduling import collisions
from scheduling.collisions import Collision
from scheduling.models import AppointmentType, ConsultationHour, HourStatus, SlotState
from scheduling.months import Month
from scheduling.plain_sql import columns, fetch, made, parts
from sites.access import Permission, permissions_at, places_of
from sites.models import Facility, Room, Site, User

# Sites have a letter and a colour each, in the order of their names; beyond these the letters go on.
COLOURS = 6

SITE = ("id", "slug", "name", "clinic_id", "facility_id")
FACILITY = ("id", "time_zone", "state")
HOUR = (
    *("id", "site_id", "psychiatrist_id", "room_id", "starts_at", "ends_at", "status"),
    "published_at",
)
PERSON = ("id", "display_name")
ROOM = ("id", "name")
COUNTS = ("slot_count", "free_count", "busy_count")

# The sites of somebody, each with the number of drafts that wait there.
SITES = f"""
SELECT {columns("site", SITE)}, {columns("facility", FACILITY)},
    (
        SELECT count(*) FROM scheduling_consultationhour hour
        WHERE hour.site_id = site.id AND hour.status = '{HourStatus.DRAFT.value}' AND hour.starts_at > %(now)s
    )
FROM pia_sites_site site JOIN pia_sites_facility facility ON facility.id = site.facility_id
WHERE %(everywhere)s OR site.clinic_id = ANY(%(clinics)s) OR site.facility_id = ANY(%(facilities)s)
ORDER BY site.name, site.id
"""  # noqa: S608 -- constants only

# The hours there: all of them where somebody plans, elsewhere what was published.
HOURS = f"""
SELECT {columns("hour", HOUR)}, {columns("person", PERSON)}, {columns("room", ROOM)},
    {columns("slots", COUNTS)}
FROM scheduling_consultationhour hour
JOIN pia_sites_user person ON person.id = hour.psychiatrist_id
JOIN pia_sites_room room ON room.id = hour.room_id
CROSS JOIN LATERAL (
    SELECT count(*) AS slot_count,
        count(*) FILTER (
            WHERE slot.state = '{SlotState.FREE.value}'
                OR slot.state = '{SlotState.HELD.value}' AND slot.held_until <= %(now)s
        ) AS free_count,
        count(*) FILTER (WHERE slot.state = '{SlotState.BUSY.value}') AS busy_count
    FROM scheduling_slot slot
    WHERE slot.hour_id = hour.id AND NOT slot.appointment_type = '{AppointmentType.OPEN.value}'
) slots
WHERE hour.site_id = ANY(%(sites)s) AND hour.status = ANY(%(statuses)s)
    AND (hour.published_at IS NOT NULL OR hour.site_id = ANY(%(planned)s))
    AND hour.starts_at BETWEEN %(first)s AND %(last)s
ORDER BY hour.starts_at, hour.id
"""  # noqa: S608 -- constants only


@dataclasses.dataclass(frozen=True)
class SiteMark:
    """A site with the letter and the number of the colour that stand for it on this page.

    `waiting` is the number of its drafts to come that somebody must decide on: none where the person who
    looks doesn't plan.
    """

    site: Site
    letter: str
    colour: int
    may_plan: bool
    waiting: int


@dataclasses.dataclass(frozen=True)
class HourMarked:
    """An hour among those of other sites; `hour` has `slot_count` (that can be booked), `free_count` and
    `busy_count`."""

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

    @property
    def free(self) -> str:
        return str(self.hour.free_count)  # type: ignore[attr-defined]

    @property
    def busy(self) -> str:
        return str(self.hour.busy_count)  # type: ignore[attr-defined]

    @property
    def is_bookable(self) -> bool:
        return self.hour.status != HourStatus.DRAFT


def marks(user: User, *, now: datetime.datetime) -> list[SiteMark]:
    """The sites of `user`, each with its mark: the same on every month; one query."""
    places = places_of(user.held, Permission.VIEW_HOURS)
    rows = fetch(SITES, {**dataclasses.asdict(places), "now": now})
    read = [(_site(site, facility), waiting) for site, facility, (waiting,) in _cut(rows)]
    may = permissions_at(user, [site for site, _ in read], held=user.held)
    planned = {pk for pk, permissions in may.items() if Permission.PLAN_HOURS in permissions}
    return [
        SiteMark(
            site=site,
            letter=_letter(number),
            colour=number % COLOURS,
            may_plan=site.pk in planned,
            waiting=waiting if site.pk in planned else 0,
        )
        for number, (site, waiting) in enumerate(read)
    ]


def _cut(rows: list[tuple[Any, ...]]) -> list[list[Sequence[Any]]]:
    return [parts(row, SITE, FACILITY, (1,)) for row in rows]


def _site(values: Sequence[Any], facility: Sequence[Any]) -> Site:
    site = made(Site, SITE, values)
    site.facility = made(Facility, FACILITY, facility)
    return site


def _letter(number: int) -> str:
    """A to Z, then AA, AB …"""
    first, last = divmod(number, 26)
    return ("" if not first else chr(64 + first)) + chr(65 + last)


def month_of_sites(shown: Sequence[SiteMark], month: Month, *, now: datetime.datetime) -> list[HourMarked]:
    """The hours of `month` at the sites of `shown` that may be seen and take place, in order; two queries."""
    by_site = {mark.site.pk: mark for mark in shown}
    sites = [mark.site for mark in shown]
    planned = [mark.site.pk for mark in shown if mark.may_plan]
    hours = _hours(sites, planned, [each for each in HourStatus if each != HourStatus.CANCELLED], month, now)
    asked = [hour for hour in hours if by_site[hour.site_id].may_plan and hour.ends_at > now]
    found = dict(zip((hour.pk for hour in asked), collisions.find(asked), strict=True))
    return [
        HourMarked(hour, by_site[hour.site_id], found.get(hour.pk, ()), hint, hour.ends_at <= now)
        for hour, hint in zip(hours, collisions.hints(hours), strict=True)
    ]


def hours_at(site: Site, month: Month, *, may_plan: bool, now: datetime.datetime) -> list[ConsultationHour]:
    """The hours of `month` at one site, also those that were left out or cancelled, in order; one query."""
    return _hours([site], [site.pk] if may_plan else [], list(HourStatus), month, now)


def _hours(
    sites: Sequence[Site],
    planned: Sequence[int],
    statuses: Sequence[HourStatus],
    month: Month,
    now: datetime.datetime,
) -> list[ConsultationHour]:
    """Those of the month by the clock of their site, each with what stands in HOURS."""
    by_key = {site.pk: site for site in sites}
    first, last = month.bounds_in_any_zone
    values = {
        "sites": list(by_key),
        "planned": list(planned),
        "statuses": [each.value for each in statuses],
        "now": now,
        "first": first,
        "last": last,
    }
    people: dict[int, User] = {}
    rooms: dict[int, Room] = {}
    hours = []
    for row in fetch(HOURS, values):
        values_of_hour, person, room, counts = parts(row, HOUR, PERSON, ROOM, COUNTS)
        hour = made(ConsultationHour, HOUR, values_of_hour)
        hour.site = by_key[hour.site_id]
        hour.psychiatrist = people.setdefault(person[0], made(User, PERSON, person))
        hour.room = rooms.setdefault(room[0], made(Room, ROOM, room))
        hour.slot_count, hour.free_count, hour.busy_count = counts  # type: ignore[attr-defined]
        hours.append(hour)
    return [hour for hour in hours if Month.containing(hour.local_date) == month]
