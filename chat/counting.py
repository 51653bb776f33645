"""Messages that are written at the same moment are counted and routed together, with one statement.

A statement costs far more than one message more in it. While one is on its way the next messages gather; a single one
waits for nobody.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.utils import timezone
from psycopg_pool import AsyncConnectionPool

from . import routing
from .routing import Route

# What one message may bring about must not become the trouble of those that came with it.
_OF_ONE_MESSAGE = (psycopg.DataError, psycopg.IntegrityError)


@dataclass(frozen=True, slots=True)
class _Waiting:
    telegram_id: int
    message_id: int
    update_id: int
    sent_by: datetime
    answer: asyncio.Future[Route | None]


class Counting:
    """The counting of one event loop, one statement at a time.

    Its `pool` is nobody else's: whoever waits for a locked row on a connection must not hold this up. A statement that
    has no answer after `patience` seconds is given up.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], *, patience: float = 5.0) -> None:
        self._pool = pool
        self._patience = patience
        self._waiting: list[_Waiting] = []
        self._at_work: asyncio.Task[None] | None = None

    async def count(self, *, telegram_id: int, message_id: int, update_id: int, sent_at: datetime) -> Route | None:
        """Count a message and say where it goes; None where it was not counted, and has to be asked about by itself.

        That is so for whoever may not talk, but also where somebody else holds what would change: the others do not
        wait for that. Raises psycopg.Error, PoolTimeout and TimeoutError, whatever befell the statement.
        """
        answer: asyncio.Future[Route | None] = asyncio.get_running_loop().create_future()
        sent_by = sent_at + routing.CLOCK_TOLERANCE
        self._waiting.append(_Waiting(telegram_id, message_id, update_id, sent_by, answer))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return await answer

    async def stop(self) -> None:
        """Whoever still waits is cancelled; Telegram brings their messages again."""
        if self._at_work is not None:
            self._at_work.cancel()
            with suppress(asyncio.CancelledError):
                await self._at_work
            # Where it was cancelled before it began, it has not said so itself.
            self._at_work = None
        for each in self._waiting:
            each.answer.cancel()
        self._waiting.clear()

    async def _work(self) -> None:
        try:
            while self._waiting:
                # Who was cancelled meanwhile is not counted.
                together = [each for each in self._waiting if not each.answer.done()]
                self._waiting.clear()
                if together:
                    await self._answer(together)
        finally:
            self._at_work = None

    async def _answer(self, together: Sequence[_Waiting]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                routes = await self._routes(together)
        except _OF_ONE_MESSAGE:
            routes = {}
        except asyncio.CancelledError:
            for each in together:
                each.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it is for those who wait)
            for each in together:
                if not each.answer.done():
                    each.answer.set_exception(error)
            return
        for place, each in enumerate(together, 1):
            if not each.answer.done():
                each.answer.set_result(routes.get(place))

    async def _routes(self, together: Sequence[_Waiting]) -> dict[int, Route]:
        """Where the messages go, by their places, counted from one."""
        about = {
            "telegram_ids": [each.telegram_id for each in together],
            "message_ids": [each.message_id for each in together],
            "update_ids": [each.update_id for each in together],
            "sent_by": [each.sent_by for each in together],
            "now": timezone.now(),
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(routing.COUNTED_TOGETHER, about)
            return {place: Route(*route) for place, *route in await cursor.fetchall()}
