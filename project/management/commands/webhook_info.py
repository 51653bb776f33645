"""`manage.py webhook_info`."""

import sys
from typing import Any

from django.utils import timezone

from delivery.telegram import Bot
from project import set_up
from project.management.telegram_command import TelegramCommand


class Command(TelegramCommand):
    """Shows what Telegram says of the webhook; exit code 1 when something has to be done about it."""

    help = "Show where Telegram brings updates, how it is going, and what to do if it isn't."

    async def talk(self, bot: Bot, options: dict[str, Any]) -> None:
        """Ask and judge."""
        info = await bot.get_webhook_info()
        now = timezone.now()
        self.stdout.write("\n".join(set_up.webhook_lines(info, now=now)))
        if advice := set_up.webhook_advice(info, now=now):
            self.stdout.write(advice)
            sys.exit(1)
