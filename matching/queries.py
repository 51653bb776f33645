"""Reads about the pool and its proposals, as evaluated values."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Sum

from profiles.models import Profile
from profiles.queries import topics_of

from .models import Match, PoolEntry, Seat

# What a newcomer gets while nobody has been rated at all.
NEUTRAL_RATING = 0.5


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a person is told about whom they are proposed to."""

    match_id: int
    nickname: str
    bio: str
    shared_topics: list[str]
    timezone: str


def introduction(*, match_id: int, to: int, language: str) -> Introduction | None:
    """The partner as `to` sees them, topics in `language`; None when the proposal is no longer open."""
    match = Match.objects.select_related("a", "b").filter(pk=match_id, state=Match.State.PROPOSED).first()
    if match is None:
        return None
    partner = match.b if match.side_of(to) == "a" else match.a
    return Introduction(
        match_id=match.pk,
        nickname=partner.nickname,
        bio=partner.bio,
        shared_topics=topics_of(mask=match.a.topic_mask & match.b.topic_mask, language=language),
        timezone=partner.timezone,
    )


def is_searching(*, profile_id: int) -> bool:
    """Whether the person waits in the pool or has an open proposal."""
    return (
        PoolEntry.objects.filter(pk=profile_id).exists()
        or Seat.objects.filter(pk=profile_id, match__state=Match.State.PROPOSED).exists()
    )


def is_idle(*, profile_id: int) -> bool:
    """Whether the person neither waits nor has a proposal or conversation."""
    return not (PoolEntry.objects.filter(pk=profile_id).exists() or Seat.objects.filter(pk=profile_id).exists())


def mean_rating(*, now: datetime) -> float:
    """The mean of all ratings in [0, 1], as of the hour of `now`; neutral while there are none."""
    return _mean_rating(now.replace(minute=0, second=0, microsecond=0))


# It looks at everybody and hardly moves: once an hour and process is enough.
@lru_cache(maxsize=1)
def _mean_rating(hour: datetime) -> float:
    rated = Profile.objects.filter(rating_count__gt=0).aggregate(sum=Sum("rating_sum"), count=Sum("rating_count"))
    return rated["sum"] / 100 / rated["count"] if rated["count"] else NEUTRAL_RATING
