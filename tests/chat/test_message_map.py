"""The message map on real Redis: it goes a day after the end, whatever arrives then, and at once with an erasure."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.conf import settings
from redis import Redis

from chat import message_map
from chat.message_map import MessageMap, Side, twins
from delivery.ledger import Ledger
from delivery.redis import connect_redis

DAY = 24 * 60 * 60
MIRA, OLEH = 1_000_001, 1_000_002
_session_ids = itertools.count(880_000_000)


@pytest.fixture
def session_id() -> int:
    """A conversation that nobody else writes about."""
    return next(_session_ids)


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The store itself."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield redis


def key(session_id: int) -> str:
    """Where the map is kept."""
    return f"{settings.REDIS_PREFIX}:map:{session_id}"


def seconds_left(redis: Redis, session_id: int) -> int:
    """How long the map is kept, unless its time is renewed."""
    left = redis.ttl(key(session_id))
    assert isinstance(left, int)
    return left


def pair(number: int) -> Sequence[tuple[Side, Side]]:
    """A message of Mira's, and its copy in Oleh's chat."""
    return [(Side(MIRA, number), Side(OLEH, number + 100))]


def arrives_by_the_sender(session_id: int, number: int) -> None:
    """What waited in the outbox was sent."""
    message_map.remember(session_id=session_id, pairs=pair(number))


def arrives_at_once(session_id: int, number: int) -> None:
    """What was written was copied."""

    async def run() -> None:
        redis = connect_redis()
        ledger, update_id = Ledger(redis), next(_session_ids)
        await ledger.claim(update_id)
        await ledger.done(update_id, also=twins(session_id=session_id, pairs=pair(number)))
        await redis.aclose()

    asyncio.run(run())


def twin(session_id: int, number: int) -> int | None:
    """What a message of Mira's is called in Oleh's chat."""

    async def run() -> int | None:
        redis = connect_redis()
        try:
            return await MessageMap(redis).twin(session_id=session_id, of=Side(MIRA, number))
        finally:
            await redis.aclose()

    return asyncio.run(run())


Arrives = Callable[[int, int], None]
ARRIVES = pytest.mark.parametrize("arrives", [arrives_by_the_sender, arrives_at_once])


@ARRIVES
def test_what_arrives_is_known_on_both_sides(arrives: Arrives, session_id: int, redis: Redis) -> None:
    """C2: for as long as the conversation may last, and a day."""
    arrives(session_id, 1)
    arrives(session_id, 2)
    assert (twin(session_id, 1), twin(session_id, 2), twin(session_id, 3)) == (101, 102, None)
    assert seconds_left(redis, session_id) > DAY


@ARRIVES
def test_what_arrives_after_the_end_does_not_prolong_it(arrives: Arrives, session_id: int, redis: Redis) -> None:
    """C2: a copy was on its way when the conversation ended; a day later nothing is left."""
    arrives(session_id, 1)
    message_map.drop_later(session_id=session_id)
    arrives(session_id, 2)
    assert 0 < seconds_left(redis, session_id) <= DAY
    assert (twin(session_id, 1), twin(session_id, 2)) == (101, None)


@ARRIVES
def test_the_first_to_arrive_after_the_end_leaves_nothing(arrives: Arrives, session_id: int, redis: Redis) -> None:
    """C2: nothing had been written before."""
    message_map.drop_later(session_id=session_id)
    arrives(session_id, 1)
    assert twin(session_id, 1) is None
    assert 0 < seconds_left(redis, session_id) <= DAY


@ARRIVES
def test_what_arrives_after_an_erasure_leaves_nothing(arrives: Arrives, session_id: int, redis: Redis) -> None:
    """P7: no ids of anybody's chat; what says so goes after a day."""
    arrives(session_id, 1)
    message_map.drop(session_ids=[session_id])
    arrives(session_id, 2)
    assert redis.hgetall(key(session_id)) == {b"ended": b"1"}
    assert 0 < seconds_left(redis, session_id) <= DAY
