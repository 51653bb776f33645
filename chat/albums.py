"""Albums: Telegram brings their messages one by one, and each must be acknowledged before the next one comes.

Their ids are gathered in one row of the outbox, which is due once no more have come for a moment. What the same person
writes next queues behind it. An album that answers something is given a little longer: see answering_albums.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from delivery.models import OutboxMessage, Priority, Recipient
from delivery.services import Notice, enqueue_all, wake

from . import waiting
from .queries import live_session
from .waiting import Waiting

# So long after the last of its messages an album is complete.
COMPLETE_AFTER = timedelta(seconds=1)
# Those that may be sent from somebody's memory, in the form in which they came.
SENT_ANEW = Q(kind="chat.album", attempts=0) & ~Q(params__reply_to=None)
# How much longer the sender leaves an album that is an answer to the process that knows what is in it.
_LEFT_ALONE = timedelta(seconds=2)


@transaction.atomic(durable=True)
def collect(message: Waiting, *, now: datetime) -> int | None:
    """Entry: add a message to its album in the outbox; returns the row's id, None where it did not get into one.

    A message brought again is not added twice. One that comes after its album has left goes by itself; where the
    conversation is over its sender is told.
    """
    if waiting.live_session_of(message, now=now) is None:
        return None
    return join(message, came_at=now, now=now)


def join(message: Waiting, *, came_at: datetime, now: datetime) -> int | None:
    """Step: as `collect`, for a message of a live conversation (whose row is locked) that came at `came_at`."""
    assert connection.in_atomic_block
    row = OutboxMessage.objects.filter(dedupe_key=_key_of(message)).first()
    if row is None:
        return _begin(message, came_at=came_at, now=now)
    if message.message_id in row.params["messages"]:
        return int(row.pk)
    # A sender process may hold the row and wait for the writer, whom we hold.
    free = _gathering().filter(pk=row.pk).select_for_update(skip_locked=True).first()
    if free is None:
        waiting.line_up(message, now=now)
        return None
    free.params["messages"] = sorted([*free.params["messages"], message.message_id])
    free.params["reply_to"] = free.params["reply_to"] or message.reply_to
    free.due_at = _due_at(free.params["reply_to"], came_at)
    free.save(update_fields=["params", "due_at"])
    return int(free.pk)


def take_out(message: Waiting) -> list[Waiting] | None:
    """Step: take those of its album out of the outbox that came before; None where they have left, or are leaving."""
    assert connection.in_atomic_block
    row = OutboxMessage.objects.filter(dedupe_key=_key_of(message)).first()
    if row is None:
        return []
    free = _gathering().filter(pk=row.pk).select_for_update(skip_locked=True).first()
    if free is None:
        return None
    free.delete()
    kind, reply_to = free.params["kind"], free.params["reply_to"]
    before = set(free.params["messages"]) - {message.message_id}
    return [replace(message, message_id=each, kind=kind, reply_to=reply_to) for each in sorted(before)]


def has(message: Waiting) -> bool:
    """Whether a message is in the outbox with its album, or has left with it."""
    rows = OutboxMessage.objects.filter(dedupe_key=_key_of(message), params__messages__contains=[message.message_id])
    return rows.exclude(state=OutboxMessage.State.DROPPED).exists()


def _begin(message: Waiting, *, came_at: datetime, now: datetime) -> int:
    notice = notice_of([message], came_at=came_at)
    enqueue_all([notice], now=now)
    return int(OutboxMessage.objects.values_list("pk", flat=True).get(dedupe_key=notice.dedupe_key))


def notice_of(messages: Sequence[Waiting], *, came_at: datetime) -> Notice:
    """An album as it stands in the outbox until it is complete, with those of its messages (at least one, in their
    order) that came; the last one at `came_at`."""
    first = messages[0]
    reply_to = next((message.reply_to for message in messages if message.reply_to is not None), None)
    return Notice(
        kind="chat.album",
        recipient_id=first.peer_id,
        dedupe_key=_key_of(first),
        priority=Priority.RELAY,
        params={
            "session": first.session_id,
            "sender": first.sender_id,
            "messages": [message.message_id for message in messages],
            "kind": first.kind,
            "reply_to": reply_to,
        },
        due_at=_due_at(reply_to, came_at),
    )


def is_let_go(album: str, *, session_id: int, sender_id: int) -> bool:
    """Whether an album is in the outbox, or has left."""
    rows = OutboxMessage.objects.filter(dedupe_key=_key(session_id, sender_id, album))
    return rows.exclude(state=OutboxMessage.State.DROPPED).exists()


def _key_of(message: Waiting) -> str:
    return _key(message.session_id, message.sender_id, message.album)


def _key(session_id: int, sender_id: int, album: str) -> str:
    return f"album:{session_id}:{sender_id}:{album}"


@transaction.atomic(durable=True)
def complete(*, telegram_id: int, now: datetime) -> None:
    """Entry: the person with this Telegram account does something else, so an album of theirs may leave."""
    sender_id = Recipient.objects.filter(telegram_id=telegram_id).values_list("pk", flat=True).first()
    session = None if sender_id is None else live_session(profile_id=sender_id)
    if sender_id is not None and session is not None:
        let_go(sender_id=sender_id, peer_id=session.peer_of(sender_id), now=now)


def let_go(*, sender_id: int, peer_id: int, now: datetime) -> None:
    """Step: no more messages come for this person's albums: they need not wait for them.

    An album that is an answer is left to who knows what is in it.
    """
    assert connection.in_atomic_block
    theirs = _gathering().filter(recipient=peer_id, params__sender=sender_id, params__reply_to=None, due_at__gt=now)
    free = list(theirs.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if free:
        OutboxMessage.objects.filter(pk__in=free).update(due_at=now)
        wake()


def _gathering() -> QuerySet[OutboxMessage]:
    """Albums that nobody has tried to send yet."""
    return OutboxMessage.objects.filter(
        kind="chat.album", state=OutboxMessage.State.PENDING, attempts=0, lease_until__isnull=True
    )


def _due_at(reply_to: int | None, came_at: datetime) -> datetime:
    complete_at = came_at + COMPLETE_AFTER
    return complete_at if reply_to is None else complete_at + _LEFT_ALONE
