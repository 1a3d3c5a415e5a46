"""Public holidays and the two days that need care, by state of Germany."""

import datetime
from functools import lru_cache

import holidays

# Not public holidays, but clinics and facilities mostly close at noon or altogether.
DAYS_THAT_NEED_CARE = {(12, 24): "Heiligabend", (12, 31): "Silvester"}


@lru_cache(maxsize=256)
def _calendar(state: str, year: int) -> dict[datetime.date, str]:
    return dict(holidays.country_holidays("DE", subdiv=state, years=year, language="de"))


def public_holiday(state: str, day: datetime.date) -> str | None:
    """German name of the public holiday that `day` is in `state` (ISO 3166-2:DE), or None."""
    return _calendar(state, day.year).get(day)


def day_that_needs_care(day: datetime.date) -> str | None:
    """German name of `day` if it is 24 or 31 December, or None."""
    return DAYS_THAT_NEED_CARE.get((day.month, day.day))
