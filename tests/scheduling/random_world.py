"""A small crowded world and every command that can be given in it, with arguments that somebody picks.

Right and wrong arguments alike: most commands meet a refusal. What picks is hypothesis or a seeded generator.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet

from scheduling import booking, cancelling, drafts, holding, publishing, rehousing, substituting
from scheduling.models import (
    Appointment,
    CancelReason,
    Change,
    ChangeKind,
    Client,
    ConsultationHour,
    HourCancelReason,
    Slot,
)
from scheduling.publishing import Published
from sites.models import Absence, FacilityClosure, Role, Site, User
from tests.builders import DECEMBER, NOW, make_client, make_room, make_series, make_site, make_user

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Pick(Protocol):
    """Chooses one of several; never called with none."""

    def __call__(self, items: Sequence[T], /) -> T: ...


@dataclass
class World:
    """Three sites, two of them sharing house, room and psychiatrist, with overlapping hours on four days."""

    sites: list[Site]
    clients: list[Client]
    by: User
    other: User
    now: datetime.datetime = NOW


class Nothing(Exception):
    """There is nothing yet that the command could be given for."""


def build() -> World:
    house = make_site()
    psychiatrist = make_user(Role.PSYCHIATRIST, clinic=house.clinic)
    make_user(Role.PSYCHIATRIST, clinic=house.clinic)
    sites = [house, make_site(facility=house.facility), make_site()]
    room = make_room(house.facility)
    plans = [
        (sites[0], room, "WE", datetime.time(13)),
        (sites[1], room, "WE", datetime.time(13, 50)),
        (sites[2], make_room(sites[2].facility), "WE", datetime.time(14)),
        (sites[1], make_room(house.facility), "TH", datetime.time(9)),
        (sites[0], room, "TH", datetime.time(9, 15)),
    ]
    for site, where, weekday, clock in plans:
        make_series(
            site,
            psychiatrist=psychiatrist if site != sites[1] else None,
            room=where,
            plan=[("first", 50), ("follow_up", 25), ("follow_up", 25)],
            frequency="weekly",
            weekday=weekday,
            nth=None,
            ends_date=datetime.date(2026, 12, 20),
            from_time=clock,
            to_time=clock.replace(hour=clock.hour + 2),
        )
    clients = [make_client(site.facility) for site in (sites[0], sites[0], sites[2])]
    day = datetime.date(2026, 12, 9)
    FacilityClosure.objects.create(facility=sites[2].facility, first_date=day, last_date=day)
    Absence.objects.create(user=psychiatrist, first_date=day, last_date=day)
    return World(sites=sites, clients=clients, by=clients[0].created_by, other=make_user())


def propose(world: World, pick: Pick) -> object:
    sites = pick([world.sites, world.sites[:1], world.sites[1:]])
    month = pick([DECEMBER, DECEMBER.plus(-1), DECEMBER.plus(1)])
    return publishing.propose_month(sites=sites, month=month, by=world.by, now=world.now)


def publish_month(world: World, pick: Pick) -> object:
    sites = pick([world.sites, *([site] for site in world.sites)])
    month = pick([DECEMBER, DECEMBER.plus(1)])
    return publishing.publish_month(sites=sites, month=month, by=world.by, now=world.now)


def publish_hour(world: World, pick: Pick) -> object:
    return publishing.publish_hour(
        hour=hour(pick), by=world.by, now=world.now, despite_collisions=pick([True, False])
    )


def withdraw(world: World, pick: Pick) -> object:
    return publishing.withdraw(hour=hour(pick), by=world.by, now=world.now)


def skip(world: World, pick: Pick) -> object:
    return publishing.skip(hour=hour(pick), by=world.by, now=world.now)


def restore(world: World, pick: Pick) -> object:
    return publishing.restore(hour=hour(pick), by=world.by, now=world.now)


def shift(world: World, pick: Pick) -> object:
    return drafts.shift(hour=hour(pick), weeks=pick([-1, 1]), by=world.by, now=world.now)


def book(world: World, pick: Pick) -> object:
    return booking.book(slot=slot(pick), client=pick(world.clients), by=world.by, now=world.now)


def hold(world: World, pick: Pick) -> object:
    holding.hold(slot=slot(pick), by=pick([world.by, world.other]), now=world.now)
    return []  # of which nobody is told, and which leaves no change


def release(world: World, pick: Pick) -> object:
    holding.release(slot=slot(pick), by=pick([world.by, world.other]), now=world.now)
    return []


def cancel(world: World, pick: Pick) -> object:
    return booking.cancel(
        appointment=appointment(pick), reason=pick(list(CancelReason)), by=world.by, now=world.now
    )


def move(world: World, pick: Pick) -> object:
    return booking.move(appointment=appointment(pick), to_slot=slot(pick), by=world.by, now=world.now)


def revive(world: World, pick: Pick) -> object:
    return booking.revive(appointment=appointment(pick), by=world.by, now=world.now)


def cancel_hour(world: World, pick: Pick) -> object:
    done = cancelling.cancel_hour(
        hour=published_hour(pick),
        reason=pick(list(HourCancelReason)),
        replacement_date=pick([None, datetime.date(2026, 12, pick([9, 11, 18]))]),
        by=world.by,
        now=world.now,
    )
    return [done.hour, *done.appointments, *([done.replacement] if done.replacement else [])]


def move_hour(world: World, pick: Pick) -> object:
    chosen = published_hour(pick)
    moved = rehousing.move_hour(
        hour=chosen,
        day=pick([chosen.local_date, datetime.date(2026, 12, pick([9, 11]))]),
        from_time=datetime.time(pick([9, 13]), pick([0, 15, 50])),
        room=pick(list(chosen.site.facility.rooms.order_by("pk"))),
        by=world.by,
        now=world.now,
    )
    return [moved, *changed_with(moved)]


def resize_hour(world: World, pick: Pick) -> object:
    return rehousing.resize_hour(
        hour=published_hour(pick),
        from_time=datetime.time(pick([9, 13]), pick([0, 15, 50])),
        to_time=datetime.time(pick([11, 15]), pick([0, 30])),
        by=world.by,
        now=world.now,
    )


def substitute(world: World, pick: Pick) -> object:
    chosen = published_hour(pick)
    taker = pick(list(substituting.colleagues(chosen.site).order_by("pk")) or [world.by])
    taken = substituting.substitute(hour=chosen, psychiatrist=taker, by=world.by, now=world.now)
    return [taken, *changed_with(taken)]


def changed_with(hour: ConsultationHour) -> list[Change]:
    """The changes of appointments that the latest change of the whole `hour`, as it was returned, brought."""
    cause = Change.objects.filter(hour=hour, appointment=None, sequence=hour.sequence, kind__in=WHOLE)
    return list(Change.objects.filter(data__hour_change=cause.values_list("pk", flat=True).first()))


WHOLE = [ChangeKind.HOUR_MOVED, ChangeKind.HOUR_SUBSTITUTED]

COMMANDS: dict[str, Callable[[World, Pick], object]] = {
    "propose": propose,
    "publish_month": publish_month,
    "publish_hour": publish_hour,
    "withdraw": withdraw,
    "skip": skip,
    "restore": restore,
    "shift": shift,
    "book": book,
    "hold": hold,
    "release": release,
    "cancel": cancel,
    "move": move,
    "revive": revive,
    "cancel_hour": cancel_hour,
    "move_hour": move_hour,
    "resize_hour": resize_hour,
    "substitute": substitute,
}

# Bookings are what the world is about.
MIXTURE = [
    *COMMANDS,
    *["book"] * 7,
    "move",
    "move",
    "move",
    "cancel",
    "cancel",
    "publish_hour",
    "move_hour",
    "skip",
    "restore",
]


def publish_all(world: World) -> int:
    """Proposes and publishes what can be; how many changes that made."""
    proposed = publishing.propose_month(sites=world.sites, month=DECEMBER, by=world.by, now=world.now)
    published = publishing.publish_month(sites=world.sites, month=DECEMBER, by=world.by, now=world.now)
    return number_of_things(proposed) + number_of_things(published)


def number_of_things(result: object) -> int:
    """How many hours or appointments a command says that it changed."""
    if isinstance(result, Published):
        return len(result.hours)
    return len(result) if isinstance(result, list) else 1


def hour(pick: Pick) -> ConsultationHour:
    return _one_of(ConsultationHour.objects.all(), pick)


def published_hour(pick: Pick) -> ConsultationHour:
    """Any hour, but mostly one that is published: there are few, and most commands cancel or take them."""
    published = ConsultationHour.objects.filter(status="published")
    choice = pick([published, published, ConsultationHour.objects.all()])
    return _one_of(choice if choice.exists() else ConsultationHour.objects.all(), pick)


def slot(pick: Pick) -> Slot:
    """Any slot, but mostly one that could be booked or was: else a crowded world would stand still."""
    published = Slot.objects.filter(hour__status="published")
    free = published.filter(state="free").exclude(appointment_type="open")
    choice = pick([free, free, published, Slot.objects.all()])
    return _one_of(choice if choice.exists() else Slot.objects.all(), pick)


def appointment(pick: Pick) -> Appointment:
    """Any appointment, but mostly one that is still booked."""
    booked = Appointment.objects.filter(status="booked")
    choice = pick([booked, Appointment.objects.all()])
    return _one_of(choice if choice.exists() else Appointment.objects.all(), pick)


def _one_of(rows: QuerySet[M], pick: Pick) -> M:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise Nothing
    return rows.model._default_manager.get(pk=pick(keys))
