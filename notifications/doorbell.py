"""Telling the worker, through Redis, that there is something to tell.

Only a doorbell: the rows are the messages. Whatever happens here, the booking stands, and the sweep finds
what the doorbell missed.
"""

import logging
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

logger = logging.getLogger(__name__)

KEY = "pia:doorbell"
KEY_SECONDS = 30
JOB_SECONDS = 300
# Somebody waits for the answer to a booking while this connects.
PATIENCE_SECONDS = 0.3


def ring(**_: Any) -> None:
    """Receiver of `changes_committed`: queues one job, however many changes come until it starts."""
    try:
        connection = _connection(settings.REDIS_URL)
        if connection.set(KEY, "1", nx=True, ex=KEY_SECONDS):
            Queue("default", connection=connection).enqueue(
                "notifications.jobs.answer_doorbell",
                job_timeout=JOB_SECONDS,
                result_ttl=0,
                ttl=JOB_SECONDS,
            )
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis did not answer (%s); the sweep will send what is due", type(error).__name__)


def hush() -> None:
    """Lets the next change ring again. Called before looking for work, so that no change falls between."""
    try:
        _connection(settings.REDIS_URL).delete(KEY)
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis did not answer (%s); the key will expire", type(error).__name__)


@lru_cache(maxsize=4)
def _connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
