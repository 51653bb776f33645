"""Matching: how fast a search is in a pool of any size, and how near the best possible its outcome; see
docs/benchmarks.md. Everything is measured in a process of its own, see tests/load/matching.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles
from typing import Any

from tests.load.figures import Figure, Goal, typical
from tests.load.matching.plot import draw
from tests.load.surroundings import Surroundings

Rounds = Sequence[Sequence[float]]


def measure(around: Surroundings) -> list[Figure]:
    """Measure in a database of its own, and draw what a search costs in a pool of which size."""
    with around.empty_database() as environment:
        measured = json.loads(around.execute("-m", "tests.load.matching", environment=environment, shows=True))
    draw(measured)
    return figures(measured)


def figures(measured: dict[str, Any]) -> list[Figure]:
    """The figures of what `python -m tests.load.matching` printed."""
    return [
        *_searches(measured),
        *_claims(measured),
        *_search_quality(measured),
        *_sweep_quality(measured["judged"]),
        *_sweeps(measured),
        *_worker(measured),
        *_crowd(measured),
    ]


@dataclass(frozen=True, slots=True)
class _Compared:
    """What was measured in turns in a small pool and in a large one."""

    small: int
    large: int
    small_rounds: Rounds
    large_rounds: Rounds

    @property
    def growth(self) -> list[float]:
        """The median in the large pool ÷ that in the small one, of every round."""
        return [
            median(large) / median(small) for small, large in zip(self.small_rounds, self.large_rounds, strict=True)
        ]


def _compared(rounds: dict[str, Rounds], small: int, large: int) -> _Compared:
    return _Compared(small, large, rounds[str(small)], rounds[str(large)])


def _searches(measured: dict[str, Any]) -> list[Figure]:
    sizes, registered = measured["sizes"], measured["registered"]
    of = _compared(measured["searches"], sizes[1], sizes[-1])
    original = measured["original"]
    ours = (
        f"finding and ranking the candidates of somebody who waits, {of.large:,} waiting of {registered:,} registered"
    )
    theirs = "the original's SQL over everybody registered, same data and server"
    faster = [median(slow) / median(fast) for slow, fast in zip(original, of.large_rounds, strict=True)]
    return [
        typical("matching.search_speedup", faster, "×", f"p50 of {theirs} ÷ p50 of {ours}; 12 topics", Goal("≥", 1000)),
        typical("matching.search_growth", of.growth, "", _growth(f"p50 of {ours}", of), Goal("≤", 1.5)),
        typical("matching.search_p50_ms", [median(spent) for spent in of.large_rounds], "ms", ours),
        typical("matching.search_p95_ms", [_p95(spent) for spent in of.large_rounds], "ms", ours),
        typical("matching.original_p50_ms", [median(spent) for spent in original], "ms", theirs),
    ]


def _claims(measured: dict[str, Any]) -> list[Figure]:
    sizes = measured["sizes"]
    of = _compared(measured["claims"], sizes[0], sizes[-1])
    how = "the whole service behind /find for a newcomer who gets a proposal: search, lock, insert, commit"
    finders = measured["finders"]
    searched = (
        f"{finders['finds']} searches of newcomers by {finders['workers']} processes in {finders['seconds']:.1f} s,"
        f" {of.large:,} waiting"
    )
    return [
        typical("matching.claim_growth", of.growth, "", _growth(f"p50 of {how}", of), Goal("≤", 2.5)),
        typical("matching.claim_p50_ms", [median(spent) for spent in of.large_rounds], "ms", how),
        typical("matching.claim_p95_ms", [_p95(spent) for spent in of.large_rounds], "ms", how),
        Figure("matching.finds_per_second", round(finders["finds"] / finders["seconds"], 1), "1/s", searched),
    ]


def _search_quality(measured: dict[str, Any]) -> Iterable[Figure]:
    for topics, least in (("12", 0.99), ("40", 0.98)):
        shares = measured["quality"][topics]
        how = (
            f"score of whom a search puts first ÷ the best allowed score in the pool, mean of {len(shares)} searches,"
            f" {measured['sizes'][-1]:,} waiting, {topics} topics; the worst {min(shares):.3f}"
        )
        yield Figure(f"matching.search_quality_{topics}", round(mean(shares), 4), "", how, Goal("≥", least))


def _sweep_quality(judged: dict[str, Any]) -> Iterable[Figure]:
    for topics, least in (("12", 0.99), ("40", 0.98)):
        means = {waiting: mean(pool["score"] for pool in pools) for waiting, pools in judged[topics].items()}
        pools = ", ".join(f"{value:.4f} in pools of {waiting}" for waiting, value in means.items())
        how = f"sum of the scores of all pairs ÷ that of the exact optimum, {topics} topics: {pools}; the worse counts"
        yield Figure(f"matching.sweep_quality_{topics}", round(min(means.values()), 4), "", how, Goal("≥", least))
    largest = max(judged["12"], key=int)
    shares = {topics: _rare_share(pools[largest]) for topics, pools in judged.items()}
    each = ", ".join(f"{share:.3f} with {topics} topics" for topics, share in shares.items())
    how = (
        f"people paired of the tenth with the fewest allowed partners ÷ by the exact optimum, {largest} waiting: {each}"
    )
    yield Figure("matching.rare_paired", round(min(shares.values()), 4), "", how, Goal("≥", 0.98))


def _rare_share(pools: Sequence[dict[str, Any]]) -> float:
    ours, best = (sum(pool["rare"][which] for pool in pools) for which in (0, 1))
    return ours / best if best else 1.0


def _sweeps(measured: dict[str, Any]) -> Iterable[Figure]:
    small, large = measured["sizes"][1:3]
    budgets = {
        "": "no more pairs than 30 messages a second, as the product is set, can tell within 30 s",
        "_of_all": "as many pairs as there are: the budget of 30 s is lifted",
    }
    for name, budget in budgets.items():
        sweeps = measured[f"sweeps{name}"]
        spent: dict[str, Rounds] = {size: [[swept["milliseconds"]] for swept in sweeps[size]] for size in sweeps}
        of = _compared(spent, small, large)
        made = " and ".join(
            f"{median(swept['proposals'] for swept in sweeps[str(size)]):.0f}" for size in (small, large)
        )
        how = f"a whole sweep through the database; {budget}; {made} proposals"
        goal = None if name else Goal("≤", 8)
        yield typical(f"matching.sweep{name}_growth", of.growth, "", _growth(how, of), goal)
        for size in (small, large):
            yield typical(f"matching.sweep{name}_ms_{size}", [one for (one,) in spent[str(size)]], "ms", how)


def _worker(measured: dict[str, Any]) -> list[Figure]:
    footprint, waiting = measured["footprint"], measured["sizes"][-1]
    how = f"the most memory of a process with all that a Celery worker loads, after a sweep of {waiting:,}"
    sweep = f"that sweep, through the database, {footprint['proposals']} proposals"
    return [
        Figure("matching.worker_mb", round(footprint["mb"], 1), "MB", how, Goal("≤", 400)),
        Figure(f"matching.sweep_s_{waiting}", round(footprint["seconds"], 2), "s", sweep),
    ]


def _crowd(measured: dict[str, Any]) -> list[Figure]:
    runs = [measured["finders"], measured["mixed"]]
    how = (
        f"in {sum(run['looks'] for run in runs)} looks while {runs[0]['workers']} processes search, cancel, accept,"
        f" skip, part and sweep at once, {sum(run['finds'] + run['other'] for run in runs)} times"
    )
    seats = max(run["double_seats"] for run in runs)
    both = max(run["pool_and_seat"] for run in runs)
    return [
        Figure(
            "matching.double_seats",
            seats,
            "",
            f"most live proposals of one person beyond the first, {how}",
            Goal("=", 0),
        ),
        Figure(
            "matching.pool_and_seat", both, "people", f"who wait and are in a proposal as well, {how}", Goal("=", 0)
        ),
    ]


def _growth(what: str, of: _Compared) -> str:
    return f"{what}: {of.large:,} waiting ÷ {of.small:,} waiting, in turns"


def _p95(spent: Sequence[float]) -> float:
    return quantiles(spent, n=20, method="inclusive")[-1] if len(spent) > 1 else spent[0]
