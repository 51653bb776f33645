"""What a person can send besides text, in the shape of the Bot API and with made-up file ids."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from simulator.errors import PersonError
from simulator.state import JSON


def _file(**fields: Any) -> JSON:
    file_id = secrets.token_urlsafe(24)
    return {"file_id": file_id, "file_unique_id": file_id[:16], "file_size": 20_480, **fields}


def _contact() -> JSON:
    return {"phone_number": "+380441234567", "first_name": "Оксана", "last_name": "Мельник"}


def _photo() -> list[JSON]:
    return [_file(width=90, height=67), _file(width=1280, height=960)]


KINDS: Mapping[str, Callable[[], Any]] = {
    "photo": _photo,
    "video": lambda: _file(width=1280, height=720, duration=7, mime_type="video/mp4"),
    "video_note": lambda: _file(length=240, duration=5),
    "voice": lambda: _file(duration=4, mime_type="audio/ogg"),
    "audio": lambda: _file(duration=180, mime_type="audio/mpeg", title="Тишина"),
    "animation": lambda: _file(width=320, height=240, duration=2, mime_type="video/mp4"),
    "document": lambda: _file(file_name="записка.pdf", mime_type="application/pdf"),
    "sticker": lambda: _file(type="regular", width=512, height=512, is_animated=False, is_video=False, emoji="🤗"),
    "contact": _contact,
    "location": lambda: {"latitude": 50.4501, "longitude": 30.5234},
    "dice": lambda: {"emoji": "🎲", "value": secrets.randbelow(6) + 1},
}
WITH_CAPTION = frozenset(("photo", "video", "voice", "audio", "animation", "document"))


def content_of(kind: str, caption: JSON) -> JSON:
    """Return the fields of a message of this `kind` with a caption's fields. Raises PersonError if it can't be."""
    if kind not in KINDS:
        raise PersonError(f"nobody can send a {kind} here; there are {', '.join(KINDS)}")
    if caption and kind not in WITH_CAPTION:
        raise PersonError(f"a {kind} has no caption")
    return {kind: KINDS[kind](), **caption}
