"""A bot's webhook that records what it gets and answers as a test tells it."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Delivered:
    """One request: the update, the secret it came with, and when (monotonic seconds)."""

    update: dict[str, Any]
    secret: str | None
    at: float

    @property
    def text(self) -> str:
        """The text or callback data it is about."""
        update = self.update
        message = update.get("message") or update.get("edited_message") or {}
        text: str = message.get("text") or update.get("callback_query", {}).get("data", "")
        return text


class Webhook:
    """Served while in a `with` block. `answers` are the next answers, status and headers; then it is 200 for ever.

    An answer of status 0 waits for `release`; `most_at_once` counts what was in flight together.
    """

    def __init__(self) -> None:
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.requests: list[Delivered] = []
        self.release = threading.Event()
        self.most_at_once = 0
        self._in_flight = 0
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/telegram/webhook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def texts(self) -> list[str]:
        """Return what the requests were about, in the order they came."""
        return [request.text for request in self.requests]

    def wait_for(self, count: int) -> list[Delivered]:
        """Return the requests once there are `count`."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, PATIENCE_SECONDS)
        assert came, f"{len(self.requests)} requests instead of {count}: {self.texts()}"
        return self.requests

    def _take(self, delivered: Delivered) -> tuple[int, dict[str, str]]:
        with self._changed:
            self.requests.append(delivered)
            self._in_flight += 1
            self.most_at_once = max(self.most_at_once, self._in_flight)
            status, headers = self.answers.popleft() if self.answers else (200, {})
            self._changed.notify_all()
        if status == 0:
            self.release.wait(PATIENCE_SECONDS)
            status = 200
        with self._changed:
            self._in_flight -= 1
        return status, headers

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                secret = self.headers.get("X-Telegram-Bot-Api-Secret-Token")
                status, headers = webhook._take(Delivered(body, secret, time.monotonic()))
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except ConnectionError:
                    return  # the simulator lost its patience

            def log_request(self, code: object = "-", size: object = "-") -> None:
                return None

        return Handler
