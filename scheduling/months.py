"""A calendar month as people name it, and its edges as instants."""

import dataclasses
import datetime
import re
from typing import Self
from zoneinfo import ZoneInfo


@dataclasses.dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    def __post_init__(self) -> None:
        if not (2000 <= self.year <= 2100 and 1 <= self.number <= 12):
            raise ValueError(f"no month: {self.year}-{self.number}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month written "2026-12". Raises ValueError for anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text, flags=re.ASCII)
        if match is None:
            raise ValueError(f"no month: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, day: datetime.date) -> Self:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first_date(self) -> datetime.date:
        return datetime.date(self.year, self.number, 1)

    @property
    def last_date(self) -> datetime.date:
        return self._first_date_after - datetime.timedelta(days=1)

    @property
    def _first_date_after(self) -> datetime.date:
        # Not plus(1): the last month of all has a last day too.
        return datetime.date(self.year + self.number // 12, self.number % 12 + 1, 1)

    def plus(self, months: int) -> "Month":
        years, number = divmod(self.number - 1 + months, 12)
        return Month(self.year + years, number + 1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime.datetime, datetime.datetime]:
        """First instant of this month and of the next, on the clocks of `zone`."""
        return start_of_day(self.first_date, zone), start_of_day(self._first_date_after, zone)

    @property
    def bounds_in_any_zone(self) -> tuple[datetime.datetime, datetime.datetime]:
        """A span that contains the month in every zone: a filter for the database before the exact one."""
        margin = datetime.timedelta(days=1)
        first, last = self.bounds(ZoneInfo("UTC"))
        return first - margin, last + margin


def start_of_day(day: datetime.date, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), tzinfo=zone)
