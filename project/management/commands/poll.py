"""`manage.py poll`: the poller."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from telegram.error import TelegramError

from delivery.telegram import UpdateSource, build_bot
from project.logs import log_uncaught_errors
from project.management.telegram_command import explained
from project.polling import Courier, Poller


class Command(BaseCommand):
    """Runs the poller until SIGINT or SIGTERM, then finishes what is under way."""

    help = "Fetch updates for a bot without PUBLIC_URL and bring them to the web process, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """For whoever starts it and wants to know when it runs."""
        parser.add_argument("--ready-file", type=Path, help="touched once Telegram was asked for the first time")

    def handle(self, *args: Any, ready_file: Path | None, **options: Any) -> None:
        """Run the loop."""
        if settings.PUBLIC_URL:
            raise CommandError("PUBLIC_URL is set, so Telegram brings the updates by itself: empty it to poll.")
        log_uncaught_errors()
        try:
            asyncio.run(_poll(ready_file.touch if ready_file else lambda: None))
        except TelegramError as error:
            raise explained(error) from error


async def _poll(started: Callable[[], None]) -> None:
    bot = build_bot()
    source = UpdateSource(bot)
    courier = Courier(url=f"{settings.WEB_URL}/telegram/webhook", secret=settings.TELEGRAM_WEBHOOK_SECRET)
    poller = Poller(bot=bot, source=source, courier=courier)
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, poller.stop)
    try:
        await poller.run(started=started)
    finally:
        await source.close()
        await bot.request.shutdown()
