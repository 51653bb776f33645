"""Pairing whoever is left in the pool, every few seconds: all pairs together as good as they can be (M4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db.models import Exists, OuterRef

from delivery.models import OutboxMessage, Priority
from profiles.models import MIN_TOPICS
from profiles.topics import inactive_mask

from . import listeners, pairing, patience, pool, queries, waiting
from .assignment import assign
from .locks import the_only_sweep
from .models import PoolEntry, RecentContact, Sweep
from .weighing import Numbers, Waiting

# No more proposals than can be told within this time (M8), two messages each.
_TOLD_WITHIN = timedelta(seconds=30)
# Each is a transaction and a search of its own, so that a sweep asks a few; over the sweeps everybody has their turn.
_ASK_LISTENERS_FOR = 50
_READ_AT_ONCE = 5_000
_LOCKED_AT_ONCE = 50

_ENTRY = np.dtype(
    [
        ("id", np.int64),
        ("since", np.float64),
        ("topics", np.int64),
        ("languages", np.int8),
        ("offset", np.int16),
        ("helpfulness", np.float32),
        ("is_on_call", np.bool_),
    ]
)
_COOLDOWN = np.dtype([("one", np.int64), ("other", np.int64)])


@dataclass(frozen=True, slots=True)
class _Outcome:
    proposed: int
    held_back: int


def sweep(*, now: datetime) -> int:
    """Entry: pair whoever is left in the pool, and ask listeners for those who have nobody there.

    Returns how many proposals came of it; 0 where another sweep is at it. Each few proposals are a transaction, so that
    a sweep which is killed has lost nothing.
    """
    with the_only_sweep() as alone:
        if not alone:
            return 0
        started = monotonic()
        waiting.end_calls(now=now)
        _see_out_who_disagrees(now)
        entries = _entries(now)
        outcome = _pair(_with_active_topics(entries, now), now)
        # By the monotonic clock: the other may have jumped meanwhile.
        ended_at = now + timedelta(seconds=monotonic() - started)
        Sweep.objects.update_or_create(
            pk=Sweep.ONLY,
            defaults={
                "began_at": now,
                "ended_at": ended_at,
                "waiting": len(entries),
                "proposed": outcome.proposed,
                "held_back": outcome.held_back,
            },
        )
        return outcome.proposed


def _entries(now: datetime) -> npt.NDArray[np.void]:
    """Who may be introduced to somebody, in the order of their ids."""
    columns = ("pk", "since", "topic_mask", "language_mask", "utc_offset", "helpfulness", "on_call_until")
    rows = PoolEntry.objects.in_good_standing(now).values_list(*columns).iterator(chunk_size=_READ_AT_ONCE)
    slim = ((pk, since.timestamp(), *rest, on_call is not None) for pk, since, *rest, on_call in rows)
    return np.sort(np.fromiter(slim, _ENTRY), order="id")


def _with_active_topics(entries: npt.NDArray[np.void], now: datetime) -> npt.NDArray[np.void]:
    """The entries without topics that were deactivated since they were written, nor those who have too few then."""
    inactive = inactive_mask()
    is_outdated = entries["topics"] & inactive != 0
    entries["topics"] &= ~inactive
    has_enough: npt.NDArray[np.bool_] = np.bitwise_count(entries["topics"]) >= MIN_TOPICS
    for some in _in_batches(entries["id"][is_outdated & has_enough]):
        pool.without_topics(some, inactive=inactive)
    for some in _in_batches(entries["id"][is_outdated & ~has_enough]):
        pool.look_again(some, now=now)
    return entries[has_enough]


def _see_out_who_disagrees(now: datetime) -> None:
    """Whoever waits under rules that have changed since is told, and does not wait any more."""
    disagreeing = PoolEntry.objects.exclude(profile__rules_version=settings.RULES_VERSION).values_list("pk", flat=True)
    pool.look_again(list(disagreeing[:_LOCKED_AT_ONCE]), now=now)


def _in_batches(ids: Numbers) -> Iterator[list[int]]:
    return (ids[begin : begin + _LOCKED_AT_ONCE].tolist() for begin in range(0, len(ids), _LOCKED_AT_ONCE))


def _pair(entries: npt.NDArray[np.void], now: datetime) -> _Outcome:
    people = _people(entries, now)
    assignment = assign(people, settings.MATCH_WEIGHTS)
    longest_first = np.argsort(-people.waited[assignment.pairs].max(axis=1), kind="stable")
    budget = _budget()
    chosen = entries["id"][assignment.pairs[longest_first[:budget]]]
    proposed = pairing.propose_pairs([(one, other) for one, other in chosen.tolist()], now=now)
    proposed += _ask_listeners(entries["id"][assignment.alone], most=budget - len(chosen), now=now)
    return _Outcome(proposed, held_back=assignment.held_back + len(assignment.pairs) - len(chosen))


def _people(entries: npt.NDArray[np.void], now: datetime) -> Waiting:
    waited = now.timestamp() - entries["since"]
    return Waiting(
        topics=entries["topics"],
        languages=entries["languages"],
        offsets=entries["offset"],
        helpfulness=entries["helpfulness"],
        # Who asked to be called is in no hurry; where the clock was set back somebody may have come in the future.
        waited=np.where(entries["is_on_call"], 0, np.maximum(waited, 0)).astype(np.float32),
        asked_for=_asked_for(waited, now),
        apart=_apart(entries["id"], now),
    )


def _asked_for(waited: npt.NDArray[np.float64], now: datetime) -> npt.NDArray[np.float32]:
    arrivals = queries.arrivals_per_second(now=now)
    scores = (patience.asked_for(waited=seconds, arrivals=arrivals) for seconds in waited.tolist())
    return np.fromiter(scores, np.float32, len(waited))


def _apart(ids: Numbers, now: datetime) -> Numbers:
    """The places in `ids`, which are in order, of everybody who rests from somebody who waits as well."""
    rows = np.fromiter(_cooldowns(now), _COOLDOWN)
    both_wait = np.isin(rows["one"], ids) & np.isin(rows["other"], ids)
    return np.stack([np.searchsorted(ids, rows[side][both_wait]) for side in ("one", "other")], axis=1)


def _cooldowns(now: datetime) -> Iterator[Any]:
    both_wait = [Exists(PoolEntry.objects.filter(pk=OuterRef(side))) for side in ("user_id", "other_id")]
    between = RecentContact.objects.filter(*both_wait, until__gt=now)
    return between.values_list("user_id", "other_id").iterator(chunk_size=_READ_AT_ONCE)


def _budget() -> int:
    """How many proposals can be told in time, besides what is on its way already."""
    messages = int(settings.TELEGRAM_MESSAGES_PER_SECOND * _TOLD_WITHIN.total_seconds())
    pending = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING, priority__lte=Priority.SESSION)
    return max(0, messages - pending[:messages].count()) // 2


def _ask_listeners(alone: Numbers, *, most: int, now: datetime) -> int:
    """Ask listeners for some of those who have nobody in the pool; returns how many were found."""
    if not len(alone) or not listeners.available(now=now).exists():
        return 0
    chosen = np.random.default_rng().permutation(alone)[: min(most, _ASK_LISTENERS_FOR)]
    return sum(pairing.ask_listener(profile_id, now=now) for profile_id in chosen.tolist())
