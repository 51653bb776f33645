"""Who may be proposed without searching: people who said that they are ready to listen (P9)."""

from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from profiles.models import Profile

from . import scoring
from .models import Match, PoolEntry, RecentContact, Seat
from .pool import LANGUAGE_BITS
from .scoring import Score

# Who has not been here for so long would hardly answer within five minutes.
SEEN_WITHIN = timedelta(days=14)
# Of those who were here last: enough to find somebody, whatever the number of people registered.
_LOOKED_AT = 2_000
_RANKED = 300


def available(*, now: datetime) -> QuerySet[Profile]:
    """Who could be asked at `now`, quiet hours aside: ready to listen, rested, free, not asked too often today."""
    if settings.LISTENER_PROPOSALS_A_DAY == 0:
        return Profile.objects.none()
    asked_today = Match.objects.filter(listener=OuterRef("pk"), created_at__gt=now - timedelta(days=1))
    too_often = asked_today.order_by().values("listener")[settings.LISTENER_PROPOSALS_A_DAY - 1 :][:1]
    return Profile.objects.filter(
        Q(suspended_until__isnull=True) | Q(suspended_until__lte=now),
        Q(resting_until__isnull=True) | Q(resting_until__lte=now),
        ~Exists(Seat.objects.filter(profile=OuterRef("pk"))),
        ~Exists(PoolEntry.objects.filter(profile=OuterRef("pk"))),
        ~Exists(too_often),
        listens=True,
        state=Profile.State.COMPLETE,
        rules_version=settings.RULES_VERSION,
        recipient__reachable=True,
        seen_at__gt=now - SEEN_WITHIN,
    )


def is_quiet(profile: Profile, now: datetime) -> bool:
    """Whether it is one of the person's quiet hours, by their own clock. They may run over midnight."""
    if profile.quiet_from is None or profile.quiet_until is None:
        return False
    hour = now.astimezone(ZoneInfo(profile.timezone)).hour
    if profile.quiet_from < profile.quiet_until:
        return profile.quiet_from <= hour < profile.quiet_until
    return hour >= profile.quiet_from or hour < profile.quiet_until


def nearest(entry: PoolEntry, *, now: datetime) -> list[int]:
    """The listeners who may be asked for the person of `entry`, who fits best first; none of them locked.

    Between equals whoever touched the bot last comes first (M10).
    """
    lately = Profile.objects.filter(listens=True).order_by("-seen_at").values("pk")[:_LOOKED_AT]
    allowed = allowed_with(available(now=now).filter(pk__in=lately), entry, now).order_by("-seen_at")
    fitting = allowed.only("pk", "timezone", "topic_mask", "quiet_from", "quiet_until")[:_RANKED]
    awake = [profile for profile in fitting if not is_quiet(profile, now)]
    # Sorting keeps the order of equals.
    return [profile.pk for profile in sorted(awake, key=lambda profile: -_fit(entry, profile, now))]


def claim(entry: PoolEntry, profile_id: int, *, now: datetime) -> Profile | None:
    """Step: the listener, locked; None where they are not available any more, or being dealt with elsewhere."""
    still = allowed_with(available(now=now).filter(pk=profile_id), entry, now).select_related("recipient")
    profile = still.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    return None if profile is None or is_quiet(profile, now) else profile


def allowed_with(listeners: QuerySet[Profile], entry: PoolEntry, now: datetime) -> QuerySet[Profile]:
    """Those who share two topics and a language with `entry` and have no cooldown with them, in either direction."""
    mine = RecentContact.objects.filter(user=entry.profile_id, other=OuterRef("pk"), until__gt=now)
    theirs = RecentContact.objects.filter(user=OuterRef("pk"), other=entry.profile_id, until__gt=now)
    spoken = [Q(**{f"speaks_{language}": True}) for language, bit in LANGUAGE_BITS.items() if entry.language_mask & bit]
    return (
        listeners.exclude(pk=entry.profile_id)
        .alias(shared=F("topic_mask").bitand(entry.topic_mask))
        # x & (x - 1) clears the lowest bit: something is left only when two were set.
        .alias(second_shared=F("shared").bitand(F("shared") - 1))  # type: ignore[arg-type]  # takes any expression
        .filter(reduce(or_, spoken), ~Exists(mine), ~Exists(theirs), second_shared__gt=0)
    )


def _fit(entry: PoolEntry, profile: Profile, now: datetime) -> float:
    return Score(
        topic_overlap=scoring.topic_overlap(entry.topic_mask, profile.topic_mask),
        time_overlap=scoring.offset_overlap(entry.utc_offset, scoring.utc_offset(profile.timezone, now)),
        helpfulness=0.0,
    ).fit
