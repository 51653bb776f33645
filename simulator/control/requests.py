"""What every part of the control API reads from a request, and how it refuses one."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.delivery import Update
from simulator.errors import NobodyThereError, PersonError
from simulator.state import Person
from simulator.telegram import Telegram

MAX_WAIT_SECONDS = 60.0


def telegram_of(request: Request) -> Telegram:
    """Return the Telegram that is asked."""
    telegram: Telegram = request.app.state.telegram
    return telegram


def person_of(request: Request) -> Person:
    """Return the person in the path. Raises NobodyThereError."""
    return telegram_of(request).world.person(request.path_params["person_id"])


def seconds_of(request: Request) -> float:
    """Return how long the answer may wait, in seconds."""
    return min(float(request.query_params.get("wait", 0)), MAX_WAIT_SECONDS)


def number_of(request: Request, name: str) -> int | None:
    """Return a number of the query, if it is there."""
    written = request.query_params.get(name)
    return None if written is None else int(written)


def update_id_of(update: Update | None) -> int | None:
    """Return the id of the update that came of something, None if the bot did not ask for its kind."""
    return None if update is None else update.update_id


async def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=404 if isinstance(error, NobodyThereError) else 409)


async def _malformed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=422)


ERRORS = {PersonError: _refused, ValidationError: _malformed}
