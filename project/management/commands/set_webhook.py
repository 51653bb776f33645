"""`manage.py set_webhook`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.telegram import Bot
from project import set_up
from project.management.telegram_command import TelegramCommand


class Command(TelegramCommand):
    """Registers the webhook, or takes it away. The web process registers it at its start as well."""

    help = "Tell Telegram to bring updates to PUBLIC_URL, or no longer."

    def add_arguments(self, parser: CommandParser) -> None:
        """What may be asked for."""
        parser.add_argument("--delete", action="store_true", help="take the webhook away")
        parser.add_argument(
            "--drop-pending-updates", action="store_true", help="lose what waits at Telegram, messages included"
        )

    async def talk(self, bot: Bot, options: dict[str, Any]) -> None:
        """Register or delete."""
        drop = bool(options["drop_pending_updates"])
        if options["delete"]:
            await set_up.no_webhook(bot, drop_pending_updates=drop)
            self.stdout.write("There is no webhook any more.")
            return
        if not set_up.webhook_url():
            raise CommandError("PUBLIC_URL is not set: put the https address of the web process into .env.")
        await set_up.webhook(bot, drop_pending_updates=drop)
        self.stdout.write(f"Updates go to {set_up.webhook_url()}.")
