"""At what hour a client may be reminded. Hours are those of the clock on the facility's wall."""

import datetime
from zoneinfo import ZoneInfo

# One reminder, a day ahead; stages and hours become a site's setting.
REMINDER_STAGE = 1
AHEAD = datetime.timedelta(days=REMINDER_STAGE)

EARLIEST = datetime.time(8)
LATEST = datetime.time(20)
# What became due before LATEST may still leave shortly after it, but not in the night.
NIGHT = datetime.time(21)


def reminder_due_at(
    starts_at: datetime.datetime, zone: ZoneInfo, now: datetime.datetime
) -> datetime.datetime | None:
    """When to remind of an appointment that is booked or moved `now`; None if that is too short before it.

    At the same hour of the day before, also across a change of the clocks, moved into the hours from EARLIEST
    to LATEST of that day: always before the appointment.
    """
    due = _within_day(starts_at.astimezone(zone) - AHEAD).astimezone(datetime.UTC)
    return due if starts_at - AHEAD >= now and due > now else None


def _within_day(local: datetime.datetime) -> datetime.datetime:
    clock = min(max(local.time(), EARLIEST), LATEST)
    return local.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )


def end_of_night(now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime | None:
    """When the night that reigns at `now` ends; None by day."""
    local = now.astimezone(zone)
    if EARLIEST <= local.time() < NIGHT:
        return None
    day = local.date() + datetime.timedelta(days=1 if local.time() >= NIGHT else 0)
    return datetime.datetime.combine(day, EARLIEST, tzinfo=zone).astimezone(datetime.UTC)
