"""What Telegram must know about the bot: where its updates go, what it is called, what it says of itself, its menus."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.timesince import timesince
from django.utils.translation import gettext
from telegram import BotCommand, BotCommandScopeAllPrivateChats, WebhookInfo

from delivery.telegram import Bot
from profiles.menus import command_menus as menus
from project.rendering import render

ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
    "message_reaction",
]

_RECENT_SECONDS = 10 * 60


def webhook_url() -> str:
    """Where Telegram brings the updates; "" where PUBLIC_URL is empty and they are polled."""
    return f"{settings.PUBLIC_URL}/telegram/webhook" if settings.PUBLIC_URL else ""


async def webhook(bot: Bot, *, drop_pending_updates: bool = False) -> None:
    """Register the webhook with its secret, and drop what waits at Telegram if asked; nothing without PUBLIC_URL."""
    if not (url := webhook_url()):
        return
    await bot.set_webhook(
        url,
        secret_token=settings.TELEGRAM_WEBHOOK_SECRET,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=100,
        drop_pending_updates=drop_pending_updates,
    )


async def no_webhook(bot: Bot, *, drop_pending_updates: bool = False) -> None:
    """Take the webhook away; what waits at Telegram goes on waiting unless it is to be dropped."""
    await bot.delete_webhook(drop_pending_updates=drop_pending_updates)


def webhook_advice(info: WebhookInfo, *, now: datetime) -> str:
    """What to do about the webhook in one line, "" when it is as it should be."""
    if info.url != webhook_url():
        return _misdirected(info.url)
    if info.url and set(ALLOWED_UPDATES) - set(info.allowed_updates or ()):
        return "Telegram keeps kinds of updates back that the bot needs: run manage.py set_webhook."
    if info.url and info.last_error_date is not None:
        age = (now - info.last_error_date).total_seconds()
        if info.pending_update_count or age < _RECENT_SECONDS:
            return f"Telegram's last try failed: look into the web process's log, and whether {info.url} is reachable."
    return ""


def _misdirected(url: str) -> str:
    if not url:
        return "No webhook is registered: run manage.py set_webhook."
    if not settings.PUBLIC_URL:
        return (
            "PUBLIC_URL is empty, so updates should be polled: run manage.py set_webhook --delete, or set PUBLIC_URL."
        )
    return f"Updates go elsewhere than to {webhook_url()}: run manage.py set_webhook, or correct PUBLIC_URL."


def webhook_lines(info: WebhookInfo, *, now: datetime) -> list[str]:
    """What Telegram says of the webhook, for people."""
    error = "none"
    if info.last_error_date is not None:
        with translation.override("en"):
            age = timesince(info.last_error_date, now, depth=1)
        error = f"{age} ago: {info.last_error_message}"
    rows = {
        "url": info.url or "none, updates are polled",
        "waiting": f"{info.pending_update_count} updates",
        "last error": error,
        "connections": f"{info.max_connections or 'as Telegram likes'}",
        "updates": ", ".join(info.allowed_updates or ()) or "as Telegram likes",
    }
    return [f"{name:<13}{value}" for name, value in rows.items()]


@dataclass(frozen=True, slots=True)
class _Text:
    """One of the bot's texts in one language, how it is read and how it is set."""

    name: str
    text: str
    current: Callable[[], Awaitable[str]]
    change: Callable[[], Awaitable[object]]


async def introduction(bot: Bot) -> list[str]:
    """Set name, description and short description in each language, Russian for all others; returns what changed.

    What stands already is left alone: Telegram allows few changes of a name a day.
    """
    changed = []
    for language in _language_codes():
        for text in _texts(bot, language):
            if await text.current() != text.text:
                await text.change()
                changed.append(f"{text.name} ({language or 'default'})")
    return changed


async def command_menus(bot: Bot) -> list[str]:
    """Set the menu of each language, Russian for all others, where another one stands; returns what changed."""
    scope = BotCommandScopeAllPrivateChats()
    changed = []
    for language in _language_codes():
        entries = menus()[language or settings.LANGUAGE_CODE]
        commands = tuple(BotCommand(name, description) for name, description in entries)
        if await bot.get_my_commands(scope=scope, language_code=language) != commands:
            await bot.set_my_commands(commands, scope=scope, language_code=language)
            changed.append(f"menu ({language or 'default'})")
    return changed


def _language_codes() -> list[str | None]:
    """None stands for everybody whose language we don't speak."""
    return [None, *(language for language, _ in settings.LANGUAGES)]


def _texts(bot: Bot, language: str | None) -> list[_Text]:
    spoken = language or settings.LANGUAGE_CODE
    with translation.override(spoken):
        name = gettext("You're not alone")
        short = gettext("Talk anonymously with someone who is going through the same thing. Free. In danger: /sos")
    description = render("project/description.html", language=spoken)

    async def current_name() -> str:
        return (await bot.get_my_name(language_code=language)).name

    async def current_description() -> str:
        return (await bot.get_my_description(language_code=language)).description

    async def current_short_description() -> str:
        return (await bot.get_my_short_description(language_code=language)).short_description

    return [
        _Text("name", name, current_name, lambda: bot.set_my_name(name, language_code=language)),
        _Text(
            "description",
            description,
            current_description,
            lambda: bot.set_my_description(description, language_code=language),
        ),
        _Text(
            "short description",
            short,
            current_short_description,
            lambda: bot.set_my_short_description(short, language_code=language),
        ),
    ]
