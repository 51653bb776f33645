"""The sender: one loop, one Bot. Leases from the outbox, sends outside any transaction, records what became of it."""

import asyncio
import contextlib
from datetime import timedelta
from time import monotonic

import structlog
from django.db import OperationalError
from django.utils import timezone
from psycopg import AsyncConnection
from psycopg import OperationalError as PsycopgOperationalError
from redis.exceptions import RedisError
from telegram.error import TelegramError

from project.threads import in_thread

from . import queue
from .connections import connection_parameters
from .limits import SendLimit
from .metrics import telegram_api_errors
from .models import OutboxMessage, Priority
from .outgoing import messages_in
from .queue import Leased
from .services import CHANNEL
from .telegram import Bot, Permanent, classify, send

_IN_FLIGHT = 30
_FRESH_SECONDS = 0.1  # so long what a message says is taken for true
_SCAN_SECONDS = 1.0
_REST = 4  # times as long as a look in vain took, nobody looks
_LONGEST_PAUSE = 60.0  # seconds until an edit that found no spare moment is tried again

log = structlog.get_logger(__name__)


class Sender:
    """`manage.py deliver`. Several may run: leases keep them out of each other's way."""

    def __init__(self, *, bot: Bot, limit: SendLimit) -> None:
        self._bot = bot
        self._limit = limit
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Take nothing new; what is under way is finished before `run` returns."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop` is called. The scan is the truth, the notification only wakes it sooner."""
        listener = asyncio.create_task(self._listen())
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                began = monotonic()
                if not await self._take_a_round():
                    await self._rest(monotonic() - began)
        finally:
            listener.cancel()
            await asyncio.gather(listener, *self._under_way, return_exceptions=True)

    async def _rest(self, looked: float) -> None:
        """Wait to be woken, or for the next scan, after a look in vain that took `looked` seconds."""
        # It takes longest where much waits that may not go yet, and every new message would wake us to look again.
        await asyncio.sleep(min(looked * _REST, _SCAN_SECONDS))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _SCAN_SECONDS)

    async def _take_a_round(self) -> bool:
        """Lease what there is room for and begin to send it; returns whether there was anything."""
        room = _IN_FLIGHT - len(self._under_way)
        if room <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            leased = await in_thread(queue.lease, limit=room, least=await self._least(), now=timezone.now())
        except OperationalError as error:
            log.warning("outbox.database_away", error=type(error).__name__)
            return False
        for message in leased:
            task = asyncio.create_task(self.deliver(message))
            self._under_way.add(task)
            task.add_done_callback(self._finished)
        return bool(leased)

    async def _least(self) -> Priority:
        """The least urgent of what is worth leasing: edits only where there is a moment to spare for one."""
        try:
            spare = await self._limit.has_room(Priority.WAITING)
        except RedisError:
            spare = True
        return Priority.WAITING if spare else Priority.NOTICE

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def deliver(self, message: Leased) -> None:
        """Send what was leased and record what became of it. Never raises: what is left undone is left to the lease."""
        with structlog.contextvars.bound_contextvars(outbox_id=message.id):
            try:
                await self._attempt(message)
            except Exception:
                # The lease runs out and the message is tried again.
                log.exception("outbox.delivery_failed")

    async def _attempt(self, message: Leased) -> None:
        began = monotonic()
        if not await self._has_turn(message):
            after = timedelta(seconds=min(2**message.attempts, _LONGEST_PAUSE))
            error = "NoSpareMoment"
            await in_thread(
                queue.retry, outbox_id=message.id, after=after, error=error, unknown=False, now=timezone.now()
            )
            return
        if (now := timezone.now()) > message.start_by:
            # Waited too long for its turn: another sender may take it while we were still at it.
            await in_thread(
                queue.retry, outbox_id=message.id, after=timedelta(0), error="Waited", unknown=False, now=now
            )
            return
        waited = monotonic() - began > _FRESH_SECONDS
        if waited and not await in_thread(queue.still_true, outbox_id=message.id, now=now):
            return
        try:
            message_ids = await send(self._bot, chat_id=message.chat_id, outgoing=message.outgoing)
        except TelegramError as error:
            await self._record_failure(message, error)
        else:
            await in_thread(queue.record_sent, outbox_id=message.id, message_ids=message_ids, now=timezone.now())

    async def _has_turn(self, message: Leased) -> bool:
        """Wait for a share of Telegram's budget. What must not hold up anything else takes one at once, or none."""
        try:
            if message.priority is Priority.WAITING:
                return await self._limit.wait_for(message.priority) == 0
            await self._limit.take(message.priority, messages=messages_in(message.outgoing))
        except RedisError:
            # Without the shared budget Telegram's own 429 sets the pace: slower words are better than none.
            log.warning("outbox.limiter_away")
        return True

    async def _record_failure(self, message: Leased, error: TelegramError) -> None:
        verdict = classify(error, attempts=message.attempts)
        telegram_api_errors.labels(code=verdict.reason).inc()
        log.info("outbox.not_sent", kind=message.kind, error=verdict.reason)
        now = timezone.now()
        if not isinstance(verdict, Permanent):
            after = timedelta(seconds=verdict.seconds)
            await in_thread(
                queue.retry, outbox_id=message.id, after=after, error=verdict.reason, unknown=verdict.unknown, now=now
            )
        elif verdict.gone:
            await in_thread(queue.record_gone, outbox_id=message.id, reason=verdict.reason, now=now)
        else:
            await in_thread(
                queue.close, outbox_id=message.id, state=OutboxMessage.State.DEAD, error=verdict.reason, now=now
            )

    async def _listen(self) -> None:
        """Wake the loop whenever a transaction with a new message commits."""
        while True:
            with contextlib.suppress(PsycopgOperationalError, OSError):
                async with await AsyncConnection.connect(autocommit=True, **connection_parameters()) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    async for _ in listening.notifies():
                        self._wake.set()
            await asyncio.sleep(1)
