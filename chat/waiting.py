"""Messages that wait, as ids only: for their turn in the outbox, or until their receiver agrees to see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection
from django.db.models import Q, QuerySet

from delivery.models import OutboxMessage, Priority, Recipient, Uncopied
from delivery.services import Notice, drop, enqueue, enqueue_all

from .models import ChatSession, HeldMedia

IN_OUTBOX = ("chat.relay", "chat.album")
# To the writer of an album, all of which waits for their word: see kept_albums.py.
ALBUM_QUESTION = "chat.album_question"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that does not go out at once. `kind` is its name in kinds.py, `reply_to` what it answers in the peer's
    chat, `album` Telegram's media_group_id where it belongs to one."""

    session_id: int
    sender_id: int
    peer_id: int
    message_id: int
    kind: str
    reply_to: int | None = None
    album: str = ""

    @property
    def key(self) -> str:
        """Its dedupe key in the outbox; routing.py looks for it as well."""
        return f"relay:{self.session_id}:{self.sender_id}:{self.message_id}"


class Why(StrEnum):
    """Why a message never reached the partner, as chat/unsent.html knows it."""

    ENDED = "ended"
    FAILED = "failed"
    UNWANTED = "unwanted"
    # Its reader lets nobody send them voice and video messages.
    VOICE = "voice"
    DELETED = "deleted"
    # Of an album, and nobody knows which of it.
    LEFT_OUT = "left_out"


UNCOPIED: dict[str, Why] = {Uncopied.VOICE_FORBIDDEN: Why.VOICE, Uncopied.DELETED: Why.DELETED}


def live_session_of(message: Waiting, *, now: datetime) -> ChatSession | None:
    """Step: lock the conversation that a message belongs to; None where it is over, of which its sender is told."""
    assert connection.in_atomic_block
    if not _is_there(message.sender_id):
        return None
    # Waits for an end that is under way: a message must not slip in behind the withdrawal of all that waited.
    session = ChatSession.objects.select_for_update().filter(pk=message.session_id).first()
    if session is None or session.ended_at is not None:
        tell_unsent(
            session_id=message.session_id,
            sender_id=message.sender_id,
            message_ids=[message.message_id],
            key=f"unsent:{message.key}",
            now=now,
        )
        return None
    return session


def line_up(message: Waiting, *, now: datetime) -> None:
    """Step: into the outbox, behind whatever waits for the same person. A second time changes nothing."""
    enqueue_all([notice_of(message)], now=now)


def notice_of(message: Waiting) -> Notice:
    """A message by itself, as it stands in the outbox."""
    return Notice(
        kind="chat.relay",
        recipient_id=message.peer_id,
        dedupe_key=message.key,
        priority=Priority.RELAY,
        params={
            "session": message.session_id,
            "sender": message.sender_id,
            "message": message.message_id,
            "kind": message.kind,
            "reply_to": message.reply_to,
        },
    )


def hold(message: Waiting, *, awaits: HeldMedia.Awaits, now: datetime) -> None:
    """Step: keep the ids of a message until somebody has said whether it may go. A second time changes nothing."""
    assert connection.in_atomic_block
    HeldMedia.objects.get_or_create(
        session_id=message.session_id,
        sender_id=message.sender_id,
        message_id=message.message_id,
        defaults={
            "kind": message.kind,
            "album": message.album,
            "reply_to": message.reply_to,
            "awaits": awaits,
            "created_at": now,
        },
    )


def held_from(sender_id: int, *, session_id: int) -> QuerySet[HeldMedia]:
    """What waits from one person until the other agrees to see it."""
    return HeldMedia.objects.filter(session=session_id, sender=sender_id, awaits=HeldMedia.Awaits.READER)


def withdraw(session: ChatSession, *, sender_id: int, now: datetime) -> None:
    """Step: what still waited for the partner will not be sent, and its sender is told how much that was (C4).

    A message that is being sent this very moment is left to the sender process, which knows what became of it.
    """
    assert connection.in_atomic_block
    free = OutboxMessage.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        kind__in=IN_OUTBOX,
        recipient=session.peer_of(sender_id),
        params__session=session.pk,
        state=OutboxMessage.State.PENDING,
    )
    rows = list(free.select_for_update(no_key=True).order_by("pk"))
    drop(pending=OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]), now=now)
    held = held_from(sender_id, session_id=session.pk)
    unsent = [*held.values_list("message_id", flat=True), *(each for row in rows for each in messages_of(row))]
    # Of what waits for their own word they know that it was not sent, once they were asked.
    asked = OutboxMessage.objects.filter(
        kind=ALBUM_QUESTION, recipient=sender_id, params__session=session.pk, state=OutboxMessage.State.SENT
    )
    unasked = HeldMedia.objects.filter(session=session, sender=sender_id, awaits=HeldMedia.Awaits.WRITER)
    unsent += unasked.exclude(album__in=list(asked.values_list("params__album", flat=True))).values_list(
        "message_id", flat=True
    )
    HeldMedia.objects.filter(session=session, sender=sender_id).delete()
    if unsent:
        key = f"unsent:{session.pk}:{sender_id}"
        tell_unsent(session_id=session.pk, sender_id=sender_id, message_ids=unsent, key=key, now=now)


def tell_message_unsent(row: OutboxMessage, *, wanted: bool, now: datetime) -> None:
    """Step: a row of the outbox will never reach the partner; the sender of its message or album is told (C4).

    `wanted`: the partner would see such a message if it came.
    """
    assert connection.in_atomic_block
    sender_id = row.params["sender"]
    if (message_ids := messages_of(row)) and _stays(sender_id):
        tell_unsent(
            session_id=row.params["session"],
            sender_id=sender_id,
            message_ids=message_ids,
            key=f"unsent:{row.pk}",
            why=_why(row, wanted=wanted),
            now=now,
        )


def tell_left_out(row: OutboxMessage, *, count: int, now: datetime) -> None:
    """Step: Telegram left out so many messages of an album, and its sender is told."""
    assert connection.in_atomic_block
    session_id, sender_id = row.params["session"], row.params["sender"]
    if _stays(sender_id):
        tell_unsent(
            session_id=session_id,
            sender_id=sender_id,
            message_ids=messages_of(row),
            count=count,
            key=f"unsent:{row.pk}",
            why=Why.LEFT_OUT,
            now=now,
        )


def tell_unsent(
    *,
    session_id: int,
    sender_id: int,
    message_ids: Sequence[int],
    key: str,
    now: datetime,
    why: Why = Why.ENDED,
    count: int | None = None,
) -> None:
    """Step: say to a sender who is there, in answer to the first of these messages, that they did not reach the
    partner; or only that `count` of them did not."""
    enqueue(
        kind="chat.unsent",
        recipient_id=sender_id,
        dedupe_key=key,
        priority=Priority.SESSION,
        params={"session": session_id, "count": count or len(message_ids), "why": why, "message": min(message_ids)},
        now=now,
    )


def messages_of(row: OutboxMessage) -> list[int]:
    """The ids, in their writer's chat, of the messages that a row of the outbox stands for."""
    several: list[int] | None = row.params.get("messages")
    return [row.params["message"]] if several is None else several


def _why(row: OutboxMessage, *, wanted: bool) -> Why:
    if not ChatSession.objects.filter(pk=row.params["session"], ended_at__isnull=True).exists():
        return Why.ENDED
    # What its reader would see may be dropped all the same: by hand.
    if row.state == OutboxMessage.State.DROPPED and not wanted:
        return Why.UNWANTED
    return UNCOPIED.get(row.error, Why.FAILED)


def _is_there(recipient_id: int) -> bool:
    """Whether the person is there; if so, they are not erased before they have been told."""
    return Recipient.objects.select_for_update(no_key=True).filter(pk=recipient_id).first() is not None


def _stays(recipient_id: int) -> bool:
    """As `_is_there`, for whoever holds a row of the outbox already: waits only for an erasure's last step.

    Whoever is losing or erasing the one person waits for the rows of the other, and must not be waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM delivery_recipient WHERE id = %s FOR KEY SHARE", [recipient_id])
        return cursor.fetchone() is not None
