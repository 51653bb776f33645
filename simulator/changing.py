"""Bot API methods that change messages that are there: edit, delete, pin, react."""

from __future__ import annotations

from simulator.composing import caption_of, edited, own_message, sent, text_of
from simulator.errors import BadRequestError
from simulator.media import WITH_CAPTION, media_kind
from simulator.reactions import EMOJI
from simulator.state import JSON, Message, Person
from simulator.telegram import Telegram

DELETABLE_SECONDS = 48 * 3600
DICE_STAYS_SECONDS = 24 * 3600
MAX_DELETED = 100
CAPTION = ("caption", "caption_entities", "show_caption_above_media")


def edit_message_text(telegram: Telegram, params: JSON) -> JSON:
    """Change the text and the keyboard of one of the bot's messages; return the Message."""
    if "rich_message" in params:
        raise BadRequestError("rich messages are published but not simulated")
    text = text_of(params)
    person, message = own_message(telegram, params)
    if "text" not in message.content:
        raise BadRequestError("there is no text in the message to edit")
    return edited(telegram, person, message, text, params)


def edit_message_caption(telegram: Telegram, params: JSON) -> JSON:
    """Change the caption and the keyboard of one of the bot's messages; return the Message."""
    caption = caption_of(params)
    person, message = own_message(telegram, params)
    if media_kind(message.content) not in WITH_CAPTION:
        raise BadRequestError("there is no caption in the message to edit")
    bare = {name: value for name, value in message.content.items() if name not in CAPTION}
    return edited(telegram, person, message, bare | caption, params)


def edit_message_reply_markup(telegram: Telegram, params: JSON) -> JSON:
    """Change the keyboard of one of the bot's messages; return the Message."""
    person, message = own_message(telegram, params)
    return edited(telegram, person, message, message.content, params)


def stop_poll(telegram: Telegram, params: JSON) -> JSON:
    """Close one of the bot's polls; return the Poll."""
    person, message = own_message(telegram, params)
    poll = message.content.get("poll")
    if poll is None:
        raise BadRequestError("message with poll to stop not found")
    if poll["is_closed"]:
        raise BadRequestError("poll has already been closed")
    closed: JSON = edited(telegram, person, message, {"poll": poll | {"is_closed": True}}, params)["poll"]
    return closed


def delete_message(telegram: Telegram, params: JSON) -> bool:
    """Delete a message for both sides; in a private chat a bot may delete those of the person too."""
    person = telegram.world.chat_for_bot(params["chat_id"], writing=False)
    message = person.messages.get(params["message_id"])
    if message is None:
        raise BadRequestError("message to delete not found")
    if not _deletable(telegram, message):
        raise BadRequestError("message can't be deleted for everyone")
    telegram.world.remove_message(person, message.message_id)
    return True


def delete_messages(telegram: Telegram, params: JSON) -> bool:
    """Delete those of several messages that are there and may be deleted."""
    ids = params["message_ids"]
    if not 1 <= len(ids) <= MAX_DELETED:
        raise BadRequestError(f"too {'few' if not ids else 'many'} messages to delete")
    person = telegram.world.chat_for_bot(params["chat_id"], writing=False)
    for message_id in dict.fromkeys(ids):
        message = person.messages.get(message_id)
        if message is not None and _deletable(telegram, message):
            telegram.world.remove_message(person, message_id)
    return True


def pin_chat_message(telegram: Telegram, params: JSON) -> bool:
    """Pin a message, which a service message says."""
    person = telegram.world.chat_for_bot(params["chat_id"])
    message = _pinnable(person, params["message_id"])
    if message.message_id not in person.pinned:
        person.pinned.append(message.message_id)
        telegram.world.touch(person, message)
        sent(telegram, person, {}, {"pinned_message": telegram.world.rendered(message, nested=True)})
    return True


def unpin_chat_message(telegram: Telegram, params: JSON) -> bool:
    """Unpin a message, or the one that was pinned last."""
    person = telegram.world.chat_for_bot(params["chat_id"])
    if "message_id" in params:
        _unpin(telegram, person, _pinnable(person, params["message_id"]))
    elif person.pinned:
        _unpin(telegram, person, person.messages[person.pinned[-1]])
    return True


def unpin_all_chat_messages(telegram: Telegram, params: JSON) -> bool:
    """Unpin everything."""
    person = telegram.world.chat_for_bot(params["chat_id"])
    for message_id in list(person.pinned):
        _unpin(telegram, person, person.messages[message_id])
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
    if any(reaction["type"] != "emoji" or reaction["emoji"] not in EMOJI for reaction in reactions):
        raise BadRequestError("REACTION_INVALID")
    first = _first_of_album(person, message)
    first.reactions["bot"] = reactions
    telegram.world.touch(person, first)
    return True


def _first_of_album(person: Person, message: Message) -> Message:
    """A reaction to an album stands under its first message that is still there."""
    album = message.media_group_id
    return next(m for m in person.messages.values() if m is message or (album and m.media_group_id == album))


def _deletable(telegram: Telegram, message: Message) -> bool:
    age = telegram.world.clock() - message.date
    # Nobody throws again until the number suits them.
    return age < DELETABLE_SECONDS and ("dice" not in message.content or age > DICE_STAYS_SECONDS)


def _pinnable(person: Person, message_id: int) -> Message:
    message = person.messages.get(message_id)
    if message is None:
        raise BadRequestError("message to pin not found")
    if not message.copyable and not message.forwardable:
        raise BadRequestError("service messages can't be pinned")
    return message


def _unpin(telegram: Telegram, person: Person, message: Message) -> None:
    if message.message_id in person.pinned:
        person.pinned.remove(message.message_id)
        telegram.world.touch(person, message)
