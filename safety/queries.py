"""Reads of the safety app, as evaluated values."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from chat.models import ChatSession
from delivery.models import Recipient
from profiles.models import Profile

from .models import Block, Report

# So long after its end a conversation can still be reported, and its partner blocked.
RECENT = timedelta(hours=24)


class Whereabouts(NamedTuple):
    """What the hotlines to show depend on: the interface language and an IANA timezone ("" while unknown)."""

    language: str
    timezone: str


def whereabouts(*, telegram_id: int) -> Whereabouts | None:
    """What is known about this Telegram account; None for someone we have never met."""
    found = Recipient.objects.filter(telegram_id=telegram_id).values_list("language", "profile__timezone").first()
    return found and Whereabouts(language=found[0], timezone=found[1] or "")


def is_recent(session: ChatSession, now: datetime) -> bool:
    """Whether the conversation goes on, or ended at most 24 h ago."""
    return session.ended_at is None or session.ended_at >= now - RECENT


class Conversation(NamedTuple):
    """A conversation that a report or a block may be about; `blocked`: the person has blocked that partner."""

    session_id: int
    live: bool
    blocked: bool


def recent_conversation(*, profile_id: int, now: datetime) -> Conversation | None:
    """The person's conversation going on, else the last within 24 h of its end."""
    mine = ChatSession.objects.filter(Q(a=profile_id) | Q(b=profile_id))
    last = mine.order_by("-started_at").first()
    if last is None or not is_recent(last, now):
        return None
    in_force = Block.objects.filter(blocker=profile_id, blocked=last.peer_of(profile_id), until__gt=now)
    return Conversation(session_id=last.pk, live=last.ended_at is None, blocked=in_force.exists())


def has_parted(*, profile_id: int, session: ChatSession, now: datetime) -> bool:
    """Whether the person has blocked the partner of a conversation, or reported what happened in it.

    Who only feared for their partner may still want to meet them again.
    """
    blocks = Block.objects.filter(blocker=profile_id, blocked=session.peer_of(profile_id), until__gt=now)
    reports = Report.objects.filter(reporter=profile_id, session=session).exclude(danger=Report.Danger.FEAR)
    return blocks.exists() or reports.exists()


class Pause(NamedTuple):
    """Until when a person is paused, and in which IANA timezone to show it."""

    until: datetime
    timezone: str


def pause_of(*, profile_id: int, now: datetime) -> Pause | None:
    """The pause that is in force for a person; None for everybody else."""
    paused = Profile.objects.filter(pk=profile_id, suspended_until__gt=now)
    for until, timezone in paused.values_list("suspended_until", "timezone"):
        assert until is not None
        return Pause(until=until, timezone=timezone or "UTC")
    return None
