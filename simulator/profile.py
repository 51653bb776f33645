"""Bot API methods about the bot itself, its texts and menus, and about chats."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from simulator.entities import utf16_length
from simulator.errors import BadRequestError
from simulator.state import JSON, Bot
from simulator.telegram import Telegram

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256
MAX_NAME = 64
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120
GROUP_SCOPES = {"all_group_chats", "all_chat_administrators", "chat_administrators", "chat_member"}

NO_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)

Texts = Callable[[Bot], dict[str, str]]


def get_me(telegram: Telegram, params: JSON) -> JSON:
    """Return the bot's User with what it can do."""
    return telegram.world.bot.user() | {
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


def get_chat(telegram: Telegram, params: JSON) -> JSON:
    """Return the ChatFullInfo of a private chat."""
    person = telegram.world.chat_for_bot(params["chat_id"], writing=False)
    pinned = {"pinned_message": telegram.world.rendered(person.messages[person.pinned[-1]])} if person.pinned else {}
    return (
        person.chat()
        | pinned
        | {
            "accent_color_id": person.person_id % 7,
            "max_reaction_count": 11,
            "active_usernames": [person.username],
            "accepted_gift_types": dict.fromkeys(NO_GIFTS, False),
        }
    )


def get_user_profile_photos(telegram: Telegram, params: JSON) -> JSON:
    """Return the UserProfilePhotos: nobody here has a picture."""
    if params["user_id"] not in telegram.world.people:
        raise BadRequestError("user not found")
    return {"total_count": 0, "photos": []}


def set_chat_menu_button(telegram: Telegram, params: JSON) -> bool:
    """Set what the button beside the text field does, in one chat or in all."""
    button = params.get("menu_button", {"type": "default"})
    if button["type"] == "web_app" and not button["web_app"]["url"].startswith("https://"):
        raise BadRequestError("menu button Web App URL is invalid: only HTTPS links are allowed")
    if "chat_id" in params:
        telegram.world.chat_for_bot(params["chat_id"], writing=False)
    telegram.world.bot.menu_buttons[params.get("chat_id")] = button
    telegram.world.broadcast.publish(None, "bot")
    return True


def get_chat_menu_button(telegram: Telegram, params: JSON) -> JSON:
    """Return the MenuButton of a chat, or that of all."""
    buttons = telegram.world.bot.menu_buttons
    everywhere = buttons.get(None, {"type": "commands"})
    return buttons.get(params.get("chat_id"), everywhere)


def set_my_commands(telegram: Telegram, params: JSON) -> bool:
    """Set the menu for a scope and a language."""
    commands = params["commands"]
    if len(commands) > MAX_COMMANDS:
        raise BadRequestError("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise BadRequestError("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(command["description"]) <= MAX_COMMAND_DESCRIPTION:
            raise BadRequestError("BOT_COMMAND_DESCRIPTION_INVALID")
    written = [command | {"command": command["command"].removeprefix("/")} for command in commands]
    telegram.world.bot.commands[_scope(params), _language(params)] = written
    telegram.world.broadcast.publish(None, "commands")
    return True


def delete_my_commands(telegram: Telegram, params: JSON) -> bool:
    """Take the menu of a scope and a language away, so that a wider one shows."""
    telegram.world.bot.commands.pop((_scope(params), _language(params)), None)
    telegram.world.broadcast.publish(None, "commands")
    return True


def get_my_commands(telegram: Telegram, params: JSON) -> list[JSON]:
    """Return exactly the menu set for a scope and a language."""
    return telegram.world.bot.commands.get((_scope(params), _language(params)), [])


def set_my_name(telegram: Telegram, params: JSON) -> bool:
    """Set the bot's name in a language."""
    return _set_text(telegram, params, "name", MAX_NAME, lambda bot: bot.names)


def set_my_description(telegram: Telegram, params: JSON) -> bool:
    """Set what an empty chat with the bot shows, in a language."""
    return _set_text(telegram, params, "description", MAX_DESCRIPTION, lambda bot: bot.descriptions)


def set_my_short_description(telegram: Telegram, params: JSON) -> bool:
    """Set what the bot's profile shows, in a language."""
    return _set_text(telegram, params, "short_description", MAX_SHORT_DESCRIPTION, lambda bot: bot.short_descriptions)


def get_my_name(telegram: Telegram, params: JSON) -> JSON:
    """Return the BotName in a language, or the default one."""
    return {"name": localized(telegram.world.bot.names, _language(params))}


def get_my_description(telegram: Telegram, params: JSON) -> JSON:
    """Return the BotDescription in a language, or the default one."""
    return {"description": localized(telegram.world.bot.descriptions, _language(params))}


def get_my_short_description(telegram: Telegram, params: JSON) -> JSON:
    """Return the BotShortDescription in a language, or the default one."""
    return {"short_description": localized(telegram.world.bot.short_descriptions, _language(params))}


def localized(texts: dict[str, str], language: str) -> str:
    """Return the text in `language`, else the default, else nothing."""
    return texts.get(language) or texts.get("", "")


def _set_text(telegram: Telegram, params: JSON, name: str, limit: int, texts_of: Texts) -> bool:
    text = params.get(name, "")
    if utf16_length(text) > limit:
        raise BadRequestError(f"bot {name.replace('_', ' ')} is too long")
    texts = texts_of(telegram.world.bot)
    language = _language(params)
    if text:
        texts[language] = text
    elif language or name != "name":
        texts.pop(language, None)
    telegram.world.broadcast.publish(None, "bot")
    return True


def _language(params: JSON) -> str:
    language: str = params.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise BadRequestError("invalid language code specified")
    return language


def _scope(params: JSON) -> str:
    scope: dict[str, Any] = params.get("scope") or {"type": "default"}
    kind: str = scope["type"]
    if kind in GROUP_SCOPES:
        raise BadRequestError(f"command scope {kind} is published but not simulated")
    if kind == "chat":
        return f"chat:{scope['chat_id']}"
    if kind not in {"default", "all_private_chats"}:
        raise BadRequestError("unsupported type of BotCommandScope specified")
    return kind
