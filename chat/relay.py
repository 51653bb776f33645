"""The relay: one statement decides whether and to whom, one Bot API call copies the message.

Who talks with whom is never cached: a partner who was blocked a moment ago must not get another word.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from time import monotonic
from typing import Any

from django.utils import timezone
from psycopg_pool import AsyncConnectionPool
from redis.exceptions import RedisError
from telegram import ReplyParameters
from telegram.error import TelegramError

from delivery.ledger import Ledger
from delivery.limits import SendLimit
from delivery.metrics import possibly_doubled, telegram_api_errors
from delivery.models import Priority
from delivery.outgoing import Copy
from delivery.telegram import Bot, Permanent, RetryIn, classify, send
from delivery.transport import AnswerLost
from project.threads import in_thread

from . import metrics, routing, services
from .counting import Counting
from .message_map import MessageMap, Side, twins
from .routing import Conversation, Route
from .waiting import UNCOPIED

# The partner's trouble is not the sender's: after that long a message waits in the outbox instead.
DIRECT_SECONDS = 3.0
# So long what was said about a conversation is taken for true.
_FRESH_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Written:
    """A message as far as the relay knows it: ids, its kind and times. `received` is monotonic (seconds)."""

    telegram_id: int
    message_id: int
    update_id: int
    sent_at: datetime
    kind: str
    received: float = field(default_factory=monotonic)


class Fate(Enum):
    """What became of a message, as its sender must know it."""

    DELIVERED = auto()
    QUEUED = auto()
    REFUSED = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message; where it was refused, `reason` as chat/refused.html knows it."""

    fate: Fate
    reason: str = ""


class Relay:
    """The relay of one web process: its own connections, its own Bot."""

    def __init__(
        self,
        *,
        pool: AsyncConnectionPool[Any],
        counting: Counting,
        bot: Bot,
        ledger: Ledger,
        limit: SendLimit,
        message_map: MessageMap,
    ) -> None:
        self._pool = pool
        self._counting = counting
        self._bot = bot
        self._ledger = ledger
        self._limit = limit
        self.map = message_map

    async def route(self, message: Written) -> Route | None:
        """Count the message and say where it goes; None when this person may not talk now, or is asked something.

        Also None for what was written before the conversation began: those words were meant for somebody else.
        """
        route = await self._counting.count(
            telegram_id=message.telegram_id,
            message_id=message.message_id,
            update_id=message.update_id,
            sent_at=message.sent_at,
        )
        return route or await self._ask(routing.COUNTED, message)

    async def stop(self) -> None:
        """Let go of whoever waits to be routed."""
        await self._counting.stop()

    async def locate(self, message: Written) -> Route | None:
        """Say where a message would go, without counting it; None as `route`."""
        return await self._ask(routing.LOCATED, message)

    async def conversation(self, *, telegram_id: int) -> Conversation | None:
        """The live conversation of a person, whatever they are asked; None where they have none, or may not talk."""
        parameters = routing.talking(telegram_id=telegram_id, now=timezone.now())
        async with self._pool.connection() as connection:
            cursor = await connection.execute(routing.TALKING, parameters)
            row = await cursor.fetchone()
            return None if row is None else Conversation(*row)

    async def uncount(self, route: Route, message: Written, *, forget: bool = True) -> None:
        """The message did not go out after all, and its writer is told: take it back from the count.

        `forget`: the same update brought again is as new; otherwise it is known to have been routed before.
        """
        about = {
            "session_id": route.session_id,
            "sender_id": route.sender_id,
            "update_id": message.update_id,
            "forget": forget,
        }
        async with self._pool.connection() as connection:
            await connection.execute(routing.UNCOUNTED, about)

    async def _ask(self, statement: str, message: Written) -> Route | None:
        parameters = routing.parameters(
            telegram_id=message.telegram_id,
            message_id=message.message_id,
            update_id=message.update_id,
            sent_at=message.sent_at,
            now=timezone.now(),
        )
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, parameters)
            row = await cursor.fetchone()
            return None if row is None else Route(*row)

    async def pass_on(self, route: Route, message: Written, *, reply: ReplyParameters | None = None) -> Outcome:
        """Copy the message to the peer, or leave it to the outbox where that takes longer than DIRECT_SECONDS.

        `reply` is what it answers in the peer's chat. A quote is not kept for a message that has to wait.
        """
        reply_to = None if reply is None else reply.message_id
        if route.left_to_the_outbox:
            # This process or its forerunner left it there and did not live to say so.
            return Outcome(Fate.QUEUED)
        if route.queued or not await self._is_free() or not await self._still_holds(route, message):
            # The outbox looks at the conversation once more before it sends, and tells the writer where it is over.
            await self._queue(route, message, reply_to=reply_to, unknown=route.resent)
            return Outcome(Fate.QUEUED)
        if route.resent:
            # Somebody had it in hand before and did not live to say what became of it.
            possibly_doubled.inc()
        copy = Copy(from_telegram_id=message.telegram_id, message_id=message.message_id, reply=reply)
        try:
            async with asyncio.timeout(DIRECT_SECONDS):
                (copied,) = await send(
                    self._bot, chat_id=route.peer_telegram_id, outgoing=copy, answer_within=DIRECT_SECONDS
                )
        except TimeoutError:
            return await self._failed(route, message, AnswerLost("DirectDeadline"), reply_to=reply_to)
        except TelegramError as error:
            return await self._failed(route, message, error, reply_to=reply_to)
        metrics.relayed(kind=message.kind, seconds=monotonic() - message.received)
        pair = Side(route.sender_id, message.message_id), Side(route.peer_id, copied)
        with suppress(RedisError):
            # It has arrived: said to Telegram even where it can't be written down.
            await self._ledger.done(message.update_id, also=twins(session_id=route.session_id, pairs=[pair]))
        return Outcome(Fate.DELIVERED)

    async def _is_free(self) -> bool:
        """Take a share of Telegram's budget if there is one at this moment."""
        try:
            return await self._limit.wait_for(Priority.RELAY) == 0
        except RedisError:
            # Without the shared budget Telegram's own 429 sets the pace.
            return True

    async def _still_holds(self, route: Route, message: Written) -> bool:
        """Whether a message still goes where it was to go; asked again only where deciding took a while."""
        if monotonic() - message.received < _FRESH_SECONDS:
            return True
        present = await self.locate(message)
        return present is not None and (present.session_id, present.media) == (route.session_id, route.media)

    async def has_turn(self) -> bool:
        """Take a share of Telegram's budget; False where there is none for DIRECT_SECONDS."""
        try:
            async with asyncio.timeout(DIRECT_SECONDS):
                await self._limit.take(Priority.RELAY)
        except TimeoutError:
            return False
        except RedisError:
            # Without the shared budget Telegram's own 429 sets the pace.
            return True
        return True

    async def _failed(self, route: Route, message: Written, error: TelegramError, *, reply_to: int | None) -> Outcome:
        verdict = classify(error, attempts=1)
        telegram_api_errors.labels(code=verdict.reason).inc()
        if isinstance(verdict, RetryIn):
            await self._queue(route, message, reply_to=reply_to, after=verdict.seconds, unknown=verdict.unknown)
            return Outcome(Fate.QUEUED)
        if isinstance(verdict, Permanent) and verdict.gone:
            await in_thread(services.peer_is_gone, profile_id=route.peer_id, now=timezone.now())
            return Outcome(Fate.GONE)
        return Outcome(Fate.REFUSED, UNCOPIED.get(verdict.reason, "telegram"))

    async def _queue(
        self, route: Route, message: Written, *, reply_to: int | None, after: float = 0, unknown: bool = False
    ) -> None:
        await in_thread(
            services.queue_relay,
            session_id=route.session_id,
            sender_id=route.sender_id,
            peer_id=route.peer_id,
            message_id=message.message_id,
            kind=message.kind,
            reply_to=reply_to,
            after=timedelta(seconds=after),
            possibly_doubled=unknown,
            now=timezone.now(),
        )
