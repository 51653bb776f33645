"""Two people in a conversation and the web process between them; Telegram is a list of calls, and stumbles as told."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from chat import message_map, services
from chat.message_map import Side
from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage
from matching import services as matching
from matching.models import Match
from profiles.models import Profile
from project.lifespan import Lifespan
from tests.base import person

SECRET = "wh-secret"
EDITS = ("editMessageText", "editMessageCaption", "editMessageMedia")
_BOT = {"id": 1, "is_bot": True, "first_name": "Bot", "username": "tyneodin_bot"}
_update_ids = itertools.count(710_000_000)
_message_ids = itertools.count(1000)


@dataclass(frozen=True)
class Call:
    """One call of the Bot API; parameters that were JSON are read."""

    method: str
    chat_id: int
    parameters: dict[str, Any]


@dataclass
class Telegram:
    """Telegram's side: every call is noted and succeeds, unless it was told otherwise. `at` happens in its middle."""

    calls: list[Call] = field(default_factory=list)
    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    _refusals: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def refuses(self, method: str, code: int, description: str, *, times: int = 1, **parameters: Any) -> None:
        """The next calls of a method fail."""
        answer = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
        self._refusals += [(method, answer)] * times

    def to(self, profile: Profile, *methods: str) -> list[Call]:
        """The calls in one person's chat, of these methods if any are given."""
        chat_id = profile.recipient.telegram_id
        return [call for call in self.calls if call.chat_id == chat_id and call.method in (methods or (call.method,))]

    def told(self, profile: Profile) -> list[str]:
        """What the bot says to a person, oldest first."""
        return [call.parameters["text"] for call in self.to(profile, "sendMessage")]

    def button(self, profile: Profile, verb: str) -> str:
        """The callback data of the newest button of a person's that begins with `verb`."""
        markups = [call.parameters.get("reply_markup") or {} for call in self.to(profile)]
        rows = [row for markup in markups for row in markup.get("inline_keyboard", [])]
        found = [str(button["callback_data"]) for row in rows for button in row]
        return next(each for each in reversed(found) if each.startswith(f"{verb}:"))

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call of the Bot API."""
        method = request.match_info["method"]
        parameters = {name: _read(name, value) for name, value in (await request.post()).items()}
        call = Call(method, parameters.get("chat_id", 0), parameters)
        self.calls.append(call)
        if (happens := self.at.pop(method, None)) is not None:
            happens()
            await asyncio.sleep(0)
        refusal = next((refusal for refusal in self._refusals if refusal[0] == method), None)
        if refusal is not None:
            self._refusals.remove(refusal)
            return web.json_response(refusal[1], status=refusal[1]["error_code"])
        return web.json_response({"ok": True, "result": _result(call)})


def _read(name: str, value: Any) -> Any:
    if name in ("text", "caption"):
        return value
    with suppress(ValueError):
        return json.loads(value)
    return value


def _result(call: Call) -> Any:
    if call.method == "getMe":
        return _BOT
    if call.method == "copyMessage":
        return {"message_id": next(_message_ids)}
    if call.method == "getMyCommands":
        return []
    if call.method in ("sendMessage", "editMessageText", "editMessageCaption", "editMessageMedia"):
        chat = {"id": call.chat_id, "type": "private"}
        return {"message_id": next(_message_ids), "date": 0, "chat": chat, "text": "…"}
    return True


@dataclass(frozen=True)
class Answer:
    """What Telegram hears for an update."""

    status: int
    retry_after: int | None


class Scene:
    """Mira and Andrey talk. What they do is brought to the webhook; what comes of it is in `telegram.calls`."""

    def __init__(self) -> None:
        self.telegram = Telegram()
        self.mira, self.andrey = person("Мира"), person("Андрей")
        self.session = self.connects(self.mira, self.andrey)
        self._lifespan = Lifespan()
        self._runner = asyncio.Runner()
        self._runner.run(self._start())

    def close(self) -> None:
        """Everybody goes home."""
        self._runner.run(self._stop())
        self._runner.close()

    def writes(self, author: Profile, text: str | None = "Привет", **message: Any) -> int:
        """A new message; returns its id in its author's chat."""
        return self.posts(self.message(author, text, **message))

    def posts(self, message: dict[str, Any]) -> int:
        """A new message, as Telegram has it; returns its id in its author's chat."""
        assert self.brings({"update_id": next(_update_ids), "message": message}).status == 200
        return int(message["message_id"])

    def corrects(self, author: Profile, message_id: int, text: str | None, **message: Any) -> Answer:
        """An edit of a message."""
        return self.brings(self.edit(author, message_id, text, **message))

    def edit(self, author: Profile, message_id: int, text: str | None, **message: Any) -> dict[str, Any]:
        """The update of an edit."""
        edited = {"edit_date": _now()} | message
        update = self.message(author, text, message_id=message_id, **edited)
        return {"update_id": next(_update_ids), "edited_message": update}

    def reacts(self, author: Profile, message_id: int, *new: Any, old: tuple[Any, ...] = (), **more: Any) -> Answer:
        """A reaction: emoji, or whole reactions as Telegram has them."""
        return self.brings(self.reaction(author, message_id, *new, old=old, **more))

    def reaction(
        self, author: Profile, message_id: int, *new: Any, old: tuple[Any, ...] = (), **more: Any
    ) -> dict[str, Any]:
        """The update of a reaction."""
        reaction = {
            "chat": _chat(author),
            "message_id": message_id,
            "user": _user(author),
            "date": _now(),
            "old_reaction": [_reaction(one) for one in old],
            "new_reaction": [_reaction(one) for one in new],
        }
        return {"update_id": next(_update_ids), "message_reaction": reaction | more}

    def deletes(
        self, author: Profile, message_id: int | None, *, by_bot: bool = False, album: str | None = None, **more: Any
    ) -> Answer:
        """/del, in answer to a message of the chat."""
        return self.brings(self.deletion(author, message_id, by_bot=by_bot, album=album, **more))

    def deletion(
        self, author: Profile, message_id: int | None, *, by_bot: bool = False, album: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """The update of a /del; `album`: what it answers is part of one."""
        entities = [{"type": "bot_command", "offset": 0, "length": 4}]
        command = self.message(author, "/del", entities=entities, **more)
        if message_id is not None:
            answered = self.message(author, "…", message_id=message_id)
            if by_bot:
                answered["from"] = _BOT
            if album is not None:
                answered["media_group_id"] = album
            command["reply_to_message"] = answered
        return {"update_id": next(_update_ids), "message": command}

    def taps(self, author: Profile, data: str, *, under: dict[str, Any]) -> Answer:
        """A button of the bot's answer to a message."""
        answer = self.message(author, "…", reply_to_message=under)
        answer["from"] = _BOT
        tap = {"id": "1", "from": _user(author), "chat_instance": "1", "data": data, "message": answer}
        return self.brings({"update_id": next(_update_ids), "callback_query": tap})

    def has_arrived(self, author: Profile) -> tuple[int, int]:
        """A message that reached the partner some time ago: what it is called in either chat."""
        written, twin = next(_message_ids), next(_message_ids)
        self.maps(author, written, twin=twin)
        return written, twin

    def maps(self, owner: Profile, message_id: int, *, twin: int) -> None:
        """It is written down which message of a person's chat is which of the partner's."""
        peer_id = self.session.peer_of(owner.pk)
        message_map.remember(session_id=self.session.pk, pairs=[(Side(owner.pk, message_id), Side(peer_id, twin))])

    def forgets(self, update: dict[str, Any]) -> None:
        """That an update was dealt with could not be written down."""
        with Redis.from_url(settings.REDIS_URL) as redis:
            redis.delete(f"{settings.REDIS_PREFIX}:ledger:{update['update_id']}")

    def message(self, author: Profile, text: str | None, **message: Any) -> dict[str, Any]:
        """A Message of the Bot API."""
        base = {"message_id": next(_message_ids), "date": _now(), "chat": _chat(author), "from": _user(author)}
        return base | ({} if text is None else {"text": text}) | message

    def brings(self, update: dict[str, Any]) -> Answer:
        """Bring an update, as Telegram would."""
        return self._runner.run(self._post(update))

    def dies_with(self, update: dict[str, Any], method: str) -> None:
        """Bring an update; the process dies in the middle of the first call of a method, which Telegram carries out."""
        self._runner.run(self._post_and_die(update, method))

    def twin_of(self, message_id: int) -> int:
        """What a message is called in the partner's chat."""
        with Redis.from_url(settings.REDIS_URL) as redis:
            known = redis.hgetall(f"{settings.REDIS_PREFIX}:map:{self.session.pk}")
        twins = {int(name.split(b":")[1]): int(value) for name, value in known.items() if name.count(b":") == 1}
        return twins[message_id]

    def ends(self) -> None:
        """Mira ends the conversation."""
        services.end(session_id=self.session.pk, profile_id=self.mira.pk, now=timezone.now())

    def connects(self, one: Profile, other: Profile) -> ChatSession:
        """Two people are introduced to each other and say yes; both have read so."""
        now = timezone.now()
        for profile in (one, other):
            matching.find(profile_id=profile.pk, now=now)
        match_id = Match.objects.get(state=Match.State.PROPOSED).pk
        for profile in (one, other):
            services.accept(match_id=match_id, profile_id=profile.pk, now=now)
        OutboxMessage.objects.filter(state="pending").update(state="sent", closed_at=now)
        return ChatSession.objects.get(match_id=match_id)

    def is_sent(self, row: OutboxMessage, *, message_id: int) -> None:
        """The sender has sent what waited."""
        queue.record_sent(outbox_id=row.pk, message_ids=[message_id], now=timezone.now())

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_post("/bot{token}/{method}", self.telegram.answer)
        self._server = web.AppRunner(application, shutdown_timeout=0.1)
        await self._server.setup()
        await web.TCPSite(self._server, "127.0.0.1", 0).start()
        settings.TELEGRAM_API_URL = f"http://127.0.0.1:{self._server.addresses[0][1]}"
        await self._lifespan._start()
        # It greets Telegram in the background.
        await self._lifespan._connecting
        self.telegram.calls.clear()

    async def _stop(self) -> None:
        await self._lifespan._stop()
        await self._server.cleanup()

    async def _post_and_die(self, update: dict[str, Any], method: str) -> None:
        process = asyncio.create_task(self._post(update))
        self.telegram.at[method] = process.cancel
        with suppress(asyncio.CancelledError):
            await process

    async def _post(self, update: dict[str, Any]) -> Answer:
        heard: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(update).encode()}

        async def send(event: Any) -> None:
            heard.append(event)

        headers = [(b"x-telegram-bot-api-secret-token", SECRET.encode())]
        await self._lifespan.webhook({"type": "http", "method": "POST", "headers": headers}, receive, send)
        pause = dict(heard[0]["headers"]).get(b"retry-after")
        return Answer(heard[0]["status"], None if pause is None else int(pause))


@contextmanager
def scene(settings: Settings) -> Iterator[Scene]:
    """Two people who have just been connected."""
    settings.TELEGRAM_WEBHOOK_SECRET = SECRET
    settings.TELEGRAM_BOT_TOKEN = "1:x"
    settings.TELEGRAM_API_URL = ""
    # Many tests share a second: what one of them says must not be too much for the next.
    settings.TELEGRAM_MESSAGES_PER_SECOND = 10_000
    two = Scene()
    try:
        yield two
    finally:
        two.close()


def _now() -> int:
    return int(time.time())


def _chat(profile: Profile) -> dict[str, Any]:
    return {"id": profile.recipient.telegram_id, "type": "private"}


def _user(profile: Profile) -> dict[str, Any]:
    name = {"first_name": "Anna", "language_code": "ru"}
    return {"id": profile.recipient.telegram_id, "is_bot": False, **name}


def _reaction(one: Any) -> dict[str, Any]:
    return {"type": "emoji", "emoji": one} if isinstance(one, str) else dict(one)


def file(kind: str, file_id: str) -> dict[str, Any]:
    """A file of a kind, as a Message has it."""
    one = {"file_id": file_id, "file_unique_id": file_id, "width": 1, "height": 1, "length": 1, "duration": 1}
    if kind == "sticker":
        one |= {"type": "regular", "is_animated": False, "is_video": False}
    return {kind: [one | {"file_id": "small"}, one] if kind == "photo" else one}
