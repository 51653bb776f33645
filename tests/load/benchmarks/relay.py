"""The relay: a text comes in at the webhook and goes out to the partner as copyMessage."""

from collections import Counter
from dataclasses import dataclass
from statistics import quantiles

from tests.load.figures import Figure, Goal, typical
from tests.load.surroundings import Copy, Surroundings, settled
from tests.load.traffic import Report

_PAIRS = 50  # as many people as Telegram opens connections for
_REPETITIONS = 5
_WARM_UP_SECONDS = 3.0
_SATURATED_SECONDS = 5.0
_STEADY_SECONDS = 15.0
_STEADY_RATE = 30.0
_LATECOMER_SECONDS = 10.0  # a message that came through the outbox counts as arrived, if it comes


class WrongPartner(Exception):
    """A message reached somebody who is not the sender's partner: no figure matters beside that."""


@dataclass(frozen=True, slots=True)
class Round:
    """One repetition: what was sent, and what came out at the Bot API."""

    report: Report
    copies: list[Copy]

    @property
    def per_second(self) -> float:
        """Copies that came out a second while everybody was writing."""
        began, ended = self.report.began, self.report.ended
        return sum(began <= copy.arrived <= ended for copy in self.copies) / (ended - began)

    @property
    def milliseconds(self) -> list[float]:
        """How long each message took from our first delivery of its update to the call of the Bot API."""
        came_out = {copy.message_id: copy.arrived for copy in reversed(self.copies)}
        return [(came_out[s.number] - s.began) * 1000 for s in self.report.sent if s.number in came_out]

    @property
    def lost(self) -> int:
        """Messages that were taken (200) and never came out."""
        return len({sent.number for sent in self.report.sent} - {copy.message_id for copy in self.copies})

    @property
    def doubled(self) -> int:
        """Copies beyond the first of a message."""
        return sum(times - 1 for times in Counter(copy.message_id for copy in self.copies).values())


def measure(around: Surroundings) -> list[Figure]:
    """Alternate between saturation and a steady trickle, so that a slow minute of the machine touches both alike."""
    partners = around.talking(_PAIRS)
    with around.product() as webhook:
        warm_up = _round(around, webhook, partners, seconds=_WARM_UP_SECONDS)
        saturated, steady = [], []
        for _ in range(_REPETITIONS):
            saturated.append(_round(around, webhook, partners, seconds=_SATURATED_SECONDS))
            steady.append(_round(around, webhook, partners, seconds=_STEADY_SECONDS, rate=_STEADY_RATE))
    return [_throughput(saturated), *_latencies(steady), *_integrity([warm_up, *saturated, *steady])]


def _round(
    around: Surroundings, webhook: str, partners: dict[int, int], *, seconds: float, rate: float | None = None
) -> Round:
    report = around.write(webhook, list(partners), seconds=seconds, rate=rate)
    copies = settled(around, expected=len(report.sent), within=_LATECOMER_SECONDS)
    check_partners(copies, partners)
    return Round(report, copies)


def check_partners(copies: list[Copy], partners: dict[int, int]) -> None:
    """Raise WrongPartner unless every copy went to its sender's partner."""
    for copy in copies:
        if partners[copy.from_chat_id] != copy.chat_id:
            raise WrongPartner(f"message {copy.message_id}")


def _throughput(rounds: list[Round]) -> Figure:
    how = (
        f"copyMessage calls that come out of one web process while {2 * _PAIRS} people write without a pause,"
        f" {_SATURATED_SECONDS:.0f} s each time"
    )
    return typical("relay.per_second", [r.per_second for r in rounds], "1/s", how)


def _latencies(rounds: list[Round]) -> list[Figure]:
    how = (
        "from the POST to the webhook until copyMessage arrives at a Bot API without latency,"
        f" {_STEADY_RATE:.0f} messages a second at random moments, {_STEADY_SECONDS:.0f} s each time"
    )
    percentiles = [quantiles(r.milliseconds, n=100, method="inclusive") for r in rounds]
    return [
        typical(f"relay.p{p}_ms_30", [of_round[p - 1] for of_round in percentiles], "ms", how, goal)
        for p, goal in ((50, None), (95, Goal("≤", 10)), (99, None))
    ]


def _integrity(rounds: list[Round]) -> list[Figure]:
    sent = sum(len(r.report.sent) for r in rounds)
    of_all = f"of {sent} messages that were answered 200 in all rounds, by message_id at the Bot API"
    again = sum(s.attempts - 1 for r in rounds for s in r.report.sent)
    return [
        Figure("relay.lost", sum(r.lost for r in rounds), "messages", f"never arrived, {of_all}", Goal("=", 0)),
        Figure(
            "relay.doubled",
            sum(r.doubled for r in rounds),
            "messages",
            f"arrived again, {of_all}; {again} deliveries were answered 503 and repeated",
            Goal("=", 0),
        ),
    ]
