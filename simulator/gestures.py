"""Bot API methods that leave no message: showing that the bot is busy, and answering taps."""

from __future__ import annotations

import re

from simulator.entities import utf16_length
from simulator.errors import BadRequestError
from simulator.state import JSON
from simulator.telegram import Telegram

MAX_CALLBACK_TEXT = 200
CHAT_ACTIONS = re.compile(
    "typing|choose_sticker|find_location|upload_(photo|video|voice|document|video_note)|record_(video|voice|video_note)"
)


def send_chat_action(telegram: Telegram, params: JSON) -> bool:
    """Show for a few seconds that the bot is busy."""
    if not CHAT_ACTIONS.fullmatch(params["action"]):
        raise BadRequestError("wrong parameter action in request")
    person = telegram.world.chat_for_bot(params["chat_id"])
    telegram.world.broadcast.publish(person.person_id, "action", action=params["action"])
    return True


def answer_callback_query(telegram: Telegram, params: JSON) -> bool:
    """Answer a tap: nothing, a toast, or an alert that has to be closed."""
    if utf16_length(params.get("text", "")) > MAX_CALLBACK_TEXT:
        raise BadRequestError("MESSAGE_TOO_LONG")
    if params.get("url"):
        raise BadRequestError("URL_INVALID")
    query = telegram.world.unanswered_query(params["callback_query_id"])
    query.answer = {"text": params.get("text") or None, "show_alert": bool(params.get("show_alert"))}
    telegram.world.signals.fire(("query", query.query_id))
    telegram.world.broadcast.publish(
        query.person_id, "answer", query_id=query.query_id, message_id=query.message_id, **query.answer
    )
    return True
