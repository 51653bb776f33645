"""A process: python-telegram-bot doing nothing but the one call, on the product's transport, behind a plain ASGI view.

`PARTNERS` names a JSON file with everybody's partner. No ledger, no database, no limits: the floor.
"""

import hmac
import json
import os
from pathlib import Path
from typing import Any

from telegram import Message, Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from delivery.transport import AiohttpRequest

_SECRET = os.environ["TELEGRAM_WEBHOOK_SECRET"].encode()
_PARTNERS = {int(one): other for one, other in json.loads(Path(os.environ["PARTNERS"]).read_text()).items()}

_bot = (
    Application.builder()
    .token(os.environ["TELEGRAM_BOT_TOKEN"])
    .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
    .request(AiohttpRequest())
    .get_updates_request(AiohttpRequest(connections=1))
    .updater(None)
    .job_queue(None)
    .build()
)


async def _pass_on(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.message
    assert isinstance(message, Message)
    await context.bot.copy_message(_PARTNERS[message.chat.id], message.chat.id, message.message_id)


_bot.add_handler(MessageHandler(filters.ChatType.PRIVATE & filters.TEXT & ~filters.COMMAND, _pass_on))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    status = 200
    if scope["method"] == "POST":
        given = dict(scope["headers"]).get(b"x-telegram-bot-api-secret-token", b"")
        status = await _take(receive) if hmac.compare_digest(given, _SECRET) else 403
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _take(receive: Any) -> int:
    body = b""
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    await _bot.process_update(Update.de_json(json.loads(body), _bot.bot))
    return 200


async def _live(receive: Any, send: Any) -> None:
    await receive()
    await _bot.initialize()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await _bot.shutdown()
    await send({"type": "lifespan.shutdown.complete"})
