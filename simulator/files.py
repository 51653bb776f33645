"""Files that people and the bot have sent, and small ones made up for people who have none to send."""

from __future__ import annotations

import colorsys
import itertools
import mimetypes
import secrets
import struct
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

JSON = dict[str, Any]

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
FOLDERS = {"photo": "photos", "video": "videos", "voice": "voice", "audio": "music", "sticker": "stickers"}


@dataclass(slots=True)
class StoredFile:
    """One file; `path` is where the bot may download it, `drawn_here` tells our own pictures from everybody else's.

    `sent_as` is the field of a Message it belongs to, `media` that field's value.
    """

    name: str
    mime_type: str
    content: bytes
    path: str
    drawn_here: bool
    sent_as: str = "document"
    media: Any = None


class Files:
    """All files by their `file_id`."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = itertools.count()

    def get(self, file_id: str) -> StoredFile | None:
        """Return the file with this id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """Return the file at a `file_path` of getFile."""
        return self._by_path.get(path)

    def clear(self) -> None:
        """Forget all files."""
        self._files.clear()
        self._by_path.clear()

    def keep(self, kind: str, name: str, mime_type: str, content: bytes, *, drawn_here: bool = False) -> JSON:
        """Keep a file; return the fields that every kind of file has in the Bot API."""
        file_id = secrets.token_urlsafe(24)
        path = f"{FOLDERS.get(kind, 'documents')}/file_{next(self._numbers)}{PurePath(name).suffix}"
        stored = StoredFile(name, mime_type, content, path, drawn_here, kind)
        self._files[file_id] = self._by_path[path] = stored
        return {"file_id": file_id, "file_unique_id": file_id[:16], "file_size": len(content)}

    def belongs(self, kind: str, media: Any) -> Any:
        """Remember that a message's field `kind` holds `media`, so that its file ids can be sent again; return it."""
        for size in media if isinstance(media, list) else [media]:
            stored = self._files[size["file_id"]]
            stored.sent_as, stored.media = kind, media
        return media

    def draw(self, width: int, height: int) -> JSON:
        """Keep a small picture in a colour of its own; return its PhotoSize."""
        content = picture(width, height, secrets.randbelow(360) / 360)
        file = self.keep("photo", "picture.png", "image/png", content, drawn_here=True)
        return {**file, "width": width, "height": height}


def picture(width: int, height: int, hue: float) -> bytes:
    """Return a PNG, `width` by `height`, that fades from light to dark; `hue` is between 0 and 1."""
    rows = bytearray()
    for row in range(height):
        red, green, blue = colorsys.hls_to_rgb(hue, 0.75 - 0.4 * row / height, 0.55)
        rows += b"\x00" + bytes((round(red * 255), round(green * 255), round(blue * 255))) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return PNG_MAGIC + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def mime_type_of(name: str) -> str:
    """Return what a file's name says about its content."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
