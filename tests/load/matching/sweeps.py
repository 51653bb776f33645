"""The sweep: how its time grows with the pool, and how near its pairs are to the best possible."""

import time
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from django.test.utils import override_settings

from matching import assignment, sweeping
from matching.weighing import Waiting
from tests.load.population import Integers, People, cooldowns, people

from .optimum import best_pairs, rarest, scores, sum_of
from .pools import COOLDOWNS_EACH, Pool

# A rate that nobody's proposal waits for.
UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep: its duration and what came of it."""

    milliseconds: float
    proposals: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How the assignment of one pool compares to the exact optimum."""

    score: float
    """Sum of the scores ÷ the optimum's."""
    rare: tuple[int, int]
    """People of the rarest tenth who are paired: by the assignment, by the optimum."""


def sweep(pool: Pool, *, messages_per_second: int) -> Swept:
    """One sweep of the pool through the database, which is as before afterwards."""
    with override_settings(TELEGRAM_MESSAGES_PER_SECOND=messages_per_second):
        began = time.perf_counter()
        proposals = sweeping.sweep(now=pool.now)
        spent = time.perf_counter() - began
    pool.restore()
    return Swept(spent * 1000, proposals)


def judge(*, waiting: int, topics: int, seed: int, now: datetime) -> Judged:
    """Pair a pool of people who have just come by the assignment, and by the exact optimum."""
    pool = people(waiting, topics=topics, seed=seed)
    apart = cooldowns(waiting, each=COOLDOWNS_EACH, seed=seed + 1)
    offsets = pool.offsets(now)
    table = scores(pool, offsets, apart)
    ours, best = _assigned(pool, offsets, apart), best_pairs(table)
    rare = rarest(table)
    return Judged(
        score=sum_of(table, ours) / sum_of(table, best),
        rare=(int(rare[np.array(ours)].sum()), int(rare[np.array(best)].sum())),
    )


def _assigned(pool: People, offsets: Integers, apart: Integers) -> list[tuple[int, int]]:
    nobody_hurries = np.zeros(len(pool))
    waiting = Waiting(
        topics=pool.topics,
        languages=pool.languages,
        offsets=offsets,
        helpfulness=pool.helpfulness,
        waited=nobody_hurries,
        asked_for=nobody_hurries,
        apart=apart,
    )
    return [(int(one), int(other)) for one, other in assignment.assign(waiting, settings.MATCH_WEIGHTS).pairs]


def plain(found: Swept | Judged) -> dict[str, object]:
    """As JSON takes it."""
    return asdict(found)
