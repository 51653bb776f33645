"""Finding the best allowed partner, and making proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from profiles.models import MIN_TOPICS

from . import candidates, listeners, patience, queries, reunions, scoring
from .models import Match, PoolEntry, RecentContact, Seat
from .notices import introduce
from .pool import entry_of
from .scoring import Score

# As many proposals as are made in one transaction: few enough that nobody waits for their locks.
_BATCH = 50

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who are about to be proposed to each other, both locked; `listener` was not searching."""

    one: PoolEntry
    other: PoolEntry
    listener_id: int | None = None
    again: bool = False


def propose_best(entry: PoolEntry, now: datetime) -> Match | None:
    """Step: propose the best free partner to the person of `entry`, whose profile the caller has locked.

    First whom they wished to meet again, as did the other; then the pool, as far as patience lets; a listener where
    nobody is allowed there. Both leave the pool, take their seats and are told, all in the caller's transaction. None
    where nobody is free.
    """
    assert connection.in_atomic_block
    for partner_id in reunions.mutual(profile_id=entry.profile_id, now=now):
        if match := _try(entry, partner_id, now, again=True):
            return match
    found = candidates.nearest(entry, now=now)
    arrivals = queries.arrivals_per_second(now=now) if found else 0.0
    own_wait = (now - entry.since).total_seconds()
    for candidate in found:
        if candidate.score < patience.asked_for(waited=max(candidate.waited, own_wait), arrivals=arrivals):
            continue
        if match := _try(entry, candidate.profile_id, now):
            return match
    return None if found else _propose_listener(entry, now)


def propose_again(*, one_id: int, other_id: int, now: datetime) -> Match | None:
    """Step: propose two (locked) who both asked to meet again, if both wait at this moment."""
    assert connection.in_atomic_block
    entry = PoolEntry.objects.in_good_standing(now).claimed().filter(pk=one_id).first()
    return None if entry is None else _try(entry, other_id, now, again=True)


def propose_pairs(pairs: Sequence[tuple[int, int]], *, now: datetime) -> int:
    """Propose each two of `pairs` (profile ids) to each other, who all wait; returns how many proposals came of it.

    Nobody may be in two of the pairs. Each batch is a transaction; whoever has left, is being dealt with elsewhere, or
    is not allowed any more (M2) is passed over together with their partner.
    """
    return sum(_propose_batch(pairs[first : first + _BATCH], now) for first in range(0, len(pairs), _BATCH))


@transaction.atomic(durable=True)
def ask_listener(profile_id: int, *, now: datetime) -> bool:
    """Entry: propose a listener to somebody who waits; False where none is free or they wait no longer."""
    entry = PoolEntry.objects.in_good_standing(now).claimed().filter(pk=profile_id).first()
    return entry is not None and _propose_listener(entry, now) is not None


def score_of(one: PoolEntry, other: PoolEntry, now: datetime) -> Score:
    """How well two people fit, by the UTC offsets in force at `now`."""
    return Score(
        topic_overlap=scoring.topic_overlap(one.topic_mask, other.topic_mask),
        time_overlap=scoring.time_overlap(one.profile.timezone, other.profile.timezone, now),
        helpfulness=scoring.pair_helpfulness(one.helpfulness, other.helpfulness),
    )


def _try(entry: PoolEntry, partner_id: int, now: datetime, *, again: bool = False) -> Match | None:
    """Propose this partner if they still wait, are allowed and free; they are locked before they are judged."""
    # Since the ranking they may have left, been taken or changed their topics.
    still_there = PoolEntry.objects.filter(pk=partner_id).allowed_with(entry, now).in_good_standing(now)
    partner = still_there.claimed().first()
    return None if partner is None else _propose_one(Pair(entry, partner, again=again), now)


def _propose_listener(entry: PoolEntry, now: datetime) -> Match | None:
    for listener_id in listeners.nearest(entry, now=now):
        if listener := listeners.claim(entry, listener_id, now=now):
            pair = Pair(entry, entry_of(listener, since=now, now=now), listener_id=listener_id)
            if match := _propose_one(pair, now):
                return match
    return None


def _propose_one(pair: Pair, now: datetime) -> Match | None:
    try:
        with transaction.atomic():
            return _propose([pair], now)[0]
    except IntegrityError:
        # A seat that somebody took without holding the person: the rule holds all the same.
        _log.warning("seat_taken_elsewhere")
        return None


@transaction.atomic(durable=True)
def _propose_batch(pairs: Sequence[tuple[int, int]], now: datetime) -> int:
    wanted = [profile_id for pair in pairs for profile_id in pair]
    claimed = {entry.pk: entry for entry in PoolEntry.objects.filter(pk__in=wanted).in_good_standing(now).claimed()}
    resting = RecentContact.objects.filter(user__in=claimed, other__in=claimed, until__gt=now)
    apart = {frozenset(two) for two in resting.values_list("user_id", "other_id")}
    allowed = [
        Pair(claimed[one], claimed[other])
        for one, other in pairs
        if one in claimed and other in claimed and frozenset((one, other)) not in apart
    ]
    fitting = [pair for pair in allowed if _share_enough(pair.one, pair.other)]
    if not fitting:
        return 0
    try:
        with transaction.atomic():
            return len(_propose(fitting, now))
    except IntegrityError:
        _log.warning("seat_taken_elsewhere")
        return sum(_propose_one(pair, now) is not None for pair in fitting)


def _share_enough(one: PoolEntry, other: PoolEntry) -> bool:
    """Two topics and a language (M2)."""
    return (one.topic_mask & other.topic_mask).bit_count() >= MIN_TOPICS and one.language_mask & other.language_mask > 0


def _propose(pairs: Sequence[Pair], now: datetime) -> list[Match]:
    """All of them leave the pool, take their seats, and are told."""
    matches = Match.objects.bulk_create(_match_of(pair, now) for pair in pairs)
    called = {entry.profile_id for pair in pairs for entry in (pair.one, pair.other) if entry.on_call_until}
    people = [(one, match) for match in matches for one in (match.a_id, match.b_id)]
    PoolEntry.objects.filter(pk__in=[one for one, _ in people]).delete()
    Seat.objects.bulk_create(Seat(profile_id=one, match=match) for one, match in people)
    introduce(matches=matches, called=called, now=now)
    return matches


def _match_of(pair: Pair, now: datetime) -> Match:
    a, b = sorted((pair.one, pair.other), key=lambda entry: entry.profile_id)
    score = score_of(a, b, now)
    return Match(
        a_id=a.profile_id,
        b_id=b.profile_id,
        listener_id=pair.listener_id,
        again=pair.again,
        score=score.total,
        topic_overlap=score.topic_overlap,
        time_overlap=score.time_overlap,
        helpfulness=score.helpfulness,
        since_a=a.since,
        since_b=b.since,
        on_call_until_a=a.on_call_until,
        on_call_until_b=b.on_call_until,
        requeues_a=a.requeues,
        requeues_b=b.requeues,
        # Their five minutes begin when both have been told; this is for a proposal that never arrives.
        expires_at=now + 2 * settings.PROPOSAL_LIFETIME,
        created_at=now,
    )
