"""The Bot API by method name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from simulator import changing, copying, gestures, polling, profile, schema, sending, sending_files, webhooks
from simulator.checks import checked
from simulator.errors import ApiError, BadRequestError
from simulator.state import JSON
from simulator.telegram import Telegram

METHODS: Mapping[str, Callable[[Telegram, JSON], Any]] = {
    "getMe": profile.get_me,
    "getChat": profile.get_chat,
    "getUserProfilePhotos": profile.get_user_profile_photos,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
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
    "getUpdates": polling.get_updates,
    "sendMessage": sending.send_message,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "sendDice": sending.send_dice,
    "sendPoll": sending.send_poll,
    "sendPhoto": sending_files.sending("photo"),
    "sendVideo": sending_files.sending("video"),
    "sendVideoNote": sending_files.sending("video_note"),
    "sendVoice": sending_files.sending("voice"),
    "sendAudio": sending_files.sending("audio"),
    "sendAnimation": sending_files.sending("animation"),
    "sendSticker": sending_files.sending("sticker"),
    "sendDocument": sending_files.sending("document"),
    "sendMediaGroup": sending_files.send_media_group,
    "getFile": sending_files.get_file,
    "copyMessage": copying.copy_message,
    "copyMessages": copying.copy_messages,
    "forwardMessage": copying.forward_message,
    "forwardMessages": copying.forward_messages,
    "editMessageText": changing.edit_message_text,
    "editMessageCaption": changing.edit_message_caption,
    "editMessageMedia": sending_files.edit_message_media,
    "editMessageReplyMarkup": changing.edit_message_reply_markup,
    "stopPoll": changing.stop_poll,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "pinChatMessage": changing.pin_chat_message,
    "unpinChatMessage": changing.unpin_chat_message,
    "unpinAllChatMessages": changing.unpin_all_chat_messages,
    "setMessageReaction": changing.set_message_reaction,
    "sendChatAction": gestures.send_chat_action,
    "answerCallbackQuery": gestures.answer_callback_query,
}

# What chats without topics, business accounts, payments and suggested posts never need.
UNSIMULATED_EVERYWHERE = frozenset(
    (
        "business_connection_id", "message_thread_id", "direct_messages_topic_id", "suggested_post_parameters",
        "allow_paid_broadcast", "message_effect_id",
    )
)  # fmt: skip
UNSIMULATED_PARAMETERS: Mapping[str, frozenset[str]] = {
    "copyMessage": frozenset(("video_start_timestamp",)),
    "forwardMessage": frozenset(("video_start_timestamp",)),
    "sendVideo": frozenset(("start_timestamp", "cover")),
    "sendPoll": frozenset(
        (
            "question_entities", "shuffle_options", "allow_adding_options", "hide_results_until_closes",
            "members_only", "country_codes", "explanation_parse_mode", "explanation_entities", "explanation_media",
            "description", "media",
        )
    ),
}  # fmt: skip

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
    params = checked(schema.load(), method, written)
    for name in UNSIMULATED_PARAMETERS.get(method, frozenset()) | UNSIMULATED_EVERYWHERE:
        if params.get(name):
            raise BadRequestError(f'parameter "{name}" of {method} is published but not simulated')
    telegram.limits.spend(method, params)
    result = METHODS[method](telegram, params)
    return await result if inspect.isawaitable(result) else result
