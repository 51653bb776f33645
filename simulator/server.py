"""The process: one Starlette application under uvicorn, and its quick, quiet end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator import bot_api, control
from simulator.telegram import Telegram

STATIC = Path(__file__).with_name("static")
SHUTDOWN_SECONDS = 1

# Nothing is fetched from outside and nothing inline runs: what a bot or a person writes can't become a script.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def application(telegram: Telegram) -> Starlette:
    """Return the ASGI application: the Bot API, the control API and the page."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await telegram.delivery.close()

    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", bot_api.answer, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", bot_api.download),
            *control.ROUTES,
            Route("/", _page),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers=control.ERRORS,
        middleware=[Middleware(SecurityHeaders)],
        lifespan=lifespan,
    )
    app.state.telegram = telegram
    return app


def run(telegram: Telegram, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        application(telegram),
        host=host,
        port=port,
        http=DroppableConnection,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    Server(config, telegram).run()


class SecurityHeaders:
    """Puts the security headers on every answer that has none; plain ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                kept = [(name, value) for name, value in self._headers if name not in given]
                message["headers"] = [*message["headers"], *kept]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class DroppableConnection(HttpToolsProtocol):
    """Lets the application close a connection without an answer, as a failing network does."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"simulator.connection": {"drop": self.transport.abort}}


class Server(uvicorn.Server):
    """Ends live streams and long polls on the first signal, instead of waiting for their clients to go."""

    def __init__(self, config: uvicorn.Config, telegram: Telegram) -> None:
        super().__init__(config)
        self._telegram = telegram

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and don't raise the signal again as uvicorn does: the end is a clean one."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        yield

    def _stop(self, number: signal.Signals) -> None:
        self._telegram.world.close()
        self.handle_exit(number, None)


async def _page(request: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})
