"""`manage.py deliver`: the sender."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from delivery.limits import SendLimit
from delivery.redis import connect_redis
from delivery.sender import Sender
from delivery.telegram import build_bot
from project.logs import log_uncaught_errors


class Command(BaseCommand):
    """Runs the sender until SIGINT or SIGTERM, then finishes what is under way."""

    help = "Send what waits in the outbox to Telegram, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the loop."""
        log_uncaught_errors()
        asyncio.run(_deliver())


async def _deliver() -> None:
    redis = connect_redis()
    bot = build_bot()
    sender = Sender(bot=bot, limit=SendLimit(redis))
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, sender.stop)
    try:
        await sender.run()
    finally:
        await bot.request.shutdown()
        await redis.aclose()
