"""What the bot has called."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.checks import Upload

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
