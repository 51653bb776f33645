"""Accepting, ending, and messages that wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from delivery.models import OutboxMessage, Priority, Recipient
from delivery.services import drop, enqueue, mark_unreachable
from matching import reunions
from matching import services as matching
from matching.locks import lock_people
from profiles import availability, prompts
from project.errors import DomainError

from .models import ChatSession
from .queries import live_session, may_meet_again


class NoSession(DomainError):
    """There is no conversation to act on."""

    template: ClassVar[str] = "chat/no_session.html"


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation that is over: whether the person ended it `by_me`, and may be asked about meeting again."""

    session_id: int
    by_me: bool
    may_meet_again: bool


@transaction.atomic(durable=True)
def accept(*, match_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: say yes to a proposal; returns whether both have. The second yes starts the conversation.

    A second tap changes nothing. Raises matching's errors for a proposal that is over or somebody else's.
    """
    accepted = matching.accept(match_id=match_id, profile_id=profile_id, now=now)
    if accepted.both:
        _start(accepted.match.pk, accepted.match.a_id, accepted.match.b_id, now=now)
    return accepted.both


def _start(match_id: int, a_id: int, b_id: int, *, now: datetime) -> None:
    session, created = ChatSession.objects.get_or_create(
        match_id=match_id, defaults={"a_id": a_id, "b_id": b_id, "started_at": now}
    )
    if not created:
        return
    # They have met: whatever they wished before counted for this, and is asked anew afterwards.
    reunions.forget(one=a_id, other=b_id)
    for profile_id in (a_id, b_id):
        # From here on what they write is for each other, not the answer to a question left open before.
        prompts.close(profile_id=profile_id)
        enqueue(
            kind="chat.connected",
            recipient_id=profile_id,
            dedupe_key=f"connected:{session.pk}:{profile_id}",
            priority=Priority.SESSION,
            params={"session": session.pk},
            now=now,
        )


@transaction.atomic(durable=True)
def end(*, session_id: int, profile_id: int, now: datetime) -> Ended:
    """Entry: end one's own conversation; both are told. A second or late tap finds it ended and changes nothing.

    Raises NoSession where the conversation is not the person's.
    """
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None or profile_id not in (session.a_id, session.b_id):
        raise NoSession
    _leave(session, profile_id, ending=ChatSession.Ending.ENDED, now=now)
    session.refresh_from_db()
    return Ended(
        session_id=session_id,
        by_me=session.ended_by_id == profile_id,
        may_meet_again=may_meet_again(session_id=session_id, profile_id=profile_id, now=now),
    )


@transaction.atomic(durable=True)
def peer_is_gone(*, profile_id: int, now: datetime) -> None:
    """Entry: Telegram says that this person can't be reached any more."""
    mark_unreachable(recipient_id=profile_id, now=now)


def leave_unreachable(*, profile_id: int, now: datetime) -> None:
    """Step: a person who can't be reached leaves their conversation, and the partner is told (C5)."""
    assert connection.in_atomic_block
    session = live_session(profile_id=profile_id)
    if session is not None:
        _leave(session, profile_id, ending=ChatSession.Ending.GONE, now=now)


def leave(*, profile_id: int, now: datetime) -> None:
    """Step: a person leaves their conversation, if they are in one, as by /end: for a block, a sanction, an erasure.

    The partner reads the same text, and the session shows the same afterwards.
    """
    assert connection.in_atomic_block
    session = live_session(profile_id=profile_id)
    if session is not None:
        _leave(session, profile_id, ending=ChatSession.Ending.ENDED, now=now)


def _leave(session: ChatSession, profile_id: int, *, ending: ChatSession.Ending, now: datetime) -> None:
    if _close(session, ending=ending, by=profile_id, now=now):
        _say_goodbye(session, recipient_id=session.peer_of(profile_id), ending=ending, now=now)
        _offer_rest(session, now=now)


def _close(session: ChatSession, *, ending: ChatSession.Ending, by: int, now: datetime) -> bool:
    """End the session if it is live; returns whether this call ended it."""
    # People before sessions, everywhere: who accepts, ends and disappears at once must not wait for each other.
    lock_people([session.a_id, session.b_id])
    live = ChatSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    if not live.update(ended_at=now, ending=ending, ended_by=by):
        return False
    matching.complete(match_id=session.match_id, cooldown=settings.COOLDOWN_AFTER_CONVERSATION, now=now)
    for sender_id in (session.a_id, session.b_id):
        _withdraw_unsent(session, sender_id=sender_id, now=now)
    return True


def _withdraw_unsent(session: ChatSession, *, sender_id: int, now: datetime) -> None:
    """What still waited for the partner will not be sent, and its sender is told how much that was (C4).

    A message that is being sent this very moment is left to the sender, who knows what became of it.
    """
    waiting = OutboxMessage.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        kind="chat.relay",
        recipient=session.peer_of(sender_id),
        params__session=session.pk,
    )
    if unsent := drop(pending=waiting, now=now):
        key = f"unsent:{session.pk}:{sender_id}"
        _tell_unsent(sender_id=sender_id, session_id=session.pk, count=unsent, key=key, now=now)


def _tell_unsent(*, sender_id: int, session_id: int, count: int, key: str, now: datetime) -> None:
    enqueue(
        kind="chat.unsent",
        recipient_id=sender_id,
        dedupe_key=key,
        priority=Priority.SESSION,
        params={"session": session_id, "count": count},
        now=now,
    )


def tell_message_unsent(row: OutboxMessage, now: datetime) -> None:
    """Step: one waiting message will never reach the partner; its sender is told (C4)."""
    assert connection.in_atomic_block
    sender_id = row.params["sender"]
    if _hold(sender_id):
        key = f"unsent:{row.pk}"
        _tell_unsent(sender_id=sender_id, session_id=row.params["session"], count=1, key=key, now=now)


def _hold(recipient_id: int) -> bool:
    """Whether the person is there; if so, they are not erased before they have been told."""
    return Recipient.objects.select_for_update(no_key=True).filter(pk=recipient_id).first() is not None


def _say_goodbye(session: ChatSession, *, recipient_id: int, ending: ChatSession.Ending, now: datetime) -> None:
    enqueue(
        kind="chat.ended",
        recipient_id=recipient_id,
        dedupe_key=f"ended:{session.pk}:{recipient_id}",
        priority=Priority.SESSION,
        # How it ended goes along: the session goes when one of the two is erased.
        params={"session": session.pk, "ending": ending},
        now=now,
    )


def _offer_rest(session: ChatSession, *, now: datetime) -> None:
    """After a long conversation whoever is ready to listen is offered a rest from it (P9)."""
    session.refresh_from_db(fields=["last_message_at"])
    if session.last_message_at is None or session.last_message_at - session.started_at < settings.LONG_CONVERSATION:
        return
    for profile_id in (session.a_id, session.b_id):
        availability.offer_rest(profile_id=profile_id, about=f"session:{session.pk}", now=now)


@transaction.atomic(durable=True)
def queue_relay(
    *,
    session_id: int,
    sender_id: int,
    peer_id: int,
    message_id: int,
    after: timedelta,
    possibly_doubled: bool,
    now: datetime,
) -> None:
    """Entry: a message that can't go out at once waits in the outbox, as ids only, in its turn.

    Its sender is told where the conversation is over; nobody is where the sender was erased meanwhile.
    """
    if not _hold(sender_id):
        return
    key = f"relay:{session_id}:{sender_id}:{message_id}"
    # Waits for an end that is under way: a message must not slip in behind the withdrawal of all that waited.
    session = ChatSession.objects.select_for_update().filter(pk=session_id).first()
    if session is None or session.ended_at is not None:
        _tell_unsent(sender_id=sender_id, session_id=session_id, count=1, key=f"unsent:{key}", now=now)
        return
    enqueue(
        kind="chat.relay",
        recipient_id=peer_id,
        dedupe_key=key,
        priority=Priority.RELAY,
        params={"session": session_id, "sender": sender_id, "message": message_id},
        now=now,
    )
    if after or possibly_doubled:
        OutboxMessage.objects.filter(dedupe_key=key).update(due_at=now + after, possibly_doubled=possibly_doubled)
