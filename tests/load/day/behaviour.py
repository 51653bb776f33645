"""How the people of the simulated day behave: every assumption in one place, stated and seeded.

- People search on average `SEARCHES_EACH` times a day, most of them in the evening by their own clock (`HOURS`).
- A proposal is answered after a lognormal time, 20 s in the median; it is accepted with a probability that grows with
  its score, left unanswered by one in twelve, else skipped.
- Who skips searches on in three cases of five. Conversations last 25 minutes in the median.
- Who waits gives up after an exponential time of 20 minutes in the mean. One in twelve is ready to listen when not
  searching, outside the usual quiet hours, and answers half as often.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from tests.load.population import ZONES, People

SEARCHES_EACH = 2.0
LISTENING = 1 / 12
SILENT = 1 / 12
LISTENER_SILENT = 0.5
# How many search at each local hour, from midnight on: few before dawn, most between eight in the evening and midnight.
HOURS = np.array([6, 4, 3, 2, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6, 7, 9, 11, 13, 12, 9], dtype=float)

_GIVES_UP_AFTER = 20 * 60.0
_ANSWERS_AFTER = 20.0
_TALKS_FOR = 25 * 60.0
_SEARCHES_ON = 0.6


class Behaviour:
    """Draws what people do; the same for the same seed. Times are in seconds."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)

    def searches(self, people: People, *, day: datetime) -> list[tuple[float, int]]:
        """When who begins to search, as (seconds after the beginning of `day`, person), in order."""
        found = []
        for person, zone in enumerate(people.zones):
            ahead = day.astimezone(ZoneInfo(ZONES[zone])).utcoffset() or timedelta(0)
            for _ in range(self._chance.poisson(SEARCHES_EACH)):
                local = (self._chance.choice(24, p=HOURS / HOURS.sum()) + self._chance.random()) * 3600
                found.append(((local - ahead.total_seconds()) % 86_400, person))
        return sorted(found)

    def is_listener(self) -> bool:
        """Whether somebody is ready to listen."""
        return bool(self._chance.random() < LISTENING)

    def gives_up_after(self) -> float:
        """How long somebody waits who nobody is found for."""
        return float(self._chance.exponential(_GIVES_UP_AFTER))

    def answer(self, *, score: float, listens: bool) -> tuple[str, float] | None:
        """What somebody does with a proposal, "accept" or "skip", and after how long; None: nothing at all."""
        if self._chance.random() < (LISTENER_SILENT if listens else SILENT):
            return None
        after = float(_ANSWERS_AFTER * self._chance.lognormal(0, 0.9))
        return ("accept" if self._chance.random() < 0.55 + 0.4 * score else "skip"), after

    def talks_for(self) -> float:
        """How long a conversation lasts."""
        return float(_TALKS_FOR * self._chance.lognormal(0, 0.8))

    def searches_on(self) -> bool:
        """Whether somebody who skipped goes on searching."""
        return bool(self._chance.random() < _SEARCHES_ON)
