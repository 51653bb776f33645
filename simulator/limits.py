"""Telegram's flood limits: a bot that writes too quickly is told to wait.

Telegram names two figures and no more (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this):
"avoid sending more than one message per second" in one chat, where "short bursts" may pass, and "not more than about 30
messages per second" in bulk. How long a burst may be and how long the wait is are assumptions: a bucket of 30 messages
per chat and of 60 over all chats, and a wait until a tenth of the bucket is full again. Messages, copies, forwards and
edits count, an album once per item; what puts no text before a person (actions, reactions, answers to taps) does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.trouble import too_many_requests

COUNTED = re.compile(r"(?!sendChatAction)(send|copyMessage|forwardMessage|editMessage).*")
RECOVERED_SHARE = 0.1
CHATS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages a second, and so many at once after a pause."""

    per_second: float
    burst: int


PER_CHAT = Rate(per_second=1, burst=30)
OVERALL = Rate(per_second=30, burst=60)


@dataclass(slots=True)
class Bucket:
    """What a bot may still send; `filled` and `closed_until` are Unix time."""

    tokens: float
    filled: float
    closed_until: float = 0.0

    def wait(self, rate: Rate, count: int, now: float) -> int:
        """Return for how many whole seconds `count` more messages have to wait; 0 means that they may go."""
        self.tokens = min(self.tokens + max(now - self.filled, 0) * rate.per_second, float(rate.burst))
        self.filled = now
        # An album that is larger than the whole bucket passes when the bucket is full.
        lacking = min(count, rate.burst) - self.tokens
        if now >= self.closed_until and lacking > 0:
            recovery = max(lacking, rate.burst * RECOVERED_SHARE)
            self.closed_until = now + recovery / rate.per_second
        return max(math.ceil(self.closed_until - now), 0)


@dataclass(slots=True)
class FloodLimits:
    """The limits that hold, and how much of them is used."""

    clock: Callable[[], float]
    enabled: bool = True
    per_chat: Rate = PER_CHAT
    overall: Rate = OVERALL
    _chats: dict[Any, Bucket] = field(default_factory=dict)
    _all: Bucket | None = None

    def described(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return {"enabled": self.enabled, "per_chat": asdict(self.per_chat), "overall": asdict(self.overall)}

    def set(self, *, enabled: bool, per_chat: Rate, overall: Rate) -> None:
        """Let other limits hold from now on, with nothing used of them."""
        self.enabled, self.per_chat, self.overall = enabled, per_chat, overall
        self.forget()

    def forget(self) -> None:
        """Let every chat begin with a full bucket."""
        self._chats.clear()
        self._all = None

    def spend(self, method: str, params: dict[str, Any]) -> None:
        """Count a call that the published API would carry out. Raises ApiError 429 if the bot is too quick."""
        if not self.enabled or not COUNTED.fullmatch(method):
            return
        now = self.clock()
        count = len(params.get("message_ids") or ()) or (len(params["media"]) if method == "sendMediaGroup" else 1)
        chat = self._chat(params.get("chat_id"), now)
        if self._all is None:
            self._all = Bucket(self.overall.burst, now)
        wait = max(chat.wait(self.per_chat, count, now), self._all.wait(self.overall, count, now))
        if wait:
            raise too_many_requests(wait)
        chat.tokens -= count
        self._all.tokens -= count

    def _chat(self, chat_id: Any, now: float) -> Bucket:
        bucket = self._chats.pop(chat_id, None) or Bucket(self.per_chat.burst, now)
        self._chats[chat_id] = bucket
        if len(self._chats) > CHATS_KEPT:
            del self._chats[next(iter(self._chats))]
        return bucket
