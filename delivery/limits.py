"""Telegram's budget of messages a second, shared by every process: a token bucket in Redis with priorities."""

import asyncio

from django.conf import settings
from redis.asyncio import Redis

from .models import Priority

# How much of a full bucket must be left for a message of that priority: the less urgent leave room for the more urgent.
_RESERVE = {Priority.RELAY: 0.0, Priority.SESSION: 0.1, Priority.NOTICE: 0.3, Priority.WAITING: 0.6}

# A library's bucket (pyrate-limiter) knows no priorities. Returns the seconds to wait, 0 when the token was there.
_TAKE = """
local rate, reserve, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local tokens, at = unpack(redis.call('HMGET', KEYS[1], 'tokens', 'at'))
tokens = math.min(rate, (tonumber(tokens) or rate) + math.max(0, now - (tonumber(at) or now)) * rate)
local missing = math.max(1, reserve) - tokens
if missing <= 0 then tokens = tokens - wanted end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], 10000)
if missing <= 0 then return '0' end
return tostring(missing / rate)
"""


class SendLimit:
    """The shared limiter of one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TAKE)
        self._key = f"{settings.REDIS_PREFIX}:telegram:budget"
        self._rate = settings.TELEGRAM_MESSAGES_PER_SECOND

    async def take(self, priority: Priority, *, messages: int = 1) -> None:
        """Wait until a message of this priority may go out, and take its token.

        An album takes as many as it has `messages`, at most a full bucket. It leaves when a single message would: those
        that come after it wait until what it took is there again, so that it never starves behind them.
        """
        while (pause := await self.wait_for(priority, messages=messages)) > 0:  # noqa: ASYNC110  (time passes in Redis, not here)
            await asyncio.sleep(pause)

    async def wait_for(self, priority: Priority, *, messages: int = 1) -> float:
        """Take tokens, as `take`, if there is one; returns the seconds until it is worth asking again, 0 when taken."""
        return await self._wait_for(priority, wanted=min(messages, self._rate))

    async def has_room(self, priority: Priority) -> bool:
        """Whether a message of this priority could go out at this moment; takes nothing."""
        return await self._wait_for(priority, wanted=0) == 0

    async def _wait_for(self, priority: Priority, *, wanted: float) -> float:
        reserve = _RESERVE[priority] * self._rate
        return float(await self._take(keys=[self._key], args=[self._rate, reserve, wanted]))
