"""Reads about conversations."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils.module_loading import import_string

from matching import reunions
from matching.models import Match, PoolEntry, Seat
from profiles.models import Profile

from .models import ChatSession


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


def may_meet_again(*, session_id: int, profile_id: int, now: datetime) -> bool:
    """Whether to ask the person about meeting the partner of a conversation that was ended again (C7).

    Only what the person did themselves speaks against it: what the partner did must not show (S2).
    """
    session = ChatSession.objects.filter(pk=session_id, ending=ChatSession.Ending.ENDED).first()
    return session is not None and not is_against_meeting_again(profile_id=profile_id, session=session, now=now)


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
