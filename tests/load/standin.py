"""A process: a Bot API that does nothing but answer and note which copies it was asked for.

`python -m tests.load.standin --port 8100 --latency 0.05`. Strictness is the simulator's business; this one is quick.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

Parameters = dict[str, str]


class StandIn:
    """The ASGI application. `latency` is the number of seconds that each answer takes."""

    def __init__(self, *, latency: float) -> None:
        self._latency = latency
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
            "setMyCommands": lambda _: True,
            "answerCallbackQuery": lambda _: True,
            "copyMessage": lambda _: {"message_id": next(self._message_ids)},
            "sendMessage": self._message,
            "editMessageText": self._message,
        }

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer a call of the Bot API, or hand over (and forget) the copies noted so far."""
        assert scope["type"] == "http"
        arrived = time.monotonic()
        path = scope["path"]
        if path == "/copies":
            copies, self._copies = self._copies, []
            await _respond(send, 200, copies)
            return
        name = path.rpartition("/")[2]
        parameters = dict(parse_qsl((await _read(receive)).decode()))
        if name == "copyMessage":
            ids = (int(parameters[key]) for key in ("chat_id", "from_chat_id", "message_id"))
            self._copies.append((*ids, arrived))  # type: ignore[arg-type]  # three of them
        if self._latency:
            await asyncio.sleep(self._latency)
        method = self._methods.get(name)
        if method is None:
            await _respond(send, 404, {"ok": False, "error_code": 404, "description": "Not Found"})
        else:
            await _respond(send, 200, {"ok": True, "result": method(parameters)})

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
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each answer takes")
    arguments = parser.parse_args()
    uvicorn.run(
        StandIn(latency=arguments.latency),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
