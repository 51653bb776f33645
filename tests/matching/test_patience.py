"""How long a search holds out for a better partner."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from matching import patience, queries
from matching.models import Match
from tests.base import person

from .scenes import NOON, find, is_seated, topics

BUSY, QUIET = 0.3, 0.29
SECOND = timedelta(seconds=1)


@given(st.floats(0, 3600), st.floats(0, 100))
def test_what_is_asked_for_falls_with_waiting(waited: float, arrivals: float) -> None:
    """M4: the longer someone waits, the wider the choice; after half a minute everybody allowed will do."""
    now, later = (patience.asked_for(waited=waited + more, arrivals=arrivals) for more in (0, 1))
    assert 1 >= now >= later >= 0
    assert patience.asked_for(waited=30, arrivals=arrivals) == 0


def test_a_clock_that_was_set_back_holds_nobody_up() -> None:
    """M8: who seems to come in an hour is not held back until then; a worker's clock may differ a little, though."""
    assert patience.asked_for(waited=-3600, arrivals=BUSY) == 0
    assert patience.asked_for(waited=-0.1, arrivals=BUSY) == 0.85


def test_nothing_is_asked_for_while_few_come() -> None:
    """M8: while the pool is quiet waiting buys nothing."""
    assert patience.asked_for(waited=0, arrivals=QUIET) == 0
    assert patience.asked_for(waited=0, arrivals=BUSY) == 0.85


def test_patience_may_be_switched_off(settings: Settings) -> None:
    """M4: a setting."""
    settings.MATCH_PATIENCE = timedelta(0)
    assert patience.asked_for(waited=0, arrivals=BUSY) == 0


@pytest.mark.django_db
def test_arrivals_count_each_search_of_the_last_minute_once() -> None:
    """M4: who waits, who was proposed; not who was put back with an older search, not listeners."""
    mira, oleh, ada = (
        person(name, topics=topics(letters)) for name, letters in (("Мира", "ab"), ("Олег", "ab"), ("Ада", "kl"))
    )
    find(mira, NOON)
    find(oleh, NOON + 30 * SECOND)
    find(ada, NOON + 45 * SECOND)
    assert queries.arrivals_per_second(now=NOON + 50 * SECOND) == pytest.approx(3 / 60)
    assert queries.arrivals_per_second(now=NOON + 70 * SECOND) == pytest.approx(2 / 60)
    Match.objects.update(listener=mira, since_a=NOON + 30 * SECOND, since_b=NOON + 30 * SECOND)
    assert queries.arrivals_per_second(now=NOON + 70 * SECOND) == pytest.approx(2 / 60)


@pytest.mark.django_db
def test_a_search_holds_out_while_many_come(settings: Settings) -> None:
    """M4: a poor fit is not proposed at once while better partners may come any moment, but after a while it is."""
    settings.MATCH_PATIENCE_FROM_PER_SECOND = 1 / 60
    poor = person("Мира", topics=topics("abcdefgh"))
    find(poor)
    oleh = person("Олег", topics=topics("ab"))
    assert not find(oleh, NOON + SECOND).proposed
    good = person("Ада", topics=topics("ab"))
    assert find(good, NOON + 2 * SECOND).proposed
    assert is_seated(oleh)
    late = person("Тая", topics=topics("ab"))
    assert find(late, NOON + 31 * SECOND).proposed
    assert is_seated(poor)
