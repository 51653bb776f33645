"""A process: a Bot API that does nothing but answer and note which copies it was asked for.

`python -m tests.load.standin --port 8100`. Strictness is the simulator's business; this one is quick. What is sent to
`/mood` as JSON changes it: {"latency": seconds that each answer takes, "busy": {chat: seconds for which it gets 429}}.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from itertools import count
from math import ceil
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

Parameters = dict[str, str]


class StandIn:
    """The ASGI application."""

    def __init__(self) -> None:
        self._latency = 0.0
        self._busy_until: dict[str, float] = {}
        self._copies: list[tuple[int, int, int, float]] = []
        self._webhook = ""
        self._message_ids = count(1)
        self._methods: dict[str, Callable[[Parameters], Any]] = {
            "getMe": lambda _: {"id": 1, "is_bot": True, "first_name": "Stand-in", "username": "stand_in_bot"},
            "setWebhook": self._set_webhook,
            "getWebhookInfo": lambda _: {
                "url": self._webhook,
                "has_custom_certificate": False,
                "pending_update_count": 0,
            },
            "getMyCommands": lambda _: [],
            "setMyCommands": lambda _: True,
            "answerCallbackQuery": lambda _: True,
            "copyMessage": lambda _: {"message_id": next(self._message_ids)},
            "sendMessage": self._message,
            "editMessageText": self._message,
        }

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer a call of the Bot API, hand over (and forget) the copies noted so far, or change the mood."""
        assert scope["type"] == "http"
        arrived = time.monotonic()
        path = scope["path"]
        body = await _read(receive)
        if path == "/copies":
            copies, self._copies = self._copies, []
            await _respond(send, 200, copies)
        elif path == "/mood":
            self._change(**json.loads(body))
            await _respond(send, 200, {})
        else:
            status, answer = self._answer(path.rpartition("/")[2], dict(parse_qsl(body.decode())), arrived)
            if self._latency:
                await asyncio.sleep(self._latency)
            await _respond(send, status, answer)

    def _change(self, *, latency: float, busy: dict[str, float]) -> None:
        self._latency = latency
        now = time.monotonic()
        self._busy_until |= {chat: now + seconds for chat, seconds in busy.items()}

    def _answer(self, name: str, parameters: Parameters, arrived: float) -> tuple[int, dict[str, Any]]:
        method = self._methods.get(name)
        if method is None:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        if (pause := self._busy_until.get(parameters.get("chat_id", ""), 0.0) - arrived) > 0:
            wait = {"retry_after": ceil(pause)}
            return 429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": wait}
        if name == "copyMessage":
            ids = (int(parameters[key]) for key in ("chat_id", "from_chat_id", "message_id"))
            self._copies.append((*ids, arrived))  # type: ignore[arg-type]  # three of them
        return 200, {"ok": True, "result": method(parameters)}

    def _set_webhook(self, parameters: Parameters) -> bool:
        self._webhook = parameters["url"]
        return True

    def _message(self, parameters: Parameters) -> dict[str, Any]:
        return {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": {"id": int(parameters["chat_id"]), "type": "private", "first_name": "Мира"},
            "text": parameters["text"],
        }


async def _read(receive: ASGIReceiveCallable) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return body
        body += event["body"]
        if not event["more_body"]:
            return body


async def _respond(send: ASGISendCallable, status: int, answer: Any) -> None:
    body = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    uvicorn.run(
        StandIn(),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        timeout_keep_alive=75,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
