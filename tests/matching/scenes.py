"""Short ways to the situations that tests of matching begin with."""

from datetime import UTC, datetime

import pgtrigger
from django.db import transaction

from matching import services
from matching.models import Match, PoolEntry, Seat
from matching.pool import entry_of
from profiles.models import Profile
from profiles.topics import PRESETS

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def topics(letters: str) -> list[str]:
    """Slugs of topics by letters, "a" to "l", where it matters only which are the same."""
    return [PRESETS["abcdefghijkl".index(letter)][0] for letter in letters]


def find(profile: Profile, now: datetime = NOON) -> services.Found:
    """The person searches."""
    return services.find(profile_id=profile.pk, now=now)


def proposal_of(one: Profile, other: Profile, now: datetime = NOON) -> Match:
    """Both search, one after the other, and are proposed to each other."""
    find(one, now)
    find(other, now)
    return live_match(one)


def accept(match: Match, profile: Profile, now: datetime = NOON) -> services.Accepted:
    """The person taps Accept."""
    with transaction.atomic():
        return services.accept(match_id=match.pk, profile_id=profile.pk, now=now)


def skip(match: Match, profile: Profile, now: datetime = NOON) -> None:
    """The person taps Skip."""
    services.skip(match_id=match.pk, profile_id=profile.pk, now=now)


def delivered(match: Match, profile: Profile, now: datetime = NOON) -> None:
    """The proposal reaches the person."""
    with transaction.atomic():
        services.record_proposal_delivery(match_id=match.pk, profile_id=profile.pk, now=now)


def unreachable(profile: Profile, now: datetime = NOON) -> None:
    """The person has blocked the bot."""
    with transaction.atomic():
        services.leave_unreachable(profile_id=profile.pk, now=now)


def live_match(profile: Profile) -> Match:
    """The match that the person has a seat in."""
    return Seat.objects.select_related("match").get(pk=profile.pk).match


def put_into_both_places(profile: Profile) -> None:
    """Somebody with a seat is written into the pool, as if two transactions had not seen each other."""
    with pgtrigger.ignore("matching.PoolEntry:no_seat_beside_the_pool"):
        entry_of(profile, since=NOON, now=NOON).save(force_insert=True)


def is_waiting(profile: Profile) -> bool:
    """Whether the person is in the pool."""
    return PoolEntry.objects.filter(pk=profile.pk).exists()


def is_seated(profile: Profile) -> bool:
    """Whether the person has a live proposal or conversation."""
    return Seat.objects.filter(pk=profile.pk).exists()


def state_of(match: Match) -> str:
    """The state of a match as it is now."""
    return Match.objects.get(pk=match.pk).state
