"""`booking.book` against the same UPDATE and two INSERTs by plain psycopg, each with its commit."""

import datetime

from bench import floor, world
from bench.measuring import Row, alternately, seconds
from scheduling import booking
from scheduling.models import Slot
from sites.models import User

BOUND = 0.3
BOOKINGS = 100  # of each side in each round
ROUNDS = 15
WARM_UP = 2


def run() -> list[Row]:
    [site] = world.make_sites(1)
    needed = BOOKINGS * 2 * (ROUNDS + WARM_UP)
    hours = -(-needed // world.SLOTS_PER_HOUR)
    world.fill([site.pk], first=datetime.date(2027, 1, 1), hours=hours, every_days=1)
    clients = world.make_clients(site, BOOKINGS)
    by = User.objects.order_by("pk")[0]
    slots = iter(Slot.objects.order_by("pk"))
    plain = floor.connect()

    def next_slots() -> list[Slot]:
        return [next(slots) for _ in range(BOOKINGS)]

    def ours() -> float:
        pairs = list(zip(next_slots(), clients, strict=True))

        def book_all() -> None:
            for slot, client in pairs:
                booking.book(slot=slot, client=client, by=by, now=world.NOW)

        return seconds(book_all)

    def theirs() -> float:
        pairs = list(zip(next_slots(), clients, strict=True))

        def book_all() -> None:
            for slot, client in pairs:
                floor.book(plain, slot, client.pk, by.pk, world.NOW)

        return seconds(book_all)

    with plain:
        our_seconds, floor_seconds = alternately([ours, theirs], rounds=ROUNDS, warm_up=WARM_UP)
    return [
        Row(
            workload="book a slot",
            ours=f"{BOOKINGS / our_seconds:.0f}/s",
            floor=f"{BOOKINGS / floor_seconds:.0f}/s",
            ratio=floor_seconds / our_seconds,
            sense=">=",
            bound=BOUND,
        )
    ]
