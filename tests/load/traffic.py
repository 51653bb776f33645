"""What a load generator is told and what it tells: plain values that cross a process border as JSON."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Who writes, how often, for how many seconds.

    Update and message ids count up from `first_number` and must never have been used before. With a `rate` messages
    begin that often a second, at random moments that `seed` determines; without one everybody writes again as soon as
    they may. `act` is what they do instead of writing a text, see `updates.update`.
    """

    webhook: str
    secret: str
    people: list[int]
    first_number: int
    seconds: float
    rate: float | None = None
    seed: int = 0
    act: str = ""

    def to_json(self) -> str:
        """For the generator's standard input."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan that `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: who wrote it, when its first delivery began and its last was answered 200 (monotonic seconds)."""

    telegram_id: int
    number: int
    began: float
    answered: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was sent, and between which two moments (monotonic seconds)."""

    began: float
    ended: float
    sent: list[Sent]

    def to_json(self) -> str:
        """For the generator's standard output."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """The report that `to_json` wrote."""
        found = json.loads(text)
        return cls(began=found["began"], ended=found["ended"], sent=[Sent(**sent) for sent in found["sent"]])
