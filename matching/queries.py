"""Reads about the pool and its proposals, as evaluated values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import median

from django.db.models import QuerySet, Sum

from delivery.models import Language, OutboxMessage
from profiles.models import MIN_TOPICS, Profile
from profiles.queries import topics_of
from profiles.topics import inactive_mask

from .models import Match, PoolEntry, Seat
from .notices import key_of

# What a newcomer gets while nobody has been rated at all.
NEUTRAL_RATING = 0.5
_ARRIVALS_OVER = timedelta(minutes=1)
_PLENTY = 300
_WAITS_OVER = timedelta(hours=3)
_WAITS = 200
_WAITS_THAT_TELL = 5


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a person is told about whom they are proposed to.

    `listening`: they are asked to listen, and were not searching; `again`: the two had asked to meet again.
    """

    match_id: int
    nickname: str
    bio: str
    shared_topics: list[str]
    timezone: str
    listening: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody with these topics (a mask) and languages waited for a proposal."""

    topics: int
    speaks: frozenset[str]
    lasted: timedelta


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
        shared_topics=topics_of(mask=match.a.topic_mask & match.b.topic_mask & ~inactive_mask(), language=language),
        timezone=partner.timezone,
        listening=match.listener_id == to,
        again=match.again,
    )


def is_waiting(*, profile_id: int) -> bool:
    """Whether the person waits in the pool."""
    return PoolEntry.objects.filter(pk=profile_id).exists()


def is_proposed(*, profile_id: int) -> bool:
    """Whether the person has an open proposal."""
    return Seat.objects.filter(pk=profile_id, match__state=Match.State.PROPOSED).exists()


def is_searching(*, profile_id: int) -> bool:
    """Whether the person waits in the pool or has an open proposal."""
    return is_waiting(profile_id=profile_id) or is_proposed(profile_id=profile_id)


def is_talking(*, profile_id: int) -> bool:
    """Whether the person is in a conversation."""
    return Seat.objects.filter(pk=profile_id, match__state=Match.State.ACTIVE).exists()


def is_idle(*, profile_id: int) -> bool:
    """Whether the person neither waits nor has a proposal or conversation."""
    return not (PoolEntry.objects.filter(pk=profile_id).exists() or Seat.objects.filter(pk=profile_id).exists())


def was_shown_proposal(*, match_id: int, profile_id: int) -> bool:
    """Whether the proposal stands in the person's chat: `record_proposal_delivery` does not know one that was over."""
    key = key_of("matching.proposal", match_id=match_id, profile_id=profile_id)
    return OutboxMessage.objects.filter(dedupe_key=key, state=OutboxMessage.State.SENT).exists()


def accepted(*, match_id: int, profile_id: int) -> bool:
    """Whether the person had accepted; False where the match is gone with one of the two."""
    match = Match.objects.filter(pk=match_id).first()
    return match is not None and match.was_accepted_by(profile_id)


def arrivals_per_second(*, now: datetime) -> float:
    """How many people began to search a second during the last minute; stops counting where it is plenty."""
    since = now - _ARRIVALS_OVER
    waiting = PoolEntry.objects.filter(since__gt=since)[:_PLENTY].count()
    # Someone who was put back keeps the time they came at, and does not come again.
    proposed = Match.objects.filter(created_at__gt=since).order_by("-created_at")[:_PLENTY]
    came = sum(
        (since_a > since) + (since_b > since) - (listener is not None)
        for since_a, since_b, listener in proposed.values_list("since_a", "since_b", "listener_id")
    )
    return (waiting + came) / _ARRIVALS_OVER.total_seconds()


def searching_by_language() -> Counter[int]:
    """How many people wait at the phone, by the mask of their languages; the newest 1,000 are counted."""
    waiting = PoolEntry.objects.filter(on_call_until=None).order_by("-since")
    return Counter(waiting.values_list("language_mask", flat=True)[:1000])


def answering_a_proposal() -> list[int]:
    """Who has an open proposal, the newest few hundred: some of them will soon wait again."""
    newest = Match.objects.filter(state=Match.State.PROPOSED).order_by("-created_at").values_list("a", "b")[:250]
    return [profile_id for two in newest for profile_id in two]


def recent_waits(*, now: datetime) -> list[Wait]:
    """How long those waited who were proposed lately; a bounded number.

    Not listeners, nor who had asked to be called instead of waiting.
    """
    lately = Match.objects.filter(created_at__gt=now - _WAITS_OVER, created_at__lte=now).order_by("-created_at")
    return [wait for side in ("a", "b") for wait in _waits_of(side, lately[:_WAITS])]


def _waits_of(side: str, matches: QuerySet[Match]) -> Iterator[Wait]:
    # Columns alone: everybody who searches asks for all of them, and hundreds of people take their time to build.
    languages = [f"{side}__speaks_{language}" for language in Language.values]
    for person_id, listener_id, called, created_at, since, topics, *speaks in matches.values_list(
        side, "listener", f"on_call_until_{side}", "created_at", f"since_{side}", f"{side}__topic_mask", *languages
    ):
        if person_id != listener_id and called is None:
            spoken = frozenset(language for language, does in zip(Language.values, speaks, strict=True) if does)
            yield Wait(topics, spoken, created_at - since)


def typical_wait(waits: Sequence[Wait], person: Profile) -> timedelta | None:
    """The median of `recent_waits` of who shares a language with the person, and two topics where they tell enough.

    None where too few were proposed to tell.
    """
    speaking = [wait for wait in waits if wait.speaks.intersection(person.speaks)]
    alike = [wait for wait in speaking if (wait.topics & person.topic_mask).bit_count() >= MIN_TOPICS]
    telling = alike if len(alike) >= _WAITS_THAT_TELL else speaking
    if len(telling) < _WAITS_THAT_TELL:
        return None
    return timedelta(seconds=median(wait.lasted.total_seconds() for wait in telling))


def expected_wait(*, profile_id: int, now: datetime) -> timedelta | None:
    """How long a search of this person might take from its beginning; None where nobody can tell."""
    person = Profile.objects.defer("bio").filter(pk=profile_id).first()
    return None if person is None else typical_wait(recent_waits(now=now), person)


def mean_rating(*, now: datetime) -> float:
    """The mean of all ratings in [0, 1], as of the hour of `now`; neutral while there are none."""
    return _mean_rating(now.replace(minute=0, second=0, microsecond=0))


# It looks at everybody and hardly moves: once an hour and process is enough.
@lru_cache(maxsize=1)
def _mean_rating(hour: datetime) -> float:
    rated = Profile.objects.filter(rating_count__gt=0).aggregate(sum=Sum("rating_sum"), count=Sum("rating_count"))
    return rated["sum"] / 100 / rated["count"] if rated["count"] else NEUTRAL_RATING
