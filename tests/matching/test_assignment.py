"""Who goes with whom when everybody who waits is paired at once: allowed pairs only, together worth most."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from random import Random

import numpy as np
import pytest
import rustworkx
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import assignment, scoring, weighing
from matching.assignment import assign
from matching.weighing import Waiting
from tests.load.population import cooldowns, people

WEIGHTS = {"topic": 0.6, "time": 0.2, "helpfulness": 0.2}
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Someone:
    """One who waits; `asked_for` is the least score they hold out for."""

    topics: int = 0b11
    languages: int = 1
    offset: int = 120
    helpfulness: float = 0.5
    waited: float = 0.0
    asked_for: float = 0.0


def crowd(members: Sequence[Someone], apart: Iterable[Pair] = ()) -> Waiting:
    """They as the sweep reads them."""
    return Waiting(
        topics=np.array([one.topics for one in members], np.int64),
        languages=np.array([one.languages for one in members], np.int8),
        offsets=np.array([one.offset for one in members], np.int16),
        helpfulness=np.array([one.helpfulness for one in members], np.float32),
        waited=np.array([one.waited for one in members], np.float32),
        asked_for=np.array([one.asked_for for one in members], np.float32),
        apart=np.array(list(apart), np.int64).reshape(-1, 2),
    )


def made_up(count: int, *, topics: int, seed: int = 1) -> Waiting:
    """A pool as it might be, twenty cooldowns a person."""
    population = people(count, topics=topics, seed=seed)
    return Waiting(
        topics=population.topics,
        languages=population.languages.astype(np.int8),
        offsets=population.offsets(JUNE).astype(np.int16),
        helpfulness=population.helpfulness.astype(np.float32),
        waited=np.zeros(count, np.float32),
        asked_for=np.zeros(count, np.float32),
        apart=cooldowns(count, each=20, seed=seed),
    )


def pairs_of(waiting: Waiting) -> list[Pair]:
    """The pairs, the smaller place first, in order."""
    return sorted(tuple(sorted(pair)) for pair in assign(waiting, WEIGHTS).pairs.tolist())


def is_allowed(waiting: Waiting, one: int, other: int) -> bool:
    """M2, word by word."""
    apart = {frozenset(pair) for pair in waiting.apart.tolist()}
    shared = int(waiting.topics[one]) & int(waiting.topics[other])
    speak = int(waiting.languages[one]) & int(waiting.languages[other])
    return one != other and shared.bit_count() >= 2 and speak > 0 and frozenset((one, other)) not in apart


def score(waiting: Waiting, one: int, other: int) -> float:
    """M3, by the functions that score a single pair."""
    return (
        WEIGHTS["topic"] * scoring.topic_overlap(int(waiting.topics[one]), int(waiting.topics[other]))
        + WEIGHTS["time"] * scoring.offset_overlap(int(waiting.offsets[one]), int(waiting.offsets[other]))
        + WEIGHTS["helpfulness"]
        * scoring.pair_helpfulness(float(waiting.helpfulness[one]), float(waiting.helpfulness[other]))
    )


def worths(waiting: Waiting) -> dict[Pair, float]:
    """What each pair is worth that may be made."""
    places = range(len(waiting))
    partners = [sum(is_allowed(waiting, one, other) for other in places) for one in places]
    own = weighing.rarity_bonus(np.array(partners) / len(waiting)) + weighing.waiting_bonus(waiting.waited)
    worth = {}
    for one, other in combinations(places, 2):
        asked_for = min(waiting.asked_for[one], waiting.asked_for[other])
        if is_allowed(waiting, one, other) and score(waiting, one, other) >= asked_for:
            worth[one, other] = score(waiting, one, other) + own[one] + own[other]
    return worth


def best_worth(worth: dict[Pair, float], free: frozenset[int]) -> float:
    """The most that pairs of these people can be worth, by trying all."""
    if not free:
        return 0.0
    one, rest = min(free), free - {min(free)}
    with_somebody = (worth[one, other] + best_worth(worth, rest - {other}) for other in rest if (one, other) in worth)
    return max(best_worth(worth, rest), *with_somebody, 0.0)


def optimum(waiting: Waiting) -> list[Pair]:
    """The pairs with the highest total score, of all that are allowed, by an exact solver."""
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(waiting)))
    table = weighing.Scales(waiting, WEIGHTS).allowed(np.arange(len(waiting)), np.arange(len(waiting)))
    for one, other in zip(*np.nonzero(np.triu(table)), strict=True):
        graph.add_edge(int(one), int(other), round(score(waiting, one, other) * 1_000_000))
    return list(rustworkx.max_weight_matching(graph, weight_fn=int))


def total(waiting: Waiting, pairs: Iterable[Pair]) -> float:
    """The sum of the scores."""
    return sum(score(waiting, *pair) for pair in pairs)


_topics = st.sets(st.integers(0, 4) | st.integers(0, 62), min_size=2, max_size=5)
_someone = st.builds(
    Someone,
    topics=_topics.map(lambda bits: sum(1 << bit for bit in bits)),
    languages=st.integers(1, 7),
    offset=st.sampled_from([-720, -300, 60, 120, 180, 420, 840]),
    helpfulness=st.sampled_from([0.0, 0.5, 0.73, 1.0]),
    waited=st.sampled_from([0.0, 1.0, 15.0, 30.0, 60.0, 3600.0]),
    # No score is just as much.
    asked_for=st.sampled_from([0.0, 0.0, 0.6131, 0.8537]),
)


@st.composite
def crowds(draw: st.DrawFn, most: int) -> Waiting:
    """Few topics and few values, so that there are rivals, equals and people with nobody."""
    members = draw(st.lists(_someone, max_size=most))
    two = st.sampled_from(list(combinations(range(len(members)), 2))) if len(members) > 1 else st.nothing()
    apart = draw(st.lists(st.one_of(two, two.map(lambda pair: pair[::-1])), max_size=most)) if len(members) > 1 else []
    return crowd(members, apart)


@given(crowds(most=40))
@settings(max_examples=150, deadline=None)
def test_only_allowed_pairs_and_nobody_twice(waiting: Waiting) -> None:
    """M2: two topics and a language in common, no cooldown in either direction; M1: nobody in two pairs."""
    worth, pairs = worths(waiting), pairs_of(waiting)
    assert all(pair in worth for pair in pairs)
    taken = [place for pair in pairs for place in pair]
    assert len(taken) == len(set(taken))
    left = set(range(len(waiting))) - set(taken)
    assert not any(pair in worth for pair in combinations(sorted(left), 2)), "two are left who could be paired"
    assert pairs_of(waiting) == pairs


@given(crowds(most=8))
@settings(max_examples=150, deadline=None)
def test_no_other_pairs_are_worth_more(waiting: Waiting) -> None:
    """M4: the sum is as high as possible, tried against every way to pair them."""
    worth = worths(waiting)
    found = sum(worth[pair] for pair in pairs_of(waiting))
    assert found == pytest.approx(best_worth(worth, frozenset(range(len(waiting)))), abs=1e-4)


@given(crowds(most=8), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_people_does_not_matter(waiting: Waiting, chance: Random) -> None:
    """M4: what the pairs are worth depends on who waits, and not on the order they are read in."""
    order = list(range(len(waiting)))
    chance.shuffle(order)
    columns = ("topics", "languages", "offsets", "helpfulness", "waited", "asked_for")
    shuffled = replace(
        waiting,
        **{name: getattr(waiting, name)[order] for name in columns},
        apart=np.argsort(order)[waiting.apart].astype(np.int64).reshape(-1, 2),
    )
    found, otherwise = ([worths(some)[pair] for pair in pairs_of(some)] for some in (waiting, shuffled))
    assert sum(found) == pytest.approx(sum(otherwise), abs=1e-4)


@given(crowds(most=40))
@settings(max_examples=60, deadline=None)
def test_never_worse_than_taking_the_best_pair_first(waiting: Waiting) -> None:
    """M4: what a simple queue would give is the least."""
    worth = worths(waiting)
    greedy, taken = 0.0, set[int]()
    for pair in sorted(worth, key=lambda pair: -worth[pair]):
        if not taken & set(pair):
            greedy, taken = greedy + worth[pair], taken | set(pair)
    assert sum(worth[pair] for pair in pairs_of(waiting)) >= greedy - 1e-4


@given(crowds(most=30))
@settings(max_examples=60, deadline=None)
def test_who_has_nobody_is_known(waiting: Waiting) -> None:
    """M4: listeners are for those whom nobody in the pool is allowed with, patience aside."""
    places = range(len(waiting))
    lonely = [one for one in places if not any(is_allowed(waiting, one, other) for other in places)]
    assert sorted(assign(waiting, WEIGHTS).alone.tolist()) == lonely


def test_many_who_are_just_the_same() -> None:
    """M4: equals do not all look at the same few."""
    assert len(pairs_of(crowd([Someone()] * 301))) == 150


def test_many_who_all_fit_the_same_few_best() -> None:
    """M4: whoever does not get one of those gets somebody else, at once."""
    few, many = [Someone(0b11)] * 13, [Someone(0b11 | 0b1100 << 2 * number) for number in range(29)]
    assert len(pairs_of(crowd([*few, *many]))) == 21


def test_of_equals_whoever_came_last_is_left() -> None:
    """M4: the longer someone waits, the sooner it is their turn."""
    assert pairs_of(crowd([Someone(waited=1), Someone(waited=9), Someone(waited=8)])) == [(1, 2)]


def test_a_long_wait_outweighs_any_score() -> None:
    """M8: after a minute nobody who fits better goes first."""
    poor = Someone(0b11111111, offset=720, helpfulness=0, waited=60)
    good, sought = Someone(0b11, helpfulness=1), Someone(0b11, helpfulness=1)
    assert pairs_of(crowd([good, sought, replace(poor, waited=0)])) == [(0, 1)]
    first, second = pairs_of(crowd([good, sought, poor]))[0]
    assert second == 2
    assert first in (0, 1)


def test_the_rare_before_the_common() -> None:
    """M4: of two who fit alike, whoever fits nobody else is taken."""
    rare, both, common = Someone(0b11), Someone(0b1111), Someone(0b1100)
    assert pairs_of(crowd([common, both, rare, common])) == [(0, 3), (1, 2)]
    assert pairs_of(crowd([both, common, rare, *[Someone(0b1110)] * 4])).count((0, 2)) == 1


def test_the_one_who_has_waited_longer_decides() -> None:
    """M4: a pair below what both ask for is not made, and counted as held back."""
    picky, poor = Someone(0b11, asked_for=0.85), Someone(0b111111, asked_for=0.85)
    held_back = assign(crowd([picky, poor]), WEIGHTS)
    assert (len(held_back.pairs), held_back.held_back, len(held_back.alone)) == (0, 1, 0)
    assert pairs_of(crowd([picky, replace(poor, asked_for=0)])) == [(0, 1)]


@given(crowds(most=12))
@settings(max_examples=60, deadline=None)
def test_a_table_scores_as_a_single_pair_does(waiting: Waiting) -> None:
    """M3: the same formulas, for many at once."""
    scales = weighing.Scales(replace(waiting, asked_for=np.zeros(len(waiting))), WEIGHTS)
    fits = scales.fits(scales.everybody, scales.everybody)
    for one, other in combinations(range(len(waiting)), 2):
        liked = WEIGHTS["helpfulness"] * scoring.pair_helpfulness(*waiting.helpfulness[[one, other]].tolist())
        expected = score(waiting, one, other) - liked if is_allowed(waiting, one, other) else -np.inf
        assert fits[one, other] == fits[other, one] == pytest.approx(expected, abs=1e-6)


def test_nobody_waits() -> None:
    """M4: nothing comes of nothing."""
    nothing = assign(crowd([]), WEIGHTS)
    assert (len(nothing.pairs), len(nothing.alone), nothing.held_back) == (0, 0, 0)


def arrivals(second: int) -> Iterator[Someone]:
    """Every two seconds three who like each other well, and every ten one of those whom the rare person needs."""
    yield from [Someone(0b11, helpfulness=1)] * 3
    if second % 10 == 0:
        yield Someone(0b1011, helpfulness=1)


@pytest.mark.parametrize(
    "unlucky", [Someone(0b1010, offset=-300, helpfulness=0), Someone(0b111111111, offset=840, helpfulness=0)]
)
def test_nobody_starves(unlucky: Someone) -> None:
    """M8: rare or unliked, far away, among people who fit each other better and keep coming: paired within 60 s."""
    pool = [(unlucky, 0)]
    for second in range(2, 62, 2):
        pool += [(someone, second) for someone in arrivals(second)]
        pairs = pairs_of(crowd([replace(someone, waited=second - since) for someone, since in pool]))
        gone = {place for pair in pairs for place in pair}
        pool = [entry for place, entry in enumerate(pool) if place not in gone]
        if 0 in gone:
            return
    pytest.fail("they still wait")


@pytest.mark.parametrize(("topics", "share"), [(12, 0.99), (40, 0.98)])
def test_nearly_as_good_as_the_best(topics: int, share: float) -> None:
    """M4: the total score against the exact optimum, and the rarest tenth, who are paired as in it."""
    waiting = made_up(300, topics=topics)
    best, found = optimum(waiting), pairs_of(waiting)
    assert total(waiting, found) >= share * total(waiting, best)
    rarest = set(np.argsort(weighing.Scales(waiting, WEIGHTS).feasible_share())[:30].tolist())
    paired, at_best = (len(rarest & {place for pair in pairs for place in pair}) for pairs in (found, best))
    assert paired >= 0.98 * at_best


@pytest.mark.parametrize(("topics", "share"), [(12, 0.98), (40, 0.95)])
def test_a_pool_cut_into_windows(monkeypatch: pytest.MonkeyPatch, topics: int, share: float) -> None:
    """M4: piece by piece hardly worse than as a whole; the pairs are allowed, and the same ones each time."""
    waiting = made_up(900, topics=topics)
    whole = assign(waiting, WEIGHTS)
    monkeypatch.setattr(assignment, "WHOLE", 400)
    cut = assign(waiting, WEIGHTS)
    assert total(waiting, cut.pairs.tolist()) >= share * total(waiting, whole.pairs.tolist())
    assert len(cut.pairs) >= 0.99 * len(whole.pairs)
    assert np.array_equal(cut.alone, whole.alone)
    assert np.array_equal(cut.pairs, assign(waiting, WEIGHTS).pairs)
    assert len(np.unique(cut.pairs)) == 2 * len(cut.pairs)
    assert all(is_allowed(replace(waiting, apart=waiting.apart[:0]), *pair) for pair in cut.pairs.tolist())
    resting = {tuple(pair) for pair in waiting.apart.tolist()}
    assert not resting & {tuple(sorted(pair)) for pair in cut.pairs.tolist()}


def test_whoever_has_few_or_waits_long_is_found_across_windows() -> None:
    """M8: in a large pool too, wherever the only partner is; even if everybody else has somebody just like them."""
    many = [Someone(0b11 << number % 20, offset=60 * (number % 5)) for number in range(1_400)]
    rare = Someone(1 << 1 | 1 << 61), Someone(1 << 1 | 1 << 61 | 1 << 30, offset=-720)
    odd = Someone(0b1111, offset=33, helpfulness=0, waited=60)
    pairs = pairs_of(crowd([rare[0], *many, rare[1], odd]))
    assert (0, 1_401) in pairs
    assert 1_402 in {other for _, other in pairs}
