"""What people do in their Telegram apps, and the updates that come of it."""

from __future__ import annotations

from typing import Any

from simulator.delivery import Update
from simulator.entities import Entity, FormattedText, formatted, utf16_length
from simulator.errors import ApiError, PersonError
from simulator.media import content_of
from simulator.outgoing import MAX_TEXT
from simulator.state import JSON, CallbackQuery, Message, Person
from simulator.telegram import Telegram

MEMBER = "member"
KICKED = "kicked"


def send_text(
    telegram: Telegram, person: Person, text: str, entities: list[Entity] | None, reply_to: int | None
) -> tuple[Message, Update | None]:
    """Send a text to the bot; return the message and its update."""
    return _send(telegram, person, _typed(text, entities).as_fields("text", "entities"), reply_to)


def send_media(
    telegram: Telegram, person: Person, kind: str, caption: str, album: str | None
) -> tuple[Message, Update | None]:
    """Send something other than text; pictures and videos that name the same `album` belong together."""
    fields = _typed(caption, None).as_fields("caption", "caption_entities") if caption else {}
    return _send(telegram, person, content_of(kind, fields), None, media_group_id=album)


def edit_text(
    telegram: Telegram, person: Person, message_id: int, text: str, entities: list[Entity] | None
) -> tuple[Message, Update | None]:
    """Edit a text of one's own; return the message and its update."""
    message = _message(person, message_id)
    if message.by_bot or "text" not in message.content:
        raise PersonError(f"message {message_id} is not a text of {person.first_name}'s own")
    message.content = _typed(text, entities).as_fields("text", "entities")
    message.edit_date = int(telegram.world.clock())
    telegram.world.touch(person, message)
    return message, telegram.delivery.emit(person, "edited_message", telegram.world.rendered(message))


def delete(telegram: Telegram, person: Person, message_id: int) -> None:
    """Delete a message on both sides; a bot is not told."""
    telegram.world.remove_message(person, _message(person, message_id).message_id)


def pin(telegram: Telegram, person: Person, message_id: int) -> tuple[Message, Update | None]:
    """Pin a message; the bot gets a service message."""
    pinned = telegram.world.rendered(_message(person, message_id), nested=True)
    return _send(telegram, person, {"pinned_message": pinned}, None)


def tap(
    telegram: Telegram, person: Person, message_id: int, row: int, column: int
) -> tuple[CallbackQuery, Update | None]:
    """Tap an inline button that calls back; return the query and its update."""
    message = _message(person, message_id)
    data = _callback_data(message, row, column)
    query = telegram.world.open_query(person, message)
    update = telegram.delivery.emit(
        person,
        "callback_query",
        {
            "id": query.query_id,
            "from": person.user(),
            "message": telegram.world.rendered(message),
            "chat_instance": str(person.person_id * 31),
            "data": data,
        },
    )
    return query, update


def react(telegram: Telegram, person: Person, message_id: int, emoji: str | None) -> Update | None:
    """React to a message with an emoji, or take the reaction back."""
    message = _message(person, message_id)
    old = message.reactions["person"]
    message.reactions["person"] = [{"type": "emoji", "emoji": emoji}] if emoji else []
    telegram.world.touch(person, message)
    return telegram.delivery.emit(
        person,
        "message_reaction",
        {
            "chat": person.chat(),
            "message_id": message_id,
            "user": person.user(),
            "date": int(telegram.world.clock()),
            "old_reaction": old,
            "new_reaction": message.reactions["person"],
        },
    )


def set_blocked(telegram: Telegram, person: Person, *, blocked: bool) -> Update | None:
    """Block the bot or let it back in; None if that changes nothing."""
    if person.blocked is blocked:
        return None
    person.blocked = blocked
    telegram.world.person_changed(person)
    statuses = (MEMBER, KICKED) if blocked else (KICKED, MEMBER)
    old, new = (_membership(telegram, status) for status in statuses)
    return telegram.delivery.emit(
        person,
        "my_chat_member",
        {
            "chat": person.chat(),
            "from": person.user(),
            "date": int(telegram.world.clock()),
            "old_chat_member": old,
            "new_chat_member": new,
        },
    )


def _send(
    telegram: Telegram, person: Person, content: JSON, reply_to: int | None, **fields: Any
) -> tuple[Message, Update | None]:
    if person.blocked:
        raise PersonError(f"{person.first_name} has blocked the bot and can't write to it")
    if reply_to is not None:
        _message(person, reply_to)
    if not person.started:
        person.started = True
        telegram.world.person_changed(person)
    message = telegram.world.add_message(
        person, by_bot=False, content=content, reply_to=reply_to, taken=False, **fields
    )
    return message, telegram.delivery.emit(person, "message", telegram.world.rendered(message))


def _message(person: Person, message_id: int) -> Message:
    try:
        return person.messages[message_id]
    except KeyError:
        raise PersonError(f"{person.first_name} has no message {message_id}") from None


def _typed(text: str, entities: list[Entity] | None) -> FormattedText:
    try:
        typed = formatted(text, parse_mode=None, entities=entities)
    except ApiError as error:
        raise PersonError(error.description) from error
    if not typed.text:
        raise PersonError("there is nothing to send")
    if utf16_length(typed.text) > MAX_TEXT:
        raise PersonError(f"a message has at most {MAX_TEXT} characters")
    return typed


def _callback_data(message: Message, row: int, column: int) -> str:
    keyboard = (message.reply_markup or {}).get("inline_keyboard", [])
    if not (0 <= row < len(keyboard) and 0 <= column < len(keyboard[row])):
        raise PersonError(f"message {message.message_id} has no button there")
    data: str | None = keyboard[row][column].get("callback_data")
    if data is None:
        raise PersonError(f"button “{keyboard[row][column]['text']}” does not call back")
    return data


def _membership(telegram: Telegram, status: str) -> JSON:
    member: JSON = {"user": telegram.world.bot.user(), "status": status}
    return member | ({"until_date": 0} if status == KICKED else {})
