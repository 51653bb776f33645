"""People as a benchmark of matching needs them: made up from a seed, shaped as the pool of such a bot might be.

Topics are chosen after Zipf's law with exponent 0.9, two to eight a person and 3.5 in the mean; zones lie between UTC+2
and UTC+7 with a tail; how helpful people are found is Beta(8, 3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from matching import scoring

FEWEST_TOPICS, MOST_TOPICS = 2, 8
_MEAN_TOPICS = 3.5
_ZIPF = 0.9
_BLOCK = 50_000  # people drawn at once, to save memory
_HELPFULNESS = (8, 3)

_ZONES = {
    "Europe/Kyiv": 0.26,
    "Europe/Moscow": 0.36,
    "Europe/Samara": 0.08,
    "Asia/Yekaterinburg": 0.10,
    "Asia/Omsk": 0.05,
    "Asia/Novosibirsk": 0.06,
    "Europe/Berlin": 0.04,
    "Europe/London": 0.02,
    "America/New_York": 0.015,
    "Asia/Vladivostok": 0.015,
}
# Sets of Russian (1), Ukrainian (2) and English (4), and how common they are.
_LANGUAGES = {1: 0.45, 1 | 2: 0.24, 2: 0.12, 1 | 4: 0.09, 1 | 2 | 4: 0.05, 4: 0.03, 2 | 4: 0.02}

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class People:
    """As many people as every array is long; person `i` has the i-th of each."""

    topics: Integers
    """Bit masks."""
    languages: Integers
    """Bit masks as `PoolEntry.language_mask`."""
    zones: Integers
    """Places in `ZONES`."""
    helpfulness: Reals

    def __len__(self) -> int:
        return len(self.topics)

    def offsets(self, now: datetime) -> Integers:
        """Everybody's UTC offset in force at `now`, in minutes."""
        return np.array([scoring.utc_offset(zone, now) for zone in ZONES])[self.zones]

    def at(self, places: Integers) -> "People":
        """Those at these places, in this order."""
        return People(self.topics[places], self.languages[places], self.zones[places], self.helpfulness[places])


ZONES = tuple(_ZONES)


def people(count: int, *, topics: int, seed: int) -> People:
    """`count` people who choose from `topics` topics; the same for the same arguments."""
    chance = np.random.default_rng(seed)
    return People(
        topics=np.concatenate([np.empty(0, np.int64), *_topic_masks(count, topics, chance)]),
        languages=chance.choice(list(_LANGUAGES), size=count, p=_shares(_LANGUAGES)),
        zones=chance.choice(len(ZONES), size=count, p=_shares(_ZONES)),
        helpfulness=chance.beta(*_HELPFULNESS, size=count),
    )


def cooldowns(count: int, *, each: int, seed: int) -> Integers:
    """Pairs (i < j) of `count` people who rest from each other: no pair twice, `each` a person in the mean."""
    chance = np.random.default_rng(seed)
    pairs = np.sort(chance.integers(0, count, size=(count * each // 2, 2)), axis=1)
    different: Integers = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    return different


def _topic_masks(count: int, topics: int, chance: np.random.Generator) -> Iterator[Integers]:
    """Blocks of masks. The largest of log(weight) + Gumbel noise are a weighted draw without replacement."""
    popularity = -_ZIPF * np.log(np.arange(1, topics + 1))
    extra = (_MEAN_TOPICS - FEWEST_TOPICS) / (MOST_TOPICS - FEWEST_TOPICS)
    for begin in range(0, count, _BLOCK):
        size = min(_BLOCK, count - begin)
        chosen = np.argsort(-(popularity + chance.gumbel(size=(size, topics))), axis=1)[:, :MOST_TOPICS]
        how_many = FEWEST_TOPICS + chance.binomial(MOST_TOPICS - FEWEST_TOPICS, extra, size=size)
        bits = np.int64(1) << chosen.astype(np.int64)
        yield np.where(np.arange(MOST_TOPICS) < how_many[:, None], bits, 0).sum(axis=1)


def _shares(weights: dict[str, float] | dict[int, float]) -> Reals:
    total = sum(weights.values())
    return np.array([weight / total for weight in weights.values()])
