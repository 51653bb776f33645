"""`manage.py set_up_bot`."""

from typing import Any

from delivery.telegram import Bot
from project import set_up
from project.management.telegram_command import TelegramCommand


class Command(TelegramCommand):
    """May be run again at any time: what stands already is left alone."""

    help = "Give the bot its name, descriptions and command menus in every language."

    async def talk(self, bot: Bot, options: dict[str, Any]) -> None:
        """Set what differs and say what that was."""
        changed = [*await set_up.introduction(bot), *await set_up.command_menus(bot)]
        self.stdout.write(f"Set: {', '.join(changed)}." if changed else "Everything stands already.")
