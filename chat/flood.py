"""How much one person may write in a minute (C6): a token bucket in Redis, the same for everything they write with.

The bucket is throttled-py's GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm), which keeps parts of a
token; its token bucket of that name forgets them, and lets somebody who writes every three seconds run dry.
"""

from math import ceil
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from throttled import RateLimiterType, RateLimitResult, per_min, store
from throttled import Throttled as SyncThrottled
from throttled.asyncio import RedisStore, Throttled
from throttled.exceptions import StoreUnavailableError

from profiles.erasure import telegram_hash

# Telegram brings an update again for so long.
_KEPT_SECONDS = 24 * 60 * 60
# Within that time an album is one album.
_BURST_SECONDS = 60


class FloodLimit:
    """The limit as one event loop sees it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._bucket = Throttled(**_bucket(), store=_on(RedisStore(server=settings.REDIS_URL), redis))

    async def wait(self, telegram_id: int, *, album: str | None = None) -> int:
        """Take one token for a message of this person; returns 0, or after how many seconds there will be one.

        An album (its `media_group_id`) costs one token: what its first item was told holds for the others.
        """
        person = telegram_hash(telegram_id)
        if album is None:
            return await self._take(person)
        key = f"{settings.REDIS_PREFIX}:flood:album:{person}:{album}"
        known = await self._redis.get(key)
        if known is None:
            wait = await self._take(person)
            await self._redis.set(key, wait, ex=_BURST_SECONDS)
            return wait
        return int(known)

    async def lets_react(self, telegram_id: int) -> bool:
        """Take one token for a reaction. Those have a bucket of their own: who nods to everything may still write."""
        return await self._take(f"{telegram_hash(telegram_id)}:reactions") == 0

    async def remember(self, update_id: int, wait: int) -> None:
        """A message was one too many: that stays so when its update is brought again."""
        await self._redis.set(_refused_key(update_id), wait, ex=_KEPT_SECONDS)

    async def remembered(self, update_id: int) -> int:
        """After how many seconds there was to be a token for the message of this update; 0 where it had one."""
        return int(await self._redis.get(_refused_key(update_id)) or 0)

    async def _take(self, person: str) -> int:
        try:
            result = await self._bucket.limit(person)
        except StoreUnavailableError as error:
            raise RedisConnectionError from error
        return _seconds(result)


def wait(telegram_id: int) -> int:
    """Take one token from a thread; returns 0, or after how many seconds there will be one.

    Both raise redis.exceptions.RedisError where Redis is away.
    """
    own = _on(store.RedisStore(server=settings.REDIS_URL), get_redis_connection())
    bucket = SyncThrottled(**_bucket(), store=own)
    try:
        result = bucket.limit(telegram_hash(telegram_id))
    except StoreUnavailableError as error:
        raise RedisConnectionError from error
    return _seconds(result)


def _seconds(result: RateLimitResult) -> int:
    return ceil(result.state.retry_after) if result.limited else 0


def _refused_key(update_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:flood:refused:{update_id}"


def _on(bucket_store: Any, client: Any) -> Any:
    """The library's store on a client of ours, which has its limits and is closed with the process."""
    bucket_store._backend._client = client  # noqa: SLF001  (it has no other way to share one)
    return bucket_store


def _bucket() -> dict[str, Any]:
    return {
        "using": RateLimiterType.GCRA.value,
        "quota": per_min(settings.RELAY_MESSAGES_PER_MINUTE),
        "key_prefix": f"{settings.REDIS_PREFIX}:flood",
    }
