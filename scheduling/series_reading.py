"""What the pages of one series read, by plain statements (see `scheduling.plain_sql`)."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects

from scheduling.models import ConsultationHour, ConsultationSeries, HourStatus
from scheduling.plain_sql import columns, fetch, made, parts
from scheduling.recurrence import EVENT, RULE, event_of
from sites.access import Permission, places_of
from sites.models import Facility, Room, Site, User

SERIES = (
    *("id", "site_id", "psychiatrist_id", "room_id", "event_id", "fixed_dates"),
    *("imported_for_id", "changed_by_hand"),
)
SITE = ("id", "slug", "name", "clinic_id", "facility_id", "since_date", "until_date")
FACILITY = ("id", "name", "state", "time_zone")
PERSON = ("id", "display_name", "is_active")
ROOM = ("id", "facility_id", "name")

PLANNED = f"""
SELECT {columns("series", SERIES)}, {columns("site", SITE)}, {columns("facility", FACILITY)},
    {columns("person", PERSON)}, {columns("room", ROOM)}, {columns("event", EVENT)}, {columns("rule", RULE)}
FROM scheduling_consultationseries series
JOIN pia_sites_site site ON site.id = series.site_id
JOIN pia_sites_facility facility ON facility.id = site.facility_id
JOIN pia_sites_user person ON person.id = series.psychiatrist_id
JOIN pia_sites_room room ON room.id = series.room_id
JOIN schedule_event event ON event.id = series.event_id
LEFT JOIN schedule_rule rule ON rule.id = event.rule_id
WHERE series.id = %(pk)s
    AND (%(everywhere)s OR site.clinic_id = ANY(%(clinics)s) OR site.facility_id = ANY(%(facilities)s))
"""  # noqa: S608 -- constants only


def planned_series(user: User, pk: int) -> ConsultationSeries | None:
    """The series with site, facility, psychiatrist, room and event at hand; one query.

    None unless it is at a site that `user` plans.
    """
    places = places_of(user.held, Permission.PLAN_HOURS)
    for row in fetch(PLANNED, {**dataclasses.asdict(places), "pk": pk}):
        own, site, facility, person, room, event, rule = parts(
            row, SERIES, SITE, FACILITY, PERSON, ROOM, EVENT, RULE
        )
        series = made(ConsultationSeries, SERIES, own)
        series.site = made(Site, SITE, site)
        series.site.facility = made(Facility, FACILITY, facility)
        series.psychiatrist, series.room = made(User, PERSON, person), made(Room, ROOM, room)
        series.event = event_of(event, rule)
        return series
    return None


HOUR = (
    *("id", "site_id", "series_id", "rule_date", "psychiatrist_id", "room_id", "starts_at", "ends_at"),
    *("status", "sequence"),
)

PUBLISHED = f"""
SELECT {columns("hour", HOUR)}, {columns("person", PERSON)}, {columns("room", ROOM)},
    EXISTS (
        SELECT FROM scheduling_change change WHERE change.hour_id = hour.id AND change.kind = ANY(%(kinds)s)
    )
FROM scheduling_consultationhour hour
JOIN pia_sites_user person ON person.id = hour.psychiatrist_id
JOIN pia_sites_room room ON room.id = hour.room_id
WHERE hour.series_id = %(series)s AND hour.starts_at > %(now)s
    AND hour.status = '{HourStatus.PUBLISHED.value}'
ORDER BY hour.starts_at, hour.id
"""  # noqa: S608 -- constants only


def published_hours(
    series: ConsultationSeries, kinds: Sequence[str], *, now: datetime
) -> list[tuple[ConsultationHour, bool]]:
    """The published hours of `series` that have not begun, in order, with site, psychiatrist, room and slots;
    and whether a change of one of `kinds` was made to each. Two queries."""
    found = []
    for row in fetch(PUBLISHED, {"series": series.pk, "kinds": list(kinds), "now": now}):
        own, person, room, (is_changed,) = parts(row, HOUR, PERSON, ROOM, (1,))
        hour = made(ConsultationHour, HOUR, own)
        hour.site, hour.series = series.site, series
        hour.psychiatrist, hour.room = made(User, PERSON, person), made(Room, ROOM, room)
        found.append((hour, is_changed))
    prefetch_related_objects([hour for hour, _ in found], "slots")
    return found
