"""Connections of our own to Django's database, for what must not pass through the ORM."""

import asyncio
from typing import Any

from django.db import connection
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

# Django's own adapters, pool and cursor classes stay with Django.
_DJANGO_ONLY = {"context", "cursor_factory", "pool"}


def without_waiting_for_the_disk(parameters: dict[str, Any]) -> dict[str, Any]:
    """The same parameters, for statements that need not survive a crash of the database server itself.

    A commit then returns before the disk has it. What it did is seen by everybody at once, and lost only if PostgreSQL
    or the machine dies within about half a second: fine for counts of messages, wrong for everything else.
    """
    options = f"{parameters.get('options') or ''} -c synchronous_commit=off".strip()
    return {**parameters, "options": options}


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs to connect to Django's database."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGO_ONLY}


class QueuedPool(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool of at most `max_size` connections in whose queue waiting is cheap.

    The library's own queue makes a task and a timer for everybody who waits: under load an eighth of the relay's work.
    """

    def __init__(self, *, max_size: int, **options: Any) -> None:
        super().__init__(max_size=max_size, **options)
        self._turns = asyncio.Semaphore(max_size)

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[Any]:  # noqa: ASYNC109  (the library's)
        """A connection, after at most `timeout` seconds (the pool's own by default); raises PoolTimeout."""
        if self._turns.locked():
            await self._wait(self.timeout if timeout is None else timeout)
        else:
            await self._turns.acquire()
        try:
            return await super().getconn(timeout)
        except BaseException:
            self._turns.release()
            raise

    async def putconn(self, conn: AsyncConnection[Any]) -> None:
        """Give a connection back to whoever waits."""
        try:
            await super().putconn(conn)
        finally:
            self._turns.release()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise PoolTimeout(f"no connection became free within {seconds:g} s") from None
