"""Trouble on purpose: slow, failing and lost calls, and a Telegram that is down."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from simulator.calls import Call
from simulator.errors import ApiError

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls (None: all) of a method and to a chat, if these are given.

    `status` refuses the call unheard, 429 with `retry_after` seconds. `drop_answer` does the work and then closes the
    connection without a word. `latency_ms` does the work and answers late. `down` closes the connection unheard; for
    all methods and chats it means that Telegram is away: until it is lifted no updates come either.
    `probability` is the share of the calls it hits; `hits` counts them.
    """

    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    drop_answer: bool = False
    latency_ms: int = 0
    probability: float = 1.0
    down: bool = False
    hits: int = 0
    fault_id: int = 0

    @property
    def total(self) -> bool:
        """Whether it takes all of Telegram away."""
        return self.down and self.method is None and self.chat_id is None

    @property
    def only_slow(self) -> bool:
        """Whether the calls it hits succeed in the end."""
        return self.status is None and not self.drop_answer and not self.down

    def concerns(self, call: Call) -> bool:
        """Return whether it may hit this call."""
        return self.method in (None, call.method) and self.chat_id in (None, call.chat_id)

    def described(self) -> dict[str, Any]:
        """Return it as JSON."""
        described = asdict(self)
        return {"id": described.pop("fault_id"), **described}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with one call: `refusal` is answered instead of the work, `unheard` closes the connection."""

    refusal: ApiError | None = None
    unheard: bool = False
    drop_answer: bool = False
    latency_seconds: float = 0.0


class Faults:
    """The trouble that is on. `changed` is called after every change of it.

    What only slows calls down adds up; of the rest, the first that hits a call decides.
    """

    def __init__(self, changed: Callable[[], None], *, seed: int = 0) -> None:
        self._changed = changed
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._numbers = itertools.count(1)
        self._coming: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._coming)

    @property
    def down(self) -> bool:
        """Whether Telegram is away."""
        return any(fault.total for fault in self._coming)

    def add(self, fault: Fault) -> Fault:
        """Put a fault on; return it with its id."""
        fault.fault_id = next(self._numbers)
        self._coming.append(fault)
        self._changed()
        return fault

    def lift(self, fault_id: int) -> bool:
        """Take one fault off; return whether it was on."""
        return self._keep(lambda fault: fault.fault_id != fault_id)

    def end_outage(self) -> None:
        """Take off what keeps Telegram away."""
        self._keep(lambda fault: not fault.total)

    def clear(self) -> None:
        """Take everything off; chance begins anew."""
        self._chance.seed(self._seed)
        self._keep(lambda _: False)

    def take(self, call: Call) -> Trouble:
        """Return what goes wrong with this call, and count it."""
        concerned = [fault for fault in self._coming if fault.concerns(call)]
        hitting = [fault for fault in concerned if fault.only_slow and self._hits(fault)]
        # While Telegram is away nothing else can go wrong.
        others = sorted((fault for fault in concerned if not fault.only_slow), key=lambda fault: not fault.total)
        breaking = next((fault for fault in others if self._hits(fault)), None)
        if breaking is not None:
            hitting.append(breaking)
        for fault in hitting:
            self._count(fault)
        if hitting:
            self._changed()
        latency_ms = sum(fault.latency_ms for fault in hitting)
        if breaking is None:
            return Trouble(latency_seconds=latency_ms / 1000)
        return Trouble(_refusal(breaking), breaking.down, breaking.drop_answer, latency_ms / 1000)

    def _hits(self, fault: Fault) -> bool:
        return fault.probability >= 1 or self._chance.random() < fault.probability

    def _count(self, fault: Fault) -> None:
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._coming.remove(fault)

    def _keep(self, wanted: Callable[[Fault], bool]) -> bool:
        kept = [fault for fault in self._coming if wanted(fault)]
        changed = len(kept) < len(self._coming)
        self._coming = kept
        if changed:
            self._changed()
        return changed


def _refusal(fault: Fault) -> ApiError | None:
    if fault.status == 429:
        return too_many_requests(1 if fault.retry_after is None else fault.retry_after)
    if fault.status is None:
        return None
    return ApiError(fault.status, REASONS.get(fault.status, "Trouble"))


def too_many_requests(seconds: int) -> ApiError:
    """Return Telegram's refusal of a bot that is too quick."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
