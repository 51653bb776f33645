"""How much is measured: by name (SIZES), and the two that matter most by number (BENCH_REGISTERED, BENCH_WAITING)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of people and of repetitions."""

    registered: int
    waiting: tuple[int, ...]
    """Sizes of pools, growing: searches and claims are measured in each, the sweep in all but the first."""
    rounds: int
    searches: int
    """Searches in one pool and round."""
    originals: int
    """Searches by the original's SQL in one round."""
    claims: int
    judged: int
    """Searches whose outcome is compared to the best in the pool."""
    optimal: Mapping[int, int]
    """Pools for which the exact optimum is computed: how many of each size."""
    workers: int
    """Processes that search and answer all at once."""
    crowded: int
    """For how many people they do so."""
    seconds: float
    """How long."""


SIZES = {
    "full": Sizes(
        registered=1_000_000,
        waiting=(100, 1_000, 10_000, 100_000),
        rounds=5,
        searches=200,
        originals=3,
        claims=20,
        judged=300,
        optimal={100: 10, 1_000: 1},
        workers=8,
        crowded=1_000,
        seconds=10,
    ),
    "small": Sizes(
        registered=50_000,
        waiting=(100, 1_000, 10_000),
        rounds=3,
        searches=100,
        originals=3,
        claims=20,
        judged=100,
        optimal={100: 5, 300: 1},
        workers=8,
        crowded=500,
        seconds=5,
    ),
    "tiny": Sizes(
        registered=500,
        waiting=(20, 30, 50),
        rounds=1,
        searches=5,
        originals=1,
        claims=2,
        judged=10,
        optimal={20: 1, 50: 1},
        workers=2,
        crowded=50,
        seconds=1,
    ),
}


# What grows is compared to something smaller.
_LEAST_SMALLER = 2


def from_environment() -> Sizes:
    """The sizes that SIZES names ("full" unless given), with BENCH_REGISTERED and BENCH_WAITING in place of theirs.

    Raises ValueError for a name there is not, and where fewer are registered than wait.
    """
    name = os.environ.get("SIZES") or "full"
    if name not in SIZES:
        raise ValueError(f"SIZES={name}: there are {', '.join(SIZES)}")
    sizes = SIZES[name]
    registered = int(os.environ.get("BENCH_REGISTERED") or sizes.registered)
    most = int(os.environ.get("BENCH_WAITING") or sizes.waiting[-1])
    smaller = tuple(count for count in sizes.waiting[:-1] if count < most)
    if registered < 2 * most or len(smaller) < _LEAST_SMALLER:
        least = f"more than {sizes.waiting[_LEAST_SMALLER - 1]} must wait, and not more than half of those registered"
        raise ValueError(f"{registered} registered, {most} waiting: {least}")
    return replace(sizes, registered=registered, waiting=(*smaller, most))
