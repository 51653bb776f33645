"""Reads about conversations."""

from enum import StrEnum

from matching.models import Match, PoolEntry, Seat

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
