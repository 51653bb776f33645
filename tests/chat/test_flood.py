"""How much one person may write: one bucket for all processes, threads and event loops."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from unittest import mock

import pytest
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError
from throttled.exceptions import StoreUnavailableError

from chat import flood
from chat.flood import FloodLimit
from delivery.redis import connect_redis

_ids = itertools.count(7_100_000_001)


def with_limit(scenario: Callable[[FloodLimit], Awaitable[None]]) -> None:
    """Run a scenario with the limit of one web process."""

    async def run() -> None:
        redis = connect_redis()
        try:
            await scenario(FloodLimit(redis))
        finally:
            await redis.aclose()

    asyncio.run(run())


def test_fifteen_messages_then_one_in_four_seconds() -> None:
    """C6: a burst of fifteen passes, then there are four seconds to wait; others are not held up."""
    person, other = next(_ids), next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        assert [await limit.wait(person) for _ in range(15)] == [0] * 15
        assert 1 <= await limit.wait(person) <= 4
        assert await limit.wait(other) == 0

    with_limit(scenario)


def test_the_limit_is_a_setting(settings: Settings) -> None:
    """C6: another deployment may let people write more, or less."""
    settings.RELAY_MESSAGES_PER_MINUTE = 2
    person = next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        assert [bool(await limit.wait(person)) for _ in range(3)] == [False, False, True]

    with_limit(scenario)


def test_at_once_from_many_sides_no_token_is_taken_twice() -> None:
    """C6: fifty at the same moment through two processes: fifteen pass."""
    person = next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        redis = connect_redis()
        both = (limit, FloodLimit(redis))
        waits = await asyncio.gather(*(both[number % 2].wait(person) for number in range(50)))
        await redis.aclose()
        assert sum(wait == 0 for wait in waits) == 15

    with_limit(scenario)


def test_threads_take_from_the_same_bucket() -> None:
    """C6: what a person sends through the API and in Telegram is counted together."""
    person = next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        for _ in range(14):
            assert await limit.wait(person) == 0

    with_limit(scenario)
    assert flood.wait(person) == 0
    assert flood.wait(person) > 0


def test_an_album_costs_one() -> None:
    """C6: its other items follow the first, whichever way that went; the next album is judged anew."""
    person = next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        for _ in range(13):
            await limit.wait(person)
        assert [await limit.wait(person, album="1") for _ in range(10)] == [0] * 10
        assert await limit.wait(person) == 0
        refused = [await limit.wait(person, album="2") for _ in range(3)]
        assert refused[0] > 0
        assert len(set(refused)) == 1

    with_limit(scenario)


def test_what_was_one_too_many_stays_so() -> None:
    """C4, C6: an update that is brought again meets with the same answer, whatever the bucket says by then."""
    update_id = next(_ids)

    async def scenario(limit: FloodLimit) -> None:
        assert await limit.remembered(update_id) == 0
        await limit.remember(update_id, 3)
        assert await limit.remembered(update_id) == 3

    with_limit(scenario)


def test_redis_away_is_passing_trouble() -> None:
    """C4: the message is not lost: what goes up is what Telegram's queue is asked to bring again for."""

    async def scenario(limit: FloodLimit) -> None:
        away = mock.patch.object(limit._bucket, "limit", side_effect=StoreUnavailableError)
        with away, pytest.raises(RedisConnectionError):
            await limit.wait(next(_ids))

    with_limit(scenario)
