"""Reads about conversations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.module_loading import import_string

from delivery.models import OutboxMessage
from matching import reunions
from matching.models import Match, PoolEntry, Seat
from profiles.models import Profile

from .models import ChatSession, Rating
from .waiting import IN_OUTBOX, held_from, messages_of

# As long as the partner can be reported and blocked, a conversation that is over can be talked about: nobody comes back
# into somebody's life out of the blue.
RECENT = timedelta(hours=24)


class Whereabouts(StrEnum):
    """What a person is in the middle of."""

    IDLE = "idle"
    WAITING = "waiting"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    TALKING = "talking"


def whereabouts(*, profile_id: int) -> Whereabouts:
    """What this person is in the middle of, for answers that fit."""
    seat = Seat.objects.select_related("match").filter(profile=profile_id).first()
    if seat is not None:
        if seat.match.state == Match.State.ACTIVE:
            return Whereabouts.TALKING
        return Whereabouts.ACCEPTED if seat.match.was_accepted_by(profile_id) else Whereabouts.PROPOSED
    waiting = PoolEntry.objects.filter(profile=profile_id).exists()
    return Whereabouts.WAITING if waiting else Whereabouts.IDLE


def live_session(*, profile_id: int) -> ChatSession | None:
    """The person's conversation, if they are in one."""
    return ChatSession.objects.filter(match__seats__profile=profile_id, ended_at__isnull=True).first()


def on_the_way(*, session: ChatSession, sender_id: int) -> int:
    """How many messages of the person's wait for their turn, or for the partner's consent to see them."""
    rows = OutboxMessage.objects.filter(
        kind__in=IN_OUTBOX,
        recipient=session.peer_of(sender_id),
        params__session=session.pk,
        state=OutboxMessage.State.PENDING,
    )
    return sum(len(messages_of(row)) for row in rows) + held_from(sender_id, session_id=session.pk).count()


def ended_lately(*, session_id: int, profile_id: int, now: datetime) -> ChatSession | None:
    """A conversation of the person's that ended at most RECENT ago."""
    session = ChatSession.objects.filter(pk=session_id, ended_at__gte=now - RECENT).first()
    return session if session is not None and profile_id in (session.a_id, session.b_id) else None


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a person may still say about a conversation that is over, and what they have said.

    `ended_it`: they did, not their partner. `may_rate`: whether to ask them how it was, `score`: what they said, a
    `Rating.Score`. `may_meet_again`: whether to ask them about that; `wishes_to`: they said yes.
    """

    ended_it: bool
    may_rate: bool
    score: int | None
    may_meet_again: bool
    wishes_to: bool


def afterwards(*, session_id: int, profile_id: int, now: datetime) -> Afterwards | None:
    """What there is to say about a conversation; None where it is too long ago, goes on, or is gone (C7).

    Only what the person did themselves speaks against meeting again: what the partner did must not show (S2).
    """
    session = ended_lately(session_id=session_id, profile_id=profile_id, now=now)
    if session is None:
        return None
    gone = session.ending == ChatSession.Ending.GONE
    return Afterwards(
        ended_it=session.ended_by_id == profile_id,
        may_rate=may_be_rated(session),
        score=Rating.objects.filter(session=session, rater=profile_id).values_list("score", flat=True).first(),
        may_meet_again=not gone and not is_against_meeting_again(profile_id=profile_id, session=session, now=now),
        wishes_to=reunions.is_wished(profile_id=profile_id, other_id=session.peer_of(profile_id), now=now),
    )


def may_be_rated(session: ChatSession) -> bool:
    """Whether there is anything to say about a conversation that is over: one that never began has not helped."""
    return session.ending != ChatSession.Ending.IDLE or session.last_message_at is not None


def is_against_meeting_again(*, profile_id: int, session: ChatSession, now: datetime) -> bool:
    """Whether the person themselves has parted with their partner for good (`AGAINST_MEETING_AGAIN`)."""
    return any(
        import_string(path)(profile_id=profile_id, session=session, now=now) for path in settings.AGAINST_MEETING_AGAIN
    )


def whom_to_meet_again(*, session_id: int, profile_id: int, now: datetime) -> str | None:
    """The nickname of the partner of a conversation, while both would meet each other again."""
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None or session.peer_of(profile_id) not in reunions.mutual(profile_id=profile_id, now=now):
        return None
    return Profile.objects.values_list("nickname", flat=True).get(pk=session.peer_of(profile_id))
