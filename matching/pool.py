"""The rows of the waiting pool: what they copy from a profile, who may have one."""

from datetime import datetime

from django.db import connection

from delivery.models import Language
from profiles.models import Profile

from . import queries, scoring
from .models import PoolEntry

_LANGUAGE_BITS = {language: 1 << bit for bit, language in enumerate(Language.values)}


def may_wait(profile: Profile, now: datetime) -> bool:
    """Whether the person may be introduced to anybody: complete, in good standing, reachable (M2)."""
    return profile.is_complete and not profile.is_suspended(now) and profile.recipient.reachable


def entry_of(profile: Profile, *, since: datetime, requeues: int = 0, now: datetime) -> PoolEntry:
    """The pool row of a person who waits since `since`, not saved yet."""
    return PoolEntry(
        profile=profile,
        since=since,
        requeues=requeues,
        topic_mask=profile.topic_mask,
        language_mask=sum(_LANGUAGE_BITS[language] for language in profile.speaks),
        timezone=profile.timezone,
        helpfulness=scoring.helpfulness(
            rating_sum=profile.rating_sum / 100, rating_count=profile.rating_count, mean=queries.mean_rating(now=now)
        ),
    )


def put_back(profile: Profile, *, since: datetime, requeues: int, now: datetime) -> PoolEntry | None:
    """Step: let a person (locked, without a seat) wait again; None where they may not wait any more."""
    assert connection.in_atomic_block
    if not may_wait(profile, now):
        return None
    entry = entry_of(profile, since=since, requeues=requeues, now=now)
    entry.save(force_insert=True)
    return entry
