"""The figures about the pool and its proposals."""

from datetime import timedelta

import pytest

from matching import queries
from tests.base import person

from .scenes import NOON, accept, find, proposal_of, skip

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_the_pool() -> None:
    """O1: how many wait, and for how long the first of them has."""
    assert (queries.pool_size(), queries.longest_wait(now=NOON)) == (0, timedelta(0))
    find(person("Мира", speaks=["ru"]), NOON)
    find(person("Олег", speaks=["uk"]), NOON + MINUTE)
    assert (queries.pool_size(), queries.longest_wait(now=NOON + 5 * MINUTE)) == (2, 5 * MINUTE)


def test_the_accept_rate() -> None:
    """O1: accept_rate = both accepted ÷ proposals closed within 60 min."""
    assert queries.accept_rate(now=NOON) is None
    pairs = [(person(f"Гость {number}"), person(f"Гостья {number}")) for number in range(4)]
    for one, other in pairs[:3]:
        match = proposal_of(one, other)
        accept(match, one)
        accept(match, other, NOON + MINUTE)
    one, other = pairs[3]
    match = proposal_of(one, other)
    accept(match, one)
    assert queries.accept_rate(now=NOON + 2 * MINUTE) == 1
    skip(match, other, NOON + 2 * MINUTE)
    assert queries.accept_rate(now=NOON + 2 * MINUTE) == 0.75
    assert queries.accept_rate(now=NOON + 61 * MINUTE) == 0
    assert queries.accept_rate(now=NOON + 62 * MINUTE) is None
