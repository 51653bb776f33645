"""The Bot API by method name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from simulator import outgoing, profile, schema, webhooks
from simulator.checks import checked
from simulator.errors import ApiError, BadRequestError
from simulator.state import JSON
from simulator.telegram import Telegram

METHODS: Mapping[str, Callable[[Telegram, JSON], Any]] = {
    "getMe": profile.get_me,
    "getChat": profile.get_chat,
    "setMyCommands": profile.set_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "getMyCommands": profile.get_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setWebhook": webhooks.set_webhook,
    "deleteWebhook": webhooks.delete_webhook,
    "getWebhookInfo": webhooks.get_webhook_info,
    "getUpdates": webhooks.get_updates,
    "sendMessage": outgoing.send_message,
    "sendDocument": outgoing.send_document,
    "copyMessage": outgoing.copy_message,
    "copyMessages": outgoing.copy_messages,
    "editMessageText": outgoing.edit_message_text,
    "editMessageReplyMarkup": outgoing.edit_message_reply_markup,
    "deleteMessage": outgoing.delete_message,
    "setMessageReaction": outgoing.set_message_reaction,
    "sendChatAction": outgoing.send_chat_action,
    "answerCallbackQuery": outgoing.answer_callback_query,
}

# Telegram does not mind how a method's name is capitalised.
PUBLISHED = {name.lower(): name for name in schema.load().methods}


def published_name(written: str) -> str:
    """Return the method's name as published. Raises ApiError 404 if there is none."""
    try:
        return PUBLISHED[written.lower()]
    except KeyError:
        raise ApiError(404, "Not Found") from None


async def carry_out(telegram: Telegram, method: str, written: Mapping[str, Any]) -> Any:
    """Check a call of a published `method` and do what it says; return its result. Raises ApiError."""
    if method not in METHODS:
        raise BadRequestError(f"method {method} is published but not simulated")
    result = METHODS[method](telegram, checked(schema.load(), method, written))
    return await result if inspect.isawaitable(result) else result
