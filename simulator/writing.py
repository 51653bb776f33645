"""What people write in their Telegram apps: messages of every kind, replies, quotes, forwards, edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from simulator import media
from simulator.checks import MistypedError, check_object
from simulator.delivery import Update
from simulator.entities import Entity, FormattedText, formatted, quoted, utf16_length
from simulator.errors import ApiError, PersonError
from simulator.schema import load
from simulator.state import JSON, MAX_CAPTION, MAX_TEXT, Message, Person
from simulator.telegram import Telegram

EDITABLE_MEDIA = frozenset(("photo", "live_photo", "video", "animation", "audio", "document"))

Origin = int | Literal["person", "hidden", "channel", "group"]

CHANNEL = {"id": -1001234567890, "type": "channel", "title": "Тихий канал", "username": "quiet_channel"}
GROUP = {"id": -1009876543210, "type": "supergroup", "title": "Соседи"}
STRANGER = {"id": 7_111_222_333, "is_bot": False, "first_name": "Тарас", "last_name": "Бондар", "username": "taras_b"}
STRANGER_CHAT = {"type": "private", **{name: STRANGER[name] for name in ("id", "first_name", "last_name", "username")}}


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is sent.

    `text` is a text, or the caption of something of a `kind`; files that name the same `album` belong together.
    `quote` is a part of the message it replies to; `reply_outside` replies to something in another chat,
    `reply_to_story` to a story. `caption_above` shows the caption above the picture; what is `protected` nobody may
    take elsewhere.
    `forward` is the chat and the id of a message that is sent on, `forward_from` says where it is from: a person's id
    or somebody made up. `via_bot` is the username of the inline bot it came through.
    """

    text: str = ""
    entities: list[Entity] | None = None
    kind: str = "text"
    album: str | None = None
    file_name: str | None = None
    details: JSON | None = None
    spoiler: bool = False
    caption_above: bool = False
    protected: bool = False
    reply_to: int | None = None
    quote: str | None = None
    reply_outside: Origin | None = None
    reply_to_story: bool = False
    forward: tuple[int, int] | None = None
    forward_from: Origin | None = None
    via_bot: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a message of one's own: its text, its caption (empty: none), or another file or place instead."""

    text: str | None = None
    caption: str | None = None
    entities: list[Entity] | None = field(default=None)
    kind: str | None = None
    file_name: str | None = None
    details: JSON | None = None


def send(telegram: Telegram, person: Person, draft: Draft) -> tuple[Message, Update | None]:
    """Send a message to the bot; return it and its update. Raises PersonError if no app would let a person do that."""
    content = _content(telegram, draft)
    if draft.album is not None:
        _check_album(person, draft.album, content)
    provenance = _provenance(telegram, person, draft)
    return put(
        telegram,
        person,
        content,
        reply_to=draft.reply_to,
        provenance=provenance,
        media_group_id=draft.album,
        protected=draft.protected,
    )


def put(telegram: Telegram, person: Person, content: JSON, **fields: Any) -> tuple[Message, Update | None]:
    """Put a person's message into their chat; return it and its update. `fields` are those of Message."""
    if person.blocked:
        raise PersonError(f"{person.first_name} has blocked the bot and can't write to it")
    if fields.get("reply_to") is not None:
        message_of(person, fields["reply_to"])
    _check_published(content | fields.get("provenance", {}))
    if not person.started:
        person.started = True
        telegram.world.person_changed(person)
    message = telegram.world.add_message(person, by_bot=False, content=content, taken=False, **fields)
    return message, telegram.delivery.emit(person, "message", telegram.world.rendered(message))


def edit(telegram: Telegram, person: Person, message_id: int, change: Edit) -> tuple[Message, Update | None]:
    """Edit a message of one's own; return it and its update. Raises PersonError where no app would."""
    message = message_of(person, message_id)
    if message.by_bot or "forward_origin" in message.provenance:
        raise PersonError(f"message {message_id} is not {person.first_name}'s own")
    content = dict(message.content)
    if change.kind is not None:
        content = _with_other_media(telegram, message, change)
    if change.text is not None:
        if "text" not in content:
            raise PersonError(f"message {message_id} is not a text")
        content = _typed(change.text, change.entities, MAX_TEXT).as_fields("text", "entities")
    if change.caption is not None:
        content = _with_caption(content, change)
    _check_published(content)
    message.content = content
    message.edit_date = int(telegram.world.clock())
    telegram.world.touch(person, message)
    return message, telegram.delivery.emit(person, "edited_message", telegram.world.rendered(message))


def message_of(person: Person, message_id: int) -> Message:
    """Return a message of a person's chat. Raises PersonError if there is none."""
    message = person.messages.get(message_id)
    if message is None or message.hidden:
        raise PersonError(f"{person.first_name} has no message {message_id}")
    return message


def _content(telegram: Telegram, draft: Draft) -> JSON:
    if draft.forward is not None:
        person_id, message_id = draft.forward
        return dict(message_of(telegram.world.person(person_id), message_id).content)
    if draft.kind == "text":
        return _typed(draft.text, draft.entities, MAX_TEXT).as_fields("text", "entities")
    content = media.content_of(telegram.world.files, draft.kind, file_name=draft.file_name, details=draft.details)
    if draft.spoiler:
        content["has_media_spoiler"] = True
    if not draft.text:
        return content
    above = {"show_caption_above_media": True} if draft.caption_above else {}
    return _with_caption(content, Edit(caption=draft.text, entities=draft.entities)) | above


def _with_caption(content: JSON, change: Edit) -> JSON:
    kind = media.media_kind(content)
    if kind not in media.WITH_CAPTION:
        raise PersonError(f"a {kind or next(iter(content))} has no caption")
    bare = {name: value for name, value in content.items() if name not in ("caption", "caption_entities")}
    if not change.caption:
        return bare
    return bare | _typed(change.caption, change.entities, MAX_CAPTION).as_fields("caption", "caption_entities")


def _with_other_media(telegram: Telegram, message: Message, change: Edit) -> JSON:
    assert change.kind is not None
    if change.kind == "live_location" and "live_period" in message.content.get("location", {}):
        return media.content_of(telegram.world.files, change.kind, details=change.details)
    old = media.media_kind(message.content)
    if old not in EDITABLE_MEDIA or change.kind not in EDITABLE_MEDIA:
        raise PersonError(f"a {old or next(iter(message.content))} can't become a {change.kind}")
    if message.media_group_id is not None and not media.same_album([old, change.kind]):
        raise PersonError(f"a {change.kind} can't take the place of a {old} in an album")
    captions = ("caption", "caption_entities", "has_media_spoiler", "show_caption_above_media")
    kept = {name: value for name, value in message.content.items() if name in captions}
    new = media.content_of(telegram.world.files, change.kind, file_name=change.file_name, details=change.details)
    return new | kept


def _check_album(person: Person, album: str, content: JSON) -> None:
    there = [message for message in person.messages.values() if message.media_group_id == album]
    kinds = [media.media_kind(message) or "text" for message in (content, *(message.content for message in there))]
    if not media.same_album(kinds):
        raise PersonError(f"an album can't hold {' and '.join(sorted(set(kinds)))}")
    if len(kinds) > media.MAX_ALBUM:
        raise PersonError(f"an album has at most {media.MAX_ALBUM} items")


def _provenance(telegram: Telegram, person: Person, draft: Draft) -> JSON:
    provenance: JSON = {}
    if draft.forward_from is not None:
        provenance["forward_origin"] = _origin(telegram, draft.forward_from)
    elif draft.forward is not None:
        source_chat = telegram.world.person(draft.forward[0])
        provenance["forward_origin"] = forward_origin(telegram, source_chat, message_of(source_chat, draft.forward[1]))
    if draft.via_bot is not None:
        via = {"id": 7_000_000_000, "is_bot": True, "first_name": draft.via_bot, "username": draft.via_bot}
        provenance["via_bot"] = via
    if draft.reply_to_story:
        provenance["reply_to_story"] = {"chat": STRANGER_CHAT, "id": 5}
    if draft.reply_outside is not None:
        provenance["external_reply"] = _external_reply(telegram, draft.reply_outside)
    if draft.quote is not None:
        provenance["quote"] = _quote(person, draft)
    return provenance


def forward_origin(telegram: Telegram, chat: Person, message: Message) -> JSON:
    """Return the MessageOrigin that a message gets when it is forwarded: whoever wrote it first."""
    kept: JSON | None = message.provenance.get("forward_origin")
    if kept is not None:
        return kept
    author = telegram.world.bot.user() if message.by_bot else chat.user()
    return {"type": "user", "date": message.date, "sender_user": author}


def _origin(telegram: Telegram, origin: Origin) -> JSON:
    date = int(telegram.world.clock()) - 3600
    if origin == "hidden":
        return {"type": "hidden_user", "date": date, "sender_user_name": "Тайный Голос"}
    if origin == "channel":
        return {"type": "channel", "date": date, "chat": CHANNEL, "message_id": 77, "author_signature": "Редактор"}
    if origin == "group":
        return {"type": "chat", "date": date, "sender_chat": GROUP}
    user = STRANGER if origin == "person" else telegram.world.person(int(origin)).user()
    return {"type": "user", "date": date, "sender_user": user}


def _external_reply(telegram: Telegram, origin: Origin) -> JSON:
    described = {"origin": _origin(telegram, origin)}
    return described | ({"chat": CHANNEL, "message_id": 77} if origin == "channel" else {})


def _quote(person: Person, draft: Draft) -> JSON:
    if draft.reply_outside is not None:
        return {"text": draft.quote, "position": 0, "is_manual": True}
    if draft.reply_to is None or draft.quote is None:
        raise PersonError("a quote needs the message it is from")
    content = message_of(person, draft.reply_to).content
    text = content.get("text") or content.get("caption") or ""
    quote = quoted(text, content.get("entities") or content.get("caption_entities") or [], draft.quote)
    if quote is None:
        raise PersonError(f"“{draft.quote}” is not in that message")
    return quote | {"is_manual": True}


def _typed(text: str, entities: list[Entity] | None, limit: int) -> FormattedText:
    try:
        typed = formatted(text, parse_mode=None, entities=entities)
    except (ApiError, KeyError) as error:
        raise PersonError(str(error)) from error
    if not typed.text:
        raise PersonError("there is nothing to send")
    if utf16_length(typed.text) > limit:
        raise PersonError(f"a {'message' if limit == MAX_TEXT else 'caption'} has at most {limit} characters")
    return typed


def _check_published(fields: JSON) -> None:
    """Raise PersonError unless these are fields of a published Message, or the one that is unpublished on purpose."""
    known = load().types["Message"].fields
    framed = {"message_id": 0, "date": 0, "chat": {"id": 0, "type": "private"}}
    framed |= {name: value for name, value in fields.items() if name != media.UNPUBLISHED_FIELD or name in known}
    try:
        check_object(load(), "Message", framed)
    except MistypedError as error:
        raise PersonError(str(error)) from error
