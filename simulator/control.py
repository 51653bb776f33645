"""The people's side over HTTP: with it the page and the Python client act as people and look behind the scenes."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator import acts
from simulator.calls import Fault
from simulator.delivery import Stage, Update, described_webhook
from simulator.errors import NobodyThereError, PersonError
from simulator.profile import localized
from simulator.state import Person
from simulator.telegram import Telegram

MAX_WAIT_SECONDS = 60.0


class NewPerson(BaseModel):
    """A Telegram account to open; with an `id` the same person comes back after a restart."""

    name: str = Field(min_length=1, max_length=64)
    language: str = Field(pattern="^[a-z]{2}$")
    id: int | None = Field(default=None, gt=0, lt=2**52)
    last_name: str | None = None
    username: str | None = None
    started: bool = False


class PersonChange(BaseModel):
    """What people can change about themselves."""

    name: str | None = Field(default=None, min_length=1, max_length=64)
    language: str | None = Field(default=None, pattern="^[a-z]{2}$")


class NewMessage(BaseModel):
    """A message to send: a text, or something of a `kind` with a caption."""

    text: str = ""
    entities: list[dict[str, Any]] | None = None
    reply_to: int | None = None
    kind: str | None = None
    album: str | None = None


class NewText(BaseModel):
    """The new text of a message."""

    text: str
    entities: list[dict[str, Any]] | None = None


class Tap(BaseModel):
    """Which button of which message."""

    message_id: int
    row: int
    column: int


class Reaction(BaseModel):
    """An emoji for a message; none takes the reaction back."""

    message_id: int
    emoji: str | None = None


class NewFault(BaseModel):
    """Trouble to come; see `simulator.calls.Fault`."""

    method: str | None = None
    chat_id: int | None = None
    times: int | None = Field(default=1, gt=0)
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    drop_answer: bool = False
    latency_ms: int = Field(default=0, ge=0)


def _telegram(request: Request) -> Telegram:
    telegram: Telegram = request.app.state.telegram
    return telegram


def _person(request: Request) -> Person:
    return _telegram(request).world.person(request.path_params["person_id"])


def _update(request: Request) -> Update:
    try:
        return _telegram(request).delivery.updates[request.path_params["update_id"]]
    except KeyError:
        raise PersonError("there is no such update") from None


def _seconds(request: Request) -> float:
    return min(float(request.query_params.get("wait", 0)), MAX_WAIT_SECONDS)


def _number(request: Request, name: str) -> int | None:
    written = request.query_params.get(name)
    return None if written is None else int(written)


def _update_id(update: Update | None) -> int | None:
    return None if update is None else update.update_id


async def _health(request: Request) -> Response:
    return JSONResponse({"ok": True})


async def _reset(request: Request) -> Response:
    _telegram(request).reset()
    return JSONResponse({"ok": True})


async def _bot(request: Request) -> Response:
    bot = _telegram(request).world.bot
    language = request.query_params.get("language", "")
    return JSONResponse(
        bot.user()
        | {
            "first_name": localized(bot.names, language),
            "description": localized(bot.descriptions, language),
            "short_description": localized(bot.short_descriptions, language),
        }
    )


async def _people(request: Request) -> Response:
    return JSONResponse([person.described() for person in _telegram(request).world.people.values()])


async def _add_person(request: Request) -> Response:
    wanted = NewPerson.model_validate_json(await request.body())
    known = {"last_name": wanted.last_name, "username": wanted.username, "started": wanted.started}
    person = _telegram(request).world.add_person(
        wanted.name,
        wanted.language,
        person_id=wanted.id,
        **{name: value for name, value in known.items() if value is not None},
    )
    return JSONResponse(person.described(), status_code=201)


async def _show_person(request: Request) -> Response:
    return JSONResponse(_person(request).described())


async def _change_person(request: Request) -> Response:
    change = PersonChange.model_validate_json(await request.body())
    person = _person(request)
    person.first_name = change.name or person.first_name
    person.language = change.language or person.language
    _telegram(request).world.person_changed(person)
    return JSONResponse(person.described())


async def _chat(request: Request) -> Response:
    """The whole chat; with `after` and `wait`, once something in it is newer than that revision."""
    world = _telegram(request).world
    person = _person(request)
    after = _number(request, "after")
    if after is not None:
        topic = ("chat", person.person_id)

        def newer() -> bool:
            return any(message.revision > after for message in person.messages.values())

        await world.signals.wait_until(topic, newer, _seconds(request))
    return JSONResponse({"person": person.described(), "messages": list(world.messages_of(person))})


async def _commands(request: Request) -> Response:
    return JSONResponse(_telegram(request).world.commands_for(_person(request)))


async def _send(request: Request) -> Response:
    telegram, person = _telegram(request), _person(request)
    wanted = NewMessage.model_validate_json(await request.body())
    if wanted.kind is None:
        message, update = acts.send_text(telegram, person, wanted.text, wanted.entities, wanted.reply_to)
    else:
        message, update = acts.send_media(telegram, person, wanted.kind, wanted.text, wanted.album)
    return JSONResponse({"update_id": _update_id(update), "message": telegram.world.shown(message)}, status_code=201)


async def _edit(request: Request) -> Response:
    telegram = _telegram(request)
    wanted = NewText.model_validate_json(await request.body())
    message_id = request.path_params["message_id"]
    message, update = acts.edit_text(telegram, _person(request), message_id, wanted.text, wanted.entities)
    return JSONResponse({"update_id": _update_id(update), "message": telegram.world.shown(message)})


async def _delete(request: Request) -> Response:
    acts.delete(_telegram(request), _person(request), request.path_params["message_id"])
    return JSONResponse({"update_id": None})


async def _pin(request: Request) -> Response:
    telegram = _telegram(request)
    message, update = acts.pin(telegram, _person(request), request.path_params["message_id"])
    return JSONResponse({"update_id": _update_id(update), "message": telegram.world.shown(message)})


async def _tap(request: Request) -> Response:
    tap = Tap.model_validate_json(await request.body())
    query, update = acts.tap(_telegram(request), _person(request), tap.message_id, tap.row, tap.column)
    return JSONResponse({"update_id": _update_id(update), "query_id": query.query_id}, status_code=201)


async def _query(request: Request) -> Response:
    """The bot's answer to a tap; with `wait`, once there is one."""
    world = _telegram(request).world
    query = world.queries.get(request.path_params["query_id"])
    if query is None:
        raise PersonError("there was no such tap")
    await world.signals.wait_until(("query", query.query_id), lambda: query.answer is not None, _seconds(request))
    return JSONResponse({"query_id": query.query_id, "answer": query.answer})


async def _react(request: Request) -> Response:
    reaction = Reaction.model_validate_json(await request.body())
    update = acts.react(_telegram(request), _person(request), reaction.message_id, reaction.emoji)
    return JSONResponse({"update_id": _update_id(update)})


async def _block(request: Request) -> Response:
    update = acts.set_blocked(_telegram(request), _person(request), blocked=True)
    return JSONResponse({"update_id": _update_id(update)})


async def _unblock(request: Request) -> Response:
    update = acts.set_blocked(_telegram(request), _person(request), blocked=False)
    return JSONResponse({"update_id": _update_id(update)})


async def _updates(request: Request) -> Response:
    person_id = _number(request, "person")
    updates = _telegram(request).delivery.updates.values()
    return JSONResponse([update.described() for update in updates if person_id in (None, update.person_id)])


async def _show_update(request: Request) -> Response:
    """An update; with `wait`, once it is delivered or given up."""
    update = _update(request)
    topic = ("update", update.update_id)
    await _telegram(request).world.signals.wait_until(
        topic, lambda: update.stage is not Stage.WAITING, _seconds(request)
    )
    return JSONResponse(update.described())


async def _redeliver(request: Request) -> Response:
    update = _update(request)
    _telegram(request).delivery.redeliver(update)
    return JSONResponse({"update_id": update.update_id})


async def _pending(request: Request) -> Response:
    """The updates on their way; with `wait`, once there are none."""
    telegram = _telegram(request)
    await telegram.world.signals.wait_until("idle", lambda: not telegram.delivery.pending(), _seconds(request))
    return JSONResponse([update.described() for update in telegram.delivery.pending()])


async def _webhook(request: Request) -> Response:
    """The WebhookInfo; with `wait`, once a webhook is set."""
    telegram = _telegram(request)
    await telegram.world.signals.wait_until("webhook", lambda: bool(telegram.delivery.webhook.url), _seconds(request))
    return JSONResponse(described_webhook(telegram.delivery))


async def _calls(request: Request) -> Response:
    calls = _telegram(request).calls.matching(
        request.query_params.get("method"), _number(request, "person"), _number(request, "after") or 0
    )
    return JSONResponse([call.described() for call in calls])


async def _faults(request: Request) -> Response:
    return JSONResponse([asdict(fault) for fault in _telegram(request).faults.coming])


async def _add_fault(request: Request) -> Response:
    wanted = NewFault.model_validate_json(await request.body())
    _telegram(request).faults.coming.append(Fault(**wanted.model_dump()))
    return JSONResponse(wanted.model_dump(), status_code=201)


async def _clear_faults(request: Request) -> Response:
    _telegram(request).faults.coming.clear()
    return JSONResponse([])


async def _file(request: Request) -> Response:
    stored = _telegram(request).world.files.get(request.path_params["file_id"])
    if stored is None:
        raise PersonError("there is no such file")
    # Always a download: what a bot sends must not run as a page of this origin.
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name)}"}
    return Response(stored.content, media_type=stored.mime_type, headers=headers)


async def _events(request: Request) -> Response:
    people = frozenset(int(number) for number in re.findall(r"\d+", request.query_params.get("people", "")))
    stream = _telegram(request).world.broadcast.stream(people)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=404 if isinstance(error, NobodyThereError) else 409)


async def _malformed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=422)


PERSON = "/control/people/{person_id:int}"
MESSAGE = PERSON + "/messages/{message_id:int}"
UPDATE = "/control/updates/{update_id:int}"

ROUTES = [
    Route("/control/health", _health),
    Route("/control/reset", _reset, methods=["POST"]),
    Route("/control/bot", _bot),
    Route("/control/people", _people),
    Route("/control/people", _add_person, methods=["POST"]),
    Route(PERSON, _show_person),
    Route(PERSON, _change_person, methods=["PATCH"]),
    Route(f"{PERSON}/chat", _chat),
    Route(f"{PERSON}/commands", _commands),
    Route(f"{PERSON}/messages", _send, methods=["POST"]),
    Route(MESSAGE, _edit, methods=["PATCH"]),
    Route(MESSAGE, _delete, methods=["DELETE"]),
    Route(f"{MESSAGE}/pin", _pin, methods=["POST"]),
    Route(f"{PERSON}/taps", _tap, methods=["POST"]),
    Route(f"{PERSON}/reactions", _react, methods=["POST"]),
    Route(f"{PERSON}/block", _block, methods=["POST"]),
    Route(f"{PERSON}/unblock", _unblock, methods=["POST"]),
    Route("/control/queries/{query_id}", _query),
    Route("/control/updates", _updates),
    Route(UPDATE, _show_update),
    Route(f"{UPDATE}/redeliver", _redeliver, methods=["POST"]),
    Route("/control/pending", _pending),
    Route("/control/webhook", _webhook),
    Route("/control/calls", _calls),
    Route("/control/faults", _faults),
    Route("/control/faults", _add_fault, methods=["POST"]),
    Route("/control/faults", _clear_faults, methods=["DELETE"]),
    Route("/control/files/{file_id}", _file),
    Route("/control/events", _events),
]

ERRORS = {PersonError: _refused, ValidationError: _malformed}
