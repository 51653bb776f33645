"""The loop around getUpdates."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from delivery.telegram import Bot, UpdateSource, retry_seconds
from project import set_up

from .backlog import SHOWN_AT_ONCE, Backlog
from .courier import Courier
from .presence import Presence

# Telegram holds an empty answer back for that long, unless an update comes.
_LONG_POLL_SECONDS = 30
# While something is not dealt with, getUpdates answers at once: then we ask again after each step forward, or so often.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_AWAY_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
_MISCONFIGURED_PAUSE = 30.0

log = structlog.get_logger(__name__)


class Poller:
    """`manage.py poll`: one per bot; Telegram refuses a second."""

    def __init__(self, *, bot: Bot, source: UpdateSource, courier: Courier) -> None:
        self._bot = bot
        self._source = source
        self._courier = courier
        self._backlog = Backlog()
        self._telegram = Presence("telegram")
        self._stopping = asyncio.Event()
        self._failures = 0
        self._pause = _SHORTEST_PAUSE

    def stop(self) -> None:
        """Fetch nothing new; what is under way is finished and confirmed before `run` returns."""
        self._stopping.set()

    async def run(self, *, started: Callable[[], None] = lambda: None) -> None:
        """Poll until `stop` is called; `started` is told as soon as Telegram has answered or is known to be away.

        Raises InvalidToken when Telegram does not know the bot at the start.
        """
        await self._take_the_webhook_away(started)
        while not self._stopping.is_set():
            await self._interruptible(self._round())
        await self._courier.stop()
        await self._confirm_the_rest()

    async def _take_the_webhook_away(self, started: Callable[[], None]) -> None:
        """Telegram refuses getUpdates beside a webhook. What waits for it stays and comes to us."""
        while not self._stopping.is_set():
            try:
                await set_up.no_webhook(self._bot)
            except InvalidToken:
                raise
            except TelegramError as error:
                started()
                await self._interruptible(self._wait_out(error))
            else:
                self._answered()
                started()
                return

    async def _round(self) -> None:
        """Ask once, hand over what is new, and wait until there is a reason to ask again."""
        self._courier.progress.clear()
        self._backlog.settle()
        offset = self._backlog.confirmable
        try:
            shown = await self._source.fetch(
                offset=offset,
                limit=SHOWN_AT_ONCE,
                wait_seconds=0 if self._backlog else _LONG_POLL_SECONDS,
                allowed_updates=set_up.ALLOWED_UPDATES,
            )
        except TelegramError as error:
            await self._wait_out(error)
            return
        self._answered()
        self._backlog.confirmed(offset)
        new = self._backlog.notice(shown)
        for update in new:
            self._courier.carry(update)
        await self._wait_for_progress(came=bool(new))

    async def _wait_for_progress(self, *, came: bool) -> None:
        self._pause = _SHORTEST_PAUSE if came else min(self._pause * 2, _LONGEST_PAUSE)
        if self._backlog:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._courier.progress.wait(), self._pause)

    def _answered(self) -> None:
        self._failures = 0
        self._telegram.here()

    async def _wait_out(self, error: TelegramError) -> None:
        """Telegram's own words tell of conflicts and tokens, never of people."""
        self._failures += 1
        if isinstance(error, RetryAfter):
            await asyncio.sleep(retry_seconds(error))
            return
        reason = type(error).__name__
        if isinstance(error, Conflict):
            reason = f"{error.message}. Only one process may poll, and none beside a webhook: stop the other one."
        self._telegram.away(reason)
        pause = _AWAY_PAUSES[min(self._failures, len(_AWAY_PAUSES)) - 1]
        await asyncio.sleep(_MISCONFIGURED_PAUSE if isinstance(error, InvalidToken) else pause)

    async def _confirm_the_rest(self) -> None:
        """Or it would come again: harmless, but work for nothing."""
        self._backlog.settle()
        if self._backlog.confirmable is not None:
            with contextlib.suppress(TelegramError):
                await self._source.fetch(
                    offset=self._backlog.confirmable, limit=1, wait_seconds=0, allowed_updates=set_up.ALLOWED_UPDATES
                )

    async def _interruptible(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, or drop it as soon as `stop` is called. (What a dropped fetch brought is not confirmed.)"""
        task = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
