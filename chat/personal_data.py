"""What the chat has about a person: when they talked and how many messages that were. Never what was said (P7)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from delivery.models import OutboxMessage
from profiles.models import Profile

from . import message_map
from .models import ChatSession, HeldMedia, Rating
from .waiting import IN_OUTBOX


def export(profile: Profile) -> dict[str, Any]:
    """The conversations, without the other person (P8), nor what the other person said about them (C7)."""
    ratings = Rating.objects.filter(rater=profile.pk).order_by("created_at", "pk")
    held = HeldMedia.objects.filter(sender=profile.pk).order_by("created_at", "pk")
    return {
        "conversations": [_conversation(session, profile.pk) for session in _sessions(profile)],
        "ratings_you_gave": [{"created_at": rating.created_at, "score": rating.score} for rating in ratings],
        "media_waiting_for_consent": [{"created_at": each.created_at, "kind": each.kind} for each in held],
    }


def _sessions(profile: Profile) -> list[ChatSession]:
    return list(ChatSession.objects.filter(Q(a=profile.pk) | Q(b=profile.pk)).order_by("started_at", "pk"))


def _conversation(session: ChatSession, profile_id: int) -> dict[str, Any]:
    mine, theirs = ("a", "b") if session.a_id == profile_id else ("b", "a")
    return {
        "started_at": session.started_at,
        "last_message_at": session.last_message_at,
        "last_message_by_you": session.last_message_by_id == profile_id,
        "your_answer_to_pictures": session.media_of(profile_id),
        "ended_at": session.ended_at,
        "ending": session.ending,
        "ended_by_you": session.ended_by_id == profile_id,
        "messages_from_you": getattr(session, f"msg_count_{mine}"),
        "messages_to_you": getattr(session, f"msg_count_{theirs}"),
    }


def erase(profile: Profile, now: datetime) -> None:
    """Step: delete the conversations, and what is left in the outbox of messages the person wrote to others."""
    assert connection.in_atomic_block
    sessions = _sessions(profile)
    peers = {session.peer_of(profile.pk) for session in sessions}
    written = OutboxMessage.objects.filter(kind__in=IN_OUTBOX, recipient__in=peers, params__sender=profile.pk)
    # A sender that closes one this very moment waits for us, to tell somebody who is gone: we must not wait for it.
    free = written.select_for_update(skip_locked=True).values_list("pk", flat=True)
    OutboxMessage.objects.filter(pk__in=list(free)).delete()
    ChatSession.objects.filter(Q(a=profile.pk) | Q(b=profile.pk)).delete()
    transaction.on_commit(partial(message_map.drop, session_ids=[session.pk for session in sessions]))
