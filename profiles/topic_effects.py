"""What it does to people when staff add, activate or deactivate a topic (P4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.db.models import Count, F, Q

from .models import MIN_TOPICS, BitCount, Profile, Topic

SEEN_WITHIN = timedelta(days=30)
# So many people say enough about all of them, and their pairs are weighed in a moment.
_PEOPLE = 300


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

    Judged by the people seen within 30 days, at most the last 300, who have two active topics.

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
    pairs = list(combinations(masks, 2))
    enough = sum((one & other).bit_count() >= MIN_TOPICS for one, other in pairs)
    after = sum(_two_are_left(one, other, active=active) for one, other in pairs)
    return Thinning(people=len(masks), now=enough / len(pairs), after=after / len(pairs))


def _two_are_left(one: int, other: int, *, active: int) -> float:
    """The probability that two people with these topics still have two in common, see `thinning`."""
    shared, mine, theirs = (one & other).bit_count(), one.bit_count(), other.bit_count()
    takes, they_take = mine / (active + 1), theirs / (active + 1)
    # The probability that the topic which somebody gives up is one that the two have in common.
    cost, their_cost = shared / mine, shared / theirs
    enough, exactly = shared >= MIN_TOPICS, shared == MIN_TOPICS
    if shared == 0:
        both = 0.0
    elif shared == 1:
        both = (1 - cost) * (1 - their_cost)
    else:
        both = 1 - exactly * cost * their_cost / 2
    return (
        (1 - takes) * (1 - they_take) * enough
        + takes * (1 - they_take) * (enough - exactly * cost)
        + (1 - takes) * they_take * (enough - exactly * their_cost)
        + takes * they_take * both
    )


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


def _masks(now: datetime) -> list[int]:
    """The active topics of who was here lately and has enough of them."""
    active = sum(topic.mask for topic in Topic.objects.filter(active=True))
    lately = Profile.objects.filter(state=Profile.State.COMPLETE, seen_at__gt=now - SEEN_WITHIN).order_by("-seen_at")
    masks = [mask & active for mask in lately.values_list("topic_mask", flat=True)[:_PEOPLE]]
    return [mask for mask in masks if mask.bit_count() >= MIN_TOPICS]
