"""What a person can send besides text, in the shape of the Bot API, with small made-up files."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from simulator.errors import PersonError
from simulator.examples import example
from simulator.files import Files, mime_type_of
from simulator.schema import load
from simulator.state import JSON

# Enough for a program to know what it is; nobody plays it.
OGG = b"OggS\x00\x02" + bytes(20) + b"OpusHead"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00"
WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
LIVE_SECONDS = 900


def _photo(files: Files, name: str | None) -> JSON:
    sizes = [files.draw(90, 67), files.draw(320, 240)]
    return {"photo": files.belongs("photo", sizes)}


def _video(files: Files, name: str | None) -> JSON:
    file = files.keep("video", name or "video.mp4", "video/mp4", MP4)
    video = {**file, "width": 320, "height": 240, "duration": 7, "mime_type": "video/mp4"}
    named = {"file_name": name} if name else {}
    return {"video": files.belongs("video", {**video, **named, "thumbnail": files.draw(320, 240)})}


def _live_photo(files: Files, name: str | None) -> JSON:
    sizes = [files.draw(90, 67), files.draw(320, 240)]
    file = files.keep("live_photo", "live_photo.mp4", "video/mp4", MP4)
    moving = {**file, "width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4", "photo": sizes}
    # For old bots' sake a live photo is a photo as well.
    return {"live_photo": files.belongs("live_photo", moving), "photo": files.belongs("photo", sizes)}


def _video_note(files: Files, name: str | None) -> JSON:
    file = files.keep("video_note", "video_note.mp4", "video/mp4", MP4)
    note = {**file, "length": 240, "duration": 5, "thumbnail": files.draw(240, 240)}
    return {"video_note": files.belongs("video_note", note)}


def _voice(files: Files, name: str | None) -> JSON:
    file = files.keep("voice", "voice.oga", "audio/ogg", OGG)
    return {"voice": files.belongs("voice", {**file, "duration": 4, "mime_type": "audio/ogg"})}


def _audio(files: Files, name: str | None) -> JSON:
    name = name or "тишина.mp3"
    file = files.keep("audio", name, "audio/mpeg", MP3)
    audio = {**file, "duration": 180, "performer": "Никто", "title": "Тишина", "file_name": name}
    return {"audio": files.belongs("audio", {**audio, "mime_type": "audio/mpeg"})}


def _animation(files: Files, name: str | None) -> JSON:
    name = name or "обними.mp4"
    file = files.keep("animation", name, "video/mp4", MP4)
    document = {**file, "file_name": name, "mime_type": "video/mp4", "thumbnail": files.draw(320, 240)}
    animation = files.belongs("animation", {**document, "width": 320, "height": 240, "duration": 2})
    # For old bots' sake an animation is a document as well.
    return {"animation": animation, "document": document}


def _document(files: Files, name: str | None) -> JSON:
    name = name or "записка.pdf"
    mime_type = mime_type_of(name)
    file = files.keep("document", name, mime_type, b"%PDF-1.4\n")
    return {"document": files.belongs("document", {**file, "file_name": name, "mime_type": mime_type})}


def _sticker(files: Files, name: str | None) -> JSON:
    file = files.keep("sticker", "sticker.webp", "image/webp", WEBP)
    flags = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "🤗", "set_name": "Hugs"}
    return {"sticker": files.belongs("sticker", {**file, **flags, "width": 512, "height": 512})}


def _contact(files: Files, name: str | None) -> JSON:
    return {"contact": {"phone_number": "+380441234567", "first_name": "Оксана", "last_name": "Ткач"}}


def _location(files: Files, name: str | None) -> JSON:
    return {"location": {"latitude": 50.4501, "longitude": 30.5234}}


def _live_location(files: Files, name: str | None) -> JSON:
    location = {"latitude": 50.4501, "longitude": 30.5234, "horizontal_accuracy": 12.5, "live_period": LIVE_SECONDS}
    return {"location": location}


def _venue(files: Files, name: str | None) -> JSON:
    location = {"latitude": 50.4547, "longitude": 30.5166}
    venue = {"location": location, "title": "Золотые ворота", "address": "Владимирская улица, 40а"}
    return {"venue": venue, "location": location}


def poll(question: str, options: list[str], **fields: Any) -> JSON:
    """Return a Poll nobody has voted in yet; `fields` replace what is made up."""
    return {
        "id": str(secrets.randbits(63)),
        "question": question,
        "options": [{"persistent_id": secrets.token_hex(4), "text": option, "voter_count": 0} for option in options],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
        **fields,
    }


def _poll(files: Files, name: str | None) -> JSON:
    return {"poll": poll("Чай или кофе?", ["Чай", "Кофе"])}


def _quiz(files: Files, name: str | None) -> JSON:
    return {"poll": poll("Сколько будет дважды два?", ["Три", "Четыре"], type="quiz", allows_revoting=False)}


def _dice(files: Files, name: str | None) -> JSON:
    return {"dice": {"emoji": "🎲", "value": secrets.randbelow(6) + 1}}


def _story(files: Files, name: str | None) -> JSON:
    chat = {"id": -1001234567890, "type": "channel", "title": "Тихий канал", "username": "quiet_channel"}
    return {"story": {"chat": chat, "id": secrets.randbelow(1000) + 1}}


def _game(files: Files, name: str | None) -> JSON:
    return {"game": {"title": "Тетрис", "description": "Складывай", "photo": [files.draw(320, 240)]}}


def _invoice(files: Files, name: str | None) -> JSON:
    fields = {"title": "Чай", "description": "Чашка чая", "start_parameter": "tea", "currency": "XTR"}
    return {"invoice": {**fields, "total_amount": 5}}


def _checklist(files: Files, name: str | None) -> JSON:
    tasks = [{"id": 1, "text": "Встать"}, {"id": 2, "text": "Выйти на улицу"}]
    return {"checklist": {"title": "На сегодня", "tasks": tasks}}


def _paid_media(files: Files, name: str | None) -> JSON:
    preview = {"type": "preview", "width": 320, "height": 240}
    return {"paid_media": {"star_count": 5, "paid_media": [preview]}}


def _rich_message(files: Files, name: str | None) -> JSON:
    return {"rich_message": {"blocks": [{"type": "paragraph", "text": "Длинное письмо"}]}}


def _gift(files: Files, name: str | None) -> JSON:
    return {
        "gift": {"gift": {"id": "5170145012310081615", "sticker": _sticker(files, None)["sticker"], "star_count": 15}}
    }


def _giveaway(files: Files, name: str | None) -> JSON:
    chat = {"id": -1001234567890, "type": "channel", "title": "Тихий канал", "username": "quiet_channel"}
    return {"giveaway": {"chats": [chat], "winners_selection_date": 2_000_000_000, "winner_count": 1}}


def _unsupported(files: Files, name: str | None) -> JSON:
    return {UNPUBLISHED_FIELD: {"depth": 3}}


# A kind of message that Telegram adds tomorrow.
UNPUBLISHED_FIELD = "hologram"

KINDS: Mapping[str, Callable[[Files, str | None], JSON]] = {
    "photo": _photo,
    "live_photo": _live_photo,
    "video": _video,
    "video_note": _video_note,
    "voice": _voice,
    "audio": _audio,
    "animation": _animation,
    "document": _document,
    "sticker": _sticker,
    "contact": _contact,
    "location": _location,
    "live_location": _live_location,
    "venue": _venue,
    "poll": _poll,
    "quiz": _quiz,
    "dice": _dice,
    "story": _story,
    "game": _game,
    "invoice": _invoice,
    "checklist": _checklist,
    "paid_media": _paid_media,
    "rich_message": _rich_message,
    "gift": _gift,
    "giveaway": _giveaway,
    "unsupported": _unsupported,
}
WITH_CAPTION = frozenset(("photo", "live_photo", "video", "voice", "audio", "animation", "document"))
ALBUMS = (frozenset(("photo", "live_photo", "video")), frozenset(("audio",)), frozenset(("document",)))
MAX_ALBUM = 10


def content_of(files: Files, kind: str, *, file_name: str | None = None, details: JSON | None = None) -> JSON:
    """Return the fields of a message of this `kind`; `details` replace what is made up in it.

    A kind may also be any other field of a Message, which gets the smallest value it may have. The kind `other` has
    nothing but `details`, which are then fields of a Message. Raises PersonError if it can't be.
    """
    if kind == "other" and details:
        return dict(details)
    published = load().types["Message"].fields.get(kind)
    if kind not in KINDS and published is not None:
        return {kind: example(load(), published.types[0]) if details is None else details}
    if kind not in KINDS:
        raise PersonError(f"nobody can send a {kind} here; there are {', '.join(KINDS)}")
    content = KINDS[kind](files, file_name)
    if details:
        field, made_up = next(iter(content.items()))
        if not isinstance(made_up, dict):
            raise PersonError(f"a {kind} has no details")
        content[field] = made_up | details
    return content


def media_kind(content: JSON) -> str | None:
    """Return which kind of file a message is, None if it is none."""
    # An animation is a document as well, a live photo a photo: what is more special comes first.
    return next((kind for kind in FILE_KINDS if kind in content), None)


def same_album(kinds: list[str]) -> bool:
    """Return whether files of these kinds may be in one album."""
    return any(set(kinds) <= together for together in ALBUMS)


FILE_KINDS = ("live_photo", "photo", "video", "video_note", "voice", "audio", "animation", "sticker", "document")
