"""One fault run, from empty servers to a verdict."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from project.supervisor.console import Step, silent
from tests.e2e.traces import metric

from .street import Street, street
from .verdict import Call, Chat, Verdict, judge, unsent_in
from .writing import Writers, mark_of

DOUBLED = "relay_possibly_doubled_total"
# In this order, evenly over the last phase; (SIGKILL each, also what is only to be restarted: that is the harder case).
_DEATHS = ("web", "redis", "deliver", "postgres", "web")
_SHARES = {"calm": 0.25, "beside": 0.25, "deaths": 0.5}
SLOW, FLOODING, LEAVING, BLOCKING = range(4)
_ROLES = {SLOW: "slow", FLOODING: "flood", LEAVING: "leaving", BLOCKING: "blocking"}
_PENDING = "SELECT count(*) FROM delivery_outboxmessage WHERE state = 'pending' AND kind LIKE 'chat.%%'"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is: `seconds` of each phase (calm, beside trouble, deaths) and `slow_seconds` of one slow chat.

    `flood` is how many messages one person writes at once, more than the `messages_a_minute` that they may.
    """

    pairs: int
    messages: int
    seconds: Mapping[str, float]
    slow_seconds: int
    messages_a_minute: int
    flood: int


FULL = Size(
    pairs=50,
    messages=5000,
    seconds={"calm": 30, "beside": 35, "deaths": 65},
    slow_seconds=30,
    messages_a_minute=40,
    flood=60,
)
SMALL = Size(
    pairs=10,
    messages=300,
    seconds={"calm": 2, "beside": 4, "deaths": 8},
    slow_seconds=4,
    messages_a_minute=30,
    flood=40,
)


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict, how many doubles the product itself counted, and what went wrong on purpose."""

    size: Size
    verdict: Verdict
    counted: int
    hits: Mapping[str, int]
    seconds: float

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept, in words."""
        uncounted = self.verdict.doubled > self.counted
        said = [f"{self.verdict.doubled} doubled, but {self.counted} counted"] if uncounted else []
        return self.verdict.broken + said

    def report(self) -> str:
        """The run in a few lines."""
        verdict = self.verdict
        troubles = ", ".join(f"{count} × {what}" for what, count in self.hits.items())
        lines = [
            f"{self.size.pairs} conversations, {verdict.written} messages, {self.seconds:.0f} s",
            f"trouble      {troubles}; killed: {', '.join(_DEATHS)}",
            f"arrived      {verdict.arrived}, and {verdict.told} did not and their writers know",
            f"lost         {len(verdict.lost)}",
            f"misdelivered {len(verdict.misdelivered)}",
            f"out of order {len(verdict.reordered)}",
            f"doubled      {verdict.doubled}, {len(verdict.doubled_without_reason)} of them without a reason",
            f"counted      {self.counted} that may have come twice, by the product itself",
            *(
                f"{phase:<12} p50 {verdict.percentile(phase, 50):.0f} ms, p95 {verdict.percentile(phase, 95):.0f} ms"
                for phase in verdict.milliseconds
            ),
            *self.broken[:20],
        ]
        return "\n".join(lines)


def run(size: Size, folder: Path, *, seed: int = 5, step: Step = silent) -> Result:
    """Do one run with servers and processes in `folder`. Raises CannotStart when they don't start."""
    with street(folder, pairs=size.pairs, messages_a_minute=size.messages_a_minute, step=step) as around:
        began = time.monotonic()
        writers = Writers(around.pairs, seed=seed)
        _stumble(around)
        with step("Nothing but Telegram's stumbling"):
            _calm(writers, size)
        with step("One slow chat, one flood, two who leave"):
            _beside(around, writers, size)
        with step(f"Deaths: {', '.join(_DEATHS)}"):
            deaths = _deaths(around, writers, size)
        with step("Until everything has arrived"):
            _settle(around, within=60.0 + size.slow_seconds)
        verdict = judge(writers.lines, _calls(around), _chats(around, writers), deaths)
        counted = int(metric(around.stack, DOUBLED))
        return Result(size, verdict, counted, _hits(around), time.monotonic() - began)


def _stumble(around: Street) -> None:
    """From now on every call of the bot may fail."""
    telegram = around.telegram
    telegram.breaks(times=None, status=502, probability=0.02)
    telegram.breaks(times=None, drop_answer=True, probability=0.02)
    telegram.breaks(times=None, status=429, retry_after=1, probability=0.01)


def _hits(around: Street) -> dict[str, int]:
    names = {502: "5xx", 429: "429", None: "answer dropped"}
    return {names[fault["status"]]: fault["hits"] for fault in around.telegram.faults()}


def _calm(writers: Writers, size: Size) -> None:
    phases = dict.fromkeys(range(size.pairs), "calm")
    with writers.writing(phases, messages=_share(size, "calm"), seconds=size.seconds["calm"]):
        pass


def _beside(around: Street, writers: Writers, size: Size) -> None:
    """One chat is slow, one person writes far too much, two leave while something is on its way to them."""
    # Whoever blocks the bot while their own last words wait can't be told any more what became of those.
    _settle(around, within=20.0)
    phases = dict.fromkeys(range(size.pairs), "beside") | {SLOW: _ROLES[SLOW]}
    for busy in (FLOODING, LEAVING, BLOCKING):
        del phases[busy]
    _, slow = around.pairs[SLOW]
    fault = around.telegram.breaks(person=slow, times=None, status=429, retry_after=size.slow_seconds)
    with writers.writing(phases, messages=_share(size, "beside"), seconds=size.seconds["beside"]):
        began = time.monotonic()
        for _ in range(size.flood):
            writers.text(*around.pairs[FLOODING], _ROLES[FLOODING])
        for leaving in (LEAVING, BLOCKING):
            _leave(around, writers, leaving)
        time.sleep(max(began + size.slow_seconds - time.monotonic(), 0))
        around.telegram.heals(fault)


def _leave(around: Street, writers: Writers, pair: int) -> None:
    """Somebody goes while messages wait for them: their writer has to hear of it."""
    writer, reader = around.pairs[pair]
    fault = around.telegram.breaks("copyMessage", reader, times=None, status=429, retry_after=60)
    for _ in range(3):
        writers.text(writer, reader, _ROLES[pair])
    if pair == BLOCKING:
        reader.blocks_bot()
    else:
        reader.sends("/end")
        reader.taps("Завершить", within=20)
    writer.sees("дош", within=30)
    around.telegram.heals(fault)


def _deaths(around: Street, writers: Writers, size: Size) -> list[float]:
    """Kill one after the other; returns when (Unix time)."""
    phases = dict.fromkeys(set(range(size.pairs)) - {LEAVING, BLOCKING}, "deaths")
    died = []
    seconds = size.seconds["deaths"]
    with writers.writing(phases, messages=_share(size, "deaths"), seconds=seconds):
        began = time.monotonic()
        for number, victim in enumerate(_DEATHS):
            time.sleep(max(began + number * seconds / len(_DEATHS) - time.monotonic(), 0))
            died.append(time.time())
            around.kill(victim)
    return died


def _settle(around: Street, *, within: float) -> None:
    """Wait until nothing is on its way any more, or for so many seconds: what is missing then is missing."""
    deadline = time.monotonic() + within
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(0.3)
        quiet = quiet + 1 if not around.telegram.pending() and _nothing_waits(around) else 0


def _nothing_waits(around: Street) -> bool:
    try:
        with psycopg.connect(around.stack.environment["DATABASE_URL"]) as connection:
            return connection.execute(_PENDING).fetchone() == (0,)
    except (psycopg.OperationalError, httpx.HTTPError):
        return False


def _share(size: Size, phase: str) -> int:
    return round(size.messages * _SHARES[phase])


def _calls(around: Street) -> list[Call]:
    calls = around.telegram.calls("copyMessage") + around.telegram.calls("copyMessages")
    return [
        Call(
            reader=call["chat_id"],
            writer=int(call["params"]["from_chat_id"]),
            message_ids=tuple(_ids(call["params"])),
            at=call["time"],
            done=bool(call["answer"] and call["answer"]["ok"]),
            heard=call["answered"],
        )
        for call in sorted(calls, key=lambda call: int(call["number"]))
    ]


def _ids(params: Mapping[str, Any]) -> list[int]:
    several = params.get("message_ids")
    if several is None:
        return [int(params["message_id"])]
    listed = several if isinstance(several, list) else str(several).strip("[]").split(",")
    return [int(number) for number in listed]


def _chats(around: Street, writers: Writers) -> dict[int, Chat]:
    marks = {line.mark for line in writers.lines}
    chats = {}
    for person in (person for pair in around.pairs for person in pair):
        seen, told, unsent = [], set(), 0
        for message in person.chat():
            mark = mark_of(message.raw)
            if not message.by_bot:
                told |= {message.message_id} if message.reactions else set()
            elif mark in marks:
                seen.append(mark)
            else:
                answered = message.raw.get("reply_to_message")
                counted = unsent_in(message.text, is_answer=answered is not None)
                unsent += counted
                told |= {answered["message_id"]} if answered is not None and not counted else set()
        chats[person.person_id] = Chat(tuple(seen), frozenset(told), unsent)
    return chats
