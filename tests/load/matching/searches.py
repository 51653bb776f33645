"""One search and one claim: how long they take, and how good what they find is."""

import time

import numpy as np

from matching import candidates, services
from matching.models import PoolEntry
from tests.load.population import Integers

from .optimum import scores
from .pools import Pool

_WARM_UP = 10


def milliseconds(pool: Pool, count: int, *, seed: int) -> list[float]:
    """How long it takes to find and rank the candidates of `count` people who wait, each."""
    places = _places(pool, count + _WARM_UP, seed)
    entries = PoolEntry.objects.in_bulk(pool.ids[places].tolist())
    spent = [_timed(entries[profile_id], pool) for profile_id in pool.ids[places].tolist()]
    return spent[_WARM_UP:]


def quality(pool: Pool, count: int, *, seed: int) -> list[float]:
    """For `count` people who wait: the score of whom the search puts first ÷ the best that is allowed in the pool.

    Those for whom nobody is allowed are left out.
    """
    places = _places(pool, count, seed)
    entries = PoolEntry.objects.in_bulk(pool.ids[places].tolist())
    offsets = pool.people.offsets(pool.now)
    shares = []
    for place in places:
        best = scores(pool.people, offsets, pool.apart, of=np.array([place])).max()
        if best > 0:
            found = candidates.nearest(entries[pool.ids[place]], now=pool.now)
            shares.append(found[0].score / float(best) if found else 0.0)
    return shares


def claims(pool: Pool, count: int, *, seed: int) -> list[float]:
    """How long a whole search of newcomers takes that ends in a proposal: search, lock, insert, commit.

    The pool is as before afterwards.
    """
    newcomers = np.random.default_rng(seed).choice(pool.newcomers, count + _WARM_UP, replace=False)
    spent = []
    for profile_id in newcomers.tolist():
        began = time.perf_counter()
        found = services.find(profile_id=profile_id, now=pool.now)
        if found.proposed:
            spent.append((time.perf_counter() - began) * 1000)
    pool.restore()
    return spent[_WARM_UP:] or spent


def _places(pool: Pool, count: int, seed: int) -> Integers:
    return np.random.default_rng(seed).integers(0, len(pool), count)


def _timed(entry: PoolEntry, pool: Pool) -> float:
    began = time.perf_counter()
    candidates.nearest(entry, now=pool.now)
    return (time.perf_counter() - began) * 1000
