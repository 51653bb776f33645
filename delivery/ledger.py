"""The update ledger: Telegram delivers at least once; this is how an update is dealt with once.

A Redis hash per `update_id`: `processing` → `done`, kept for 24 h as Telegram keeps updates. A lease is
alive while its time has not run out and its owner still shows a sign of life, so that after a kill nobody waits out
the lease.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

_KEPT_SECONDS = 24 * 60 * 60
_LEASE_SECONDS = 60
_ALIVE_SECONDS = 4
_BEAT_SECONDS = 1

_CLAIM = """
local state, owner, lease = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease'))
local now = tonumber(redis.call('TIME')[1])
if state == 'done' then return 'done' end
if state == 'processing' and tonumber(lease) > now
    and owner ~= ARGV[1] and redis.call('EXISTS', ARGV[4] .. owner) == 1 then return 'busy' end
redis.call('HSET', KEYS[1], 'state', 'processing', 'owner', ARGV[1], 'lease', now + ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
-- The sign of life stands with the claim, or a quick second delivery would take it from us.
redis.call('SET', ARGV[4] .. ARGV[1], 1, 'EX', ARGV[5])
return 'claimed'
"""
# What else is to be remembered is written whoever owns the update: it is true all the same. Only the owner may change
# the state: a process that was taken for dead must not overwrite its successor's.
_DONE = """
if KEYS[2] and redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 then
    redis.call('HSET', KEYS[2], unpack(ARGV, 4))
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'done')
return 1
"""
# Ends the lease: the update may be taken again at once.
_RELEASE = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease', 0)
return 1
"""
_FAIL = """
redis.call('HSET', KEYS[1], 'lease', 0)
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'failures', 1)
"""


class Claim(StrEnum):
    """What the ledger says about an update that arrives."""

    CLAIMED = "claimed"
    BUSY = "busy"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class HashWrite:
    """Fields to set in a Redis hash at `key`, which is then kept for `kept_seconds`.

    Where the hash has a field `closed_by`, nothing is set, and its time is not renewed.
    """

    key: str
    fields: Mapping[str, int | str]
    kept_seconds: int
    closed_by: str


class Ledger:
    """The ledger as one process sees it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._owner = secrets.token_hex(8)
        self._alive_prefix = f"{settings.REDIS_PREFIX}:ledger:alive:"
        self._claim = redis.register_script(_CLAIM)
        self._done = redis.register_script(_DONE)
        self._release = redis.register_script(_RELEASE)
        self._fail = redis.register_script(_FAIL)
        self._beating: asyncio.Task[None] | None = None
        # What this process really works on. A claim of ours that is not in here is one whose answer was lost.
        self._in_hand: set[int] = set()

    async def start(self) -> None:
        """Begin to show signs of life."""
        self._beating = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop; what is still claimed is free for others at once."""
        if self._beating is not None:
            self._beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beating
        with contextlib.suppress(RedisError):
            await self._redis.delete(self._alive_prefix + self._owner)

    async def claim(self, update_id: int) -> Claim:
        """Take the update, unless it is dealt with or somebody alive is dealing with it."""
        if update_id in self._in_hand:
            return Claim.BUSY
        self._in_hand.add(update_id)
        claim = Claim.BUSY
        try:
            answer = await self._claim(
                keys=[self._key(update_id)],
                args=[self._owner, _LEASE_SECONDS, _KEPT_SECONDS, self._alive_prefix, _ALIVE_SECONDS],
            )
            claim = Claim(answer.decode())
        finally:
            if claim is not Claim.CLAIMED:
                self._in_hand.discard(update_id)
        return claim

    async def done(self, update_id: int, *, also: HashWrite | None = None) -> None:
        """Dealt with: the same update again changes nothing. A second time is no work; `also` is written with it."""
        if update_id not in self._in_hand:
            return
        keys, args = [self._key(update_id)], [self._owner]
        if also is not None:
            keys.append(also.key)
            args += [str(also.kept_seconds), also.closed_by]
            for name, value in also.fields.items():
                args += [name, str(value)]
        await self._put_down(update_id, self._done(keys=keys, args=args))

    async def give_up(self, update_id: int) -> None:
        """It has failed often enough: the same update again changes nothing."""
        await self._done(keys=[self._key(update_id)], args=[self._owner])

    async def release(self, update_id: int) -> None:
        """Not dealt with, through no fault of the update: it may be tried again at once."""
        await self._put_down(update_id, self._release(keys=[self._key(update_id)], args=[self._owner]))

    async def fail(self, update_id: int) -> int:
        """Not dealt with because of a bug; returns how often that has happened to this update."""
        return int(await self._put_down(update_id, self._fail(keys=[self._key(update_id)], args=[_KEPT_SECONDS])))

    async def _put_down(self, update_id: int, written: Awaitable[Any]) -> Any:
        """Write what became of an update; whether or not that could be written, it is not in hand any more."""
        try:
            return await written
        finally:
            self._in_hand.discard(update_id)

    def _key(self, update_id: int) -> str:
        return f"{settings.REDIS_PREFIX}:ledger:{update_id}"

    async def _beat(self) -> None:
        while True:
            with contextlib.suppress(RedisError):
                await self._redis.set(self._alive_prefix + self._owner, 1, ex=_ALIVE_SECONDS)
            await asyncio.sleep(_BEAT_SECONDS)
