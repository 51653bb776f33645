"""What must hold whenever nobody is in the middle of anything, read from the tables themselves."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching.candidates import pairs_of
from matching.models import TRANSITIONS, Match, PoolEntry, PoolPair, RecentContact, Seat
from profiles.models import Profile, Topic

LIVE = (Match.State.PROPOSED, Match.State.ACTIVE)


@dataclass(frozen=True, slots=True)
class Before:
    """What a step began with: states of matches, who rests from whom until when, and by which topics people wait."""

    states: dict[int, str]
    apart: dict[frozenset[int], datetime]
    waiting: dict[int, int]
    topics: int

    @classmethod
    def now(cls) -> "Before":
        """As it is."""
        return cls(
            states=dict(Match.objects.values_list("pk", "state")),
            apart={
                frozenset((row.user_id, row.other_id)): row.until
                for row in RecentContact.objects.exclude(reason=RecentContact.Reason.CONVERSATION)
            },
            waiting=dict(PoolEntry.objects.values_list("pk", "topic_mask")),
            topics=_active_topics(),
        )


def check(*, latest: datetime) -> None:
    """All that can be seen without knowing what was before. `latest` is the latest time that any clock has shown."""
    _seats_and_matches()
    _nobody_is_in_two_places()
    _whoever_may_not_is_nowhere(latest)
    _who_rests_from_whom(latest)
    _sessions()
    _index_of_the_pool()
    _outbox()


def check_since(before: Before, *, now: datetime) -> None:
    """What became of matches, and whether those that are new were allowed at `now` (M2)."""
    for match in Match.objects.select_related("a", "b"):
        was = before.states.get(match.pk)
        if was is None:
            _was_allowed(match, before, now)
        assert match.state in _reachable(was or Match.State.PROPOSED), f"{was} became {match.state}"


def _reachable(state: str) -> set[str]:
    found = {state}
    for following in TRANSITIONS[state]:
        found |= _reachable(following)
    return found


def _was_allowed(match: Match, before: Before, now: datetime) -> None:
    # A topic that is switched off counts until the next sweep for who waits with it.
    counting = before.topics | _active_topics()
    a, b = (before.waiting.get(one.pk, 0) | one.topic_mask & counting for one in (match.a, match.b))
    assert (a & b).bit_count() >= 2, f"{match}: topics"
    assert set(match.a.speaks) & set(match.b.speaks), f"{match}: languages"
    until = before.apart.get(frozenset((match.a_id, match.b_id)))
    assert until is None or until <= now, f"{match}: they rest until {until}"


def _active_topics() -> int:
    return sum(topic.mask for topic in Topic.objects.filter(active=True))


def _seats_and_matches() -> None:
    seats = {(seat.match_id, seat.profile_id) for seat in Seat.objects.all()}
    live = Match.objects.filter(state__in=LIVE)
    assert seats == {(match.pk, one) for match in live for one in (match.a_id, match.b_id)}, "seats"


def _nobody_is_in_two_places() -> None:
    assert not PoolEntry.objects.filter(profile__seat__isnull=False).exists(), "pool and seat"


def _whoever_may_not_is_nowhere(latest: datetime) -> None:
    may_not = Profile.objects.filter(
        ~Q(state=Profile.State.COMPLETE) | Q(suspended_until__gt=latest) | Q(recipient__reachable=False)
    )
    for where in (PoolEntry, Seat):
        assert not where.objects.filter(profile__in=may_not).exists(), f"somebody who may not has a {where.__name__}"


def _who_rests_from_whom(latest: datetime) -> None:
    resting = set(RecentContact.objects.filter(until__gt=latest).values_list("user", "other"))
    assert resting == {(other, user) for user, other in resting}, "one-sided rest"
    for match in Match.objects.filter(state__in=LIVE):
        assert (match.a_id, match.b_id) not in resting, f"{match} of two who rest from each other"


def _sessions() -> None:
    active = set(Match.objects.filter(state=Match.State.ACTIVE).values_list("pk", flat=True))
    assert set(ChatSession.objects.filter(ended_at=None).values_list("match", flat=True)) == active, "sessions"


def _index_of_the_pool() -> None:
    indexed = set(PoolPair.objects.values_list("entry", "pair", "since"))
    entries = PoolEntry.objects.all()
    wanted = {(one.pk, pair, one.since) for one in entries for pair in pairs_of(one.topic_mask, one.language_mask)}
    assert indexed == wanted, "PoolPair"


def _outbox() -> None:
    failed = OutboxMessage.objects.exclude(error__in=["", "Unreachable", "BadRequest"])
    assert not failed.exists(), list(failed.values_list("kind", "error"))
    with connection.cursor() as cursor:
        # Both were told of every proposal that is open, or are about to be.
        cursor.execute(
            """
            SELECT m.id FROM matching_match m JOIN matching_seat s ON s.match_id = m.id
            WHERE m.state = 'proposed' AND NOT EXISTS (
                SELECT 1 FROM delivery_outboxmessage o
                WHERE o.dedupe_key = 'matching.proposal:' || m.id || ':' || s.profile_id
                AND o.state IN ('pending', 'sent')
            )
            """
        )
        assert cursor.fetchall() == [], "a proposal that nobody hears of"
