"""Instants as the clock on the facility's wall shows them, in German.

Django's own filters use the zone of the server or the reader; an appointment is read where it takes place.
Each filter takes the zone from what it is given: `{{ hour.starts_at|clock:hour.zone }}`.
"""

import datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats
from django.utils.translation import get_language

register = template.Library()


class Spanning(Protocol):
    starts_at: datetime.datetime
    ends_at: datetime.datetime


@lru_cache(maxsize=5000)
def _written(date: datetime.date, form: str, language: str | None) -> str:
    """Kept, since a page of many hours writes the same few days again and again."""
    return formats.date_format(date, form)


@register.filter
def clock(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "13:00" """
    return f"{instant.astimezone(zone):%H:%M}"


@register.filter
def span(what: Spanning, zone: ZoneInfo) -> str:
    """ "13:00–13:45", of anything with a start and an end"""
    return f"{clock(what.starts_at, zone)}–{clock(what.ends_at, zone)}"


@register.filter
def iso_day(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "2026-12-09", for addresses"""
    return instant.astimezone(zone).date().isoformat()


@register.filter
def day(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "Mittwoch, 9. Dezember 2026" """
    return _written(instant.astimezone(zone).date(), "l, j. F Y", get_language())


@register.filter
def short_day(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "Mi. 09.12.2026" """
    return _written(instant.astimezone(zone).date(), "D. d.m.Y", get_language())


@register.filter
def day_and_clock(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "Mi. 09.12.2026, 13:00 Uhr" """
    return f"{short_day(instant, zone)}, {clock(instant, zone)} Uhr"


@register.filter
def stamp(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "09.12.2026, 13:00" """
    return f"{instant.astimezone(zone):%d.%m.%Y, %H:%M}"


@register.filter
def stamp_day(instant: datetime.datetime, zone: ZoneInfo) -> str:
    """ "09.12.2026" """
    return f"{instant.astimezone(zone):%d.%m.%Y}"
