"""The first picture, video or file of a conversation waits until its receiver agrees to see any (C1).

What they say holds for the conversation, and they may change it. The ids wait, never what is in a message; the texts
of the conversation go on meanwhile.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from django.db import connection, transaction
from django.db.models import Q

from delivery.models import OutboxMessage, Priority
from delivery.services import Notice, enqueue, enqueue_all

from . import albums, waiting
from .models import ChatSession, HeldMedia
from .services import NoSession
from .waiting import Waiting, Why

Media = ChatSession.Media
# So many of one writer's messages wait at most, and the rest of an album that has begun by then: whoever agrees to see
# them must not lose sight of what is said.
MOST_HELD = 10


class Held(Enum):
    """What became of a picture, video or file that its receiver has not agreed to see yet."""

    FIRST = auto()
    # Something of its writer's waits already.
    MORE = auto()
    # So does something of the same album.
    SAME_ALBUM = auto()
    # The receiver has agreed in this very moment: it goes in its turn.
    SENT = auto()
    REFUSED = auto()
    # As many of its writer's wait as may.
    FULL = auto()
    # Its writer is told through the outbox.
    OVER = auto()


@transaction.atomic(durable=True)
def hold(message: Waiting, *, now: datetime) -> Held:
    """Entry: keep a message until its receiver agrees to see it; they are asked once in a conversation.

    A message brought again is kept once, and answered the same.
    """
    session = waiting.live_session_of(message, now=now)
    if session is None:
        return Held.OVER
    return keep_until_shown(session, message, now=now)


def keep_until_shown(session: ChatSession, message: Waiting, *, now: datetime) -> Held:
    """Step: as `hold`, for a message of a live conversation, whose row is locked."""
    assert connection.in_atomic_block
    said = session.media_of(message.peer_id)
    if said == Media.REFUSED:
        return Held.REFUSED
    if said == Media.SHOWN:
        pass_on(message, came_at=now, now=now)
        return Held.SENT
    if is_full(message):
        return Held.FULL
    waiting.hold(message, awaits=HeldMedia.Awaits.READER, now=now)
    if _says(session, message.peer_id, Media.ASKED, instead_of=[Media.UNASKED]):
        _ask(session, message, now=now)
    return _compared_with_what_waits(message)


def is_full(message: Waiting) -> bool:
    """Step: whether so many of the writer's messages wait that this one may not; never for one that does already."""
    assert connection.in_atomic_block
    held = waiting.held_from(message.sender_id, session_id=message.session_id)
    has_place = Q(message_id=message.message_id) | (Q(album=message.album) & ~Q(album=""))
    return held.count() >= MOST_HELD and not held.filter(has_place).exists()


def _ask(session: ChatSession, message: Waiting, *, now: datetime) -> None:
    enqueue(
        kind="chat.show_question",
        recipient_id=message.peer_id,
        dedupe_key=f"show:{session.pk}:{message.peer_id}",
        priority=Priority.SESSION,
        params={"session": session.pk, "kind": message.kind},
        now=now,
    )


def _compared_with_what_waits(message: Waiting) -> Held:
    before = waiting.held_from(message.sender_id, session_id=message.session_id).filter(
        message_id__lt=message.message_id
    )
    if message.album and before.filter(album=message.album).exists():
        return Held.SAME_ALBUM
    return Held.MORE if before.exists() else Held.FIRST


class Shown(Enum):
    """What became of a person's yes to the partner's pictures."""

    SHOWN = auto()
    # They had said no before, in this conversation: what came until then is gone.
    AFTER_ALL = auto()
    OVER = auto()


@transaction.atomic(durable=True)
def show(*, session_id: int, profile_id: int, now: datetime) -> Shown:
    """Entry: the person agrees to see the partner's pictures; what waited goes out in its order.

    After a no the partner is told, once in a conversation. A second tap changes nothing, and is answered the same.
    Raises NoSession where the conversation is not theirs.
    """
    session = _held_session(session_id, profile_id)
    if session.ended_at is not None:
        return Shown.OVER
    writer_id = session.peer_of(profile_id)
    welcome = f"pictures_welcome:{session.pk}:{writer_id}"
    if _says(session, profile_id, Media.SHOWN, instead_of=[Media.UNASKED, Media.ASKED, Media.REFUSED]):
        held = waiting.held_from(writer_id, session_id=session.pk)
        _let_go(held.order_by("message_id"), peer_id=profile_id, now=now)
        held.delete()
        if session.media_of(profile_id) == Media.REFUSED:
            _welcome(session, writer_id, key=welcome, now=now)
    after_all = OutboxMessage.objects.filter(dedupe_key=welcome).exists()
    return Shown.AFTER_ALL if after_all else Shown.SHOWN


def _welcome(session: ChatSession, writer_id: int, *, key: str, now: datetime) -> None:
    # It was no longer true when its turn came, and is now.
    OutboxMessage.objects.filter(dedupe_key=key, state=OutboxMessage.State.DROPPED).delete()
    enqueue(
        kind="chat.pictures_welcome",
        recipient_id=writer_id,
        dedupe_key=key,
        priority=Priority.SESSION,
        params={"session": session.pk},
        now=now,
    )


def _let_go(held: Iterable[HeldMedia], *, peer_id: int, now: datetime) -> None:
    parts: dict[int | str, list[HeldMedia]] = {}
    for each in held:
        parts.setdefault(each.album or each.message_id, []).append(each)
    # None of it is in the outbox yet: before the reader agreed, nothing could get there.
    enqueue_all([_notice(part, peer_id=peer_id) for part in parts.values()], now=now)


def _notice(part: list[HeldMedia], *, peer_id: int) -> Notice:
    messages = [waiting_of(each, peer_id=peer_id) for each in part]
    if messages[0].album:
        return albums.notice_of(messages, came_at=max(each.created_at for each in part))
    return waiting.notice_of(messages[0])


@transaction.atomic(durable=True)
def refuse(*, session_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: the person does not want to see pictures (any more). What waited is dropped, and its writer is told.

    What is already in the outbox is dropped when its turn comes. A second tap changes nothing. Returns False where the
    conversation is over. Raises NoSession where it is not theirs.
    """
    session = _held_session(session_id, profile_id)
    if session.ended_at is not None:
        return False
    if _says(session, profile_id, Media.REFUSED, instead_of=[Media.UNASKED, Media.ASKED, Media.SHOWN]):
        writer_id = session.peer_of(profile_id)
        held = waiting.held_from(writer_id, session_id=session.pk)
        dropped = list(held.values_list("message_id", flat=True))
        held.delete()
        if dropped:
            key = f"unwanted:{session.pk}:{writer_id}"
            waiting.tell_unsent(
                session_id=session.pk, sender_id=writer_id, message_ids=dropped, key=key, why=Why.UNWANTED, now=now
            )
    return True


def _held_session(session_id: int, profile_id: int) -> ChatSession:
    session = ChatSession.objects.select_for_update().filter(pk=session_id).first()
    if session is None or profile_id not in (session.a_id, session.b_id):
        raise NoSession
    return session


def _says(session: ChatSession, profile_id: int, answer: str, *, instead_of: list[str]) -> bool:
    """Write down what a person says to the other's pictures; returns whether that was news."""
    field = "media_a" if profile_id == session.a_id else "media_b"
    unanswered = ChatSession.objects.filter(pk=session.pk, ended_at__isnull=True, **{f"{field}__in": instead_of})
    return bool(unanswered.update(**{field: answer}))


def pass_on(message: Waiting, *, came_at: datetime, now: datetime) -> None:
    """Step: into the outbox, with its album where it belongs to one, of which nothing came after `came_at` so far."""
    assert connection.in_atomic_block
    if message.album:
        albums.join(message, came_at=came_at, now=now)
    else:
        waiting.line_up(message, now=now)


def waiting_of(held: HeldMedia, *, peer_id: int) -> Waiting:
    """A message that waits for somebody's word."""
    return Waiting(
        session_id=held.session_id,
        sender_id=held.sender_id,
        peer_id=peer_id,
        message_id=held.message_id,
        kind=held.kind,
        reply_to=held.reply_to,
        album=held.album,
    )
