"""Cron rings once a minute, and what no worker took does not pile up."""

import logging
from typing import Any

from django_rq.cron import DjangoCronScheduler

from notifications import jobs


def test_the_sweep_comes_every_minute_and_expires_before_the_next(live_redis: Any) -> None:
    scheduler = DjangoCronScheduler(logging_level=logging.WARNING)
    scheduler.load_config_from_file("config.cron")
    planned, _ = scheduler.get_jobs()
    assert (planned.func, planned.queue_name, planned.cron) == (jobs.sweep, "default", "* * * * *")
    job = planned.enqueue(scheduler.connection)
    assert 0 < live_redis.ttl(job.key) < 60
    scheduler.connection.close()


def test_the_purge_comes_every_night_and_waits_for_a_worker_until_the_next(live_redis: Any) -> None:
    scheduler = DjangoCronScheduler(logging_level=logging.WARNING)
    scheduler.load_config_from_file("config.cron")
    _, planned = scheduler.get_jobs()
    assert (planned.func, planned.queue_name, planned.cron) == (jobs.purge, "default", "30 2 * * *")
    job = planned.enqueue(scheduler.connection)
    assert 12 * 3600 < live_redis.ttl(job.key) < 24 * 3600
    scheduler.connection.close()
