"""Reads for screens, feeds and refusals. Each costs a constant number of queries, and what it returns."""

import dataclasses
from collections.abc import Collection
from datetime import datetime

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from scheduling.clients import named
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Client,
    ConsultationHour,
    FormerCode,
    HourStatus,
    Release,
    Slot,
    SlotState,
    free_at,
)
from sites.access import Permission, is_answered_for_by, places_of, sites_of
from sites.encryption import blind_indexes
from sites.models import Site, User
from sites.phones import PhoneInvalid, parse_phone


def live_appointments() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(status=AppointmentStatus.CANCELLED)


def free_slots(sites: Collection[Site] | QuerySet[Site], start: datetime, end: datetime) -> QuerySet[Slot]:
    """Slots that can be booked at `start`, starting within [start, end), earliest first.

    Reads the partial index on open slots by site and start.
    """
    return (
        Slot.objects.filter(
            free_at(start),
            site__in=sites,
            starts_at__gte=start,
            starts_at__lt=end,
            hour__status=HourStatus.PUBLISHED,
        )
        .exclude(appointment_type=AppointmentType.OPEN)
        .select_related("site__facility", "hour__psychiatrist")
        .order_by("starts_at", "pk")
    )


def nearest_free_slots(slot: Slot, *, now: datetime, limit: int = 5) -> list[Slot]:
    """The `limit` free slots of the same site and type that are nearest to `slot`, in order of start."""
    alike = Slot.objects.filter(
        free_at(now),
        site=slot.site_id,
        appointment_type=slot.appointment_type,
        starts_at__gt=now,
        hour__status=HourStatus.PUBLISHED,
    ).exclude(pk=slot.pk)
    alike = alike.select_related("site__facility")
    before = alike.filter(starts_at__lt=slot.starts_at).order_by("-starts_at")[:limit]
    after = alike.filter(starts_at__gte=slot.starts_at).order_by("starts_at")[:limit]
    nearest = sorted([*before, *after], key=lambda each: abs(each.starts_at - slot.starts_at))[:limit]
    return sorted(nearest, key=lambda each: each.starts_at)


@dataclasses.dataclass(frozen=True)
class Outlook:
    """What of an hour's slots is booked and what is free now, and whether there is open time beside them."""

    booked: int
    free: int
    has_open_time: bool


def outlook(hour: ConsultationHour, *, now: datetime) -> Outlook:
    bookable = ~Q(appointment_type=AppointmentType.OPEN)
    found = Slot.objects.filter(hour=hour).aggregate(
        booked=Count("pk", filter=bookable & Q(state=SlotState.BUSY)),
        free=Count("pk", filter=bookable & free_at(now)),
        open=Count("pk", filter=~bookable),
    )
    return Outlook(found["booked"], found["free"], bool(found["open"]))


# The same as `standing_releases`, where SQL is written out: of a `release` of a client of a `facility`.
RELEASE_STANDS = """release.withdrawn_at IS NULL AND release.given_at <= %(now)s
    AND release.ends_date >= (%(now)s AT TIME ZONE facility.time_zone)::date"""


def standing_releases(*, now: datetime) -> QuerySet[Release]:
    """Releases that stand now: not withdrawn, and not past their last day in the client's facility."""
    today = Func(
        Value(now, output_field=DateTimeField()),
        F("client__facility__time_zone"),
        template="(%(expressions)s)::date",
        arg_joiner=" AT TIME ZONE ",
        output_field=DateField(),
    )
    return Release.objects.filter(withdrawn_at=None, given_at__lte=now, ends_date__gte=today)


def with_release(appointments: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """Adds `name_released`: whether the clinic of the appointment's site may know the client's name now."""
    release = standing_releases(now=now).filter(
        client=OuterRef("client"), clinic=OuterRef("slot__site__clinic")
    )
    return appointments.annotate(name_released=Exists(release))


# -- what a person may see: always through sites.access ------------------------------------------------


def _where(user: User, permission: Permission, site: str) -> Q:
    """For a query of rows that lead to a site by `site`: those at which `user` has that permission.

    From the roles at hand, of which each request reads them once; not for what the network admin may.
    """
    places = places_of(user.held, permission)
    at_clinic = Q(**{f"{site}__clinic__in": places.clinics}) if places.clinics else Q(pk__in=[])
    return at_clinic | Q(**{f"{site}__facility__in": places.facilities})


def hours_planned_by(user: User) -> QuerySet[ConsultationHour]:
    sites = Site.objects.filter(sites_of(user.held, Permission.PLAN_HOURS))
    return ConsultationHour.objects.filter(site__in=sites.values("pk"))


def slots_bookable_by(user: User) -> QuerySet[Slot]:
    """Slots of published hours where `user` books; taken ones too, since booking says what is wrong."""
    return slots_once_bookable_by(user).filter(hour__status=HourStatus.PUBLISHED)


def slots_once_bookable_by(user: User) -> QuerySet[Slot]:
    """Also those whose hour was withdrawn meanwhile: for a form that was filled in before."""
    slots = Slot.objects.filter(_where(user, Permission.BOOK, "site"))
    slots = slots.select_related("site__facility", "hour__psychiatrist", "hour__room")
    return slots.defer("hour__psychiatrist__phone")


def appointments_visible_to(user: User) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        _where(user, Permission.VIEW_APPOINTMENTS, "slot__site")
    ).select_related(
        "client", "booked_by", "slot__hour__psychiatrist", "slot__hour__room", "slot__site__facility"
    )


def appointments_booked_by_facility_of(user: User) -> QuerySet[Appointment]:
    """The appointments that `user` may cancel and move."""
    return appointments_visible_to(user).filter(_where(user, Permission.BOOK, "slot__site"))


def clients_visible_to(user: User) -> QuerySet[Client]:
    """Those whose file is in use: of one that is being erased nobody reads or writes any more."""
    facilities = places_of(user.held, Permission.BOOK).facilities
    return Client.objects.filter(facility__in=facilities, closed_at=None)


def clients_answered_for_by(user: User) -> QuerySet[Client]:
    """Those of whom `user`, as lead of their facility, hands out what is kept, and whom they may erase."""
    return clients_visible_to(user).filter(is_answered_for_by(user))


def clients_matching(clients: QuerySet[Client], typed: str) -> QuerySet[Client]:
    """Those of `clients` whose pseudonym (or a former one) begins with what was typed, or whose whole name or
    number it is."""
    typed = _searchable(typed)
    if not typed:
        return clients.none()
    former = FormerCode.objects.filter(code__begins=typed.upper()).values("client")
    ways = (Q(code__begins=typed.upper()), named(typed), _has_phone(typed), Q(pk__in=former))
    # Each way reads its own index; one query with OR would read all clients of the facility.
    first, *others = (clients.filter(way).order_by().values("pk") for way in ways)
    return clients.filter(pk__in=first.union(*others, all=True))


def client_of_code(clients: QuerySet[Client], code: str) -> Client | None:
    """The one of `clients` with exactly this pseudonym."""
    code = _searchable(code)
    return clients.filter(code=code).first() if code else None


def suggested_clients(clients: QuerySet[Client], typed: str, *, limit: int = 8) -> list[Client]:
    """At most `limit` of those that `clients_matching` finds."""
    # Asked in two steps: with the limit in one, PostgreSQL walks through all clients in order of their code.
    keys = list(clients_matching(clients, typed).values_list("pk", "code"))
    first = [pk for pk, _ in sorted(keys, key=lambda each: each[1])[:limit]]
    return list(clients.filter(pk__in=first).order_by("code")) if first else []


def _searchable(typed: str) -> str:
    """PostgreSQL knows no NUL in a text, so nothing stored could match it."""
    return typed.replace("\x00", "").strip()


def _has_phone(typed: str) -> Q:
    """Numbers stand encrypted, so only a whole one can be found."""
    try:
        return Q(phone_index__in=blind_indexes(parse_phone(typed)))
    except PhoneInvalid:
        return Q(pk__in=[])
