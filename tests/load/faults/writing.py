"""People who write to each other, at moments that a seed decides, and remember what they wrote."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

from simulator.client import Message, Person

from .verdict import Line

_HANDS = 4  # threads
_SYLLABLES = ("ба", "во", "гу", "ди", "же", "зо", "ки", "лу", "мэ", "ню")
# What is sent how often; "answer" is a text that answers one's own words, "album" two pictures.
_MIX = {
    "text": 60,
    "answer": 8,
    "photo": 8,
    "voice": 6,
    "sticker": 5,
    "video": 4,
    "audio": 3,
    "video_note": 3,
    "album": 3,
}
_WITHOUT_CAPTION = ("sticker", "video_note")
FILES = ("photo", "video", "video_note", "voice", "audio", "animation", "sticker", "document")


def mark_of(message: Mapping[str, Any]) -> str:
    """What tells a Message from every other: its text or caption, else the id of its file; empty where it has none."""
    if text := message.get("text") or message.get("caption"):
        return str(text)
    media = next((message[kind] for kind in FILES if kind in message), None)
    file = media[-1] if isinstance(media, list) else media
    return str(file["file_unique_id"]) if file else ""


class Writers:
    """The people of a run while they write."""

    def __init__(self, pairs: list[tuple[Person, Person]], *, seed: int) -> None:
        self.pairs = pairs
        self.lines: list[Line] = []
        self._chance = random.Random(seed)
        self._numbers = count(1)
        self._last: dict[int, Message] = {}
        self._lock = threading.Lock()

    def text(self, writer: Person, reader: Person, phase: str) -> None:
        """Write one plain text."""
        self._say(writer, reader, phase, "text")

    @contextmanager
    def writing(self, phases: Mapping[int, str], *, messages: int, seconds: float) -> Iterator[None]:
        """Let the pairs that `phases` names write so many messages in so many seconds, while the body runs.

        The value of a pair is the phase that its lines belong to. What went wrong with a phone is raised at the end.
        """
        chosen = self._chance.choices(list(phases), k=messages)
        moments = sorted(self._chance.uniform(0, seconds) for _ in range(messages))
        # Everything of one pair by one hand, or two of its messages could change places on their way to Telegram.
        plan = [(at, pair, self._kind(), self._chance.random() < 0.5) for at, pair in zip(moments, chosen, strict=True)]
        began = time.monotonic()
        with ThreadPoolExecutor(_HANDS) as pool:
            hands: list[Future[None]] = [
                pool.submit(self._write, began, [event for event in plan if event[1] % _HANDS == hand], phases)
                for hand in range(_HANDS)
            ]
            yield
            for hand in hands:
                hand.result()

    def _kind(self) -> str:
        (kind,) = self._chance.choices(list(_MIX), weights=list(_MIX.values()))
        return kind

    def _write(self, began: float, plan: list[tuple[float, int, str, bool]], phases: Mapping[int, str]) -> None:
        for at, pair, kind, first in plan:
            time.sleep(max(began + at - time.monotonic(), 0))
            writer, reader = self.pairs[pair] if first else self.pairs[pair][::-1]
            self._say(writer, reader, phases[pair], kind)

    def _say(self, writer: Person, reader: Person, phase: str, kind: str) -> None:
        text = self._words()
        written = time.time()
        if kind in ("text", "answer"):
            answered = self._last.get(writer.person_id) if kind == "answer" else None
            sent = [writer.sends(text, reply_to=answered, wait=False)]
        elif kind == "album":
            sent = writer.sends_album("photo", "photo", caption=text, wait=False)
        else:
            caption = "" if kind in _WITHOUT_CAPTION else text
            sent = [writer.sends_media(kind, caption, wait=False)]
        self._last[writer.person_id] = sent[-1]
        self.lines += [
            Line(writer.person_id, reader.person_id, message.message_id, mark_of(message.raw), written, phase)
            for message in sent
        ]

    def _words(self) -> str:
        # No digits: they might look like a telephone number, and would be held back.
        with self._lock:
            number = next(self._numbers)
        return "слово " + "".join(_SYLLABLES[int(digit)] for digit in str(number))
