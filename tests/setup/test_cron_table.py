"""Cron rings at its times, and what no worker took does not pile up."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django_rq.cron import DjangoCronScheduler

from notifications import jobs
from scheduling import jobs as planning_jobs

HOUR = 3600


@pytest.mark.parametrize(
    ("what", "when", "kept"),
    [
        (jobs.sweep, "* * * * *", (0, 60)),
        (jobs.purge, "30 2 * * *", (12 * HOUR, 24 * HOUR)),
        (planning_jobs.propose_ahead, "17 3,11 * * *", (6 * HOUR, 8 * HOUR)),
    ],
)
def test_it_comes_at_its_time_and_expires_before_the_next(
    live_redis: Any, what: Callable[[], object], when: str, kept: tuple[int, int]
) -> None:
    scheduler = DjangoCronScheduler(logging_level=logging.WARNING)
    scheduler.load_config_from_file("config.cron")
    planned = {each.func: each for each in scheduler.get_jobs()}
    assert len(planned) == 3
    assert (planned[what].queue_name, planned[what].cron) == ("default", when)
    job = planned[what].enqueue(scheduler.connection)
    shortest, longest = kept
    assert shortest < live_redis.ttl(job.key) < longest
    scheduler.connection.close()
