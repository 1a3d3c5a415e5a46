"""Builders of test data: each makes one thing with defaults, through the domain where there is a command.

Every instant is fixed: the tests' present is `NOW`, the hours lie in December 2026, as in the network file.
"""

import datetime
from collections.abc import Sequence
from itertools import count
from zoneinfo import ZoneInfo

from scheduling import clients, publishing, recurrence
from scheduling.models import Client, ConsultationHour, ConsultationSeries, PlannedSlot
from scheduling.months import Month
from scheduling.recurrence import Frequency, Recurrence
from sites.models import (
    CLINIC_ROLES,
    FACILITY_ROLES,
    Clinic,
    Facility,
    Membership,
    Provider,
    Role,
    Room,
    Site,
    User,
)

NOW = datetime.datetime(2026, 11, 22, 11, 0, tzinfo=datetime.UTC)
DECEMBER = Month(2026, 12)

# The plan of the site in Mitte: 13:00-16:30 with two first interviews, two follow-ups and open time.
PLAN: Sequence[tuple[str, int]] = (
    ("first", 50),
    ("first", 50),
    ("follow_up", 25),
    ("follow_up", 25),
    ("open", 60),
)
WEEKDAYS = list(recurrence.WEEKDAYS)

_numbers = count(1)


def make_clinic() -> Clinic:
    number = next(_numbers)
    return Clinic.objects.create(slug=f"klinik-{number}", name=f"Klinik {number}")


def make_facility(*, state: str = "BE", time_zone: str = "Europe/Berlin") -> Facility:
    number = next(_numbers)
    provider = Provider.objects.create(slug=f"traeger-{number}", name=f"Träger {number}")
    return Facility.objects.create(
        slug=f"einrichtung-{number}",
        provider=provider,
        name=f"Drogenberatung {number}",
        neutral_name=f"Büro {number}",
        district="Mitte",
        state=state,
        time_zone=time_zone,
        callback_phone="+493023125100",
    )


def make_room(facility: Facility) -> Room:
    return Room.objects.create(facility=facility, name=f"Raum {next(_numbers)}")


def make_site(
    *,
    clinic: Clinic | None = None,
    facility: Facility | None = None,
    since_date: datetime.date = datetime.date(2022, 1, 1),
    until_date: datetime.date | None = None,
    state: str = "BE",
    time_zone: str = "Europe/Berlin",
) -> Site:
    """A site; `state` and `time_zone` are those of the facility, unless one is given."""
    number = next(_numbers)
    return Site.objects.create(
        slug=f"standort-{number}",
        name=f"Standort {number}",
        clinic=clinic or make_clinic(),
        facility=facility or make_facility(state=state, time_zone=time_zone),
        since_date=since_date,
        until_date=until_date,
    )


def make_user(
    role: Role | None = None,
    *,
    clinic: Clinic | None = None,
    facility: Facility | None = None,
    email: str = "",
    password: str | None = None,
) -> User:
    """A member of staff with `role` at `clinic` or `facility`, which is made if the role needs one.

    Without `password` nobody can sign in as this person, which saves the time to hash one.
    """
    number = next(_numbers)
    user = User.objects.create_user(
        email or f"person-{number}@example.org", password, display_name=f"Person {number}"
    )
    if role is not None:
        Membership.objects.create(
            user=user,
            role=role,
            clinic=(clinic or make_clinic()) if role in CLINIC_ROLES else None,
            facility=(facility or make_facility()) if role in FACILITY_ROLES else None,
        )
    return user


def make_client(
    facility: Facility,
    *,
    by: User | None = None,
    now: datetime.datetime = NOW,
    name: str = "",
    phone: str = "",
) -> Client:
    by = by or make_user(Role.SOCIAL_WORKER, facility=facility)
    return clients.register_client(facility=facility, by=by, now=now, name=name, phone=phone)


def make_series(
    site: Site,
    *,
    psychiatrist: User | None = None,
    room: Room | None = None,
    plan: Sequence[tuple[str, int]] = PLAN,
    frequency: Frequency = "monthly",
    weekday: str = "WE",
    nth: int | None = 2,
    interval: int = 1,
    starts_date: datetime.date = datetime.date(2026, 12, 1),
    ends_date: datetime.date | None = None,
    from_time: datetime.time = datetime.time(13),
    to_time: datetime.time = datetime.time(16, 30),
) -> ConsultationSeries:
    """A series; in December 2026 the defaults give the 9th, 13:00-16:30."""
    rule = Recurrence(
        frequency=frequency,
        weekday=weekday,
        nth=nth,
        interval=interval,
        starts_date=starts_date,
        ends_date=ends_date,
        from_time=from_time,
        to_time=to_time,
        zone=site.zone,
    )
    series = ConsultationSeries.objects.create(
        site=site,
        psychiatrist=psychiatrist or make_user(Role.PSYCHIATRIST, clinic=site.clinic),
        room=room or make_room(site.facility),
        event=recurrence.create_event(site, rule),
    )
    PlannedSlot.objects.bulk_create(
        PlannedSlot(series=series, position=position, appointment_type=appointment_type, minutes=minutes)
        for position, (appointment_type, minutes) in enumerate(plan)
    )
    return series


def make_draft_hour(
    site: Site | None = None,
    *,
    day: datetime.date = datetime.date(2026, 12, 9),
    from_time: datetime.time = datetime.time(13),
    slots: int = 6,
    minutes: int = 30,
    appointment_type: str = "first",
    psychiatrist: User | None = None,
    room: Room | None = None,
    now: datetime.datetime = NOW,
) -> ConsultationHour:
    """One draft on `day` from `from_time` (on the facility's clock), divided into `slots` equal slots."""
    site = site or make_site()
    series = make_series(
        site,
        psychiatrist=psychiatrist,
        room=room,
        plan=[(appointment_type, minutes)] * slots,
        frequency="weekly",
        weekday=WEEKDAYS[day.weekday()],
        nth=None,
        starts_date=day,
        ends_date=day,
        from_time=from_time,
        to_time=_plus(from_time, slots * minutes),
    )
    proposed = publishing.propose_month(
        sites=[site], month=Month.containing(day), by=series.psychiatrist, now=now
    )
    return next(hour for hour in proposed if hour.series == series)


def make_published_hour(
    site: Site | None = None,
    *,
    day: datetime.date = datetime.date(2026, 12, 9),
    from_time: datetime.time = datetime.time(13),
    slots: int = 6,
    minutes: int = 30,
    appointment_type: str = "first",
    psychiatrist: User | None = None,
    room: Room | None = None,
    now: datetime.datetime = NOW,
) -> ConsultationHour:
    """As `make_draft_hour`, and published, whatever day it is. Its slots: `hour.slots.all()`."""
    draft = make_draft_hour(
        site,
        day=day,
        from_time=from_time,
        slots=slots,
        minutes=minutes,
        appointment_type=appointment_type,
        psychiatrist=psychiatrist,
        room=room,
        now=now,
    )
    return publishing.publish_hour(hour=draft, by=draft.psychiatrist, now=now, despite_collisions=True)


def instant(day: datetime.date, clock: str, zone: str = "Europe/Berlin") -> datetime.datetime:
    """The instant (UTC) at which the clocks of `zone` show `clock` ("13:00") on `day`."""
    local = datetime.datetime.combine(day, datetime.time.fromisoformat(clock), tzinfo=ZoneInfo(zone))
    return local.astimezone(datetime.UTC)


def _plus(clock: datetime.time, minutes: int) -> datetime.time:
    hours, rest = divmod(clock.hour * 60 + clock.minute + minutes, 60)
    return datetime.time(hours, rest)
