"""Where Telegram's updates come in: a plain ASGI view, before Django.

Telegram's own queue is our durable inbox: 200 only when the update is dealt with; 503 with Retry-After when
it could not be.
"""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from time import monotonic
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError
from telegram import Update, User
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from delivery.ledger import Claim, Ledger
from delivery.metrics import telegram_api_errors
from delivery.telegram import retry_seconds
from profiles import queries
from profiles.context import App
from project.rendering import render
from project.threads import in_thread
from safety.sos import answer_if_sos

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Scope = MutableMapping[str, Any]

MAX_BODY_BYTES = 1024 * 1024
DEADLINE_SECONDS = 20.0
MAX_FAILURES = 3
GIVE_UP_AFTER = timedelta(seconds=20)
_MOST_FAILING = 1000
_UPDATE_FIELDS = frozenset(Update.ALL_TYPES)

_PASSING = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    PoolTimeout,
    RedisError,
    TimeoutError,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Telegram hears: a status and, for 503, after how many seconds to come again."""

    status: int
    retry_after: int | None = None


DEALT_WITH = Answer(200)
TRY_AGAIN = Answer(503, retry_after=1)


class Webhook:
    """The ASGI application behind /telegram/webhook."""

    def __init__(self, *, application: App, ledger: Ledger) -> None:
        self._application = application
        self._ledger = ledger
        # When each update that has met with passing trouble did so first (monotonic seconds).
        self._failing: dict[int, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check who is calling, read the update, deal with it, answer."""
        answer = self._refusal(scope)
        if answer is None:
            body = await _read(receive)
            answer = Answer(413) if body is None else await self._take(body)
        await _respond(send, answer)

    def _refusal(self, scope: Scope) -> Answer | None:
        if scope["method"] != "POST":
            return Answer(405)
        given = dict(scope["headers"]).get(b"x-telegram-bot-api-secret-token", b"")
        secret = settings.TELEGRAM_WEBHOOK_SECRET.encode()
        if not secret or not hmac.compare_digest(given, secret):
            return Answer(403)
        return None

    async def _take(self, body: bytes) -> Answer:
        try:
            raw = json.loads(body)
            update_id = raw["update_id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return Answer(400)
        if not isinstance(update_id, int):
            return Answer(400)
        structlog.contextvars.bind_contextvars(update_id=update_id)
        try:
            update = self._parsed(raw)
            return DEALT_WITH if update is None else await self._answer(update)
        finally:
            structlog.contextvars.clear_contextvars()

    async def _answer(self, update: Update) -> Answer:
        try:
            # Before ledger, gates and limits: /sos is answered whatever else is down.
            if await answer_if_sos(update, self._application.bot):
                return DEALT_WITH
            return await self._deal_with(update)
        except RetryAfter as error:
            return Answer(503, retry_after=ceil(retry_seconds(error)))
        except (BadRequest, Forbidden) as error:
            # Only /sos gets here: this person can't be written to, and trying again won't change that.
            log.warning("webhook.unanswerable", error=type(error).__name__)
            return DEALT_WITH
        except (NetworkError, InvalidToken) as error:
            log.warning("webhook.telegram_away", error=type(error).__name__)
            return TRY_AGAIN
        except _PASSING as error:
            log.warning("webhook.passing_trouble", error=type(error).__name__)
            return DEALT_WITH if await self._given_up(update) else TRY_AGAIN
        except Exception:
            # Nothing may reach the server's own log, which would quote it.
            log.exception("webhook.bug")
            return TRY_AGAIN

    async def _given_up(self, update: Update) -> bool:
        """Whether a message that waits behind a database or Redis that is away was given back to its writer.

        It would hold up everything typed after it, /sos included: rather say that it did not get through (C4).
        """
        message = update.message
        if message is None or not self._has_failed_for_long(update.update_id):
            return False
        try:
            language = queries.language_guess(message.from_user.language_code if message.from_user else None)
            text = render("project/given_up.html", language=language)
            await message.reply_html(text, do_quote=True, allow_sending_without_reply=True)
        except TelegramError:
            return False
        log.error("webhook.given_up")
        return True

    def _has_failed_for_long(self, update_id: int) -> bool:
        """Whether this process has seen the update fail for GIVE_UP_AFTER: after an outage all of them are old."""
        first = self._failing.setdefault(update_id, monotonic())
        while len(self._failing) > _MOST_FAILING:
            del self._failing[next(iter(self._failing))]
        if monotonic() - first < GIVE_UP_AFTER.total_seconds():
            return False
        del self._failing[update_id]
        return True

    def _parsed(self, raw: dict[str, Any]) -> Update | None:
        """The update, or None for a shape that PTB does not know: trying again would only block a queue."""
        try:
            return Update.de_json(raw, self._application.bot)
        except Exception:
            # Whatever a strange shape makes of the parser.
            log.exception("webhook.unreadable", fields=sorted(set(raw) & _UPDATE_FIELDS))
            return None

    async def _deal_with(self, update: Update) -> Answer:
        if not self._application._initialized:  # noqa: SLF001  (PTB has no public name for it)
            return TRY_AGAIN
        claim = await self._ledger.claim(update.update_id)
        if claim is Claim.DONE:
            return DEALT_WITH
        if claim is Claim.BUSY:
            return TRY_AGAIN
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self._application.process_update(update)
        except BaseException as error:  # noqa: BLE001  (a cancelled update must be given back too)
            return await self._not_dealt_with(update, error)
        with suppress(RedisError):
            # Dealt with is dealt with: with 200 Telegram does not bring it again, written down or not.
            await self._ledger.done(update.update_id)
        return DEALT_WITH

    async def _not_dealt_with(self, update: Update, error: BaseException) -> Answer:
        """Give a passing trouble back to Telegram's queue; a bug gets MAX_FAILURES tries, then the person is told."""
        telegram_trouble = isinstance(error, NetworkError | RetryAfter | InvalidToken)
        telegram_trouble = telegram_trouble and not isinstance(error, BadRequest)
        if telegram_trouble:
            telegram_api_errors.labels(code=type(error).__name__).inc()
        if telegram_trouble or isinstance(error, _PASSING) or not isinstance(error, Exception):
            await self._ledger.release(update.update_id)
            raise error
        failures = await self._ledger.fail(update.update_id)
        log.error("webhook.bug", exc_info=error, failures=failures)
        if failures < MAX_FAILURES:
            return TRY_AGAIN
        await self._apologise(update)
        await self._ledger.give_up(update.update_id)
        return DEALT_WITH

    async def _apologise(self, update: Update) -> None:
        if (user := update.effective_user) is None:
            return
        try:
            text = render("project/bug.html", language=await _language_of(user))
            await self._application.bot.send_message(user.id, text)
        except Exception as error:  # noqa: BLE001  (the apology must not become the next bug that blocks the queue)
            log.warning("webhook.no_apology", error=type(error).__name__)


async def _language_of(user: User) -> str:
    try:
        visitor = await in_thread(queries.visitor, telegram_id=user.id, language_code=user.language_code)
    except DatabaseError:
        return queries.language_guess(user.language_code)
    return visitor.language


async def _read(receive: Receive) -> bytes | None:
    """The request's body, or None when it is larger than MAX_BODY_BYTES."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return bytes(body)
        body += event.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not event.get("more_body"):
            return bytes(body)


async def _respond(send: Send, answer: Answer) -> None:
    headers = [(b"content-length", b"0")]
    if answer.retry_after is not None:
        headers.append((b"retry-after", str(answer.retry_after).encode()))
    if answer.status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
