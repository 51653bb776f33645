"""Updates as Telegram writes them."""

import json
import time

_TEXT = "Сегодня было трудно, но вечером стало немного легче 🙂"


def text_update(*, telegram_id: int, number: int) -> bytes:
    """The body of a request that brings a text of that person; `number` is both the update's and the message's id."""
    person = {"id": telegram_id, "is_bot": False, "first_name": "Мира", "language_code": "ru"}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": telegram_id, "first_name": "Мира", "type": "private"},
        "date": int(time.time()),
        "text": _TEXT,
    }
    return json.dumps({"update_id": number, "message": message}).encode()
