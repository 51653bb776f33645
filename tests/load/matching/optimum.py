"""What is possible at best: every score of a pool, and the pairs whose scores have the greatest sum."""

import numpy as np
import numpy.typing as npt
import rustworkx
from django.conf import settings

from tests.load.population import Integers, People, Reals

Pairs = list[tuple[int, int]]

_DAY, _FARTHEST = 24 * 60, 10 * 60
_STEPS = 1_000_000  # rustworkx weighs in whole numbers


def scores(people: People, offsets: Integers, apart: Integers, of: Integers | None = None) -> Reals:
    """The scores (M3) of the people at the places `of` (everybody's unless given), a row each, with everybody.

    Where a pair is not allowed (M2) the score is 0.
    """
    of = np.arange(len(people)) if of is None else of
    mine = people.at(of)
    topics, languages, zones = mine.topics[:, None], mine.languages[:, None], offsets[of][:, None]
    shared = np.bitwise_count(topics & people.topics)
    distance = np.abs(zones - offsets)
    distance = np.minimum(np.minimum(distance, _DAY - distance), _FARTHEST)
    weights = settings.MATCH_WEIGHTS
    total: Reals = (
        weights["topic"] * shared / np.bitwise_count(topics | people.topics)
        + weights["time"] * (1 - distance / _FARTHEST)
        + weights["helpfulness"] * (mine.helpfulness[:, None] + people.helpfulness) / 2
    )
    return np.where((shared >= 2) & (languages & people.languages > 0) & ~_apart(len(people), apart, of), total, 0.0)


def best_pairs(scores: Reals) -> Pairs:
    """The pairs whose scores have the greatest sum: maximum-weight matching (Galil 1986, as in rustworkx)."""
    one, other = np.nonzero(np.triu(scores))
    weights = np.rint(scores[one, other] * _STEPS).astype(int)
    graph: rustworkx.PyGraph[int, int] = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(scores)))
    graph.add_edges_from(list(zip(one.tolist(), other.tolist(), weights.tolist(), strict=True)))
    return list(rustworkx.max_weight_matching(graph, max_cardinality=False, weight_fn=int))


def sum_of(scores: Reals, pairs: Pairs) -> float:
    """The sum of the scores of these pairs."""
    return float(sum(scores[one, other] for one, other in pairs))


def rarest(scores: Reals) -> npt.NDArray[np.bool_]:
    """Which people are the tenth with the fewest allowed partners."""
    partners = (scores > 0).sum(axis=1)
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(partners, kind="stable")[: len(scores) // 10]] = True
    return chosen


def _apart(count: int, pairs: Integers, of: Integers) -> npt.NDArray[np.bool_]:
    """Who must not be paired with whom: cooldowns, and oneself."""
    rows = np.full(count, -1)
    rows[of] = np.arange(len(of))
    both_ways = np.concatenate([pairs, pairs[:, ::-1]])
    both_ways = both_ways[rows[both_ways[:, 0]] >= 0]
    apart = np.zeros((len(of), count), dtype=bool)
    apart[rows[both_ways[:, 0]], both_ways[:, 1]] = True
    apart[np.arange(len(of)), of] = True
    return apart
