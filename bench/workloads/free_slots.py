"""The free slots of one site for three months, while the table around them grows a hundredfold."""

import datetime
from collections.abc import Callable

from bench import databases, world
from bench.measuring import Row, alternately, seconds
from scheduling import selectors
from sites.models import Site

BOUND = 1.2
SIZES = [10_000, 100_000, 1_000_000]
FIRST = datetime.date(2027, 1, 1)
# Every site holds an hour of eight slots a week: the one that is looked at for three months, the others for
# two years, from one year before.
WEEKS_LOOKED_AT, WEEKS_OF_OTHERS = 13, 104
PER_OTHER_SITE = WEEKS_OF_OTHERS * world.SLOTS_PER_HOUR
WEEKS_BEFORE = datetime.timedelta(weeks=52)
LOOKS = 5  # in each round
ROUNDS = 60


def run() -> list[Row]:
    sites = world.make_sites(1 + site_count(SIZES[-1]))
    looked_at, others = sites[0], [site.pk for site in sites[1:]]
    world.fill([looked_at.pk], first=FIRST, hours=WEEKS_LOOKED_AT, every_days=7)
    aliases, filled = ["default"], 0
    with databases.clones() as clone:
        for size in SIZES:
            aliases.append(clone(aliases[-1]))
            more = others[filled : site_count(size)]
            world.fill(
                more, first=FIRST - WEEKS_BEFORE, hours=WEEKS_OF_OTHERS, every_days=7, alias=aliases[-1]
            )
            filled += len(more)
        sides = [looking(looked_at, alias) for alias in aliases[1:]]
        taken = alternately(sides, rounds=ROUNDS, warm_up=5)
    return [
        Row(
            workload=f"free slots of a site, {size:,} slots",
            ours=f"{1000 * mine / LOOKS:.2f} ms",
            floor=f"{1000 * taken[0] / LOOKS:.2f} ms",
            ratio=mine / taken[0],
            sense="<=",
            bound=BOUND,
        )
        for size, mine in zip(SIZES[1:], taken[1:], strict=True)
    ]


def site_count(slots: int) -> int:
    return -(-slots // PER_OTHER_SITE)


def looking(site: Site, alias: str) -> Callable[[], float]:
    start = datetime.datetime.combine(FIRST, datetime.time(), tzinfo=datetime.UTC)
    end = start + datetime.timedelta(weeks=WEEKS_LOOKED_AT)

    def look() -> None:
        for _ in range(LOOKS):
            found = list(selectors.free_slots([site], start, end).using(alias))
            assert len(found) == WEEKS_LOOKED_AT * world.SLOTS_PER_HOUR

    return lambda: seconds(look)
