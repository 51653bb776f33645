"""Bot API methods that put messages into chats, change them and take them out."""

from __future__ import annotations

import re
import secrets
from itertools import pairwise
from typing import Any

from simulator.checks import Upload
from simulator.entities import FormattedText, formatted, utf16_length
from simulator.errors import BadRequestError
from simulator.markup import checked_keyboard
from simulator.state import JSON, Message, Person, StoredFile
from simulator.telegram import Telegram

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_COPIES = 100
MAX_CALLBACK_TEXT = 200
CHAT_ACTIONS = re.compile(
    "typing|choose_sticker|find_location|upload_(photo|video|voice|document|video_note)|record_(video|voice|video_note)"
)
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


def send_message(telegram: Telegram, params: JSON) -> JSON:
    """Send a text; return the Message."""
    text = _text(params)
    person = telegram.world.chat_for_bot(params["chat_id"])
    return _sent(telegram, person, params, text.as_fields("text", "entities"))


def send_document(telegram: Telegram, params: JSON) -> JSON:
    """Send a file that was uploaded, or one that was sent before by its file_id; return the Message."""
    caption = _caption(params)
    person = telegram.world.chat_for_bot(params["chat_id"])
    document = _stored_document(telegram, params["document"])
    return _sent(telegram, person, params, {"document": document, **caption.as_fields("caption", "caption_entities")})


def copy_message(telegram: Telegram, params: JSON) -> JSON:
    """Copy a message without a trace of where it came from; return its MessageId."""
    world = telegram.world
    source_chat = world.chat_for_bot(params["from_chat_id"], writing=False)
    person = world.chat_for_bot(params["chat_id"])
    source = source_chat.messages.get(params["message_id"])
    if source is None:
        raise BadRequestError("message to copy not found")
    if not source.copyable:
        raise BadRequestError("message can't be copied")
    content = dict(source.content)
    if "caption" in params and "text" not in content:
        caption = _caption(params)
        content = {name: value for name, value in content.items() if name not in ("caption", "caption_entities")}
        content |= caption.as_fields("caption", "caption_entities")
    copy = _sent(telegram, person, params, content)
    return {"message_id": copy["message_id"]}


def copy_messages(telegram: Telegram, params: JSON) -> list[JSON]:
    """Copy what can be copied of several messages, albums staying albums; return the MessageIds."""
    world = telegram.world
    ids = params["message_ids"]
    if not 1 <= len(ids) <= MAX_COPIES:
        raise BadRequestError("too few messages to copy" if not ids else "too many messages to copy")
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise BadRequestError("message identifiers must be in a strictly increasing order")
    source_chat = world.chat_for_bot(params["from_chat_id"], writing=False)
    person = world.chat_for_bot(params["chat_id"])
    sources = [source_chat.messages[message_id] for message_id in ids if message_id in source_chat.messages]
    copyable = [source for source in sources if source.copyable]
    if not copyable:
        raise BadRequestError("there are no messages to copy")
    albums = {source.media_group_id: _new_id() for source in copyable if source.media_group_id is not None}
    dropped = ("caption", "caption_entities") if params.get("remove_caption") else ()
    copies = [
        world.add_message(
            person,
            by_bot=True,
            content={name: value for name, value in source.content.items() if name not in dropped},
            media_group_id=source.media_group_id and albums[source.media_group_id],
            protected=bool(params.get("protect_content")),
        )
        for source in copyable
    ]
    return [{"message_id": copy.message_id} for copy in copies]


def edit_message_text(telegram: Telegram, params: JSON) -> JSON:
    """Change the text and the keyboard of one of the bot's messages; return the Message."""
    if "rich_message" in params:
        raise BadRequestError("rich messages are published but not simulated")
    text = _text(params)
    person, message = _own_message(telegram, params)
    if "text" not in message.content:
        raise BadRequestError("there is no text in the message to edit")
    return _edited(
        telegram, person, message, text.as_fields("text", "entities"), checked_keyboard(params.get("reply_markup"))
    )


def edit_message_reply_markup(telegram: Telegram, params: JSON) -> JSON:
    """Change the keyboard of one of the bot's messages; return the Message."""
    person, message = _own_message(telegram, params)
    return _edited(telegram, person, message, message.content, checked_keyboard(params.get("reply_markup")))


def delete_message(telegram: Telegram, params: JSON) -> bool:
    """Delete a message for both sides; in a private chat a bot may delete those of the person too."""
    person = telegram.world.chat_for_bot(params["chat_id"], writing=False)
    if params["message_id"] not in person.messages:
        raise BadRequestError("message to delete not found")
    telegram.world.remove_message(person, params["message_id"])
    return True


def set_message_reaction(telegram: Telegram, params: JSON) -> bool:
    """Set the bot's reaction to a message, at most one, or none."""
    person = telegram.world.chat_for_bot(params["chat_id"])
    message = person.messages.get(params["message_id"])
    if message is None:
        raise BadRequestError("message to react not found")
    reactions = params.get("reaction", [])
    if len(reactions) > 1:
        raise BadRequestError("REACTIONS_TOO_MANY")
    if any(reaction["type"] != "emoji" or not reaction["emoji"] for reaction in reactions):
        raise BadRequestError("REACTION_INVALID")
    message.reactions["bot"] = reactions
    telegram.world.touch(person, message)
    return True


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


def _sent(telegram: Telegram, person: Person, params: JSON, content: JSON) -> JSON:
    message = telegram.world.add_message(
        person,
        by_bot=True,
        content=content,
        reply_markup=checked_keyboard(params.get("reply_markup")),
        reply_to=_replied(person, params.get("reply_parameters")),
        protected=bool(params.get("protect_content")),
    )
    return telegram.world.rendered(message)


def _edited(telegram: Telegram, person: Person, message: Message, content: JSON, keyboard: JSON | None) -> JSON:
    if (content, keyboard) == (message.content, message.reply_markup):
        raise BadRequestError(UNCHANGED)
    if content != message.content:
        message.edit_date = int(telegram.world.clock())
    message.content = content
    message.reply_markup = keyboard
    telegram.world.touch(person, message)
    return telegram.world.rendered(message)


def _own_message(telegram: Telegram, params: JSON) -> tuple[Person, Message]:
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
    if not message.by_bot:
        raise BadRequestError("message can't be edited")
    return person, message


def _replied(person: Person, reply: dict[str, Any] | None) -> int | None:
    if reply is None:
        return None
    if reply.get("chat_id") not in (None, person.person_id):
        raise BadRequestError("replies to another chat are published but not simulated")
    message_id: int = reply["message_id"]
    if message_id in person.messages:
        return message_id
    if reply.get("allow_sending_without_reply"):
        return None
    raise BadRequestError("message to be replied not found")


def _text(params: JSON) -> FormattedText:
    text = formatted(params.get("text", ""), parse_mode=params.get("parse_mode"), entities=params.get("entities"))
    if not text.text:
        raise BadRequestError("message text is empty")
    if utf16_length(text.text) > MAX_TEXT:
        raise BadRequestError("message is too long")
    return text


def _caption(params: JSON) -> FormattedText:
    caption = formatted(
        params.get("caption", ""), parse_mode=params.get("parse_mode"), entities=params.get("caption_entities")
    )
    if utf16_length(caption.text) > MAX_CAPTION:
        raise BadRequestError("message caption is too long")
    return caption


def _stored_document(telegram: Telegram, document: Upload | str) -> JSON:
    files = telegram.world.files
    if isinstance(document, Upload):
        if not document.content:
            raise BadRequestError("file must be non-empty")
        file_id = _new_id()
        files[file_id] = StoredFile(document.name, document.mime_type, document.content)
    elif document in files:
        file_id = document
    else:
        raise BadRequestError("wrong file identifier/HTTP URL specified")
    stored = files[file_id]
    return {
        "file_id": file_id,
        "file_unique_id": file_id[:16],
        "file_name": stored.name,
        "mime_type": stored.mime_type,
        "file_size": len(stored.content),
    }


def _new_id() -> str:
    return secrets.token_urlsafe(24)
