"""What shows who its writer is waits for their word (C9). Nothing of it is kept, not even its id: the question is an
answer to it, and Telegram brings it along with the tap.

What they let go leaves through the outbox, where its key sees to it that it does so once.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import F

from delivery.models import OutboxMessage

from . import showing, waiting
from .models import ChatSession
from .services import NoSession
from .showing import Held
from .waiting import Waiting


class Decision(StrEnum):
    """What became of a message that was kept back, as chat/decided.html knows it."""

    SENT = "sent"
    # Until its receiver agrees to see pictures.
    WAITS = "waits"
    UNWANTED = "unwanted"
    # So much waits already that this one stays where it is.
    FULL = "full"
    # There is a newer question about it.
    ASKED_ANEW = "asked_anew"
    UNSENT = "unsent"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A message that its writer is asked about. `kind` is its name in kinds.py, `reply_to` what it answers in the
    peer's chat; `shown`: its reader has to agree to see it as well."""

    session_id: int
    sender_id: int
    message_id: int
    kind: str
    shown: bool
    reply_to: int | None = None


@transaction.atomic(durable=True)
def send_anyway(kept: KeptBack, *, now: datetime) -> Decision:
    """Entry: its writer lets a message go. The same again changes nothing, and is answered the same.

    Raises NoSession where the conversation is not theirs.
    """
    session = own_session(kept.session_id, kept.sender_id)
    if session.ended_at is not None:
        return Decision.OVER
    message = Waiting(
        session_id=kept.session_id,
        sender_id=kept.sender_id,
        peer_id=session.peer_of(kept.sender_id),
        message_id=kept.message_id,
        kind=kept.kind,
        reply_to=kept.reply_to,
    )
    if (before := _decided(message)) is not None:
        return before
    if kept.shown and showing.is_full(message):
        return Decision.FULL
    # Taken back when an edit brought in what is asked about: it was counted when it was written.
    taken_back, _ = OutboxMessage.objects.filter(dedupe_key=message.key).delete()
    decision = let_go(session, message, shown=kept.shown, now=now)
    if decision is not Decision.UNWANTED and not taken_back:
        count(session, kept.sender_id, now=now)
    return decision


@transaction.atomic(durable=True)
def keep(*, session_id: int, sender_id: int, message_id: int) -> Decision:
    """Entry: its writer keeps a message; returns what they decided before where it was let go already.

    Raises NoSession where the conversation is not theirs.
    """
    session = own_session(session_id, sender_id)
    if session.ended_at is not None:
        return Decision.OVER
    peer_id = session.peer_of(sender_id)
    return _decided(Waiting(session_id, sender_id, peer_id, message_id, kind="")) or Decision.UNSENT


def own_session(session_id: int, profile_id: int) -> ChatSession:
    """Step: the conversation, locked: two taps decide one after the other, and before or after an end.

    Raises NoSession where it is not theirs.
    """
    assert connection.in_atomic_block
    session = ChatSession.objects.select_for_update().filter(pk=session_id).first()
    if session is None or profile_id not in (session.a_id, session.b_id):
        raise NoSession
    return session


def _decided(message: Waiting) -> Decision | None:
    held = waiting.held_from(message.sender_id, session_id=message.session_id)
    if held.filter(message_id=message.message_id).exists():
        return Decision.WAITS
    let_go = OutboxMessage.objects.filter(dedupe_key=message.key).exclude(state=OutboxMessage.State.DROPPED)
    return Decision.SENT if let_go.exists() else None


def let_go(session: ChatSession, message: Waiting, *, shown: bool, now: datetime) -> Decision:
    """Step: into the outbox, or where its reader has to agree first to wait for that (`shown`)."""
    assert connection.in_atomic_block
    if not shown:
        showing.pass_on(message, came_at=now, now=now)
        return Decision.SENT
    match showing.keep_until_shown(session, message, now=now):
        case Held.REFUSED:
            return Decision.UNWANTED
        case Held.SENT:
            return Decision.SENT
        case _:
            return Decision.WAITS


def count(session: ChatSession, sender_id: int, *, now: datetime, messages: int = 1) -> None:
    """Step: what its writer has let go is counted now, and was written now."""
    assert connection.in_atomic_block
    column = f"msg_count_{session.side_of(sender_id)}"
    ChatSession.objects.filter(pk=session.pk).update(
        **{column: F(column) + messages}, last_message_at=now, last_message_by=sender_id
    )
