"""Finding the best allowed partner in the pool, and making the proposal."""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from . import scoring
from .models import Match, PoolEntry, Seat
from .notices import tell
from .scoring import Score

# What a search looks at, whatever the size of the pool: enough to find nearly the best partner in it.
OLDEST_LOOKED_AT = 200
SAME_TOPICS_LOOKED_AT = 50

_log = structlog.get_logger(__name__)


def propose_best(entry: PoolEntry, now: datetime) -> Match | None:
    """Step: propose the best free partner to the person of `entry`, whose profile the caller has locked.

    Both leave the pool, take their seats and are told, all in the caller's transaction. None where nobody is free.
    """
    assert connection.in_atomic_block
    for candidate in _ranked(entry, now):
        # Read again under lock: since the ranking they may have left, been taken or changed their topics.
        still_there = PoolEntry.objects.filter(pk=candidate.pk).allowed_with(entry, now).in_good_standing(now)
        partner = still_there.claimed().first()
        if partner is None:
            continue
        try:
            with transaction.atomic():
                return _propose(entry, partner, now)
        except IntegrityError:
            _log.warning("seat_taken_elsewhere")
    return None


@transaction.atomic(durable=True)
def pair(profile_id: int, now: datetime) -> bool:
    """Entry: try to find a partner for someone who waits; False where nobody is free or they wait no longer."""
    entry = PoolEntry.objects.in_good_standing(now).claimed().filter(pk=profile_id).first()
    return entry is not None and propose_best(entry, now) is not None


def score_of(one: PoolEntry, other: PoolEntry, now: datetime) -> Score:
    """How well two waiting people fit."""
    return Score(
        topic_overlap=scoring.topic_overlap(one.topic_mask, other.topic_mask),
        time_overlap=scoring.time_overlap(one.timezone, other.timezone, now),
        helpfulness=scoring.pair_helpfulness(one.helpfulness, other.helpfulness),
    )


def _ranked(entry: PoolEntry, now: datetime) -> list[PoolEntry]:
    """The candidates, best first: by what they share; helpfulness only tips, or the most liked would get everybody."""
    allowed = PoolEntry.objects.allowed_with(entry, now)
    candidates = allowed.oldest(OLDEST_LOOKED_AT).union(
        allowed.filter(topic_mask=entry.topic_mask).oldest(SAME_TOPICS_LOOKED_AT)
    )

    def rank(candidate: PoolEntry) -> tuple[float, float, datetime]:
        score = score_of(entry, candidate, now)
        return -score.fit, -score.helpfulness, candidate.since

    return sorted(candidates, key=rank)


def _propose(one: PoolEntry, other: PoolEntry, now: datetime) -> Match:
    score = score_of(one, other, now)
    a, b = sorted((one, other), key=lambda entry: entry.profile_id)
    match = Match.objects.create(
        a_id=a.profile_id,
        b_id=b.profile_id,
        score=score.total,
        topic_overlap=score.topic_overlap,
        time_overlap=score.time_overlap,
        helpfulness=score.helpfulness,
        since_a=a.since,
        since_b=b.since,
        requeues_a=a.requeues,
        requeues_b=b.requeues,
        # Their five minutes begin when both have been told; this is for a proposal that never arrives.
        expires_at=now + 2 * settings.PROPOSAL_LIFETIME,
        created_at=now,
    )
    Seat.objects.bulk_create([Seat(profile_id=a.profile_id, match=match), Seat(profile_id=b.profile_id, match=match)])
    PoolEntry.objects.filter(pk__in=[a.profile_id, b.profile_id]).delete()
    for person in (a, b):
        tell(kind="matching.proposal", match=match, profile_id=person.profile_id, now=now)
    return match
