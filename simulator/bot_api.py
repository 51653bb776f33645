"""The HTTP door of the bot: `/bot{token}/{method}`, as on api.telegram.org."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.calls import Call
from simulator.checks import Upload
from simulator.errors import ApiError, BadRequestError, UnreachableError
from simulator.methods import carry_out, published_name
from simulator.telegram import Telegram

MAX_BODY_BYTES = 50 * 1024 * 1024
MAX_FIELDS = 1000


async def answer(request: Request) -> Response:
    """Answer one call of the bot, with trouble if that was asked for."""
    telegram: Telegram = request.app.state.telegram
    try:
        if request.path_params["token"] != telegram.world.bot.token:
            raise ApiError(401, "Unauthorized")
        method = published_name(request.path_params["method"])
        written = await _written(request)
    except ApiError as error:
        return _refusal(error)
    call = telegram.calls.record(method, written, telegram.world.clock())
    try:
        return await _answered(telegram, call, written)
    except UnreachableError:
        call.answered = False
        return await _dropped(request)


async def download(request: Request) -> Response:
    """Hand the bot a file, at the path that getFile named."""
    telegram: Telegram = request.app.state.telegram
    if request.path_params["token"] != telegram.world.bot.token:
        return _refusal(ApiError(401, "Unauthorized"))
    stored = telegram.world.files.at(request.path_params["path"])
    if not telegram.delivery.online:
        return await _dropped(request)
    if stored is None:
        return _refusal(ApiError(404, "Not Found"))
    # As a download: what a bot has sent must not run as a page of this origin.
    headers = {"Content-Disposition": "attachment"}
    return Response(stored.content, media_type="application/octet-stream", headers=headers)


async def _answered(telegram: Telegram, call: Call, written: dict[str, Any]) -> Response:
    """Return the answer to a call. Raises UnreachableError when none may reach the bot."""
    trouble = telegram.faults.take(call)
    if trouble.unheard:
        raise UnreachableError
    response = await _carried_out(telegram, call, trouble.refusal, written)
    await asyncio.sleep(trouble.latency_seconds)
    if trouble.drop_answer or not telegram.delivery.online:
        raise UnreachableError
    return response


async def _dropped(request: Request) -> Response:
    request.scope["extensions"]["simulator.connection"]["drop"]()
    await request.receive()
    return Response()


async def _carried_out(telegram: Telegram, call: Call, refusal: ApiError | None, written: dict[str, Any]) -> Response:
    try:
        if refusal is not None:
            raise refusal
        result = await carry_out(telegram, call.method, written)
    except ApiError as error:
        call.answer = error.body()
        return _refusal(error)
    call.answer = {"ok": True, "result": result}
    return JSONResponse(call.answer)


def _refusal(error: ApiError) -> JSONResponse:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return JSONResponse(error.body(), status_code=error.code, headers=headers)


async def _written(request: Request) -> dict[str, Any]:
    """Return the parameters as they came, from the query and from a JSON or form body."""
    written: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return written | _json_object(await request.body())
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.form(max_fields=MAX_FIELDS, max_part_size=MAX_BODY_BYTES)
        return written | {name: await _part(value) for name, value in form.items()}
    return written


def _json_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise BadRequestError("can't parse JSON object") from error
    if not isinstance(parsed, dict):
        raise BadRequestError("can't parse JSON object")
    return parsed


async def _part(value: str | UploadFile) -> str | Upload:
    if isinstance(value, str):
        return value
    mime_type = value.content_type or "application/octet-stream"
    return Upload(value.filename or "file", mime_type, await value.read())
