"""What one web process holds while it runs: bot, ledger, connections. Started and stopped by the ASGI server."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from django.conf import settings
from telegram.error import TelegramError

from chat.answering_albums import AnsweringAlbums
from chat.bursts import Bursts
from chat.changes import Changes
from chat.counting import Counting
from chat.flood import FloodLimit
from chat.message_map import MessageMap
from chat.relay import Relay
from delivery.connections import QueuedPool, connection_parameters, without_waiting_for_the_disk
from delivery.ledger import Ledger
from delivery.limits import SendLimit
from delivery.redis import connect_redis
from delivery.sender import Sender
from delivery.telegram import build_bot
from project.threads import in_thread

from . import set_up
from .bot import build_application
from .checks import mistakes
from .webhook import Webhook

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
_OBJECTS_BETWEEN_COLLECTIONS = 5_000

log = structlog.get_logger(__name__)


class Lifespan:
    """The lifespan protocol of ASGI around everything that needs this process's event loop."""

    webhook: Webhook

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Start at startup, stop at shutdown."""
        assert (await receive())["type"] == "lifespan.startup"
        if found := await in_thread(mistakes):
            message = "\n".join(f"{mistake.msg} {mistake.hint or ''}" for mistake in found)
            await send({"type": "lifespan.startup.failed", "message": message})
            return
        await self._start()
        # What was loaded for the start stays for good: looking through it again and again cost a twelfth of the time.
        gc.collect()
        gc.freeze()
        # Updates under way are made of thousands of objects that go by themselves: by the default of 700 garbage was
        # looked for all the time, which cost another twelfth.
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        self._bot = build_bot()
        self._application = build_application(self._bot)
        self._redis = connect_redis()
        self._ledger = Ledger(self._redis)
        await self._ledger.start()
        self._pool = _pool(max_size=settings.RELAY_CONNECTIONS)
        self._counting_pool = _pool(max_size=1)
        # Not waited for: a database that is away must not keep /sos from being answered.
        for pool in (self._pool, self._counting_pool):
            await pool.open(wait=False)
        limit = SendLimit(self._redis)
        self._relay = Relay(
            pool=self._pool,
            counting=Counting(self._counting_pool),
            bot=self._bot,
            ledger=self._ledger,
            limit=limit,
            message_map=MessageMap(self._redis),
        )
        self._application.bot_data["relay"] = self._relay
        self._application.bot_data["changes"] = Changes(relay=self._relay, bot=self._bot)
        self._application.bot_data["bursts"] = Bursts(self._redis)
        self._albums = AnsweringAlbums(sender=Sender(bot=self._bot, limit=limit))
        self._application.bot_data["albums"] = self._albums
        self._application.bot_data["flood"] = FloodLimit(self._redis)
        self.webhook = Webhook(application=self._application, ledger=self._ledger)
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        """Greet Telegram and tell it where we are; tried until it answers, while the process already serves."""
        attempt = 0
        while True:
            try:
                await self._application.initialize()
                await set_up.webhook(self._bot)
                if changed := await set_up.command_menus(self._bot):
                    log.info("telegram.menus_set", changed=changed)
                return
            except Exception as error:  # noqa: BLE001  (whatever it is, a process that never gets ready helps nobody)
                log.warning("telegram.away", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
                attempt += 1

    async def _stop(self) -> None:
        self._connecting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._connecting
        await self._albums.stop()
        with contextlib.suppress(TelegramError):
            await self._application.shutdown()
        await self._bot.request.shutdown()
        await self._ledger.stop()
        await self._relay.stop()
        for pool in (self._counting_pool, self._pool):
            await pool.close()
        await self._redis.aclose()


def _pool(*, max_size: int) -> QueuedPool:
    return QueuedPool(
        kwargs={**without_waiting_for_the_disk(connection_parameters()), "autocommit": True},
        min_size=1,
        max_size=max_size,
        timeout=5,
        open=False,
    )
