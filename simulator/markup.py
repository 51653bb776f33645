"""Inline keyboards: what Telegram refuses in them although their types are right."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from simulator.errors import BadRequestError

MAX_BUTTONS = 100
MAX_CALLBACK_DATA_BYTES = 64
NOT_AN_ACTION = {"text", "style", "icon_custom_emoji_id"}
STYLES = {"danger", "success", "primary"}


def checked_keyboard(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the inline keyboard as Telegram keeps it, None if it is empty. Raises BadRequestError if it is refused."""
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        raise BadRequestError("keyboards other than inline ones are published but not simulated")
    rows = [row for row in markup["inline_keyboard"] if row]
    buttons = [button for row in rows for button in row]
    if len(buttons) > MAX_BUTTONS:
        raise BadRequestError("REPLY_MARKUP_TOO_LONG")
    for button in buttons:
        _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: dict[str, Any]) -> None:
    if not button["text"].strip():
        raise BadRequestError("inline keyboard button text is empty")
    actions = button.keys() - NOT_AN_ACTION
    if not actions:
        raise BadRequestError("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise BadRequestError("inline keyboard button must have exactly one action")
    if "style" in button and button["style"] not in STYLES:
        raise BadRequestError("invalid button style specified")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_CALLBACK_DATA_BYTES:
        raise BadRequestError("BUTTON_DATA_INVALID")
    if "url" in button and not _is_link(button["url"]):
        raise BadRequestError("BUTTON_URL_INVALID")


def _is_link(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "tg"} and bool(parts.netloc)
