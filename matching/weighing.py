"""What a pair is worth to the sweep: its score, and what keeps the rare and those who waited long from being left."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from profiles.models import MIN_TOPICS

Numbers = npt.NDArray[np.integer[Any]]
Reals = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]

# What a pair is worth that must not be made.
NEVER = np.float32(-np.inf)

# Seconds after which waiting outweighs any score, growing with the square of the time until then, and from then on a
# little each time it doubles. More would only make the solver slow.
LONG_WAIT = 60.0
_LONG_WAIT_BONUS = 1.2
_DOUBLING_BONUS = 0.1

_RARITY_BONUS = 0.1
# So many of the others, evenly spread, stand for all.
_SAMPLE = 1_000

_DAY, _FARTHEST = 24 * 60, 10 * 60
_TOPIC_BITS = np.arange(63)
LANGUAGES = (1, 2, 4)

# Comparisons made at once, about 30 bytes each.
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """People who wait, known by their place: the person at `i` has the i-th of each array."""

    topics: Numbers
    """Bit masks."""
    languages: Numbers
    """Bit masks."""
    offsets: Numbers
    """UTC offsets in minutes."""
    helpfulness: Reals
    """In [0, 1]."""
    waited: Reals
    """The seconds that count in somebody's favour; 0 for whoever is in no hurry."""
    asked_for: Reals
    """The least score, in [0, 1], that somebody holds out for."""
    apart: Numbers
    """Two columns: the places of people who rest from each other, in any order."""

    def __len__(self) -> int:
        return len(self.topics)


class Scales:
    """Weighs pairs of `people`; `weights` are those of the score's parts: topic, time, helpfulness.

    A pair is worth its `fit` and what each of the two adds, `own`: half the weight of their helpfulness and two
    bonuses. What people add on their own decides who is left over, and not who goes with whom.
    """

    def __init__(self, people: Waiting, weights: Mapping[str, float]) -> None:
        self.people = people
        self.everybody = np.arange(len(people), dtype=np.int32)
        self._topic, self._time = np.float32(weights["topic"]), np.float32(weights["time"])
        self._liked = (people.helpfulness * (weights["helpfulness"] / 2)).astype(np.float32)
        self._topic_counts = np.bitwise_count(people.topics)
        self._resting = _both_ways(people.apart, len(people))
        self.is_patient = bool((people.asked_for > 0).any())
        self.own = self._liked + rarity_bonus(self.feasible_share()) + waiting_bonus(people.waited)

    def without_patience(self) -> Self:
        """The same, with nobody holding out for a better partner."""
        impatient = copy(self)
        impatient.is_patient = False
        return impatient

    def fit(self, one: Numbers, other: Numbers) -> Reals:
        """The parts of the score that are about the pair, see scoring.py; NEVER where M2 or patience is against it.

        The arrays of places are broadcast: a column and a row give a table. Cooldowns are not looked at.
        """
        people = self.people
        shared = np.bitwise_count(people.topics[one] & people.topics[other])
        fit: Reals = shared / (self._topic_counts[one] + self._topic_counts[other] - shared).astype(np.float32)
        fit *= self._topic
        apart = np.abs(people.offsets[one] - people.offsets[other])
        np.minimum(np.minimum(apart, np.abs(_DAY - apart)), _FARTHEST, out=apart)
        fit += self._time - apart * (self._time / _FARTHEST)
        fit[(shared < MIN_TOPICS) | (people.languages[one] & people.languages[other] == 0)] = NEVER
        if self.is_patient:
            # Of the two, whoever has waited longer asks for less, and decides.
            asked_for = np.minimum(people.asked_for[one], people.asked_for[other])
            fit[fit + self._liked[one] + self._liked[other] < asked_for] = NEVER
        return fit

    def fits(self, rows: Numbers, columns: Numbers) -> Reals:
        """A table of `fit` that knows cooldowns as well, and that nobody goes with themselves."""
        table = self.fit(rows[:, None], columns)
        table[self._not_these(rows, columns)] = NEVER
        return table

    def worth(self, one: Numbers, other: Numbers) -> Reals:
        """What each of these pairs is worth, who do not rest from each other."""
        return self.fit(one, other) + self.own[one] + self.own[other]

    def are_resting(self, one: Numbers, other: Numbers) -> Flags:
        """Whether each of these pairs rest from each other."""
        return np.asarray(self._resting[one, other], dtype=np.bool_).reshape(len(one))

    def allowed(self, rows: Numbers, columns: Numbers) -> Flags:
        """A table of who may be paired with whom (M2), patience aside."""
        people = self.people
        table: Flags = np.bitwise_count(people.topics[rows][:, None] & people.topics[columns]) >= MIN_TOPICS
        table &= people.languages[rows][:, None] & people.languages[columns] != 0
        table[self._not_these(rows, columns)] = False
        return table

    def feasible_share(self) -> Reals:
        """The share, in [0, 1], of those who wait with whom each may be paired; of many it is estimated by a sample."""
        sample = np.linspace(0, len(self.people) - 1, min(len(self.people), _SAMPLE)).astype(np.int32)
        shares = [self.allowed(rows, sample).mean(axis=1) for rows in blocks(self.everybody, _SAMPLE)]
        return np.concatenate([np.empty(0), *shares])

    @cached_property
    def reach(self) -> Numbers:
        """At most how many people each may be paired with, cooldowns and patience aside; 0 is exact.

        Counted by the pairs of topics and the languages that the two would share: some are counted more than once.
        """
        topics, reach = self.people.topics, np.zeros(len(self.people))
        for language in LANGUAGES:
            speakers = np.flatnonzero(self.people.languages & language)
            have_both = np.zeros((len(_TOPIC_BITS), len(_TOPIC_BITS)), np.float32)
            for rows in blocks(speakers, len(_TOPIC_BITS)):
                has = _membership(topics[rows])
                have_both += has.T @ has
            # Without the person themselves, who has each pair of their own topics.
            others = np.triu(have_both - 1, 1)
            for rows in blocks(speakers, len(_TOPIC_BITS)):
                has = _membership(topics[rows])
                reach[rows] += (has @ others * has).sum(axis=1)
        return reach.astype(np.int64)

    def has_partner(self, places: Numbers) -> Flags:
        """Whether anybody at all may be paired with each of them, patience aside."""
        found = [self.allowed(rows, self.everybody).any(axis=1) for rows in blocks(places, len(self.people))]
        return np.concatenate([np.empty(0, np.bool_), *found])

    def cooldowns(self) -> Numbers:
        """With how many of those who wait each rests."""
        counts: Numbers = np.diff(self._resting.indptr)
        return counts

    def _not_these(self, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
        """Where a table has the same person twice, or two who rest from each other."""
        resting = self._resting[rows][:, columns].nonzero()
        same = np.nonzero(rows[:, None] == columns)
        return np.concatenate([resting[0], same[0]]), np.concatenate([resting[1], same[1]])


def rarity_bonus(feasible_share: Reals) -> Reals:
    """0.1 · −log₁₀ of the share of people somebody may be paired with, at most for one in a thousand."""
    return (-_RARITY_BONUS * np.log10(np.clip(feasible_share, 1 / _SAMPLE, 1))).astype(np.float32)


def waiting_bonus(waited: Reals) -> Reals:
    """Hardly anything in the first seconds; after LONG_WAIT more than any score, so that nobody starves (M4)."""
    share = np.maximum(waited, 0) / LONG_WAIT
    bonus = _LONG_WAIT_BONUS * np.minimum(share, 1) ** 2 + _DOUBLING_BONUS * np.log2(np.maximum(share, 1))
    return bonus.astype(np.float32)


def blocks(places: Numbers, compared_with: int) -> Iterator[Numbers]:
    """`places` in order, few enough at once for a table of them and as many as they are compared with."""
    size = max(1, _AT_ONCE // max(1, compared_with))
    return (places[begin : begin + size] for begin in range(0, len(places), size))


def _both_ways(pairs: Numbers, size: int) -> sparse.csr_array:
    one, other = pairs.astype(np.int32).reshape(-1, 2).T
    places = np.concatenate([one, other]), np.concatenate([other, one])
    return sparse.csr_array((np.ones(len(places[0]), np.bool_), places), shape=(size, size))


def _membership(topics: Numbers) -> Reals:
    return (topics[:, None] >> _TOPIC_BITS & 1).astype(np.float32)
