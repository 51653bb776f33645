"""Redis for async code: one client of one event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis


@dataclass(frozen=True, slots=True)
class _Asked:
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    answer: asyncio.Future[Any]


class GatheringRedis(Redis):
    """A client that sends together what is asked for at the same time.

    While some commands are on their way the next ones gather: many updates at once cost few round trips, a single one
    waits for nobody. Each command stands for itself, without a transaction: it has its own answer and its own error.
    What blocks a connection (BLPOP and its kind) must not be asked for here, everybody would wait with it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gathered: list[_Asked] = []
        self._sending: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command together with others; returns its answer. Raises RedisError."""
        answer = asyncio.get_running_loop().create_future()
        self._gathered.append(_Asked(args, options, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        try:
            while self._gathered:
                gathered, self._gathered = self._gathered, []
                await self._send_together(gathered)
        finally:
            self._sending = None

    async def _send_together(self, gathered: Sequence[_Asked]) -> None:
        pipeline = self.pipeline(transaction=False)
        for asked in gathered:
            pipeline.execute_command(*asked.arguments, **asked.options)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except asyncio.CancelledError:
            for asked in gathered:
                asked.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it is for those who wait)
            answers = [error] * len(gathered)
        for asked, answer in zip(gathered, answers, strict=True):
            _give(asked.answer, answer)


def _give(waiting: asyncio.Future[Any], answer: Any) -> None:
    if waiting.done():
        # Whoever asked was cancelled meanwhile.
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)


def connect_redis() -> Redis:
    """A client with a pool that waits for a free connection; close it with `aclose()`."""
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL, max_connections=64, timeout=5, socket_timeout=5, socket_connect_timeout=2
    )
    return GatheringRedis.from_pool(pool)
