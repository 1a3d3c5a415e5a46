"""How long an offer stands."""

import datetime
from zoneinfo import ZoneInfo

# Nobody is woken for an offer, and nobody sleeps through one.
MORNING, EVENING = datetime.time(8), datetime.time(20)
# Of the time that is left before the slot an offer takes a part only, so that there is time for others.
PART = 4
SHORTEST = datetime.timedelta(minutes=5)


def offer_ends_at(
    starts_at: datetime.datetime, *, minutes: int, now: datetime.datetime, zone: ZoneInfo
) -> datetime.datetime | None:
    """Until when a slot that starts at `starts_at` is held if it is offered `now`; None if that is too near.

    For the site's `minutes`, or a quarter of the time that is left, if that is less. What is offered in the
    night counts from the morning.
    """
    begins = awake(now, zone)
    lasts = min(datetime.timedelta(minutes=minutes), (starts_at - begins) / PART)
    return begins + lasts if lasts >= SHORTEST else None


def awake(now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """`now` by day, and the end of the night by night."""
    local = now.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return now
    day = local.date() + datetime.timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.datetime.combine(day, MORNING, tzinfo=zone).astimezone(datetime.UTC)
