"""Meeting again: after a conversation each may say that they would, and if both do they come first next time (C7).

Nobody learns that the other would not. Who was blocked reads the same as everybody, and their wish is kept as anybody's
is: it just never meets one of the other's (S2).
"""

from datetime import datetime

from django.db import connection, transaction

from delivery.models import Priority
from delivery.services import enqueue
from matching import pairing, reunions
from matching.locks import lock_people
from matching.services import Suspended
from profiles.models import Profile
from project.errors import DomainError

from . import queries
from .models import ChatSession


class TooFarBack(DomainError):
    """The person has had no such conversation that was ended lately, or their partner could not be reached any more."""

    template = "chat/too_far_back.html"
    offers_search = True


class Parted(DomainError):
    """The person has blocked or reported that partner themselves."""

    template = "chat/parted.html"
    offers_search = True


@transaction.atomic(durable=True)
def wish(*, session_id: int, profile_id: int, now: datetime) -> None:
    """Entry: the person would like to meet the partner of a conversation again, at most 24 h after its end.

    When both do, both are told, once. A second tap changes nothing. Raises TooFarBack, Parted, Suspended.
    """
    session = _ended(session_id, profile_id, now)
    people = lock_people([session.a_id, session.b_id])
    # Until the locks were ours the partner may have been erased.
    session = _ended(session_id, profile_id, now)
    _refuse_parted(people[profile_id], session, now)
    peer_id = session.peer_of(profile_id)
    if reunions.wish(profile_id=profile_id, other_id=peer_id, now=now):
        _tell_both(session, now)
        # Perhaps both search already.
        pairing.propose_again(one_id=profile_id, other_id=peer_id, now=now)


def _ended(session_id: int, profile_id: int, now: datetime) -> ChatSession:
    session = queries.ended_lately(session_id=session_id, profile_id=profile_id, now=now)
    if session is None or session.ending == ChatSession.Ending.GONE:
        raise TooFarBack
    return session


def _refuse_parted(profile: Profile, session: ChatSession, now: datetime) -> None:
    if profile.is_suspended(now):
        raise Suspended(until=profile.suspended_until, timezone=profile.timezone)
    if queries.is_against_meeting_again(profile_id=profile.pk, session=session, now=now):
        raise Parted


def _tell_both(session: ChatSession, now: datetime) -> None:
    assert connection.in_atomic_block
    for profile_id in (session.a_id, session.b_id):
        enqueue(
            kind="chat.both_meet_again",
            recipient_id=profile_id,
            dedupe_key=f"both_meet_again:{session.pk}:{profile_id}",
            priority=Priority.NOTICE,
            params={"session": session.pk},
            now=now,
        )
