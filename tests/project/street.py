"""A Telegram and a web process in one small server: what is fetched, what is brought, what is confirmed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from pytest_django.fixtures import Settings

from delivery.telegram import UpdateSource, build_bot
from project.polling import Courier, Poller

SECRET = "wh-secret"


def message(update_id: int, chat_id: int) -> dict[str, Any]:
    """Somebody wrote."""
    return {"update_id": update_id, "message": {"chat": {"id": chat_id}, "from": {"id": chat_id}, "text": "…"}}


def tap(update_id: int, user_id: int) -> dict[str, Any]:
    """Somebody tapped a button."""
    return {"update_id": update_id, "callback_query": {"from": {"id": user_id}, "data": "x"}}


class Street:
    """`refuses(update)` says with what status (and headers) the web process answers; None: 200."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.asked: list[dict[str, str]] = []
        self.brought: list[int] = []
        self.in_flight: set[int] = set()
        self.trouble: dict[str, Any] | None = None
        self.secrets: set[str | None] = set()
        self.webhook_deleted: list[dict[str, str]] = []
        self.refuses: Callable[[dict[str, Any]], web.Response | None] = lambda _: None
        self.hold: dict[int, asyncio.Event] = {}
        self._arrived = asyncio.Event()

    def arrives(self, *updates: dict[str, Any]) -> None:
        """Telegram has something for the bot."""
        self.waiting.extend(updates)
        self._arrived.set()

    async def delete_webhook(self, request: web.Request) -> web.Response:
        """The Bot API's."""
        self.webhook_deleted.append({**await request.post(), **request.query})  # type: ignore[dict-item]
        return self._refusal() or web.json_response({"ok": True, "result": True})

    async def get_updates(self, request: web.Request) -> web.Response:
        """The Bot API's, as far as a poller needs it."""
        asked = dict(request.query)
        self.asked.append(asked)
        if (refusal := self._refusal()) is not None:
            return refusal
        if "offset" in asked:
            gone = [update for update in self.waiting if update["update_id"] < int(asked["offset"])]
            self.confirmed += [update["update_id"] for update in gone]
            self.waiting = self.waiting[len(gone) :]
        if not self.waiting and int(asked["timeout"]):
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), int(asked["timeout"]))
        return web.json_response({"ok": True, "result": self.waiting[: int(asked["limit"])]})

    async def webhook(self, request: web.Request) -> web.Response:
        """Our own."""
        update = json.loads(await request.read())
        update_id = update["update_id"]
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.brought.append(update_id)
        self.in_flight.add(update_id)
        try:
            if update_id in self.hold:
                await self.hold[update_id].wait()
            return self.refuses(update) or web.Response()
        finally:
            self.in_flight.discard(update_id)

    def _refusal(self) -> web.Response | None:
        if self.trouble is None:
            return None
        return web.json_response({"ok": False, **self.trouble}, status=self.trouble["error_code"])


@asynccontextmanager
async def polled(settings: Settings, street: Street) -> AsyncIterator[asyncio.Task[None]]:
    """A poller at work on the street; leaving stops it in good order, unless the test has killed it."""
    application = web.Application()
    application.router.add_post("/bot{token}/deleteWebhook", street.delete_webhook)
    application.router.add_post("/bot{token}/getUpdates", street.get_updates)
    application.router.add_post("/telegram/webhook", street.webhook)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings.TELEGRAM_API_URL = url
    bot = build_bot()
    source = UpdateSource(bot)
    poller = Poller(bot=bot, source=source, courier=Courier(url=f"{url}/telegram/webhook", secret=SECRET))
    task = asyncio.create_task(poller.run())
    try:
        yield task
        poller.stop()
        # Long enough for a poller that would not wait for what is under way.
        await asyncio.sleep(0.1)
        for event in street.hold.values():
            event.set()
        await asyncio.wait_for(task, 5)
    finally:
        task.cancel()
        await source.close()
        await bot.request.shutdown()
        await runner.cleanup()


async def until(condition: Callable[[], object], *, within: float = 5.0) -> None:
    """Return once `condition` holds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  (a condition of the test, which nobody announces)
            await asyncio.sleep(0.01)
