"""The update ledger on real Redis: each update is dealt with once, whoever dies."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from delivery.ledger import Claim, HashWrite, Ledger
from delivery.redis import connect_redis

_update_ids = itertools.count(500_000)


def with_ledgers(scenario: Callable[[Ledger, Ledger], Awaitable[None]]) -> None:
    """Run a scenario with the ledgers of two web processes."""

    async def run() -> None:
        redis = connect_redis()
        try:
            await scenario(Ledger(redis), Ledger(redis))
        finally:
            await redis.aclose()

    asyncio.run(run())


def test_an_update_that_is_dealt_with_is_never_taken_again() -> None:
    """C4: a redelivered update is recognised by its update_id."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        assert await one.claim(update_id) is Claim.CLAIMED
        await one.done(update_id)
        assert await one.claim(update_id) is Claim.DONE
        assert await other.claim(update_id) is Claim.DONE

    with_ledgers(scenario)


def test_an_update_under_way_is_left_alone() -> None:
    """C4: a live lease keeps a second delivery out, in the same process and in another."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        assert await one.claim(update_id) is Claim.CLAIMED
        assert await other.claim(update_id) is Claim.BUSY
        assert await one.claim(update_id) is Claim.BUSY

    with_ledgers(scenario)


def test_of_many_deliveries_at_once_one_is_taken() -> None:
    """C4: two workers, one winner."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        claims = await asyncio.gather(*(ledger.claim(update_id) for ledger in (one, other) * 10))
        assert sorted(claims).count(Claim.CLAIMED) == 1

    with_ledgers(scenario)


def test_the_update_of_a_dead_process_is_free_at_once() -> None:
    """C4: nobody waits out the lease of a process that shows no sign of life."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        await one.claim(update_id)
        await one.stop()
        assert await other.claim(update_id) is Claim.CLAIMED

    with_ledgers(scenario)


def test_what_is_done_is_written_with_what_else_is_to_be_remembered() -> None:
    """C2, C4: in one step, once; a second time, and somebody else's update, are no work."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id, redis = next(_update_ids), connect_redis()
        key = f"{settings.REDIS_PREFIX}:test:{update_id}"
        await one.claim(update_id)
        await one.done(update_id, also=HashWrite(key=key, fields={"a": 1, "b": 2}, kept_seconds=60, closed_by="z"))
        assert await other.claim(update_id) is Claim.DONE
        await one.done(update_id, also=HashWrite(key=key, fields={"a": 3}, kept_seconds=60, closed_by="z"))
        assert await redis.hgetall(key) == {b"a": b"1", b"b": b"2"}  # type: ignore[misc]
        assert 0 < await redis.ttl(key) <= 60
        await redis.aclose()

    with_ledgers(scenario)


def test_a_process_that_was_taken_for_dead_changes_nothing_any_more() -> None:
    """C4: only the owner marks an update done."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        await one.claim(update_id)
        await one.stop()
        await other.claim(update_id)
        await one.done(update_id)
        assert await one.claim(update_id) is Claim.BUSY

    with_ledgers(scenario)


def test_what_was_given_back_can_be_taken_and_bugs_are_counted() -> None:
    """C4: a passing trouble frees the update; a bug is counted so that it is not tried for ever."""

    async def scenario(one: Ledger, _: Ledger) -> None:
        update_id = next(_update_ids)
        await one.claim(update_id)
        await one.release(update_id)
        assert await one.claim(update_id) is Claim.CLAIMED
        assert await one.fail(update_id) == 1
        assert await one.claim(update_id) is Claim.CLAIMED
        assert await one.fail(update_id) == 2

    with_ledgers(scenario)


def test_a_claim_whose_answer_was_lost_holds_up_nothing() -> None:
    """C4: Redis took the claim, its answer never came: the next delivery is dealt with at once, not in a minute."""

    async def scenario(one: Ledger, other: Ledger) -> None:
        update_id = next(_update_ids)
        real = one._claim

        async def lost(**parameters: Any) -> None:
            await real(**parameters)
            raise RedisConnectionError

        with mock.patch.object(one, "_claim", lost), pytest.raises(RedisConnectionError):
            await one.claim(update_id)
        assert await other.claim(update_id) is Claim.BUSY
        assert await one.claim(update_id) is Claim.CLAIMED
        assert await one.claim(update_id) is Claim.BUSY

    with_ledgers(scenario)
