"""Albums of which something shows who their writer is: all of it waits for their word (C9).

Their ids wait meanwhile, since Telegram brings no more than one message along with a tap. Their writer is asked once,
when the album is complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet

from delivery.models import OutboxMessage, Priority
from delivery.services import enqueue

from . import albums, showing, waiting
from .holding import Decision, count, let_go, own_session
from .kinds import BY_NAME
from .models import ChatSession, HeldMedia
from .waiting import Waiting

_WRITER = HeldMedia.Awaits.WRITER


@transaction.atomic(durable=True)
def keep_back(message: Waiting, *, clues: Sequence[str], now: datetime) -> bool:
    """Entry: a message of an album, which was not counted, shows its writer (`clues`: `anonymity.Clue`); with it waits
    what came of its album before and comes after.

    Returns False where the rest has left already: then it is asked about by itself. The same again changes nothing.
    """
    session = waiting.live_session_of(message, now=now)
    if session is None or _is_let_go(message):
        return True
    waits = kept(message.album, session_id=session.pk, sender_id=message.sender_id).exists()
    if not waits and _questions(message.album, session_id=session.pk, sender_id=message.sender_id).exists():
        # Decided already: a tap may overtake what belongs to the album.
        return False
    taken_out = albums.take_out(message)
    if taken_out is None:
        return False
    held = waiting.held_from(message.sender_id, session_id=session.pk).filter(album=message.album)
    not_sent = held.update(awaits=_WRITER) + len(taken_out)
    for each in (*taken_out, message):
        waiting.hold(each, awaits=_WRITER, now=now)
    _uncount(session, message.sender_id, not_sent)
    _ask(message, clues=clues, now=now)
    return True


@transaction.atomic(durable=True)
def join(message: Waiting, *, now: datetime) -> bool:
    """Entry: keep a message back with its album, where that waits for its writer's word; returns whether it does.

    Where they have said already that nothing of it is to be sent, the same holds for what comes after.
    """
    if not _questions(message.album, session_id=message.session_id, sender_id=message.sender_id).exists():
        return False
    session = waiting.live_session_of(message, now=now)
    if session is None:
        return True
    if kept(message.album, session_id=message.session_id, sender_id=message.sender_id).exists():
        waiting.hold(message, awaits=_WRITER, now=now)
        return True
    return _decided(message.album, session=session, sender_id=message.sender_id) is Decision.UNSENT


@transaction.atomic(durable=True)
def ask_anew(message: Waiting, *, clues: Sequence[str], edited_at: datetime, now: datetime) -> None:
    """Entry: a message of an album that waits for its writer's word was edited, and shows something in its new form:
    a yes that was given to an earlier question holds no more."""
    held = kept_message(message)
    if held.update(kind=message.kind):
        _ask(message, clues=clues, form=round(edited_at.timestamp()), now=now)


@transaction.atomic(durable=True)
def send_anyway(album: str, *, session_id: int, sender_id: int, question_id: int, now: datetime) -> Decision:
    """Entry: its writer lets an album go. The same again changes nothing, and is answered the same.

    `question_id` is the question's that they answer: where there is a newer one, that one counts. Raises NoSession
    where the conversation is not theirs.
    """
    session = own_session(session_id, sender_id)
    if session.ended_at is not None:
        return Decision.OVER
    held = kept(album, session_id=session_id, sender_id=sender_id)
    peer_id = session.peer_of(sender_id)
    messages = [showing.waiting_of(each, peer_id=peer_id) for each in held.order_by("message_id")]
    if not messages:
        return _decided(album, session=session, sender_id=sender_id)
    asked = _questions(album, session_id=session_id, sender_id=sender_id)
    if asked.filter(pk__gt=question_id).exists():
        return Decision.ASKED_ANEW
    # Pictures and videos mix, and neither do with what is not shown.
    shown = BY_NAME[messages[0].kind].shown
    if shown and showing.is_full(messages[0]):
        return Decision.FULL
    held.delete()
    decisions = [let_go(session, each, shown=shown, now=now) for each in messages]
    if decisions[0] is not Decision.UNWANTED:
        count(session, sender_id, messages=len(messages), now=now)
    return decisions[0]


@transaction.atomic(durable=True)
def keep(album: str, *, session_id: int, sender_id: int) -> Decision:
    """Entry: its writer keeps an album; returns what they decided before where it was let go already.

    Raises NoSession where the conversation is not theirs.
    """
    session = own_session(session_id, sender_id)
    if session.ended_at is not None:
        return Decision.OVER
    if kept(album, session_id=session_id, sender_id=sender_id).delete()[0]:
        return Decision.UNSENT
    return _decided(album, session=session, sender_id=sender_id)


def kept(album: str, *, session_id: int, sender_id: int) -> QuerySet[HeldMedia]:
    """What waits of an album for its writer's word."""
    return HeldMedia.objects.filter(session=session_id, sender=sender_id, album=album, awaits=_WRITER)


def kept_message(message: Waiting) -> QuerySet[HeldMedia]:
    """A message of an album that waits for its writer's word; empty where it does not."""
    return HeldMedia.objects.filter(
        session=message.session_id, sender=message.sender_id, message_id=message.message_id, awaits=_WRITER
    )


@dataclass(frozen=True, slots=True)
class Revealed:
    """What an album shows (`anonymity.Clue`, each once), and the first of its messages that does."""

    clues: list[str]
    message_id: int


def shown_by(row: OutboxMessage) -> Revealed | None:
    """What the album of a question to its writer shows; None where there is nothing to ask, or more is to be asked."""
    album, session_id = row.params["album"], row.params["session"]
    if not kept(album, session_id=session_id, sender_id=row.recipient_id).exists():
        return None
    asked = _questions(album, session_id=session_id, sender_id=row.recipient_id)
    if asked.filter(state=OutboxMessage.State.PENDING, pk__gt=row.pk).exists():
        return None
    questions = [question.params for question in asked.order_by("pk")]
    clues = dict.fromkeys(clue for question in questions for clue in question["clues"])
    return Revealed(list(clues), min(question["message"] for question in questions))


def _questions(album: str, *, session_id: int, sender_id: int) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(dedupe_key__startswith=_key(album, session_id=session_id, sender_id=sender_id))


def _key(album: str, *, session_id: int, sender_id: int) -> str:
    return f"album_question:{session_id}:{sender_id}:{album}:"


def _is_let_go(message: Waiting) -> bool:
    """Whether its writer has let this very message go with its album: then its update was brought again."""
    held = waiting.held_from(message.sender_id, session_id=message.session_id).filter(message_id=message.message_id)
    asked = _questions(message.album, session_id=message.session_id, sender_id=message.sender_id)
    return albums.has(message) or (held.exists() and asked.exists())


def _ask(message: Waiting, *, clues: Sequence[str], now: datetime, form: int = 0) -> None:
    assert connection.in_atomic_block
    key = _key(message.album, session_id=message.session_id, sender_id=message.sender_id)
    enqueue(
        kind=waiting.ALBUM_QUESTION,
        recipient_id=message.sender_id,
        dedupe_key=f"{key}{message.message_id}:{form}",
        priority=Priority.SESSION,
        params={
            "session": message.session_id,
            "album": message.album,
            "message": message.message_id,
            "clues": list(clues),
        },
        now=now,
        due_at=now + albums.COMPLETE_AFTER,
    )


def _decided(album: str, *, session: ChatSession, sender_id: int) -> Decision:
    if waiting.held_from(sender_id, session_id=session.pk).filter(album=album).exists():
        return Decision.WAITS
    return Decision.SENT if albums.is_let_go(album, session_id=session.pk, sender_id=sender_id) else Decision.UNSENT


def _uncount(session: ChatSession, sender_id: int, messages: int) -> None:
    column = f"msg_count_{session.side_of(sender_id)}"
    ChatSession.objects.filter(pk=session.pk).update(**{column: F(column) - messages})
