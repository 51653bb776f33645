"""Commands that have a word with Telegram: one connection, and one clear line when it does not work out."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from delivery.telegram import Bot, build_bot, retry_seconds


def explained(error: TelegramError) -> CommandError:
    """The line for staff: what is wrong and what to do."""
    if isinstance(error, InvalidToken):
        return CommandError("Telegram does not know this TELEGRAM_BOT_TOKEN: compare it with @BotFather's.")
    if isinstance(error, RetryAfter):
        return CommandError(f"Telegram wants us to wait {retry_seconds(error):.0f} s: try again then.")
    if isinstance(error, BadRequest):
        return CommandError(f"Telegram refuses: {error.message}")
    return CommandError(
        f"Telegram does not answer at {settings.TELEGRAM_API_URL} ({type(error).__name__}): try again later."
    )


class TelegramCommand(BaseCommand):
    """Subclasses implement `talk`; what Telegram refuses ends in one line and exit code 1."""

    async def talk(self, bot: Bot, options: dict[str, Any]) -> None:
        """Say and ask what this command is about."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Talk, and hang up."""
        try:
            asyncio.run(self._call(options))
        except TelegramError as error:
            raise explained(error) from error

    async def _call(self, options: dict[str, Any]) -> None:
        bot = build_bot()
        try:
            await self.talk(bot, options)
        finally:
            await bot.request.shutdown()
