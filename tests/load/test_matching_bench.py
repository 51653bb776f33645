"""The benchmark of matching runs, at sizes at which its figures mean nothing, and knows what is best."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.db import connection

from matching import scoring
from matching.models import Match
from matching.pool import entry_of
from profiles.models import Profile
from project.supervisor.programs import CHECKOUT
from tests.base import person
from tests.load.benchmarks.matching import figures
from tests.load.matching.crush import trouble
from tests.load.matching.optimum import best_pairs, rarest, scores, sum_of
from tests.load.matching.plot import draw
from tests.load.matching.sizes import SIZES, from_environment
from tests.load.population import People, cooldowns, people
from tests.load.servers import own_database

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ASKED_FOR = {
    "search_speedup", "search_growth", "claim_growth", "search_quality_12", "search_quality_40", "sweep_quality_12",
    "sweep_quality_40", "sweep_growth", "worker_mb", "rare_paired", "double_seats",
}  # fmt: skip


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    """The tables of the product with nothing in them, in a database of its own."""
    migrated = str(connection.settings_dict["NAME"])
    connection.close()
    server = urlsplit(os.environ["SERVER_DATABASE_URL"])._replace(path=f"/{migrated}").geturl()
    with own_database(server, f"{migrated}_bench", template=migrated) as url:
        yield url


def test_everything_is_measured(empty_database: str, tmp_path: Path) -> None:
    """Every figure that was asked for comes out, and what can't be a matter of size is as it must be."""
    environment = {**os.environ, "DATABASE_URL": empty_database, "SIZES": "tiny"}
    command = [sys.executable, "-m", "tests.load.matching"]
    printed = subprocess.run(
        command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    measured = json.loads(printed)
    found = {figure.name: figure for figure in figures(measured)}
    assert {f"matching.{name}" for name in ASKED_FOR} <= set(found)
    assert all(found[f"matching.{name}"].goal for name in ASKED_FOR)
    assert (found["matching.double_seats"].value, found["matching.pool_and_seat"].value) == (0, 0)
    assert measured["finders"]["proposals"] > 0
    assert measured["mixed"]["other"] > 0
    assert 0.9 < found["matching.sweep_quality_12"].value < 1.0001
    draw(measured, tmp_path / "cost.png")
    assert (tmp_path / "cost.png").stat().st_size > 10_000


@pytest.mark.django_db
def test_somebody_in_two_places_is_seen() -> None:
    """What the database refuses a seat for would show in the proposals, and whoever waits beside it."""
    one, other, third = person("Тихий Дождь"), person("Тихая Река"), person("Тихий Свет")
    connection.ensure_connection()
    _propose(one, other)
    assert trouble(connection.connection) == (0, 0)
    _propose(one, third)
    entry_of(third, since=NOW, now=NOW).save(force_insert=True)
    assert trouble(connection.connection) == (1, 1)


def test_people_are_as_they_are_said_to_be() -> None:
    """Two to eight topics each, 3.5 in the mean; the same for the same seed."""
    some = people(20_000, topics=12, seed=1)
    sizes = np.bitwise_count(some.topics)
    assert (sizes.min(), sizes.max()) == (2, 8)
    assert sizes.mean() == pytest.approx(3.5, abs=0.05)
    assert some.helpfulness.mean() == pytest.approx(8 / 11, abs=0.01)
    popularity = [np.count_nonzero(some.topics >> bit & 1) for bit in range(12)]
    assert popularity == sorted(popularity, reverse=True)
    assert (people(20_000, topics=12, seed=1).topics == some.topics).all()


def test_scores_are_those_of_the_product() -> None:
    """The table of scores that outcomes are compared to says what scoring.py says, and 0 for who is not allowed."""
    some, apart = people(60, topics=12, seed=2), cooldowns(60, each=10, seed=3)
    offsets = some.offsets(NOW)
    table = scores(some, offsets, apart)
    resting = {frozenset(pair) for pair in apart.tolist()}
    for one, other in itertools.combinations(range(60), 2):
        allowed = frozenset((one, other)) not in resting and _share_enough(some, one, other)
        assert table[one, other] == pytest.approx(_score(some, offsets, one, other) if allowed else 0)
        assert table[one, other] == table[other, one]
    assert (scores(some, offsets, apart, of=np.array([7, 3])) == table[[7, 3]]).all()


def test_the_optimum_is_the_optimum() -> None:
    """Taking the best pair first is worse here: 1-2 is the best of all, but 0-1 and 2-3 are better together."""
    table = np.zeros((4, 4))
    for (one, other), score in {(0, 1): 0.8, (1, 2): 0.9, (2, 3): 0.7}.items():
        table[one, other] = table[other, one] = score
    pairs = best_pairs(table)
    assert {frozenset(pair) for pair in pairs} == {frozenset((0, 1)), frozenset((2, 3))}
    assert sum_of(table, pairs) == pytest.approx(1.5)
    assert rarest(np.vstack([np.zeros((1, 10)), np.ones((9, 10))])).tolist() == [True] + [False] * 9


def test_sizes_are_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, and the two that matter most by number; what can't be measured is refused."""
    monkeypatch.setenv("SIZES", "small")
    assert from_environment() == SIZES["small"]
    monkeypatch.setenv("BENCH_WAITING", "2000")
    assert from_environment().waiting == (100, 1_000, 2_000)
    for name, value in (("BENCH_REGISTERED", "3000"), ("BENCH_WAITING", "900"), ("SIZES", "huge")):
        with pytest.MonkeyPatch.context() as refused:
            refused.setenv(name, value)
            with pytest.raises(ValueError, match=r"waiting|SIZES"):
                from_environment()


def _propose(one: Profile, other: Profile) -> None:
    Match.objects.create(
        a=one,
        b=other,
        score=1,
        topic_overlap=1,
        time_overlap=1,
        helpfulness=1,
        since_a=NOW,
        since_b=NOW,
        expires_at=NOW,
    )


def _share_enough(some: People, one: int, other: int) -> bool:
    shared = int(some.topics[one] & some.topics[other]).bit_count()
    return shared >= 2 and bool(some.languages[one] & some.languages[other])


def _score(some: People, offsets: np.ndarray, one: int, other: int) -> float:
    return scoring.Score(
        topic_overlap=scoring.topic_overlap(int(some.topics[one]), int(some.topics[other])),
        time_overlap=scoring.offset_overlap(int(offsets[one]), int(offsets[other])),
        helpfulness=scoring.pair_helpfulness(some.helpfulness[one], some.helpfulness[other]),
    ).total
