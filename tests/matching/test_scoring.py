"""The parts of the score."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from django.core.checks import Error
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from matching import scoring
from matching.checks import weights_sum_to_one
from matching.scoring import Score

MASKS = st.integers(min_value=0, max_value=2**63 - 1)
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SHARES = st.floats(min_value=0, max_value=1)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(MASKS, MASKS)
def test_topic_overlap_is_symmetric_and_in_range(mine: int, theirs: int) -> None:
    """M3: each part is in [0, 1] and the same from both sides."""
    overlap = scoring.topic_overlap(mine, theirs)
    assert 0 <= overlap <= 1
    assert overlap == scoring.topic_overlap(theirs, mine)


@given(MASKS, MASKS, st.integers(min_value=0, max_value=62))
def test_one_more_shared_topic_never_lowers_topic_overlap(mine: int, theirs: int, bit: int) -> None:
    """M3: topic_overlap grows with what two people share."""
    more = scoring.topic_overlap(mine | 1 << bit, theirs | 1 << bit)
    assert more >= scoring.topic_overlap(mine, theirs)


@given(MASKS, st.integers(min_value=0, max_value=62))
def test_a_topic_only_one_has_lowers_topic_overlap(mine: int, bit: int) -> None:
    """M3: who ticks everything does not fit everybody (the reason for Jaccard)."""
    other = mine & ~(1 << bit)
    expected = 1.0 if other == mine and mine else other.bit_count() / max(mine.bit_count(), 1)
    assert scoring.topic_overlap(mine, other) == expected


def test_topic_overlap_by_example() -> None:
    """M3: two of three and two of four topics in common are 2 of 5."""
    assert scoring.topic_overlap(0b00111, 0b11110) == 2 / 5
    assert scoring.topic_overlap(0, 0) == 0


@given(ZONES, ZONES, MOMENTS)
def test_time_overlap_is_symmetric_and_in_range(mine: str, theirs: str, now: datetime) -> None:
    """M3: any two zones of the world, 26 hours apart included, give the same in [0, 1] from both sides."""
    overlap = scoring.time_overlap(mine, theirs, now)
    assert 0 <= overlap <= 1
    assert overlap == scoring.time_overlap(theirs, mine, now)
    assert scoring.time_overlap(mine, mine, now) == 1


@pytest.mark.parametrize(
    ("mine", "theirs", "now", "expected"),
    [
        ("Europe/Kyiv", "Europe/Kyiv", SUMMER, 1.0),
        ("Europe/Kyiv", "Europe/Berlin", SUMMER, 0.9),
        ("Europe/Kyiv", "Asia/Almaty", WINTER, 0.7),
        ("Europe/Kyiv", "Asia/Almaty", SUMMER, 0.8),
        ("Etc/GMT+6", "Etc/GMT-6", SUMMER, 0.0),
        ("Etc/GMT+5", "Etc/GMT-5", SUMMER, 0.0),
        ("Pacific/Kiritimati", "Etc/GMT+12", SUMMER, 0.8),
        ("Pacific/Kiritimati", "Pacific/Honolulu", SUMMER, 1.0),
        ("Asia/Kathmandu", "UTC", SUMMER, 1 - 345 / 600),
    ],
)
def test_time_overlap_by_example(mine: str, theirs: str, now: datetime, expected: float) -> None:
    """M3: a tenth less for each hour apart, counted round the clock, summer time included."""
    assert scoring.time_overlap(mine, theirs, now) == pytest.approx(expected)


@given(st.integers(-12, 12), st.integers(0, 11), st.integers(0, 11))
def test_farther_apart_is_never_better(start: int, one: int, other: int) -> None:
    """M3: time_overlap falls with the distance between two zones."""
    near, far = sorted((one, other))
    zones = [f"Etc/GMT{(start + hours + 12) % 24 - 12:+d}" for hours in (0, near, far)]
    assert scoring.time_overlap(zones[0], zones[1], SUMMER) >= scoring.time_overlap(zones[0], zones[2], SUMMER)


@given(st.lists(SHARES, max_size=500), SHARES)
def test_helpfulness_lies_between_the_mean_and_ones_own(ratings: list[float], mean: float) -> None:
    """M3: a newcomer gets the mean; ratings move it towards one's own average, never past it."""
    own = sum(ratings) / len(ratings) if ratings else mean
    result = scoring.helpfulness(rating_sum=sum(ratings), rating_count=len(ratings), mean=mean)
    assert min(own, mean) - 1e-9 <= result <= max(own, mean) + 1e-9


def test_helpfulness_by_example() -> None:
    """M3: eight ratings weigh as much as everybody's mean."""
    assert scoring.helpfulness(rating_sum=8, rating_count=8, mean=0.5) == 0.75
    assert scoring.helpfulness(rating_sum=0, rating_count=0, mean=0.7) == pytest.approx(0.7)


@given(SHARES, SHARES)
def test_pair_helpfulness_is_symmetric_and_in_range(mine: float, theirs: float) -> None:
    """M3: the mean of the two."""
    result = scoring.pair_helpfulness(mine, theirs)
    assert min(mine, theirs) <= result <= max(mine, theirs) or result == pytest.approx(mine)
    assert result == scoring.pair_helpfulness(theirs, mine)


@given(SHARES, SHARES, SHARES)
def test_the_score_weighs_its_parts(topic: float, time: float, helpful: float) -> None:
    """M3: 0.6 · topic_overlap + 0.2 · time_overlap + 0.2 · helpfulness."""
    assert Score(topic, time, helpful).total == pytest.approx(0.6 * topic + 0.2 * time + 0.2 * helpful)


def test_weights_are_settings(settings: Settings) -> None:
    """M3: the weights are settings."""
    settings.MATCH_WEIGHTS = {"topic": 0.0, "time": 1.0, "helpfulness": 0.0}
    assert Score(0.9, 0.3, 0.9).total == pytest.approx(0.3)


@pytest.mark.parametrize("weights", [(0.6, 0.2, 0.3), (1.2, -0.4, 0.2), (0.5, 0.2, 0.2)])
def test_wrong_weights_are_a_failed_check(settings: Settings, weights: tuple[float, float, float]) -> None:
    """M3: weights that would take the score out of [0, 1] stop the start."""
    assert weights_sum_to_one() == []
    settings.MATCH_WEIGHTS = dict(zip(("topic", "time", "helpfulness"), weights, strict=True))
    [error] = weights_sum_to_one()
    assert isinstance(error, Error)
