"""The content of files that people and the bot have sent."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.control.requests import telegram_of
from simulator.errors import PersonError


async def _file(request: Request) -> Response:
    stored = telegram_of(request).world.files.get(request.path_params["file_id"])
    if stored is None:
        raise PersonError("there is no such file")
    # A download, unless we drew the picture ourselves: what a bot sends must not run as a page of this origin.
    shown = "inline" if stored.drawn_here else "attachment"
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(stored.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    }
    return Response(stored.content, media_type=stored.mime_type, headers=headers)


ROUTES = [Route("/control/files/{file_id}", _file)]
