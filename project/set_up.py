"""What Telegram must know about the bot: where updates go, and the command menus."""

from django.conf import settings
from telegram import BotCommand, BotCommandScopeAllPrivateChats

from delivery.telegram import Bot
from profiles.menus import command_menus as menus

ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
    "message_reaction",
]


async def webhook(bot: Bot) -> None:
    """Register {PUBLIC_URL}/telegram/webhook with its secret; nothing where no PUBLIC_URL is set."""
    if not settings.PUBLIC_URL:
        return
    await bot.set_webhook(
        f"{settings.PUBLIC_URL}/telegram/webhook",
        secret_token=settings.TELEGRAM_WEBHOOK_SECRET,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=100,
    )


async def command_menus(bot: Bot) -> None:
    """Set the menu of each language, and Russian for all others."""
    scope = BotCommandScopeAllPrivateChats()
    for language, entries in menus().items():
        commands = [BotCommand(name, description) for name, description in entries]
        await bot.set_my_commands(commands, scope=scope, language_code=language)
        if language == settings.LANGUAGE_CODE:
            await bot.set_my_commands(commands, scope=scope)
