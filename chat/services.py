"""Accepting, ending, and messages that wait."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from delivery.models import OutboxMessage, Priority, Recipient
from delivery.services import enqueue, mark_reachable, mark_unreachable
from matching import reunions
from matching import services as matching
from matching.locks import lock_people
from profiles import availability, prompts
from project.errors import DomainError

from . import albums, message_map, waiting
from .models import ChatSession
from .queries import live_session
from .waiting import Waiting


class NoSession(DomainError):
    """There is no conversation to act on."""

    template = "chat/no_session.html"
    offers_search = True


class TalkedOn(Exception):
    """The person no longer waits for an answer: the two have written since, or not long enough ago."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation that the person has just ended, and whom it was with."""

    match_id: int
    peer_telegram_id: int


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
def end(*, session_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: end one's own conversation; both are told. A second or late tap finds it ended and changes nothing.

    Returns whether it was this person who ended it. Raises NoSession where the conversation is not the person's.
    """
    return _end(session_id, profile_id, now)


@transaction.atomic(durable=True)
def end_and_search(*, session_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: end one's own conversation, in which one has waited settings.ANSWER_WAIT for an answer, as `end` does, and
    look for somebody else at once.

    A second or late tap searches only. Where the person may not search, the conversation goes on. Raises TalkedOn where
    it is no such conversation any more, NoSession, and what matching.services.find raises, but for a proposal that is
    there already.
    """
    # A recipient is locked before any profile.
    mark_reachable(recipient_id=profile_id)
    still_waits = Q(last_message_by=profile_id, last_message_at__lte=now - settings.ANSWER_WAIT)
    by_me = _end(session_id, profile_id, now, only=still_waits)
    if ChatSession.objects.filter(pk=session_id, ended_at__isnull=True).exists():
        raise TalkedOn
    with suppress(matching.AlreadyProposed):
        matching.search(profile_id=profile_id, now=now)
    return by_me


@transaction.atomic(durable=True)
def end_current(*, profile_id: int, now: datetime) -> Ended:
    """Entry: end whatever conversation the person is in; both are told. Raises NoSession where they are in none."""
    session = live_session(profile_id=profile_id)
    if session is None or not _leave(session, profile_id, ending=ChatSession.Ending.ENDED, now=now):
        raise NoSession
    peer = Recipient.objects.get(pk=session.peer_of(profile_id))
    return Ended(match_id=session.match_id, peer_telegram_id=peer.telegram_id)


def _end(session_id: int, profile_id: int, now: datetime, *, only: Q | None = None) -> bool:
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None or profile_id not in (session.a_id, session.b_id):
        raise NoSession
    _leave(session, profile_id, ending=ChatSession.Ending.ENDED, only=only, now=now)
    return ChatSession.objects.filter(pk=session_id, ended_by=profile_id).exists()


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


def close_silent(session: ChatSession, *, now: datetime) -> bool:
    """Step: close a conversation, unless somebody has written since `session` was read; both are told (C8).

    Returns whether this call closed it.
    """
    assert connection.in_atomic_block
    unchanged = Q(last_message_at=session.last_message_at)
    return _close(session, ending=ChatSession.Ending.IDLE, by=None, only=unchanged, now=now)


def _leave(
    session: ChatSession, profile_id: int, *, ending: ChatSession.Ending, now: datetime, only: Q | None = None
) -> bool:
    left = _close(session, ending=ending, by=profile_id, only=only, now=now)
    if left:
        _offer_rest(session, now=now)
    return left


def _close(
    session: ChatSession, *, ending: ChatSession.Ending, by: int | None, now: datetime, only: Q | None = None
) -> bool:
    """End the session if it is live, and as `only` wants it; whoever has not ended it is told.

    Returns whether this call ended it.
    """
    # People before sessions, everywhere: who accepts, ends and disappears at once must not wait for each other.
    lock_people([session.a_id, session.b_id])
    live = ChatSession.objects.filter(only or Q(), pk=session.pk, ended_at__isnull=True)
    if not live.update(ended_at=now, ending=ending, ended_by=by):
        return False
    matching.complete(match_id=session.match_id, cooldown=settings.COOLDOWN_AFTER_CONVERSATION, now=now)
    transaction.on_commit(partial(message_map.drop_later, session_id=session.pk))
    both = (session.a_id, session.b_id)
    for recipient_id in both:
        # That it is over is read before what did not arrive because of it.
        if recipient_id != by:
            _say_goodbye(session, recipient_id=recipient_id, ending=ending, now=now)
    for sender_id in both:
        waiting.withdraw(session, sender_id=sender_id, now=now)
    return True


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
    kind: str,
    reply_to: int | None,
    after: timedelta,
    possibly_doubled: bool,
    now: datetime,
) -> None:
    """Entry: a message that can't go out at once waits in the outbox, as ids only, in its turn.

    `kind` is its name in kinds.py, `reply_to` what it answers in the peer's chat. Its sender is told where the
    conversation is over; nobody is where the sender was erased meanwhile.
    """
    message = Waiting(
        session_id=session_id,
        sender_id=sender_id,
        peer_id=peer_id,
        message_id=message_id,
        kind=kind,
        reply_to=reply_to,
    )
    if waiting.live_session_of(message, now=now) is None:
        return
    albums.let_go(sender_id=sender_id, peer_id=peer_id, now=now)
    waiting.line_up(message, now=now)
    if after or possibly_doubled:
        queued = OutboxMessage.objects.filter(dedupe_key=message.key)
        queued.update(due_at=now + after, possibly_doubled=possibly_doubled)
