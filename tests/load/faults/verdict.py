"""What became of every message, from what people see in their chats and what the bot asked Telegram for."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

# What the bot says in Russian: templates/chat/unsent.html, and hint.html, which answers one message.
_UNSENT = re.compile(r"⚠️ (\d+) (?:тво|сообщени)")
_ONE_UNSENT = re.compile("Твоё сообщение не дошло|никто не читает")
# A process that is killed may have sent what it did not live to write down; seconds from the call to the death.
_LAST_BREATH = 20.0


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it was written: by whom, for whom, its id in the writer's chat, and when (Unix time).

    `mark` is what tells it from every other, wherever it appears: its text, or the id of its file.
    """

    writer: int
    reader: int
    message_id: int
    mark: str
    written: float
    phase: str


@dataclass(frozen=True, slots=True)
class Call:
    """The bot asking for copies: to whom, of whose messages, when (Unix time), whether it was done and whether the bot
    heard so."""

    reader: int
    writer: int
    message_ids: tuple[int, ...]
    at: float
    done: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as its person sees it: the marks of the bot's messages in their order, and what the person was told.

    `told` are the ids of the person's messages that the bot answered or marked; `unsent` how many it said in all did
    not arrive.
    """

    marks: tuple[str, ...]
    told: frozenset[int] = frozenset()
    unsent: int = 0


def unsent_in(text: str, *, is_answer: bool = False) -> int:
    """Of how many messages a text of the bot says that they did not arrive, besides the one that it is an answer to."""
    if found := _UNSENT.search(text):
        return int(found.group(1))
    return int(not is_answer and _ONE_UNSENT.search(text) is not None)


@dataclass(slots=True)
class Verdict:
    """The broken promises, each as the lines that broke it (empty lists: all kept), and the figures."""

    written: int = 0
    arrived: int = 0
    told: int = 0
    lost: list[str] = field(default_factory=list)
    misdelivered: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    doubled: int = 0
    doubled_without_reason: list[str] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    def percentile(self, phase: str, percent: int) -> float:
        """From the writing until the bot first asks Telegram for the copy, in milliseconds; 0 where nobody wrote."""
        measured = self.milliseconds.get(phase, [])
        return quantiles(measured, n=100, method="inclusive")[percent - 1] if len(measured) > 1 else 0.0

    @property
    def broken(self) -> list[str]:
        """What was promised and not kept, in words."""
        return [
            f"{what}: {line}"
            for what, lines in (
                ("lost, and its writer was not told", self.lost),
                ("reached somebody it was not for", self.misdelivered),
                ("out of order", self.reordered),
                ("doubled though Telegram's answer was heard and nobody died", self.doubled_without_reason),
            )
            for line in lines
        ]


def judge(lines: Sequence[Line], calls: Sequence[Call], chats: Mapping[int, Chat], deaths: Sequence[float]) -> Verdict:
    """Judge a run. `deaths` are the moments (Unix time) at which a process or a server was killed."""
    verdict = Verdict(written=len(lines))
    arrivals = {person: Counter(chat.marks) for person, chat in chats.items()}
    _deliveries(verdict, lines, chats, arrivals)
    _misdeliveries(verdict, lines, calls, arrivals)
    for direction in _directions(lines).values():
        verdict.reordered += _out_of_order(direction, chats[direction[0].reader])
    _doubles(verdict, lines, calls, arrivals, deaths)
    _latencies(verdict, lines, calls)
    return verdict


def _directions(lines: Iterable[Line]) -> dict[tuple[int, int], list[Line]]:
    directions: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        directions[line.writer, line.reader].append(line)
    return directions


def _deliveries(
    verdict: Verdict, lines: Sequence[Line], chats: Mapping[int, Chat], arrivals: Mapping[int, Counter[str]]
) -> None:
    silent: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if arrivals[line.reader][line.mark]:
            verdict.arrived += 1
        elif line.message_id in chats[line.writer].told:
            verdict.told += 1
        else:
            silent[line.writer].append(line)
    for writer, missing in silent.items():
        said = min(chats[writer].unsent, len(missing))
        verdict.told += said
        if said < len(missing):
            verdict.lost += [f"{line.mark} ({line.phase})" for line in missing]


def _misdeliveries(
    verdict: Verdict, lines: Sequence[Line], calls: Sequence[Call], arrivals: Mapping[int, Counter[str]]
) -> None:
    wrote = {line.mark: line for line in lines}
    for person, marks in arrivals.items():
        verdict.misdelivered += [mark for mark in marks if mark in wrote and wrote[mark].reader != person]
    partners = {line.writer: line.reader for line in lines}
    verdict.misdelivered += [
        f"message {call.message_ids} asked for" for call in calls if partners.get(call.writer) != call.reader
    ]


def _out_of_order(direction: Sequence[Line], chat: Chat) -> list[str]:
    """The lines whose first copy stands before the first copy of one that was written earlier."""
    places = {mark: place for place, mark in reversed(list(enumerate(chat.marks)))}
    out, furthest = [], -1
    for line in direction:
        place = places.get(line.mark)
        if place is None:
            continue
        if place < furthest:
            out.append(line.mark)
        furthest = max(furthest, place)
    return out


def _doubles(
    verdict: Verdict,
    lines: Sequence[Line],
    calls: Sequence[Call],
    arrivals: Mapping[int, Counter[str]],
    deaths: Sequence[float],
) -> None:
    asked: dict[tuple[int, int], list[Call]] = defaultdict(list)
    for call in calls:
        for message_id in call.message_ids:
            if call.done:
                asked[call.writer, message_id].append(call)
    for line in lines:
        again = arrivals[line.reader][line.mark] - 1
        if again <= 0:
            continue
        verdict.doubled += again
        excused = sum(_may_be_repeated(call, deaths) for call in asked[line.writer, line.message_id])
        if excused < again:
            verdict.doubled_without_reason.append(line.mark)


def _may_be_repeated(call: Call, deaths: Sequence[float]) -> bool:
    return not call.heard or any(0 <= death - call.at <= _LAST_BREATH for death in deaths)


def _latencies(verdict: Verdict, lines: Sequence[Line], calls: Sequence[Call]) -> None:
    first: dict[tuple[int, int], float] = {}
    for call in calls:
        for message_id in call.message_ids:
            first.setdefault((call.writer, message_id), call.at)
    for line in lines:
        if (at := first.get((line.writer, line.message_id))) is not None:
            verdict.milliseconds.setdefault(line.phase, []).append((at - line.written) * 1000)
