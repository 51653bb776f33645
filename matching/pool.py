"""The rows of the waiting pool: what they copy from a profile, who may have one."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from delivery.models import Language
from profiles.models import MIN_TOPICS, Profile
from profiles.topics import inactive_mask

from . import queries, scoring
from .locks import lock_people
from .models import PoolEntry
from .notices import tell_person

LANGUAGE_BITS = {language: 1 << bit for bit, language in enumerate(Language.values)}


def may_wait(profile: Profile, now: datetime) -> bool:
    """Whether the person may be introduced to anybody: complete, agreeing, in good standing, reachable (M2)."""
    agrees = profile.agreed_to(settings.RULES_VERSION)
    return profile.is_complete and agrees and not profile.is_suspended(now) and profile.recipient.reachable


def has_topics(entry: PoolEntry) -> bool:
    """Whether the person has enough topics that are still active to share two with anybody."""
    return entry.topic_mask.bit_count() >= MIN_TOPICS


def entry_of(profile: Profile, *, since: datetime, requeues: int = 0, now: datetime) -> PoolEntry:
    """The pool row of a person who waits since `since`, not saved yet."""
    return PoolEntry(
        profile=profile,
        since=since,
        joined_at=now,
        requeues=requeues,
        topic_mask=profile.topic_mask & ~inactive_mask(),
        language_mask=sum(LANGUAGE_BITS[language] for language in profile.speaks),
        utc_offset=scoring.utc_offset(profile.timezone, now),
        helpfulness=scoring.helpfulness(
            rating_sum=profile.rating_sum / 100, rating_count=profile.rating_count, mean=queries.mean_rating(now=now)
        ),
    )


def put_back(
    profile: Profile, *, since: datetime, on_call_until: datetime | None, requeues: int, now: datetime
) -> PoolEntry | None:
    """Step: let a person (locked, without a seat) wait again; None where they may not wait any more.

    Who had asked to be called is called again until then, and waits at the phone afterwards.
    """
    assert connection.in_atomic_block
    if not may_wait(profile, now):
        _tell_rules_changed(profile, now)
        return None
    entry = entry_of(profile, since=since, requeues=requeues, now=now)
    if on_call_until is not None and on_call_until > now:
        entry.on_call_until = on_call_until
    if not has_topics(entry):
        _tell_topics_are_gone(profile.pk, now)
        return None
    entry.save(force_insert=True)
    return entry


def refresh(profile: Profile, *, now: datetime) -> None:
    """Step: the row of a person (locked) follows their profile, and goes where they may not wait any more."""
    assert connection.in_atomic_block
    waiting = PoolEntry.objects.filter(pk=profile.pk).first()
    if waiting is None:
        return
    entry = entry_of(profile, since=waiting.since, requeues=waiting.requeues, now=now)
    entry.joined_at, entry.on_call_until = waiting.joined_at, waiting.on_call_until
    if may_wait(profile, now) and has_topics(entry):
        entry.save(force_update=True)
        return
    waiting.delete()
    if may_wait(profile, now):
        _tell_topics_are_gone(profile.pk, now)
    else:
        _tell_rules_changed(profile, now)


@transaction.atomic(durable=True)
def without_topics(profile_ids: Collection[int], *, inactive: int) -> None:
    """Entry: these people wait on without the topics of the mask; enough others must be left to each."""
    PoolEntry.objects.filter(pk__in=profile_ids).update(topic_mask=F("topic_mask").bitand(~inactive))


@transaction.atomic(durable=True)
def look_again(profile_ids: Collection[int], *, now: datetime) -> None:
    """Entry: who of these may not wait any more leaves and is told why: too few topics left, or the rules changed.

    Who is being dealt with elsewhere is left for next time. Few at once: they are all locked.
    """
    for profile in lock_people(profile_ids, skip_locked=True).values():
        refresh(profile, now=now)


def _tell_topics_are_gone(profile_id: int, now: datetime) -> None:
    tell_person(kind="matching.topics_gone", profile_id=profile_id, about=f"{now:%Y%m%d%H%M%S}", now=now)


def _tell_rules_changed(profile: Profile, now: datetime) -> None:
    if profile.is_complete and not profile.agreed_to(settings.RULES_VERSION):
        about = str(settings.RULES_VERSION)
        tell_person(kind="matching.rules_changed", profile_id=profile.pk, about=about, now=now)
