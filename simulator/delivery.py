"""Updates on their way to the bot, delivered to its webhook in Telegram's order and with Telegram's patience.

One update of a queue is in flight at a time, the next follows only after a 2xx; a failing head holds up its own queue
and no other. Without a webhook the same updates wait for getUpdates.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp

from simulator.errors import PersonError
from simulator.state import JSON, Person, World

UPDATES_KEPT = 20_000
ANSWER_TIMEOUT_SECONDS = 60.0
MAX_BACKOFF_SECONDS = 120.0
MAX_RETRY_AFTER_SECONDS = 3600.0
LIFETIME_SECONDS = 24 * 3600.0
URGENT_LIFETIME_SECONDS = 150.0
DEFAULT_CONNECTIONS = 40

URGENT_KINDS = frozenset(("callback_query", "pre_checkout_query"))
SENT_ONLY_WHEN_ASKED_FOR = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
# Messages and edits of a chat are ordered among themselves; everything else is ordered by person and kind only.
SHARED_QUEUES = {"message": "chat", "edited_message": "chat"}

QueueKey = tuple[str, int]


class Stage(StrEnum):
    """How far an update has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DROPPED = "dropped"


@dataclass(slots=True, eq=False)
class Update:
    """One update and its history; `body` is what the bot gets, as it was when the update arose."""

    update_id: int
    kind: str
    person_id: int
    body: JSON
    created: float
    stage: Stage = Stage.WAITING
    attempts: int = 0
    trouble: str | None = None

    @property
    def queue(self) -> QueueKey:
        """The queue it belongs to."""
        return SHARED_QUEUES.get(self.kind, self.kind), self.person_id

    def expired(self, now: float) -> bool:
        """Return whether Telegram has given up on it."""
        return now - self.created > (URGENT_LIFETIME_SECONDS if self.kind in URGENT_KINDS else LIFETIME_SECONDS)

    def described(self) -> JSON:
        """Return it as JSON, for tests."""
        return {
            "update_id": self.update_id,
            "kind": self.kind,
            "person": self.person_id,
            "update": self.body,
            "stage": self.stage,
            "attempts": self.attempts,
            "trouble": self.trouble,
        }


@dataclass(slots=True)
class Webhook:
    """Where updates go, as set by setWebhook."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = DEFAULT_CONNECTIONS
    allowed_updates: list[str] = field(default_factory=list)

    def wants(self, kind: str) -> bool:
        """Return whether the bot asked for updates of this kind."""
        return kind in self.allowed_updates if self.allowed_updates else kind not in SENT_ONLY_WHEN_ASKED_FOR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the webhook answered: `trouble` says why it was no 2xx, `retry_after` is what it asked for, in seconds."""

    trouble: str | None = None
    retry_after: float | None = None


class Delivery:
    """All queues of the bot."""

    def __init__(
        self, world: World, *, backoff_scale: float = 1.0, answer_timeout: float = ANSWER_TIMEOUT_SECONDS
    ) -> None:
        self._world = world
        self._backoff_scale = backoff_scale
        self._timeout = aiohttp.ClientTimeout(total=answer_timeout)
        self._queues: defaultdict[QueueKey, deque[Update]] = defaultdict(deque)
        self._runners: dict[QueueKey, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._connections = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        self.webhook = Webhook()
        self.updates: dict[int, Update] = {}
        self.last_trouble: tuple[int, str] | None = None
        self.online = True
        self._polls = 0

    async def close(self) -> None:
        """Stop delivering, for good."""
        # A runner that ends while there is something to deliver would be followed by the next.
        self.online = False
        runners = list(self._runners.values())
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def emit(self, person: Person, kind: str, content: JSON) -> Update | None:
        """Queue an update about a person; None if the bot did not ask for this kind."""
        if not self.webhook.wants(kind):
            return None
        update_id = self._world.next_update_id()
        body = json.loads(json.dumps({"update_id": update_id, kind: content}))
        update = Update(update_id, kind, person.person_id, body, self._world.clock())
        self.updates[update_id] = update
        self._forget_old()
        self._queues[update.queue].append(update)
        self._world.signals.fire("updates")
        self._run(update.queue)
        return update

    def redeliver(self, update: Update) -> None:
        """Send an update that was taken once more, as Telegram does when it misses the answer.

        Raises PersonError without a webhook: what a poll has confirmed never comes again.
        """
        if not self.webhook.url:
            raise PersonError("what getUpdates has confirmed does not come again")
        if update.stage is not Stage.WAITING:
            update.stage = Stage.WAITING
            self._queues[update.queue].append(update)
            self._run(update.queue)

    def set_webhook(self, webhook: Webhook, *, drop_pending: bool) -> bool:
        """Deliver to `webhook` from now on, at once; return whether anything is different from before."""
        if drop_pending:
            self.drop(self.pending())
        if webhook == self.webhook:
            return False
        self.webhook = webhook
        self.last_trouble = None
        self._connections = asyncio.Semaphore(webhook.max_connections)
        self._begin_anew()
        self._world.signals.fire("webhook")
        self._world.signals.fire("updates")
        return True

    def set_online(self, online: bool) -> None:
        """Stop everything, also what is in flight, while Telegram is away; go on when it is back."""
        if online is not self.online:
            self.online = online
            self._begin_anew()
            self._world.signals.fire("updates")

    def pending(self) -> list[Update]:
        """Return the updates that wait or are in flight, oldest first; what is too old is given up."""
        now = self._world.clock()
        self.drop([update for queue in self._queues.values() for update in queue if update.expired(now)])
        return sorted((update for queue in self._queues.values() for update in queue), key=lambda u: u.update_id)

    def drop(self, updates: Iterable[Update]) -> None:
        """Give up on updates."""
        for update in updates:
            self._settle(update, Stage.DROPPED)

    def begin_poll(self) -> int:
        """Begin a poll for updates, which ends the one before; return its number."""
        self._polls += 1
        self._world.signals.fire("updates")
        return self._polls

    def continues(self, poll: int) -> bool:
        """Return whether a poll is still the one that gets the updates."""
        return self.online and not self.webhook.url and poll == self._polls

    def confirm(self, updates: Iterable[Update]) -> None:
        """Take updates as received through getUpdates."""
        for update in updates:
            self._settle(update, Stage.DELIVERED)

    def reset(self) -> None:
        """Forget all updates; the webhook stays."""
        self.drop(self.pending())
        self.updates.clear()

    def _begin_anew(self) -> None:
        for runner in self._runners.values():
            runner.cancel()
        self._runners.clear()
        for key in list(self._queues):
            self._run(key)

    def _forget_old(self) -> None:
        while len(self.updates) > UPDATES_KEPT and next(iter(self.updates.values())).stage is not Stage.WAITING:
            del self.updates[next(iter(self.updates))]

    def _settle(self, update: Update, stage: Stage) -> None:
        if update.stage is not Stage.WAITING:
            return
        update.stage = stage
        queue = self._queues[update.queue]
        queue.remove(update)
        if not queue:
            del self._queues[update.queue]
        if update.kind == "message":
            self._world.mark_taken(update.person_id, update.body["message"]["message_id"])
        self._world.signals.fire(("update", update.update_id))
        self._world.signals.fire("idle")

    def _run(self, key: QueueKey) -> None:
        if self.online and self.webhook.url and key not in self._runners and self._queues.get(key):
            runner = asyncio.create_task(self._drain(key))
            self._runners[key] = runner
            runner.add_done_callback(lambda task: self._ran(key, task))

    def _ran(self, key: QueueKey, runner: asyncio.Task[None]) -> None:
        if self._runners.get(key) is runner:
            del self._runners[key]
            self._run(key)

    async def _drain(self, key: QueueKey) -> None:
        while queue := self._queues.get(key):
            update = queue[0]
            if update.expired(self._world.clock()):
                self._settle(update, Stage.DROPPED)
                continue
            outcome = await self._attempt(update)
            if outcome.trouble is None:
                self._settle(update, Stage.DELIVERED)
            elif update.stage is Stage.WAITING:
                await asyncio.sleep(self._pause(update, outcome) * self._backoff_scale)

    async def _attempt(self, update: Update) -> Outcome:
        async with self._connections:
            update.attempts += 1
            outcome = await self._post(update.body)
        update.trouble = outcome.trouble
        if outcome.trouble is not None:
            self.last_trouble = int(self._world.clock()), outcome.trouble
        return outcome

    async def _post(self, body: JSON) -> Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret_token} if self.webhook.secret_token else {}
        try:
            async with self._session.post(
                self.webhook.url, json=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                await response.read()
                if 200 <= response.status < 300:
                    return Outcome()
                wanted = response.headers.get("Retry-After", "")
                return Outcome(
                    f"Wrong response from the webhook: {response.status} {response.reason}",
                    min(float(wanted), MAX_RETRY_AFTER_SECONDS) if wanted.isdecimal() else None,
                )
        except TimeoutError:
            return Outcome("Read timeout expired")
        except aiohttp.ClientError as error:
            return Outcome(f"Connection failed: {error}")

    @staticmethod
    def _pause(update: Update, outcome: Outcome) -> float:
        """Return how long to wait before the next attempt: 0, 2, 4, 8 … seconds, unless the webhook said otherwise."""
        if outcome.retry_after is not None:
            return outcome.retry_after
        if update.attempts == 1:
            return 0.0
        return min(2.0 ** min(update.attempts - 1, 10), MAX_BACKOFF_SECONDS)


def described_webhook(delivery: Delivery) -> dict[str, Any]:
    """Return the Bot API's WebhookInfo."""
    webhook = delivery.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(delivery.pending()),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
    if webhook.allowed_updates:
        info["allowed_updates"] = webhook.allowed_updates
    if delivery.last_trouble is not None:
        info["last_error_date"], info["last_error_message"] = delivery.last_trouble
    return info
