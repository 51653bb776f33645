"""Accounts, the chats as their people see them, and the live stream of what happens in them."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator import acts
from simulator.control.requests import number_of, person_of, seconds_of, telegram_of, update_id_of
from simulator.profile import localized

PERSON = "/control/people/{person_id:int}"


class NewPerson(BaseModel):
    """A Telegram account to open; with an `id` the same person comes back, also after a restart."""

    name: str = Field(min_length=1, max_length=64)
    language: str = Field(pattern="^[a-z]{2}$")
    id: int | None = Field(default=None, gt=0, lt=2**52)
    last_name: str | None = None
    username: str | None = None
    started: bool = False
    premium: bool = False


class PersonChange(BaseModel):
    """What people can change about themselves, and whether they keep voice and video messages away."""

    name: str | None = Field(default=None, min_length=1, max_length=64)
    language: str | None = Field(default=None, pattern="^[a-z]{2}$")
    refuses_voice: bool | None = None


async def _health(request: Request) -> Response:
    return JSONResponse({"ok": True})


async def _reset(request: Request) -> Response:
    telegram_of(request).reset()
    return JSONResponse({"ok": True})


async def _bot(request: Request) -> Response:
    bot = telegram_of(request).world.bot
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
    return JSONResponse([person.described() for person in telegram_of(request).world.people.values()])


async def _add(request: Request) -> Response:
    wanted = NewPerson.model_validate_json(await request.body())
    world = telegram_of(request).world
    # The page may be open in several tabs, which all ask for their people again after a restart.
    present = world.people.get(wanted.id or 0)
    if present is not None:
        return JSONResponse(present.described())
    known = wanted.model_dump(include={"last_name", "username", "started", "premium"})
    person = world.add_person(
        wanted.name,
        wanted.language,
        person_id=wanted.id,
        **{name: value for name, value in known.items() if value is not None},
    )
    return JSONResponse(person.described(), status_code=201)


async def _show(request: Request) -> Response:
    return JSONResponse(person_of(request).described())


async def _change(request: Request) -> Response:
    change = PersonChange.model_validate_json(await request.body())
    person = person_of(request)
    person.first_name = change.name or person.first_name
    person.language = change.language or person.language
    person.refuses_voice = person.refuses_voice if change.refuses_voice is None else change.refuses_voice
    telegram_of(request).world.person_changed(person)
    return JSONResponse(person.described())


async def _remove(request: Request) -> Response:
    acts.delete_account(telegram_of(request), person_of(request))
    return JSONResponse({"ok": True})


async def _chat(request: Request) -> Response:
    """The whole chat; with `after` and `wait`, once something in it is newer than that revision."""
    world = telegram_of(request).world
    person = person_of(request)
    after = number_of(request, "after")
    if after is not None:
        topic = ("chat", person.person_id)

        def newer() -> bool:
            return any(message.revision > after for message in person.messages.values() if not message.hidden)

        await world.signals.wait_until(topic, newer, seconds_of(request))
        person = person_of(request)
    return JSONResponse({"person": person.described(), "messages": list(world.messages_of(person))})


async def _commands(request: Request) -> Response:
    return JSONResponse(telegram_of(request).world.commands_for(person_of(request)))


async def _block(request: Request) -> Response:
    update = acts.set_blocked(telegram_of(request), person_of(request), blocked=True)
    return JSONResponse({"update_id": update_id_of(update)})


async def _unblock(request: Request) -> Response:
    update = acts.set_blocked(telegram_of(request), person_of(request), blocked=False)
    return JSONResponse({"update_id": update_id_of(update)})


async def _events(request: Request) -> Response:
    people = frozenset(int(number) for number in re.findall(r"\d+", request.query_params.get("people", "")))
    stream = telegram_of(request).world.broadcast.stream(people)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


ROUTES = [
    Route("/control/health", _health),
    Route("/control/reset", _reset, methods=["POST"]),
    Route("/control/bot", _bot),
    Route("/control/people", _people),
    Route("/control/people", _add, methods=["POST"]),
    Route(PERSON, _show),
    Route(PERSON, _change, methods=["PATCH"]),
    Route(PERSON, _remove, methods=["DELETE"]),
    Route(f"{PERSON}/chat", _chat),
    Route(f"{PERSON}/commands", _commands),
    Route(f"{PERSON}/block", _block, methods=["POST"]),
    Route(f"{PERSON}/unblock", _unblock, methods=["POST"]),
    Route("/control/events", _events),
]
