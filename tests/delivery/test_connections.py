"""The relay's pool: no more connections than it may have, and nobody waits for ever."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from delivery.connections import QueuedPool, connection_parameters

pytestmark = pytest.mark.django_db


def with_pool(scenario: Callable[[QueuedPool], Awaitable[None]]) -> None:
    """Run a scenario with a pool of two connections, for which nobody waits longer than half a second."""
    parameters = connection_parameters()

    async def run() -> None:
        async with QueuedPool(kwargs=parameters, min_size=0, max_size=2, timeout=0.5, open=False) as pool:
            await scenario(pool)

    asyncio.run(run())


async def _answer(pool: QueuedPool, statement: str = "SELECT pg_backend_pid()") -> int:
    async with pool.connection() as connection:
        found = await (await connection.execute(statement)).fetchone()
        assert found is not None
        return int(found[0])


def test_many_share_two_connections() -> None:
    """Fifty at once all get their answer, from two backends."""

    async def scenario(pool: QueuedPool) -> None:
        assert len(set(await asyncio.gather(*(_answer(pool) for _ in range(50))))) <= 2

    with_pool(scenario)


def test_who_waits_too_long_is_told_and_leaves_nothing_taken() -> None:
    """A database that hangs must not keep updates for longer than the pool says."""

    async def scenario(pool: QueuedPool) -> None:
        async with pool.connection(), pool.connection():
            with pytest.raises(PoolTimeout):
                await _answer(pool)
        assert await asyncio.gather(_answer(pool), _answer(pool))

    with_pool(scenario)


def test_who_stops_waiting_or_fails_leaves_nothing_taken() -> None:
    """Cancelled in the queue, cancelled at work, or refused by the database: both connections are free again."""

    async def scenario(pool: QueuedPool) -> None:
        for _ in range(3):
            at_work = [asyncio.create_task(_answer(pool, "SELECT 1 FROM pg_sleep(5)")) for _ in range(2)]
            in_the_queue = asyncio.create_task(_answer(pool))
            await asyncio.sleep(0.1)
            for task in (in_the_queue, *at_work):
                task.cancel()
            await asyncio.gather(in_the_queue, *at_work, return_exceptions=True)
            with pytest.raises(psycopg.errors.UndefinedTable):
                await _answer(pool, "SELECT 1 FROM nothing")
        assert await asyncio.gather(_answer(pool), _answer(pool))

    with_pool(scenario)


def test_a_connection_that_broke_is_replaced() -> None:
    """PostgreSQL was started again, or somebody ended its backend."""

    async def scenario(pool: QueuedPool) -> None:
        for _ in range(5):
            with pytest.raises(psycopg.OperationalError):
                await _answer(pool, "SELECT pg_terminate_backend(pg_backend_pid())::int")
        assert await asyncio.gather(_answer(pool), _answer(pool))

    with_pool(scenario)
