"""What it does to people when staff add, activate or deactivate a topic (P4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, F, Q

from .models import MIN_TOPICS, BitCount, Profile, Topic

SEEN_WITHIN = timedelta(days=30)
# So many people say enough about all of them, and their pairs are weighed in a moment.
_PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class Thinning:
    """The share of pairs, in [0, 1], that have two active topics in common: now, and with one more to choose from.

    `people` is how many these figures come from.
    """

    people: int
    now: float
    after: float


@dataclass(frozen=True, slots=True)
class Holders:
    """How many people have a topic, and how many of them have fewer than two active ones besides."""

    people: int
    left_with_too_few: int


def thinning(*, now: datetime) -> Thinning | None:
    """What one more topic does to the chance that two people fit; None where there are too few people to tell.

    Judged by the people seen within 30 days, at most the last 2,000, who have two active topics.

    Somebody with k of the T active topics is taken to come to have the new one, instead of one of theirs drawn at
    random, with probability p = k / (T + 1): as often as an average topic of T + 1 is ticked by who ticks k. Of two
    people with s topics in common, a new one that only one takes costs a common one with probability s / k of theirs;
    one that both take is common, and costs each of them so. `after` is the mean over all pairs of the probability that
    two are left.
    """
    masks = _masks(now)
    if len(masks) < 2:
        return None
    active = Topic.objects.filter(active=True).count()
    ticked = np.bitwise_count(masks).astype(np.float32)
    shared = np.bitwise_count(masks[:, None] & masks[None, :]).astype(np.float32)
    takes = ticked / (active + 1)
    mine, theirs = takes[:, None], takes[None, :]
    # The probability that the topic which somebody gives up is one that the two have in common.
    cost_mine, cost_theirs = shared / ticked[:, None], shared / ticked[None, :]
    enough, exactly = shared >= MIN_TOPICS, shared == MIN_TOPICS
    after_both = np.select(
        [shared < 1, shared == 1, exactly],
        [0.0, (1 - cost_mine) * (1 - cost_theirs), 1 - cost_mine * cost_theirs / 2],
        1.0,
    )
    after = (
        (1 - mine) * (1 - theirs) * enough
        + mine * (1 - theirs) * (enough - exactly * cost_mine)
        + (1 - mine) * theirs * (enough - exactly * cost_theirs)
        + mine * theirs * after_both
    )
    return Thinning(people=len(masks), now=_mean_of_pairs(enough), after=_mean_of_pairs(after))


def holders(topic: Topic) -> Holders:
    """Who is concerned when the topic is deactivated."""
    others = sum(each.mask for each in Topic.objects.filter(active=True).exclude(pk=topic.pk))
    having = Profile.objects.alias(has=F("topic_mask").bitand(topic.mask)).filter(has__gt=0)
    counted = (
        having.filter(state=Profile.State.COMPLETE)
        .annotate(left=BitCount(F("topic_mask").bitand(others)))
        .aggregate(people=Count("pk"), too_few=Count("pk", filter=Q(left__lt=MIN_TOPICS)))
    )
    return Holders(people=counted["people"], left_with_too_few=counted["too_few"])


def _masks(now: datetime) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The active topics of who was here lately and has enough of them."""
    active = sum(topic.mask for topic in Topic.objects.filter(active=True))
    lately = Profile.objects.filter(state=Profile.State.COMPLETE, seen_at__gt=now - SEEN_WITHIN).order_by("-seen_at")
    masks = [mask & active for mask in lately.values_list("topic_mask", flat=True)[:_PEOPLE]]
    return np.array([mask for mask in masks if mask.bit_count() >= MIN_TOPICS], dtype=np.int64)


def _mean_of_pairs(of_each: "np.ndarray[tuple[int, int], np.dtype[np.floating]]") -> float:
    """The mean over all pairs of two different people."""
    people = len(of_each)
    return float((of_each.sum(dtype=np.float64) - np.trace(of_each)) / (people * (people - 1)))
