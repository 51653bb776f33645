"""How matching is doing: reads for staff's commands, the metrics and the admin's home page."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest

from profiles.models import Topic

from . import candidates, listeners, patience, queries
from .models import Match, PoolEntry, Sweep
from .pool import LANGUAGE_BITS
from .triggers import FIRST_PROPOSALS

LATELY = timedelta(hours=1)

# A proposal is open for at most so many lifetimes (two until it arrives, one from then on), and what expiring lags.
_LIFETIMES = 3
_EXPIRING_LAGS = timedelta(minutes=5)
_WAITS_LOOKED_AT = 2_000
_LISTENERS_LOOKED_AT = 2_000
_SAMPLE = 200

_WAITS = f"""
SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) FROM (
    SELECT greatest(extract(epoch FROM m.created_at - side.since), 0) AS seconds
    FROM (
        SELECT * FROM matching_match WHERE created_at > %(since)s AND created_at <= %(now)s
        ORDER BY created_at DESC LIMIT %(looked_at)s
    ) m
    {FIRST_PROPOSALS}
) waits
"""  # noqa: S608  (a constant)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many proposals ended in which way; `accepted` by both."""

    accepted: int
    declined: int
    expired: int

    @property
    def closed(self) -> int:
        """All of them."""
        return self.accepted + self.declined + self.expired

    @property
    def accept_rate(self) -> float | None:
        """The share accepted by both, in [0, 1]; None where no proposal ended."""
        return self.accepted / self.closed if self.closed else None


@dataclass(frozen=True, slots=True)
class Waits:
    """Within how long half, and nine of ten, of the searches got their first proposal."""

    median: timedelta
    p90: timedelta


@dataclass(frozen=True, slots=True)
class Pool:
    """Who waits: how many, the longest for how long, of them on call, by language and by topic slug.

    `with_partner` is the share, in [0, 1], of `sampled` people drawn at random who could be introduced to somebody else
    who waits; None where nobody waits.
    """

    waiting: int
    oldest: timedelta | None
    on_call: int
    languages: dict[str, int]
    topics: dict[str, int]
    with_partner: float | None
    sampled: int


@dataclass(frozen=True, slots=True)
class LastSweep:
    """When the last sweep began, how long it took, how many it saw, proposed and left for later."""

    began_at: datetime
    took: timedelta
    waiting: int
    proposed: int
    held_back: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How many people begin to search a second, and what score is asked for at first (0: patience is off)."""

    arrivals_per_second: float
    asked_at_first: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything about the matcher at one moment; `ended` and `waits` are of the last hour."""

    pool: Pool
    open_proposals: int
    ended: Outcomes
    accept_rate: float | None
    waits: Waits | None
    patience: Patience
    listeners_ready: int
    last_sweep: LastSweep | None
    lag: timedelta


def overview(*, now: datetime) -> Overview:
    """All of the below."""
    ended = outcomes(now=now)
    return Overview(
        pool=pool(now=now),
        open_proposals=open_proposals(),
        ended=ended,
        accept_rate=ended.accept_rate,
        waits=waits(now=now),
        patience=patience_now(now=now),
        listeners_ready=listeners_ready(now=now),
        last_sweep=last_sweep(),
        lag=lag(now=now),
    )


def pool(*, now: datetime) -> Pool:
    """Who waits at this moment."""
    by_languages, by_topics, oldest = Counter[int](), Counter[int](), None
    groups = PoolEntry.objects.values("language_mask", "topic_mask").annotate(people=Count("pk"), oldest=Min("since"))
    for group in groups.order_by():
        by_languages[group["language_mask"]] += group["people"]
        by_topics[group["topic_mask"]] += group["people"]
        oldest = min(group["oldest"], oldest or group["oldest"])
    sampled, with_partner = _sample(now)
    return Pool(
        waiting=by_topics.total(),
        oldest=now - oldest if oldest else None,
        on_call=PoolEntry.objects.filter(on_call_until__gt=now).count(),
        languages={language: _sum_of(by_languages, bit) for language, bit in LANGUAGE_BITS.items()},
        topics={topic.slug: _sum_of(by_topics, topic.mask) for topic in Topic.objects.filter(active=True)},
        with_partner=with_partner / sampled if sampled else None,
        sampled=sampled,
    )


def open_proposals() -> int:
    """How many proposals wait for an answer."""
    return Match.objects.filter(state=Match.State.PROPOSED).count()


def outcomes(*, now: datetime, within: timedelta = LATELY) -> Outcomes:
    """How the proposals ended that ended `within` the time before `now` (O1)."""
    since = now - within
    ended = Match.objects.filter(closed_at__gt=since, closed_at__lte=now).aggregate(
        declined=Count("pk", filter=Q(state=Match.State.DECLINED)),
        expired=Count("pk", filter=Q(state=Match.State.EXPIRED)),
    )
    # When both had accepted is in no index of its own; when it was proposed is, and that was not long before.
    longest_open = _LIFETIMES * settings.PROPOSAL_LIFETIME + _EXPIRING_LAGS
    accepted = (
        Match.objects.filter(created_at__gt=since - longest_open, created_at__lte=now)
        .filter(state__in=[Match.State.ACTIVE, Match.State.COMPLETED])
        .alias(both_at=Greatest("accepted_a_at", "accepted_b_at"))
        .filter(both_at__gt=since, both_at__lte=now)
    )
    return Outcomes(accepted=accepted.count(), declined=ended["declined"], expired=ended["expired"])


def waits(*, now: datetime, within: timedelta = LATELY) -> Waits | None:
    """How long searches waited for their first proposal, of the newest 2,000 proposals `within` the time before `now`.

    None where there were none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, {"since": now - within, "now": now, "looked_at": _WAITS_LOOKED_AT})
        (found,) = cursor.fetchone()
    return Waits(*(timedelta(seconds=seconds) for seconds in found)) if found else None


def patience_now(*, now: datetime) -> Patience:
    """Whether the matcher holds out for better partners at this moment, see patience.py."""
    arrivals = queries.arrivals_per_second(now=now)
    return Patience(arrivals_per_second=arrivals, asked_at_first=patience.asked_for(waited=0.0, arrivals=arrivals))


def listeners_ready(*, now: datetime) -> int:
    """How many listeners could be asked at this moment (P9), among the 2,000 of them who were here last."""
    lately = listeners.available(now=now).order_by("-seen_at")
    columns = lately.only("timezone", "quiet_from", "quiet_until")[:_LISTENERS_LOOKED_AT]
    return sum(not listeners.is_quiet(profile, now) for profile in columns)


def last_sweep() -> LastSweep | None:
    """The last sweep that looked at the whole pool; None where there was none yet."""
    sweep = Sweep.objects.filter(pk=Sweep.ONLY).first()
    if sweep is None:
        return None
    return LastSweep(
        began_at=sweep.began_at,
        took=sweep.ended_at - sweep.began_at,
        waiting=sweep.waiting,
        proposed=sweep.proposed,
        held_back=sweep.held_back,
    )


def lag(*, now: datetime) -> timedelta:
    """The age of the oldest searcher whom no sweep has looked at yet: who came after the last one began (O1)."""
    unseen = PoolEntry.objects.all()
    if sweep := last_sweep():
        unseen = unseen.filter(joined_at__gt=sweep.began_at)
    oldest = unseen.aggregate(oldest=Min("joined_at"))["oldest"]
    return max(now - oldest, timedelta()) if oldest else timedelta()


def _sample(now: datetime) -> tuple[int, int]:
    """(how many were drawn, how many of them have an allowed partner in the pool)."""
    drawn = list(PoolEntry.objects.order_by("?")[:_SAMPLE])
    return len(drawn), sum(bool(candidates.nearest(entry, now=now)) for entry in drawn)


def _sum_of(people_by_mask: Counter[int], bit: int) -> int:
    return sum(people for mask, people in people_by_mask.items() if mask & bit)
