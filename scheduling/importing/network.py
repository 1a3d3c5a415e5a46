"""A network file that was checked: nothing in here is wrong in itself.

Every entry knows its `line`, for what only the database can tell. `values` holds model fields as far as the
file gives them: what it leaves out gets the model's default when created and stays as it is when updated.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from scheduling.recurrence import Recurrence


@dataclasses.dataclass(frozen=True)
class Organisation:
    """A provider or a clinic."""

    line: int
    slug: str
    values: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Facility:
    """`provider` is a slug, `rooms` are names."""

    line: int
    slug: str
    provider: str
    rooms: tuple[str, ...]
    values: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Series:
    """`practitioner` is an e-mail address, `room` a name, `plan` pairs of appointment type and minutes.

    `ends_given` tells a file that says "no end" (`ends_on: null`) from one that says nothing.
    """

    line: int
    practitioner: str
    room: str
    recurrence: Recurrence
    ends_given: bool
    plan: tuple[tuple[str, int], ...]


@dataclasses.dataclass(frozen=True)
class Site:
    """`clinic` and `facility` are slugs."""

    line: int
    slug: str
    clinic: str
    facility: str
    values: Mapping[str, Any]
    series: tuple[Series, ...]


@dataclasses.dataclass(frozen=True)
class Person:
    """`email` is in lower case; `clinic` or `facility` is a slug, the other (or both) empty."""

    line: int
    email: str
    display_name: str
    role: str
    clinic: str
    facility: str


@dataclasses.dataclass(frozen=True)
class Network:
    providers: tuple[Organisation, ...]
    clinics: tuple[Organisation, ...]
    facilities: tuple[Facility, ...]
    sites: tuple[Site, ...]
    staff: tuple[Person, ...]
