"""What every method that puts a message into a chat, or changes one, has in common."""

from __future__ import annotations

from typing import Any

from simulator.entities import QUOTED_FORMATTING, FormattedText, formatted, quoted, utf16_length
from simulator.errors import BadRequestError
from simulator.markup import checked_keyboard
from simulator.state import JSON, MAX_CAPTION, MAX_TEXT, Message, Person
from simulator.telegram import Telegram

VOICES = frozenset(("voice", "video_note"))
MAX_QUOTE = 1024
SHOWN_AS_GIVEN = {"has_spoiler": "has_media_spoiler", "show_caption_above_media": "show_caption_above_media"}
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


def text_of(params: JSON) -> JSON:
    """Return the fields of a Message that hold the text of a call. Raises BadRequestError."""
    text = formatted(params.get("text", ""), parse_mode=params.get("parse_mode"), entities=params.get("entities"))
    if not text.text:
        raise BadRequestError("message text is empty")
    if utf16_length(text.text) > MAX_TEXT:
        raise BadRequestError("message is too long")
    preview = params.get("link_preview_options")
    # Telegram remembers how to show a link only where there is one.
    linked = any(entity["type"] in ("url", "text_link") for entity in text.entities)
    return text.as_fields("text", "entities") | ({"link_preview_options": preview} if preview and linked else {})


def caption_of(params: JSON) -> JSON:
    """Return the fields of a Message that hold the caption of a call, and how it is shown. Raises BadRequestError."""
    caption: FormattedText = formatted(
        params.get("caption", ""), parse_mode=params.get("parse_mode"), entities=params.get("caption_entities")
    )
    if utf16_length(caption.text) > MAX_CAPTION:
        raise BadRequestError("message caption is too long")
    shown = {field: True for name, field in SHOWN_AS_GIVEN.items() if params.get(name)}
    return caption.as_fields("caption", "caption_entities") | shown


def sent(telegram: Telegram, person: Person, params: JSON, content: JSON, **fields: Any) -> JSON:
    """Put a message of the bot's into a chat; return the Message. `fields` are those of `state.Message`."""
    reply = _reply(person, params.get("reply_parameters"))
    if person.refuses_voice and not VOICES.isdisjoint(content):
        raise BadRequestError("VOICE_MESSAGES_FORBIDDEN")
    if "forward_origin" not in fields.get("provenance", {}):
        content = _as_bots_write(content)
    message = telegram.world.add_message(
        person,
        by_bot=True,
        content=content,
        reply_markup=checked_keyboard(params.get("reply_markup")),
        protected=bool(params.get("protect_content")),
        **(reply | fields),
    )
    return telegram.world.rendered(message)


def own_message(telegram: Telegram, params: JSON) -> tuple[Person, Message]:
    """Return the message that the bot wants to change, and whose chat it is in. Raises ApiError."""
    if "inline_message_id" in params:
        raise BadRequestError("inline messages are published but not simulated")
    if "chat_id" not in params:
        raise BadRequestError("chat_id is empty")
    if "message_id" not in params:
        raise BadRequestError("message identifier is not specified")
    person = telegram.world.chat_for_bot(params["chat_id"])
    message = person.messages.get(params["message_id"])
    if message is None:
        raise BadRequestError("message to edit not found")
    if not message.by_bot or "forward_origin" in message.provenance:
        raise BadRequestError("message can't be edited")
    return person, message


def edited(telegram: Telegram, person: Person, message: Message, content: JSON, params: JSON) -> JSON:
    """Change content and keyboard of a message; return the Message. Raises BadRequestError if that changes nothing."""
    keyboard = checked_keyboard(params.get("reply_markup"))
    content = _as_bots_write(content)
    if (content, keyboard) == (message.content, message.reply_markup):
        raise BadRequestError(UNCHANGED)
    if content != message.content:
        message.edit_date = int(telegram.world.clock())
    message.content = content
    message.reply_markup = keyboard
    telegram.world.touch(person, message)
    return telegram.world.rendered(message)


def _as_bots_write(content: JSON) -> JSON:
    """Custom emoji are for those who pay: in what a bot writes or copies they are plain emoji."""
    written = dict(content)
    for name in ("entities", "caption_entities"):
        plain = [entity for entity in written.pop(name, ()) if entity["type"] != "custom_emoji"]
        written |= {name: plain} if plain else {}
    return written


def _reply(person: Person, reply: JSON | None) -> JSON:
    if reply is None:
        return {}
    if reply.get("chat_id") not in (None, person.person_id):
        raise BadRequestError("replies to another chat are published but not simulated")
    replied = person.messages.get(reply["message_id"])
    if replied is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise BadRequestError("message to be replied not found")
    if "quote" not in reply:
        return {"reply_to": replied.message_id}
    return {"reply_to": replied.message_id, "provenance": {"quote": _quote(replied, reply)}}


def _quote(replied: Message, reply: JSON) -> JSON:
    content = replied.content
    wanted = formatted(reply["quote"], parse_mode=reply.get("quote_parse_mode"), entities=reply.get("quote_entities"))
    text = content.get("text") or content.get("caption") or ""
    entities = content.get("entities") or content.get("caption_entities") or []
    quote = quoted(text, entities, wanted.text, reply.get("quote_position"))
    formatting = [entity for entity in wanted.entities if entity["type"] in QUOTED_FORMATTING]
    if quote is None or quote.get("entities", []) != formatting or utf16_length(wanted.text) > MAX_QUOTE:
        raise BadRequestError("QUOTE_TEXT_INVALID")
    return quote
