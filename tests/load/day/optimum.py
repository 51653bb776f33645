"""What would have been possible: the best proposals that somebody could make who knows the whole day."""

from collections.abc import Sequence

import numpy as np
import rustworkx

from matching import scoring
from tests.load.population import People

from .clockwork import DAY, Search


def mean_score(
    people: People, offsets: np.ndarray, searches: Sequence[Search], helpfulness: Sequence[float]
) -> tuple[int, float]:
    """How many pairs, and their mean score, if all searches of the day were paired by an exact maximum-weight matching.

    Two searches may be paired when the later one begins before the earlier one gave up (or was proposed to somebody),
    they are allowed (M2), and are not the same person's.
    """
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(searches)))
    for earlier, one in enumerate(searches):
        until = one.gave_up if one.gave_up is not None else (one.proposed if one.proposed is not None else DAY)
        for later in range(earlier + 1, len(searches)):
            other = searches[later]
            if other.began > until:
                break
            if other.person != one.person and (score := _score(people, offsets, helpfulness, one.person, other.person)):
                graph.add_edge(earlier, later, round(score * 1_000_000))
    matched = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    scores = [graph.get_edge_data(one, other) / 1_000_000 for one, other in matched]
    return len(scores), float(np.mean(scores)) if scores else 0.0


def _score(people: People, offsets: np.ndarray, helpfulness: Sequence[float], one: int, other: int) -> float:
    mine, theirs = int(people.topics[one]), int(people.topics[other])
    if (mine & theirs).bit_count() < 2 or not int(people.languages[one]) & int(people.languages[other]):
        return 0.0
    return scoring.Score(
        topic_overlap=scoring.topic_overlap(mine, theirs),
        time_overlap=scoring.offset_overlap(int(offsets[one]), int(offsets[other])),
        helpfulness=scoring.pair_helpfulness(helpfulness[one], helpfulness[other]),
    ).total


def feasible_share(people: People) -> np.ndarray:
    """For everybody the share of the others, in [0, 1], with whom they share two topics and a language."""
    topics, languages = people.topics, people.languages
    shares = np.empty(len(people))
    for person in range(len(people)):
        shared = topics & topics[person]
        allowed = (np.bitwise_count(shared) >= 2) & (languages & languages[person] != 0)
        shares[person] = (allowed.sum() - 1) / max(len(people) - 1, 1)
    return shares
