"""One repetition of a load run: what was sent, what came out, and whether it was the same."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tests.load.surroundings import Copy, Surroundings, settled
from tests.load.traffic import Report

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
    def milliseconds_to_answer(self) -> list[float]:
        """How long each update took from our first delivery until it was answered 200."""
        return [(sent.answered - sent.began) * 1000 for sent in self.report.sent]

    @classmethod
    def together(cls, rounds: "list[Round]") -> "Round":
        """Several as one: what was late in one of them came out in another."""
        sent = [sent for one in rounds for sent in one.report.sent]
        report = Report(began=rounds[0].report.began, ended=rounds[-1].report.ended, sent=sent)
        return cls(report, [copy for one in rounds for copy in one.copies])

    @property
    def lost(self) -> int:
        """Messages that were taken (200) and never came out."""
        return len({sent.number for sent in self.report.sent} - {copy.message_id for copy in self.copies})

    @property
    def doubled(self) -> int:
        """Copies beyond the first of a message."""
        return sum(times - 1 for times in Counter(copy.message_id for copy in self.copies).values())


@dataclass(frozen=True, slots=True)
class Writers:
    """People who talk with each other, and where their updates are brought to."""

    around: Surroundings
    webhook: str
    partners: dict[int, int]

    def round(
        self,
        *,
        seconds: float,
        rate: float | None = None,
        people: Collection[int] | None = None,
        slow: Collection[int] = (),
    ) -> Round:
        """Let `people` (or everybody) write for `seconds`, `rate` messages a second (None: without a pause).

        Waits until all of it has come out, but not for what goes to `slow` chats. Raises WrongPartner.
        """
        report = self.around.write(self.webhook, list(people or self.partners), seconds=seconds, rate=rate)
        expected = [sent.number for sent in report.sent if self.partners[sent.telegram_id] not in slow]
        return Round(report, self.arrived(expected, within=_LATECOMER_SECONDS))

    def arrived(self, expected: Collection[int], *, within: float) -> list[Copy]:
        """What came out since the last time, see `settled`; raises WrongPartner."""
        copies = settled(self.around, expected, within=within)
        check_partners(copies, self.partners)
        return copies


def check_partners(copies: list[Copy], partners: dict[int, int]) -> None:
    """Raise WrongPartner unless every copy went to its sender's partner."""
    for copy in copies:
        if partners[copy.from_chat_id] != copy.chat_id:
            raise WrongPartner(f"message {copy.message_id}")
