"""Proposing and publishing one month for 1,000 sites against a bulk insert of the very same rows."""

from django.db import connection

from bench import floor, world
from bench.measuring import Row, alternately, seconds
from scheduling import publishing
from scheduling.months import Month
from sites.models import Site, User

BOUND = 5.0
SITES = 1000
ROUNDS = 5
MONTH = Month(2026, 12)
WRITTEN = ["schedule_occurrence", "scheduling_consultationhour", "scheduling_slot", "scheduling_change"]


def run() -> list[Row]:
    world.make_series(world.make_sites(SITES))
    sites = list(Site.objects.select_related("facility"))
    by = User.objects.order_by("pk")[0]
    plain = floor.connect()
    propose_and_publish(sites, by)
    tables = [floor.read_table(plain, name) for name in WRITTEN]
    plain.commit()
    assert [len(rows) for _, _, rows in tables] == [SITES, SITES, SITES * world.SLOTS_PER_HOUR, 2 * SITES]

    def ours() -> float:
        empty()
        return seconds(lambda: propose_and_publish(sites, by))

    def theirs() -> float:
        empty()
        return seconds(lambda: floor.insert_tables(plain, tables))

    with plain:
        our_seconds, floor_seconds = alternately([ours, theirs], rounds=ROUNDS)
    return [
        Row(
            workload=f"propose and publish a month, {SITES} sites",
            ours=f"{our_seconds:.2f} s",
            floor=f"{floor_seconds:.2f} s",
            ratio=our_seconds / floor_seconds,
            sense="<=",
            bound=BOUND,
        )
    ]


def propose_and_publish(sites: list[Site], by: User) -> None:
    proposed = publishing.propose_month(sites=sites, month=MONTH, by=by, now=world.NOW)
    published = publishing.publish_month(sites=sites, month=MONTH, by=by, now=world.NOW)
    assert len(proposed) == len(published.hours) == SITES


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE schedule_occurrence, scheduling_consultationhour CASCADE")
        cursor.execute("ANALYZE")
