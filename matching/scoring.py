"""How well two people fit (M3): pure functions, symmetric, each in [0, 1]."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

# How many ratings' worth of weight the mean of everybody has against a person's own.
PRIOR_RATINGS = 8

_DAY = 24 * 60
# From this shift on two windows of 14 h overlap at both ends, and their shared part stays at 4 h.
_FARTHEST = 10 * 60


@dataclass(frozen=True, slots=True)
class Score:
    """The three parts of a pair's score, each in [0, 1]."""

    topic_overlap: float
    time_overlap: float
    helpfulness: float

    @property
    def total(self) -> float:
        """The weighted sum of M3, in [0, 1]; the weights are settings.MATCH_WEIGHTS."""
        return self.fit + float(settings.MATCH_WEIGHTS["helpfulness"]) * self.helpfulness

    @property
    def fit(self) -> float:
        """The part of the total that is about this pair and not about how liked each of them is."""
        weights = settings.MATCH_WEIGHTS
        return float(weights["topic"] * self.topic_overlap + weights["time"] * self.time_overlap)


def topic_overlap(mine: int, theirs: int) -> float:
    """The Jaccard index |A∩B| / |A∪B| of two sets of topics, given as bit masks; 0 for two empty sets.

    Source: P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912). The overlap
    coefficient (shared / smaller) would give 1 to whoever ticks every topic.
    """
    union = (mine | theirs).bit_count()
    return (mine & theirs).bit_count() / union if union else 0.0


def time_overlap(mine: str, theirs: str, now: datetime) -> float:
    """How much of their waking day two people in the IANA zones `mine` and `theirs` share at `now`: 1 same, 0 opposite.

    Waking windows of 14 h at the same local hours, shifted by δ minutes, share max(14 h − δ, 4 h); scaled to the full
    range that is 1 − min(δ, 600) / 600. Offsets are those in force at `now`, so summer time counts.
    """
    return offset_overlap(utc_offset(mine, now), utc_offset(theirs, now))


def offset_overlap(mine: int, theirs: int) -> float:
    """The same for two UTC offsets in minutes."""
    apart = abs(mine - theirs) % _DAY
    return 1 - min(apart, _DAY - apart, _FARTHEST) / _FARTHEST


def helpfulness(*, rating_sum: float, rating_count: int, mean: float) -> float:
    """The Bayesian average (C·m + Σr) / (C + n) of a person's ratings r in [0, 1], m being everybody's `mean`, C = 8.

    Someone without ratings gets the mean. Source: the "true Bayesian estimate" of IMDb's Top 250; in general the
    posterior mean of a Beta distribution whose prior is worth C observations.
    """
    return (PRIOR_RATINGS * mean + rating_sum) / (PRIOR_RATINGS + rating_count)


def pair_helpfulness(mine: float, theirs: float) -> float:
    """The mean of the two."""
    return (mine + theirs) / 2


def utc_offset(zone: str, now: datetime) -> int:
    """The UTC offset in minutes that is in force in an IANA zone at `now`."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() / 60)
