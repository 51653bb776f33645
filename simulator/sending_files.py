"""Bot API methods that send files, replace them, and let the bot fetch them again."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from simulator.checks import Upload
from simulator.composing import caption_of, edited, own_message, sent
from simulator.errors import BadRequestError
from simulator.files import PNG_MAGIC, StoredFile
from simulator.media import MAX_ALBUM, WITH_CAPTION, media_kind, same_album
from simulator.state import JSON
from simulator.telegram import Telegram

Method = Callable[[Telegram, JSON], Any]

PICTURES = (PNG_MAGIC, b"\xff\xd8\xff", b"RIFF", b"GIF8", b"BM")
REPLACEABLE = frozenset(("photo", "live_photo", "video", "animation", "audio", "document"))
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024

# What Telegram says of a file of each kind besides its ids: from the call, or this.
DESCRIBED: Mapping[str, JSON] = {
    "photo": {},
    "live_photo": {"width": 320, "height": 240, "duration": 0, "mime_type": "video/mp4"},
    "video": {"width": 320, "height": 240, "duration": 0, "mime_type": "video/mp4"},
    "video_note": {"length": 240, "duration": 0},
    "voice": {"duration": 0, "mime_type": "audio/ogg"},
    "audio": {"duration": 0, "performer": None, "title": None, "mime_type": "audio/mpeg"},
    "animation": {"width": 320, "height": 240, "duration": 0, "mime_type": "video/mp4"},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": None},
    "document": {},
}
NAMED = frozenset(("video", "audio", "animation", "document"))


def sending(kind: str) -> Method:
    """Return the method that sends a file of this kind: one that is uploaded, or sent again by its file_id."""

    def send(telegram: Telegram, params: JSON) -> JSON:
        caption = caption_of(params) if kind in WITH_CAPTION else {}
        person = telegram.world.chat_for_bot(params["chat_id"])
        return sent(telegram, person, params, _content(telegram, kind, params[kind], params) | caption)

    return send


def send_media_group(telegram: Telegram, params: JSON) -> list[JSON]:
    """Send an album; return its Messages."""
    items = params["media"]
    if not 2 <= len(items) <= MAX_ALBUM:
        raise BadRequestError(f"too {'few' if len(items) < 2 else 'many'} messages to send as an album")
    if not same_album([item["type"] for item in items]):
        raise BadRequestError("documents and audio files can't be mixed with other media types in an album")
    person = telegram.world.chat_for_bot(params["chat_id"])
    contents = [_content(telegram, item["type"], item["media"], item) | caption_of(item) for item in items]
    album = new_album()
    return [sent(telegram, person, params, content, media_group_id=album) for content in contents]


def edit_message_media(telegram: Telegram, params: JSON) -> JSON:
    """Put another file, or a file instead of a text, into one of the bot's messages; return the Message."""
    if params["media"]["type"] not in REPLACEABLE:
        raise BadRequestError(f"can't parse InputMedia: type {params['media']['type']} is unsupported")
    person, message = own_message(telegram, params)
    new, old = params["media"]["type"], media_kind(message.content)
    if old not in REPLACEABLE and "text" not in message.content:
        raise BadRequestError("there is no media in the message to edit")
    if message.media_group_id is not None and old is not None and not same_album([old, new]):
        raise BadRequestError("can't change media type in the album")
    content = _content(telegram, new, params["media"]["media"], params["media"]) | caption_of(params["media"])
    return edited(telegram, person, message, content, params)


def get_file(telegram: Telegram, params: JSON) -> JSON:
    """Return the File with the path to download it from."""
    stored = telegram.world.files.get(params["file_id"])
    if stored is None:
        raise BadRequestError("invalid file_id")
    if len(stored.content) > MAX_DOWNLOAD_BYTES:
        raise BadRequestError("file is too big")
    file_id = params["file_id"]
    ids = {"file_id": file_id, "file_unique_id": file_id[:16]}
    return {**ids, "file_size": len(stored.content), "file_path": stored.path}


def new_album() -> str:
    """Return an id for an album."""
    return str(secrets.randbits(53))


def _content(telegram: Telegram, kind: str, file: Upload | str, params: JSON) -> JSON:
    if kind not in DESCRIBED:
        raise BadRequestError(f"media of type {kind} are published but not simulated")
    media = _uploaded(telegram, kind, file, params) if isinstance(file, Upload) else _sent_before(telegram, kind, file)
    if kind == "live_photo":
        return {"live_photo": media, "photo": media["photo"]}
    if kind != "animation":
        return {kind: media}
    document = {name: value for name, value in media.items() if name not in ("width", "height", "duration")}
    return {"animation": media, "document": document}


def _uploaded(telegram: Telegram, kind: str, file: Upload, params: JSON) -> Any:
    if not file.content:
        raise BadRequestError("file must be non-empty")
    files = telegram.world.files
    kept = files.keep(kind, file.name, file.mime_type, file.content)
    if kind == "photo":
        width, height = _size_of_picture(file.content)
        return files.belongs(kind, [{**kept, "width": width, "height": height}])
    known = {name: params.get(name, value) for name, value in DESCRIBED[kind].items()}
    described = {**kept, **{name: value for name, value in known.items() if value is not None}}
    if kind in NAMED:
        described |= {"file_name": PurePath(file.name).name, "mime_type": file.mime_type}
    if isinstance(thumbnail := params.get("thumbnail"), Upload):
        width, height = _size_of_picture(thumbnail.content)
        small = files.keep("photo", thumbnail.name, thumbnail.mime_type, thumbnail.content)
        described["thumbnail"] = {**small, "width": width, "height": height}
    return files.belongs(kind, described)


def _sent_before(telegram: Telegram, kind: str, file_id: str) -> Any:
    if file_id.startswith(("http://", "https://")):
        raise BadRequestError("files from a URL are published but not simulated")
    stored: StoredFile | None = telegram.world.files.get(file_id)
    if stored is None or stored.media is None:
        raise BadRequestError("wrong file identifier/HTTP URL specified")
    if stored.sent_as != kind:
        raise BadRequestError(f"can't use file of type {_type_name(stored.sent_as)} as {_type_name(kind)}")
    return stored.media


def _type_name(kind: str) -> str:
    return kind.title().replace("_", "")


def _size_of_picture(content: bytes) -> tuple[int, int]:
    """Return width and height; those of anything but a PNG are made up."""
    if not content.startswith(PICTURES):
        raise BadRequestError("IMAGE_PROCESS_FAILED")
    if content.startswith(PNG_MAGIC) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    return 320, 240
