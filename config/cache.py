"""A cache in Redis that may be gone: then each process counts for itself, and nobody is kept from working."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 15


class ForgivingRedisCache(RedisCache):
    """Redis, and for some seconds after each failure of it the memory of this process.

    The rate limits keep their counts here. Without Redis they still hold within one process, which is a wider
    limit and not none; a page must neither fail nor wait for each of its questions to run into a timeout.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = LocMemCache("without-redis", {"KEY_PREFIX": params.get("KEY_PREFIX", "")})
        self._pause_until = 0.0

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        in_redis: Callable[..., Any] = getattr(super(), name)
        if time.monotonic() >= self._pause_until:
            try:
                return in_redis(*args, **kwargs)
            except RedisError as error:
                self._pause_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("cache: Redis does not answer (%s); counting in memory", type(error).__name__)
        return getattr(self._memory, name)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def clear(self) -> Any:
        return self._ask("clear")
