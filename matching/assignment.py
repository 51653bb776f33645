"""Who goes with whom, of everybody who waits, so that the pairs are together worth as much as possible (M4).

A small pool is solved as a whole. The time for that grows with the third power of its size, so that a large one is cut
into windows of people who are alike, and the poorest pairs are matched again in windows that are cut otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
import rustworkx

from profiles.models import MAX_TOPICS

from .weighing import LANGUAGES, LONG_WAIT, NEVER, Flags, Numbers, Scales, Waiting, blocks

# How many people are solved as a whole, in less than half a second.
WHOLE = 1_200
_WINDOW = 300
# Of everybody's possible partners those are looked at who fit best; to look at more brings nothing.
_NEAREST = 12
# Of a large pool, who chooses among all before it is cut: whoever has so few possible partners or has waited so long.
_FEW = 30
_LONG = LONG_WAIT / 2
_CHOOSE_FIRST = 300
# The share of the pairs that is matched again each time.
_POOREST = 0.5
# Less than any difference that matters; enough that equals do not all look at the same few.
_TIE_BREAKER = np.float32(0.005)
# Weights are whole numbers to the solver.
_UNITS = 1_000_000
# How often `Scales.reach` counts one person at most: for each two of eight topics, in each language.
_COUNTED_AT_MOST = comb(MAX_TOPICS, 2) * len(LANGUAGES)

Order = Callable[[Scales, Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Places of people, nobody twice."""

    pairs: Numbers
    """Two columns."""
    alone: Numbers
    """Whom nobody of those who wait may be paired with."""
    held_back: int
    """How many pairs more there would be if nobody held out for a better one."""


def assign(people: Waiting, weights: Mapping[str, float]) -> Assignment:
    """Pair people so that the pairs are together worth as much as possible; the same pairs for the same input.

    Only who may be paired (M2) and fits as well as one of the two asks for. What a pair is worth, see weighing.py.
    """
    scales = Scales(people, weights)
    pairs = _by_windows(scales) if len(people) > WHOLE else np.empty((0, 2), np.int32)
    left = _without(scales.everybody, pairs)
    # Where all were near to the same few there are pairs among those who are left.
    while len(more := _match(scales, left[:WHOLE])):
        pairs = np.concatenate([pairs, more])
        left = _without(left, more)
    return Assignment(pairs=pairs, alone=_alone(scales, left), held_back=_held_back(scales, left))


def _match(
    scales: Scales, members: Numbers, *, choosing: Numbers | None = None, again: Numbers | None = None
) -> Numbers:
    """The pairs of `members` that are together worth most, of those in which one is among the nearest of the other.

    `choosing`: whose nearest, if not everybody's. `again`: pairs that may be made besides.

    Source: Z. Galil, "Efficient algorithms for finding maximum matching in graphs", ACM Computing Surveys 18 (1986), as
    implemented by rustworkx. On the graph of the nearest instead of all it takes a twentieth of the time.
    """
    possible = [_nearest(scales, members if choosing is None else choosing, members)]
    if again is not None:
        possible.append(again)
    one, other = _distinct(np.concatenate(possible), len(scales.people)).T
    places, nodes = np.unique(np.stack([one, other]), return_inverse=True)
    worth = np.rint(scales.worth(one, other).astype(np.float64) * _UNITS).astype(np.int64)
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(places)))
    graph.extend_from_weighted_edge_list(list(zip(*nodes.reshape(2, -1).tolist(), worth.tolist(), strict=True)))
    matched = sorted(tuple(sorted(pair)) for pair in rustworkx.max_weight_matching(graph, weight_fn=int))
    return places[np.array(matched, np.int32).reshape(-1, 2)]


def _nearest(scales: Scales, choosing: Numbers, members: Numbers) -> Numbers:
    """Pairs of everybody who is choosing with the `members` who fit them best, as far as there are any."""
    return np.concatenate(
        [np.empty((0, 2), np.int32), *(_nearest_of(scales, rows, members) for rows in blocks(choosing, len(members)))]
    )


def _nearest_of(scales: Scales, rows: Numbers, members: Numbers) -> Numbers:
    fits = scales.fits(rows, members)
    ring = (members - rows[:, None]) % len(scales.people)
    fits -= ring * (_TIE_BREAKER / len(scales.people))
    count = min(_NEAREST, len(members))
    best = np.argpartition(-fits, count - 1, axis=1)[:, :count]
    who, which = np.nonzero(np.take_along_axis(fits, best, axis=1) > NEVER)
    return np.stack([rows[who], members[best[who, which]]], axis=1)


def _by_windows(scales: Scales) -> Numbers:
    first = _choose_first(scales)
    twins = _twins(scales, _without(scales.everybody, first))
    others = _without(scales.everybody, twins)
    left = _without(others, first)
    pairs = np.concatenate(
        [first, *(_match(scales, window) for window in _windows(left[_alike(scales, left)], _WINDOW))]
    )
    for order in (_alike, _alike_in_time):
        pairs = _improved(scales, pairs, _without(others, pairs), order)
    return np.concatenate([twins, pairs])


def _choose_first(scales: Scales) -> Numbers:
    """The pairs of those who could be left over by any cut: who has few possible partners, or has waited long."""
    reach = scales.reach
    hurried = np.flatnonzero((reach > 0) & ((reach <= _FEW) | (scales.people.waited >= _LONG)))
    foremost = hurried[np.argsort(-scales.own[hurried], kind="stable")[:_CHOOSE_FIRST]]
    return _match(scales, scales.everybody, choosing=foremost.astype(np.int32))


def _twins(scales: Scales, members: Numbers) -> Numbers:
    """Pairs of people with the same topics, languages and offset: none can fit better."""
    people = scales.people
    keys = people.offsets[members], people.languages[members], people.topics[members]
    # Of an odd number, whoever has waited least is left.
    order = members[np.lexsort((-people.waited[members], *keys))]
    one, other = order[:-1], order[1:]
    alike = np.logical_and.reduce(
        [array[one] == array[other] for array in (people.offsets, people.languages, people.topics)]
    )
    begins = np.flatnonzero(np.concatenate([[True], ~alike]))
    nth = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    pairs: Numbers = np.stack([one, other], axis=1)[alike & (nth[:-1] % 2 == 0)]
    may: Flags = (scales.fit(*pairs.T) > NEVER) & ~scales.are_resting(*pairs.T)
    return pairs[may]


def _improved(scales: Scales, pairs: Numbers, left: Numbers, order: Order) -> Numbers:
    """The poorest of the pairs and who is left, matched again in windows of another cut: never worth less."""
    poorest = np.argsort(scales.fit(*pairs.T), kind="stable")[: round(len(pairs) * _POOREST)]
    torn = pairs[poorest]
    units = np.concatenate([torn, np.stack([left, left], axis=1)])
    matched = [np.delete(pairs, poorest, axis=0)]
    for window in _windows(units[order(scales, units[:, 0])], _WINDOW // 2):
        couples = window[window[:, 0] != window[:, 1]]
        matched.append(_match(scales, np.unique(window), again=couples))
    return np.concatenate(matched)


def _alike(scales: Scales, places: Numbers) -> Numbers:
    """The order in which people who share their rarest topics are next to each other."""
    people = scales.people
    return np.lexsort((people.offsets[places], _rarest_highest(people.topics[places])))


def _alike_in_time(scales: Scales, places: Numbers) -> Numbers:
    """The order in which people are next to each other who share an offset, and the commonest topics."""
    people = scales.people
    return np.lexsort((people.topics[places], people.offsets[places]))


def _rarest_highest(masks: Numbers) -> Numbers:
    """The masks with their bits in order of how many have them, the rarest being the highest."""
    masks = masks.astype(np.int64)
    bits = range(int(masks.max(initial=0)).bit_length())
    by_rarity = np.argsort([-np.count_nonzero(masks >> bit & 1) for bit in bits], kind="stable")
    moved: Numbers = np.bitwise_or.reduce([(masks >> bit & 1) << place for place, bit in enumerate(by_rarity)], axis=0)
    return moved


def _windows(ordered: Numbers, size: int) -> list[Numbers]:
    return np.array_split(ordered, -(-len(ordered) // size)) if len(ordered) else []


def _distinct(pairs: Numbers, places: int) -> Numbers:
    """The pairs without doubles, the smaller place first, in order."""
    low, high = np.sort(pairs.astype(np.int64), axis=1).T
    return np.stack(np.divmod(np.unique(low * places + high), places), axis=1)


def _without(members: Numbers, pairs: Numbers) -> Numbers:
    return np.setdiff1d(members, pairs)


def _alone(scales: Scales, left: Numbers) -> Numbers:
    """Who of those left over may be paired with nobody who waits."""
    reach = scales.reach[left]
    # With more than that in reach there is somebody whom no cooldown keeps away.
    doubtful = (reach > 0) & (reach <= scales.cooldowns()[left] * _COUNTED_AT_MOST)
    alone: Flags = reach == 0
    alone[doubtful] = ~scales.has_partner(left[doubtful])
    return left[alone]


def _held_back(scales: Scales, left: Numbers) -> int:
    """How many pairs of those left over only patience is against; of many, of those next to each other."""
    if not scales.is_patient:
        return 0
    impatient = scales.without_patience()
    return sum(len(_match(impatient, window)) for window in _windows(left, _WINDOW))
