"""What the bot has called, and trouble on purpose."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.checks import Upload
from simulator.errors import ApiError

CALLS_KEPT = 20_000


@dataclass(slots=True)
class Call:
    """One call of the bot: when (Unix time), what, to whom, and what came of it."""

    number: int
    time: float
    method: str
    chat_id: int | None
    params: dict[str, Any]
    answer: dict[str, Any] | None = None
    answered: bool = True

    def described(self) -> dict[str, Any]:
        """Return the call as JSON."""
        return asdict(self)


class CallLog:
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._numbers = itertools.count(1)

    def record(self, method: str, params: Mapping[str, Any], time: float) -> Call:
        """Remember a call; its answer is added to it later."""
        shown = {name: _shown(value) for name, value in params.items()}
        chat_id = str(shown.get("chat_id"))
        number = int(chat_id) if chat_id.removeprefix("-").isdecimal() else None
        call = Call(next(self._numbers), time, method, number, shown)
        self._calls.append(call)
        return call

    def matching(self, method: str | None, chat_id: int | None, after: int) -> list[Call]:
        """Return the calls with a number above `after`, of a method and to a chat if these are given."""
        return [
            call
            for call in self._calls
            if call.number > after and method in (None, call.method) and chat_id in (None, call.chat_id)
        ]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()


def _shown(value: Any) -> Any:
    if isinstance(value, Upload):
        return {"file_name": value.name, "mime_type": value.mime_type, "size": len(value.content)}
    return value


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls (None: all) of a method and to a chat, if these are given.

    `status` refuses the call unheard, 429 with `retry_after` seconds. `drop_answer` does the work and then closes the
    connection without a word. `latency_ms` does the work and answers late.
    """

    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    drop_answer: bool = False
    latency_ms: int = 0

    def concerns(self, call: Call) -> bool:
        """Return whether it hits this call."""
        return self.method in (None, call.method) and self.chat_id in (None, call.chat_id)

    def raise_if_refusing(self) -> None:
        """Raise the ApiError that the call is refused with, if it is."""
        if self.status == 429:
            wait = 1 if self.retry_after is None else self.retry_after
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        if self.status is not None:
            raise ApiError(self.status, {500: "Internal Server Error", 502: "Bad Gateway"}.get(self.status, "Trouble"))

    async def delay(self) -> None:
        """Let the caller wait for the answer."""
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)


NO_FAULT = Fault(times=None)


@dataclass(slots=True)
class Faults:
    """The trouble that is still to come; the first fault that concerns a call hits it."""

    coming: list[Fault] = field(default_factory=list)

    def take(self, call: Call) -> Fault:
        """Return what goes wrong with this call, and count it."""
        fault = next((fault for fault in self.coming if fault.concerns(call)), NO_FAULT)
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.coming.remove(fault)
        return fault
