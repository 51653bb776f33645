"""Bot API methods that take a message to another chat: copies hide where it came from, forwards show it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from simulator.composing import caption_of, sent
from simulator.errors import BadRequestError
from simulator.sending_files import new_album
from simulator.state import JSON, Message, Person
from simulator.telegram import Telegram
from simulator.writing import forward_origin

MAX_MESSAGES = 100
CAPTION = ("caption", "caption_entities", "show_caption_above_media")


def copy_message(telegram: Telegram, params: JSON) -> JSON:
    """Copy a message without a trace of where it came from; return its MessageId."""
    world = telegram.world
    source_chat = world.chat_for_bot(params["from_chat_id"], writing=False)
    person = world.chat_for_bot(params["chat_id"])
    source = source_chat.messages.get(params["message_id"])
    if source is None:
        raise BadRequestError("message to copy not found")
    if not source.copyable:
        raise BadRequestError("the message can't be copied")
    content = dict(source.content)
    if "caption" in params and "text" not in content:
        content = _without(content, CAPTION) | caption_of(params)
    copy = sent(telegram, person, params, content)
    return {"message_id": copy["message_id"]}


def copy_messages(telegram: Telegram, params: JSON) -> list[JSON]:
    """Copy what can be copied of several messages, albums staying albums; return the MessageIds."""
    person, _, sources = _several(telegram, params, "copy")
    copyable = [source for source in sources if source.copyable]
    if not copyable:
        raise BadRequestError("there are no messages to copy")
    dropped = CAPTION if params.get("remove_caption") else ()
    return _all_sent(telegram, person, params, [(source, _without(source.content, dropped), {}) for source in copyable])


def forward_message(telegram: Telegram, params: JSON) -> JSON:
    """Forward a message, showing where it came from; return the Message."""
    world = telegram.world
    source_chat = world.chat_for_bot(params["from_chat_id"], writing=False)
    person = world.chat_for_bot(params["chat_id"])
    source = source_chat.messages.get(params["message_id"])
    if source is None:
        raise BadRequestError("message to forward not found")
    if not source.forwardable:
        raise BadRequestError("the message can't be forwarded")
    provenance = {"forward_origin": forward_origin(telegram, source_chat, source)}
    return sent(telegram, person, params, dict(source.content), provenance=provenance)


def forward_messages(telegram: Telegram, params: JSON) -> list[JSON]:
    """Forward what can be forwarded of several messages, albums staying albums; return the MessageIds."""
    person, source_chat, sources = _several(telegram, params, "forward")
    forwardable = [source for source in sources if source.forwardable]
    if not forwardable:
        raise BadRequestError("there are no messages to forward")
    provenance = [{"forward_origin": forward_origin(telegram, source_chat, source)} for source in forwardable]
    wanted = [(source, dict(source.content), origin) for source, origin in zip(forwardable, provenance, strict=True)]
    return _all_sent(telegram, person, params, wanted)


def _several(telegram: Telegram, params: JSON, verb: str) -> tuple[Person, Person, list[Message]]:
    ids = params["message_ids"]
    if not 1 <= len(ids) <= MAX_MESSAGES:
        raise BadRequestError(f"too {'few' if not ids else 'many'} messages to {verb}")
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise BadRequestError("message identifiers must be in a strictly increasing order")
    source_chat = telegram.world.chat_for_bot(params["from_chat_id"], writing=False)
    person = telegram.world.chat_for_bot(params["chat_id"])
    found = [source_chat.messages[message_id] for message_id in ids if message_id in source_chat.messages]
    return person, source_chat, found


def _all_sent(telegram: Telegram, person: Person, params: JSON, wanted: list[tuple[Message, JSON, JSON]]) -> list[JSON]:
    albums = {source.media_group_id: new_album() for source, _, _ in wanted if source.media_group_id is not None}
    messages: list[dict[str, Any]] = [
        sent(
            telegram,
            person,
            params,
            content,
            provenance=provenance,
            media_group_id=source.media_group_id and albums[source.media_group_id],
        )
        for source, content, provenance in wanted
    ]
    return [{"message_id": message["message_id"]} for message in messages]


def _without(content: JSON, names: tuple[str, ...]) -> JSON:
    return {name: value for name, value in content.items() if name not in names}
