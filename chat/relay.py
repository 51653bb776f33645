"""The relay: one statement decides whether and to whom, one Bot API call copies the message.

Who talks with whom is never cached: a partner who was blocked a moment ago must not get another word.
"""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from time import monotonic
from typing import Any

from django.utils import timezone
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from telegram.error import TelegramError

from delivery.ledger import Ledger
from delivery.metrics import telegram_api_errors
from delivery.outgoing import Copy
from delivery.telegram import Bot, Permanent, RetryIn, classify, send
from delivery.transport import AnswerLost
from project.threads import in_thread

from . import metrics, services

# The partner's trouble is not the sender's: after that long a message waits in the outbox instead.
DIRECT_SECONDS = 3.0
# Telegram gives whole seconds by its own clock.
CLOCK_TOLERANCE = timedelta(seconds=2)

# Standing, the open question, the live seat and the count in one statement. A redelivered update is not counted twice,
# and one that answered a question is not passed on once the question is closed.
# `queued`: something the peer must read first is still on its way (a "you are connected", an earlier message).
_ROUTE = """
WITH me AS (
    SELECT r.id, r.language FROM delivery_recipient r JOIN profiles_profile p ON p.recipient_id = r.id
    WHERE r.telegram_id = %(telegram_id)s
      AND (p.suspended_until IS NULL OR p.suspended_until <= %(now)s)
      AND p.last_update_id IS DISTINCT FROM %(update_id)s
      AND NOT EXISTS (
        SELECT 1 FROM profiles_prompt q WHERE q.profile_id = r.id AND q.expires_at > %(now)s)
)
UPDATE chat_chatsession s SET
    msg_count_a = msg_count_a
        + (%(counts)s AND s.a_id = me.id AND s.last_update_a IS DISTINCT FROM %(update_id)s)::int,
    msg_count_b = msg_count_b
        + (%(counts)s AND s.b_id = me.id AND s.last_update_b IS DISTINCT FROM %(update_id)s)::int,
    last_update_a = CASE WHEN s.a_id = me.id THEN %(update_id)s ELSE s.last_update_a END,
    last_update_b = CASE WHEN s.b_id = me.id THEN %(update_id)s ELSE s.last_update_b END,
    last_message_at = %(now)s
FROM me JOIN matching_seat seat ON seat.profile_id = me.id, delivery_recipient peer
WHERE s.match_id = seat.match_id AND s.ended_at IS NULL AND me.id IN (s.a_id, s.b_id)
  AND s.started_at <= %(sent_at)s
  AND peer.id = CASE WHEN s.a_id = me.id THEN s.b_id ELSE s.a_id END
RETURNING s.id AS session_id, me.id AS sender_id, me.language, peer.id AS peer_id, peer.telegram_id AS peer_telegram_id,
    EXISTS (
        SELECT 1 FROM delivery_outboxmessage o WHERE o.recipient_id = peer.id AND o.state = 'pending'
          AND o.kind IN ('chat.relay', 'chat.connected')) AS queued,
    EXISTS (
        SELECT 1 FROM delivery_outboxmessage o
        WHERE o.dedupe_key = concat_ws(':', 'relay', s.id, me.id, %(message_id)s::bigint)) AS left_to_the_outbox
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A message as far as the relay knows it: ids and a time."""

    telegram_id: int
    message_id: int
    update_id: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes."""

    session_id: int
    sender_id: int
    language: str
    peer_id: int
    peer_telegram_id: int
    queued: bool
    left_to_the_outbox: bool


class Outcome(Enum):
    """What became of a message, as its sender must know it."""

    DELIVERED = auto()
    QUEUED = auto()
    REFUSED = auto()
    GONE = auto()


class Relay:
    """The relay of one web process: its own connections, its own Bot."""

    def __init__(self, *, pool: AsyncConnectionPool[Any], bot: Bot, ledger: Ledger) -> None:
        self._pool = pool
        self._bot = bot
        self._ledger = ledger

    async def route(self, message: Written, *, counts: bool = True) -> Route | None:
        """Count the message and say where it goes; None when this person may not talk now, or is asked something.

        Also None for what was written before the conversation began: those words were meant for somebody else.
        """
        async with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Route)) as cursor:
            parameters = asdict(message) | {"counts": counts, "now": timezone.now()}
            parameters["sent_at"] = message.sent_at + CLOCK_TOLERANCE
            await cursor.execute(_ROUTE, parameters)
            route: Route | None = await cursor.fetchone()
            return route

    async def pass_on(self, route: Route, message: Written) -> Outcome:
        """Copy the message to the peer, or leave it to the outbox where that takes longer than DIRECT_SECONDS."""
        message_id = message.message_id
        if route.left_to_the_outbox:
            # This process or its forerunner left it there and did not live to say so.
            return Outcome.QUEUED
        if route.queued:
            await self._queue(route, message_id=message_id, after=0, unknown=False)
            return Outcome.QUEUED
        await self._ledger.sending(message.update_id)
        started = monotonic()
        try:
            async with asyncio.timeout(DIRECT_SECONDS):
                copy = Copy(from_telegram_id=message.telegram_id, message_id=message_id)
                await send(self._bot, chat_id=route.peer_telegram_id, outgoing=copy, answer_within=DIRECT_SECONDS)
        except TimeoutError:
            return await self._failed(route, AnswerLost("DirectDeadline"), message_id=message_id)
        except TelegramError as error:
            return await self._failed(route, error, message_id=message_id)
        metrics.relayed_messages.labels(kind="text").inc()
        metrics.relay_latency.observe(monotonic() - started)
        return Outcome.DELIVERED

    async def _failed(self, route: Route, error: TelegramError, *, message_id: int) -> Outcome:
        verdict = classify(error, attempts=1)
        telegram_api_errors.labels(code=verdict.reason).inc()
        if isinstance(verdict, RetryIn):
            await self._queue(route, message_id=message_id, after=verdict.seconds, unknown=verdict.unknown)
            return Outcome.QUEUED
        if isinstance(verdict, Permanent) and verdict.gone:
            await in_thread(services.peer_is_gone, profile_id=route.peer_id, now=timezone.now())
            return Outcome.GONE
        return Outcome.REFUSED

    async def _queue(self, route: Route, *, message_id: int, after: float, unknown: bool) -> None:
        await in_thread(
            services.queue_relay,
            session_id=route.session_id,
            sender_id=route.sender_id,
            peer_id=route.peer_id,
            message_id=message_id,
            after=timedelta(seconds=after),
            possibly_doubled=unknown,
            now=timezone.now(),
        )
