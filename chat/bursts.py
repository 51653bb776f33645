"""Saying something once a burst: who does the same many times in a row is told once."""

from collections.abc import Awaitable, Callable

from django.conf import settings
from redis.asyncio import Redis

from profiles.erasure import telegram_hash

BURST_SECONDS = 60
# So long at least somebody who goes on and on is not told again how long to wait.
QUIET_SECONDS = 15


class Bursts:
    """What people were told a moment ago, as one event loop sees it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def once(
        self, telegram_id: int, what: str, say: Callable[[], Awaitable[object]], *, seconds: int = BURST_SECONDS
    ) -> None:
        """Tell a person `what`, with `say`, unless they were told within the last `seconds` (at least one).

        Whoever dies in between has it said once more: better twice than never.
        """
        key = f"{settings.REDIS_PREFIX}:told:{telegram_hash(telegram_id)}:{what}"
        if await self._redis.exists(key):
            return
        await say()
        await self._redis.set(key, 1, ex=seconds)
