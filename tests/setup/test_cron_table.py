"""Cron rings once a minute, and what no worker took does not pile up."""

import logging
from typing import Any

from django_rq.cron import DjangoCronScheduler

from notifications import jobs


def test_the_sweep_comes_every_minute_and_expires_before_the_next(live_redis: Any) -> None:
    scheduler = DjangoCronScheduler(logging_level=logging.WARNING)
    scheduler.load_config_from_file("config.cron")
    (planned,) = scheduler.get_jobs()
    assert (planned.func, planned.queue_name, planned.cron) == (jobs.sweep, "default", "* * * * *")
    job = planned.enqueue(scheduler.connection)
    assert 0 < live_redis.ttl(job.key) < 60
    scheduler.connection.close()
