"""Ratings: after a conversation each may say with one tap whether it helped, which the partner never learns (C7).

What is said counts for how helpful the partner is thought to be (`Profile.rating_sum` and `rating_count`).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from matching.locks import lock_people
from matching.services import Suspended
from profiles.models import Profile
from profiles.people import tell_changed
from project.errors import DomainError

from .models import ChatSession, Rating
from .queries import ended_lately, may_be_rated


class TooLateToRate(DomainError):
    """The person has had no such conversation that ended within 24 h, or nobody wrote a word in it."""

    template = "chat/too_late_to_rate.html"
    offers_search = True


@transaction.atomic(durable=True)
def rate(*, session_id: int, profile_id: int, score: int, now: datetime) -> None:
    """Entry: the person says how a conversation of theirs was, at most 24 h after its end; `score` is a Rating.Score.

    Another score later on takes the place of the first; the same one again changes nothing. Raises TooLateToRate,
    Suspended, and ValueError for any other score.
    """
    chosen = Rating.Score(score)
    session = _ended(session_id, profile_id, now)
    people = lock_people([session.a_id, session.b_id])
    # Until the locks were ours the partner may have been erased.
    session = _ended(session_id, profile_id, now)
    rater, partner = people[profile_id], people[session.peer_of(profile_id)]
    if rater.is_suspended(now):
        raise Suspended(until=rater.suspended_until, timezone=rater.timezone)
    _note(session, rater=rater, partner=partner, score=chosen, now=now)


def _ended(session_id: int, profile_id: int, now: datetime) -> ChatSession:
    session = ended_lately(session_id=session_id, profile_id=profile_id, now=now)
    if session is None or not may_be_rated(session):
        raise TooLateToRate
    return session


def _note(session: ChatSession, *, rater: Profile, partner: Profile, score: int, now: datetime) -> None:
    rating, is_first = Rating.objects.get_or_create(
        session=session, rater=rater, defaults={"score": score, "created_at": now}
    )
    before = 0 if is_first else rating.score
    if not is_first and before == score:
        return
    Rating.objects.filter(pk=rating.pk).update(score=score)
    Profile.objects.filter(pk=partner.pk).update(
        rating_sum=F("rating_sum") - before + score, rating_count=F("rating_count") + int(is_first)
    )
    tell_changed(partner, now)
