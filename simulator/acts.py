"""What people do in their Telegram apps besides writing, and the updates that come of it."""

from __future__ import annotations

from simulator.delivery import Update
from simulator.errors import PersonError
from simulator.reactions import EMOJI
from simulator.state import JSON, CallbackQuery, Message, Person
from simulator.telegram import Telegram
from simulator.writing import message_of, put

MEMBER = "member"
KICKED = "kicked"


def delete(telegram: Telegram, person: Person, message_id: int) -> None:
    """Delete a message on both sides; a bot is not told."""
    telegram.world.remove_message(person, message_of(person, message_id).message_id)


def delete_for_oneself(telegram: Telegram, person: Person, message_id: int) -> None:
    """Take a message off one's own screen; for the bot it is still there."""
    telegram.world.hide_message(person, message_of(person, message_id))


def delete_account(telegram: Telegram, person: Person) -> None:
    """Leave Telegram; a bot is not told, but can't write any more."""
    telegram.world.remove_person(person)


def pin(telegram: Telegram, person: Person, message_id: int) -> tuple[Message, Update | None]:
    """Pin a message; the bot gets a service message."""
    message = message_of(person, message_id)
    if message_id not in person.pinned:
        person.pinned.append(message_id)
        telegram.world.touch(person, message)
    return put(telegram, person, {"pinned_message": telegram.world.rendered(message, nested=True)})


def tap(
    telegram: Telegram, person: Person, message_id: int, row: int, column: int
) -> tuple[CallbackQuery, Update | None]:
    """Tap an inline button that calls back; return the query and its update."""
    message = message_of(person, message_id)
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


def react(
    telegram: Telegram, person: Person, message_id: int, emoji: str | None, custom_emoji_id: str | None = None
) -> Update | None:
    """React to a message with an emoji or, who pays for Telegram, a custom one; with none, take the reaction back."""
    message = message_of(person, message_id)
    if emoji is not None and emoji not in EMOJI:
        raise PersonError(f"nobody can react with {emoji}")
    if custom_emoji_id is not None and not person.premium:
        raise PersonError("custom emoji are for those who pay")
    old = message.reactions["person"]
    standard = [{"type": "emoji", "emoji": emoji}] if emoji else []
    custom = [{"type": "custom_emoji", "custom_emoji_id": custom_emoji_id}] if custom_emoji_id else []
    message.reactions["person"] = standard + custom
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


def vote(telegram: Telegram, person: Person, message_id: int, options: list[int]) -> Update | None:
    """Vote in a poll, or take the vote back with no options; the bot is told unless the poll is anonymous."""
    message = message_of(person, message_id)
    poll = message.content.get("poll")
    if poll is None or poll["is_closed"]:
        raise PersonError(f"message {message_id} is no open poll")
    if any(not 0 <= option < len(poll["options"]) for option in options):
        raise PersonError("the poll has no such option")
    if len(options) > 1 and not poll["allows_multiple_answers"]:
        raise PersonError("the poll takes one answer")
    counted = [{**option, "voter_count": int(number in options)} for number, option in enumerate(poll["options"])]
    message.content = {"poll": {**poll, "options": counted, "total_voter_count": int(bool(options))}}
    telegram.world.touch(person, message)
    if poll["is_anonymous"]:
        return None
    chosen = [poll["options"][option]["persistent_id"] for option in options]
    answer = {"poll_id": poll["id"], "user": person.user(), "option_ids": options, "option_persistent_ids": chosen}
    return telegram.delivery.emit(person, "poll_answer", answer)


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
