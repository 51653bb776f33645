"""Brings updates to our own webhook as Telegram would: one at a time in each queue, all queues side by side."""

import asyncio
import contextlib
from collections import defaultdict, deque
from dataclasses import dataclass

import aiohttp

from .backlog import QueueKey, Update, queue_of
from .presence import Presence

_ANSWER_SECONDS = 60.0
_LONGEST_RETRY_AFTER = 3600.0
# Telegram's own pauses end at 120 s; next door nobody needs to be spared for that long.
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the webhook said: whether it took the update, and the seconds after which it wants to see it again."""

    taken: bool
    retry_after: float | None = None


class Courier:
    """Takes updates in Telegram's order and tries each until the webhook has taken it.

    `progress` is set whenever one was taken. To be used inside one event loop.
    """

    def __init__(self, *, url: str, secret: str) -> None:
        self._url = url
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        self._queues: defaultdict[QueueKey, deque[Update]] = defaultdict(deque)
        self._under_way: dict[QueueKey, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._web = Presence("web")
        self.progress = asyncio.Event()

    def carry(self, update: Update) -> None:
        """Bring the update to the webhook, after those of its queue that came before."""
        key = queue_of(update.body)
        self._queues[key].append(update)
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._empty(key))

    async def stop(self) -> None:
        """Wait for the answers to what is under way; what waits is left to whoever polls next."""
        self._stopping.set()
        await asyncio.gather(*self._under_way.values())
        if self._session is not None:
            await self._session.close()

    async def _empty(self, key: QueueKey) -> None:
        queue = self._queues[key]
        while queue and not self._stopping.is_set():
            await self._deliver(queue[0])
            queue.popleft()
        del self._queues[key], self._under_way[key]

    async def _deliver(self, update: Update) -> None:
        attempts = 0
        while not (update.gone or self._stopping.is_set()):
            answer = await self._post(update)
            if answer.taken:
                update.dealt_with = True
                self.progress.set()
                return
            attempts += 1
            await self._pause(attempts, answer)

    async def _post(self, update: Update) -> _Answer:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        try:
            async with self._session.post(self._url, json=update.body, headers=self._headers) as response:
                status, wanted = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._web.away(type(error).__name__)
            return _Answer(taken=False)
        if status in (403, 404, 405):
            # No trouble of this update: the address or the secret is not that of our web process.
            self._web.away(f"status {status}")
            return _Answer(taken=False)
        self._web.here()
        seconds = min(float(wanted), _LONGEST_RETRY_AFTER) if wanted.isdecimal() else None
        return _Answer(taken=200 <= status < 300, retry_after=seconds)

    async def _pause(self, attempts: int, answer: _Answer) -> None:
        seconds = answer.retry_after
        if seconds is None:
            # 0, 1, 2, 4 … seconds.
            seconds = 0.0 if attempts == 1 else min(2.0 ** min(attempts - 2, 10), _LONGEST_PAUSE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
