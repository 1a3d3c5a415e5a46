"""Public and school holidays, and the two days that need care, by state of Germany."""

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


@lru_cache(maxsize=256)
def _school_calendar(state: str, year: int) -> dict[datetime.date, str]:
    calendar = holidays.country_holidays(
        "DE", subdiv=state, years=year, language="de", categories=(holidays.SCHOOL,)
    )
    return dict(calendar)


def school_holiday(state: str, day: datetime.date) -> str | None:
    """German name of the school holidays that `day` lies in, or None: also for years that the states have
    not fixed yet, so it is a hint and no more (see `knows_school_holidays`)."""
    return _school_calendar(state, day.year).get(day)


def knows_school_holidays(state: str, year: int) -> bool:
    """Whether the school holidays of `year` are known here."""
    return bool(_school_calendar(state, year))


def day_that_needs_care(day: datetime.date) -> str | None:
    """German name of `day` if it is 24 or 31 December, or None."""
    return DAYS_THAT_NEED_CARE.get((day.month, day.day))
