"""Updates as Telegram writes them."""

import json
import time
from typing import Any

_TEXT = "Сегодня было трудно, но вечером стало немного легче 🙂"


def update(*, act: str, telegram_id: int, number: int) -> bytes:
    """The body of a request that brings what that person did; `number` is both the update's and the message's id.

    `act` is a command ("/find"), the data of a button ("chat:stay:1"), or empty: they wrote a text.
    """
    person = {"id": telegram_id, "is_bot": False, "first_name": "Мира", "language_code": "ru"}
    message: dict[str, Any] = {
        "message_id": number,
        "from": person,
        "chat": {"id": telegram_id, "first_name": "Мира", "type": "private"},
        "date": int(time.time()),
        "text": act or _TEXT,
    }
    if act.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(act)}]
    if not act or act.startswith("/"):
        return json.dumps({"update_id": number, "message": message}).encode()
    tap = {"id": str(number), "from": person, "message": message, "chat_instance": "1", "data": act}
    return json.dumps({"update_id": number, "callback_query": tap}).encode()
