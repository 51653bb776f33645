"""What is asked of Redis at the same time goes together, and each gets its own answer."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from unittest import mock

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from delivery.redis import connect_redis

_ECHO = "return ARGV[1]"


def with_redis(scenario: Callable[[Redis, str], Awaitable[None]]) -> None:
    """Run a scenario with a client and a key that nobody else uses."""

    async def run() -> None:
        redis, key = connect_redis(), f"test:{secrets.token_hex(4)}"
        try:
            await scenario(redis, key)
        finally:
            await redis.delete(key)
            await redis.aclose()

    asyncio.run(run())


def test_everybody_gets_their_own_answer() -> None:
    """Plain commands and scripts, a hundred at once."""

    async def scenario(redis: Redis, key: str) -> None:
        echo = redis.register_script(_ECHO)
        asked = [echo(args=[number]) if number % 2 else redis.incr(key) for number in range(100)]
        answers = await asyncio.gather(*asked)
        assert [int(answer) for answer in answers[1::2]] == list(range(1, 100, 2))
        assert answers[::2] == list(range(1, 51))

    with_redis(scenario)


def test_what_is_asked_at_once_takes_few_round_trips() -> None:
    """Each would otherwise cost two system calls and a wait of its own."""

    async def scenario(redis: Redis, key: str) -> None:
        before = await _reads(redis)
        await asyncio.gather(*(redis.incr(key) for _ in range(100)))
        assert await _reads(redis) - before < 10

    with_redis(scenario)


async def _reads(redis: Redis) -> int:
    return int((await redis.info("stats"))["total_reads_processed"])


def test_an_error_is_only_for_who_asked() -> None:
    """A command that Redis refuses does not take its neighbours with it."""

    async def scenario(redis: Redis, key: str) -> None:
        asked = (redis.set(key, "word"), redis.incr(key), redis.get(key))
        stored, refused, found = await asyncio.gather(*asked, return_exceptions=True)
        assert (stored, found) == (True, b"word")
        assert isinstance(refused, ResponseError)

    with_redis(scenario)


def test_who_stops_waiting_takes_nobody_along() -> None:
    """An update whose time is over leaves the others alone."""

    async def scenario(redis: Redis, key: str) -> None:
        impatient, patient = (asyncio.ensure_future(redis.incr(key)) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == 2
        with pytest.raises(asyncio.CancelledError):
            await impatient

    with_redis(scenario)


def test_a_redis_that_was_away_is_asked_again() -> None:
    """Everybody who asked is told, and the next command goes through."""

    async def scenario(redis: Redis, key: str) -> None:
        away = mock.AsyncMock(side_effect=RedisConnectionError)
        with mock.patch.object(redis.connection_pool, "get_connection", away):
            answers = await asyncio.gather(redis.incr(key), redis.incr(key), return_exceptions=True)
        assert [type(answer) for answer in answers] == [RedisConnectionError] * 2
        assert await redis.incr(key) == 1

    with_redis(scenario)
