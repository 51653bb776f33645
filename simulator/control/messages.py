"""What people do with messages: send, edit, delete, pin, tap, react, vote."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import acts, writing
from simulator.control.people import PERSON
from simulator.control.requests import person_of, seconds_of, telegram_of, update_id_of
from simulator.delivery import Update
from simulator.errors import PersonError
from simulator.state import Message
from simulator.writing import Origin

MESSAGE = PERSON + "/messages/{message_id:int}"


class Forward(BaseModel):
    """Which message is sent on."""

    person: int
    message_id: int


class NewMessage(BaseModel):
    """A message to send: a text, or something of a `kind` with a caption in `text`.

    `kind`: text, photo, video, video_note, voice, audio, animation, document, sticker, contact, location,
    live_location, venue, poll, quiz, dice, story, game, …, any field of a Message, unsupported (a kind Telegram has not
    published), other (`details` are the Message's fields). `details` replace what is made up in the kind:
    {"phone_number": "+380…"} of a contact, {"question": "…"} of a poll, {"emoji": "🤗"} of a sticker.
    `spoiler` covers a picture, video or animation. Files sent one by one with the same `album` belong together.
    `caption_above`: the caption stands above the picture; `protected`: nobody may take it elsewhere.
    `quote`: the part of the message replied to; `reply_outside`: a reply to something in another chat,
    `reply_to_story`: to a story.
    `forward`: a message that is sent on as it is; `forward_from`: it shows as forwarded from there; an id of a person,
    or somebody made up.
    """

    text: str = ""
    entities: list[dict[str, Any]] | None = None
    kind: str | None = None
    album: str | None = None
    file_name: str | None = Field(default=None, min_length=1, max_length=200)
    details: dict[str, Any] | None = None
    spoiler: bool = False
    caption_above: bool = False
    protected: bool = False
    reply_to: int | None = None
    quote: str | None = None
    reply_outside: Origin | None = None
    reply_to_story: bool = False
    forward: Forward | None = None
    forward_from: Origin | None = None
    via_bot: str | None = None

    def draft(self) -> writing.Draft:
        """Return it as the message to write."""
        written = self.model_dump(exclude={"kind", "forward"})
        forward = None if self.forward is None else (self.forward.person, self.forward.message_id)
        return writing.Draft(kind=self.kind or "text", forward=forward, **written)


class Changes(BaseModel):
    """Changes of a message of one's own: its text, its caption ("" takes it away), another file of a `kind` instead.

    A live location moves with {"kind": "live_location", "details": {"latitude": …, "longitude": …}}.
    """

    text: str | None = None
    caption: str | None = None
    entities: list[dict[str, Any]] | None = None
    kind: str | None = None
    file_name: str | None = None
    details: dict[str, Any] | None = None


class Tap(BaseModel):
    """Which button of which message."""

    message_id: int
    row: int
    column: int


class Reaction(BaseModel):
    """An emoji for a message, for who pays also a custom one by its id; none takes the reaction back."""

    message_id: int
    emoji: str | None = None
    custom_emoji_id: str | None = None


class Vote(BaseModel):
    """Chosen options of a poll, counted from 0; none takes the vote back."""

    message_id: int
    options: list[int]


async def _send(request: Request) -> Response:
    draft = NewMessage.model_validate_json(await request.body()).draft()
    return _written(request, *writing.send(telegram_of(request), person_of(request), draft), status=201)


async def _edit(request: Request) -> Response:
    change = writing.Edit(**Changes.model_validate_json(await request.body()).model_dump())
    message_id = request.path_params["message_id"]
    return _written(request, *writing.edit(telegram_of(request), person_of(request), message_id, change))


async def _delete(request: Request) -> Response:
    delete = acts.delete_for_oneself if request.query_params.get("for") == "me" else acts.delete
    delete(telegram_of(request), person_of(request), request.path_params["message_id"])
    return JSONResponse({"update_id": None})


async def _pin(request: Request) -> Response:
    return _written(request, *acts.pin(telegram_of(request), person_of(request), request.path_params["message_id"]))


async def _tap(request: Request) -> Response:
    tap = Tap.model_validate_json(await request.body())
    query, update = acts.tap(telegram_of(request), person_of(request), tap.message_id, tap.row, tap.column)
    return JSONResponse({"update_id": update_id_of(update), "query_id": query.query_id}, status_code=201)


async def _query(request: Request) -> Response:
    """The bot's answer to a tap; with `wait`, once there is one."""
    world = telegram_of(request).world
    query = world.queries.get(request.path_params["query_id"])
    if query is None:
        raise PersonError("there was no such tap")
    await world.signals.wait_until(("query", query.query_id), lambda: query.answer is not None, seconds_of(request))
    return JSONResponse({"query_id": query.query_id, "answer": query.answer})


async def _react(request: Request) -> Response:
    reaction = Reaction.model_validate_json(await request.body())
    update = acts.react(
        telegram_of(request), person_of(request), reaction.message_id, reaction.emoji, reaction.custom_emoji_id
    )
    return JSONResponse({"update_id": update_id_of(update)})


async def _vote(request: Request) -> Response:
    vote = Vote.model_validate_json(await request.body())
    update = acts.vote(telegram_of(request), person_of(request), vote.message_id, vote.options)
    return JSONResponse({"update_id": update_id_of(update)})


def _written(request: Request, message: Message, update: Update | None, *, status: int = 200) -> Response:
    shown = telegram_of(request).world.shown(message)
    return JSONResponse({"update_id": update_id_of(update), "message": shown}, status_code=status)


ROUTES = [
    Route(f"{PERSON}/messages", _send, methods=["POST"]),
    Route(MESSAGE, _edit, methods=["PATCH"]),
    Route(MESSAGE, _delete, methods=["DELETE"]),
    Route(f"{MESSAGE}/pin", _pin, methods=["POST"]),
    Route(f"{PERSON}/taps", _tap, methods=["POST"]),
    Route(f"{PERSON}/reactions", _react, methods=["POST"]),
    Route(f"{PERSON}/votes", _vote, methods=["POST"]),
    Route("/control/queries/{query_id}", _query),
]
