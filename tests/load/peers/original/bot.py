"""A process: the bot, aiogram on a webhook. For each text it asks the API where it goes, then copies it there.

The original sent the text anew under the writer's name; one call of the Bot API either way.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvloop
from aiogram import BaseMiddleware, Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message, TelegramObject, Update
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

_PREFIX = os.environ["REDIS_PREFIX"]
_KEPT_SECONDS = 24 * 60 * 60


class Once(BaseMiddleware):
    """An update that comes again is not dealt with again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Deal with it if it is new."""
        assert isinstance(event, Update)
        key = f"{_PREFIX}:original:update:{event.update_id}"
        if await self._redis.set(key, 1, nx=True, ex=_KEPT_SECONDS):
            return await handler(event, data)
        return None


async def _relay(message: Message, bot: Bot, api: aiohttp.ClientSession) -> None:
    body = {"from_user": message.chat.id, "text": message.text}
    async with api.post("/chat/relay", json=body) as response:
        response.raise_for_status()
        peer = await response.json()
    await bot.copy_message(peer["peer_tg_id"], message.chat.id, message.message_id)


async def application() -> web.Application:
    """The web application with everything that belongs to its event loop."""
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"])
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=server))
    redis = Redis.from_pool(BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=64, timeout=5))
    api = aiohttp.ClientSession(os.environ["API_URL"])
    dispatcher = Dispatcher()
    dispatcher.update.outer_middleware(Once(redis))
    dispatcher.message.register(_relay, F.chat.type == "private", F.text, ~F.text.startswith("/"))
    # The answer is 200 when the message has gone out, as everywhere in this comparison.
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=False, secret_token=os.environ["TELEGRAM_WEBHOOK_SECRET"], api=api
    )
    app = web.Application()
    handler.register(app, "/telegram/webhook")
    app.router.add_get("/health", _health)

    async def close(app: web.Application) -> None:
        await api.close()
        await redis.aclose()

    app.on_cleanup.append(close)
    return app


async def _health(request: web.Request) -> web.Response:
    return web.Response()


def main() -> None:
    """Serve until SIGTERM."""
    uvloop.install()
    where = urlsplit(os.environ["BOT_URL"])
    web.run_app(application(), host=where.hostname, port=where.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
