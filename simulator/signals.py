"""Telling those who wait that something happened."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

KEEP_ALIVE_SECONDS = 15.0


class Signals:
    """Wakes whoever waits for a topic; `close` wakes everybody for good, so that nothing holds up the shutdown."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Hashable, set[asyncio.Future[None]]] = defaultdict(set)
        self.closed = False

    def fire(self, topic: Hashable) -> None:
        """Wake those who wait for `topic`."""
        for future in self._waiting.pop(topic, set()):
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Wake everybody; from now on nobody waits."""
        self.closed = True
        for topic in list(self._waiting):
            self.fire(topic)

    async def wait_until(self, topic: Hashable, holds: Callable[[], bool], seconds: float) -> bool:
        """Return whether `holds` came true within `seconds`; it is asked again each time `topic` is fired."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not holds():
            remaining = deadline - loop.time()
            if self.closed or remaining <= 0:
                return False
            future = loop.create_future()
            self._waiting[topic].add(future)
            try:
                await asyncio.wait_for(future, remaining)
            except TimeoutError:
                self._waiting[topic].discard(future)
        return True


class Broadcast:
    """What is shown live: each subscriber gets every event about the people it asked for, as server-sent events."""

    def __init__(self) -> None:
        self._subscribers: dict[asyncio.Queue[str | None], frozenset[int]] = {}
        self._closed = False

    def publish(self, person_id: int | None, kind: str, **details: Any) -> None:
        """Send an event about a person, or about everybody when `person_id` is None."""
        if not self._subscribers:
            return
        event = f"event: {kind}\ndata: {json.dumps({'person': person_id, **details}, ensure_ascii=False)}\n\n"
        for queue, people in self._subscribers.items():
            if person_id is None or person_id in people:
                queue.put_nowait(event)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for queue in self._subscribers:
            queue.put_nowait(None)

    async def stream(self, people: frozenset[int]) -> AsyncIterator[str]:
        """Yield the events about `people` in the wire format of server-sent events, until `close`."""
        with self._subscription(people) as queue:
            yield "retry: 1000\nevent: hello\ndata: {}\n\n"
            while not self._closed:
                try:
                    event = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    event = ": still here\n\n"
                if event is None:
                    return
                yield event

    @contextmanager
    def _subscription(self, people: frozenset[int]) -> Iterator[asyncio.Queue[str | None]]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._subscribers[queue] = people
        try:
            yield queue
        finally:
            del self._subscribers[queue]
