"""manage.py rqcron MODULE: django-rq's cron, which here outlives a Redis that is away.

RQ's own ends at the first question that Redis does not answer. Whoever runs it would have to start it again,
and the demo, which ends with each of its processes, would end with it.
"""

import logging
import time
from typing import Any

from django_rq.cron import DjangoCronScheduler
from django_rq.management.commands import rqcron
from redis.exceptions import RedisError
from rq.cron import CronJob

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2


class PatientScheduler(DjangoCronScheduler):
    """Waits for Redis and goes on. A job that was due meanwhile is queued once, as soon as Redis is back."""

    _is_away = False

    def enqueue_jobs(self) -> list[CronJob]:
        # A job that could not be queued keeps its time, so the next round takes it again.
        try:
            queued = super().enqueue_jobs()
        except RedisError as error:
            self._note_absence(error)
            time.sleep(PAUSE_SECONDS)
            return []
        if queued and self._is_away:
            self._is_away = False
            logger.info("cron: Redis is back")
        return queued

    def register_birth(self) -> None:
        self._tried(super().register_birth)

    def save(self, pipeline: Any = None) -> None:
        self._tried(super().save, pipeline)

    def heartbeat(self) -> None:
        # Where the birth could not be entered, this does it.
        self._tried(super().heartbeat)

    def register_death(self, pipeline: Any = None) -> None:
        self._tried(super().register_death, pipeline)

    def _tried(self, tell: Any, *args: Any) -> None:
        """What only says that cron lives: nothing hangs on it, and Redis forgets it by itself."""
        try:
            tell(*args)
        except RedisError as error:
            self._note_absence(error)

    def _note_absence(self, error: RedisError) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("cron: Redis is away (%s); waiting for it", type(error).__name__)


class Command(rqcron.Command):
    def handle(self, *args: Any, config_path: str, logging_level: str, **options: Any) -> None:
        scheduler = PatientScheduler(logging_level=getattr(logging, logging_level))
        scheduler.load_config_from_file(config_path)
        self.stdout.write(f"Starting cron scheduler with {len(scheduler.get_jobs())} jobs")
        scheduler.start()
