"""A message that has not gone out yet: where it stands, and taking it back before it does.

Ids only: the copy that is made later has the form that the message has then.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from delivery.models import OutboxMessage
from delivery.services import drop

from . import albums, waiting
from .kept_albums import kept_message
from .kinds import BY_NAME
from .models import ChatSession, HeldMedia
from .waiting import Waiting

# So long after a message was sent its twin is surely written into the message map.
_JUST_NOW = timedelta(seconds=5)


class Place(Enum):
    """Where a message is that has no twin in the partner's chat.

    WAITING: it will go out later, or was taken back. LEAVING: it is being sent, or was a moment ago. NOWHERE: it does
    not wait for anything. UNWELCOME: it was taken back, since its receiver has not agreed to see what it has become.
    KEPT: it waits with its album until its writer says that it may go.
    """

    WAITING = auto()
    UNWELCOME = auto()
    LEAVING = auto()
    NOWHERE = auto()
    KEPT = auto()


@transaction.atomic(durable=True)
def follow_edit(message: Waiting, *, now: datetime) -> Place:
    """Entry: let what waits be judged by the kind that it has become; returns where it is.

    Whoever edits a picture into a message that waits for its turn does not get round its reader's consent (C1).
    """
    session = _live(message)
    if session is None:
        return Place.NOWHERE
    if _held(message).update(kind=message.kind):
        return Place.WAITING
    copied_later = _free(_rows(message), now=now).exclude(albums.SENT_ANEW)
    row = copied_later.select_for_update(skip_locked=True).first()
    if row is None:
        return _whether_leaving(message, now=now)
    shown = BY_NAME[message.kind].shown
    if shown and not BY_NAME[row.params["kind"]].shown and session.media_of(message.peer_id) != ChatSession.Media.SHOWN:
        return Place.UNWELCOME if _withdraw(message, now=now) is Place.WAITING else Place.LEAVING
    if message.kind != row.params["kind"] and (shown or row.kind == "chat.relay"):
        row.params["kind"] = message.kind
        row.save(update_fields=["params"])
    return Place.WAITING


@transaction.atomic(durable=True)
def take_back(message: Waiting, *, now: datetime, unless_kept: bool = False) -> Place:
    """Entry: see that a message which waits never goes out, and is told to nobody. The same again finds it WAITING.

    Of `message` only the ids matter. `unless_kept`: what waits with its album for its writer's word stays there (KEPT).
    """
    if _live(message) is None:
        return Place.NOWHERE
    if unless_kept and kept_message(message).exists():
        return Place.KEPT
    return _withdraw(message, now=now)


@transaction.atomic(durable=True)
def take_back_album(message: Waiting, *, now: datetime) -> tuple[Place, list[int]]:
    """Entry: as `take_back`, for all that waits of the album that a message belongs to; returns their ids as well."""
    if _live(message) is None:
        return Place.NOWHERE, []
    held = HeldMedia.objects.filter(session=message.session_id, sender=message.sender_id, album=message.album)
    ids = {message.message_id, *held.values_list("message_id", flat=True)}
    ids |= {each for row in _albums(message) for each in row.params["messages"]}
    for each in ids - {message.message_id}:
        _withdraw(replace(message, message_id=each), now=now)
    return _withdraw(message, now=now), sorted(ids)


def left_with(message: Waiting, moment: datetime, /) -> bool | None:
    """Whether a message that waited went out with an edit of `moment`; None where it did not wait.

    Not where its writer let it go after that edit: then they knew what it says. Of `message` only the ids matter.
    """
    sent = _rows(message).filter(state=OutboxMessage.State.SENT)
    # Telegram gives whole seconds.
    with_it = sent.filter(created_at__lt=moment + timedelta(seconds=1), closed_at__gte=moment)
    return with_it.exists() if sent.exists() else None


def _live(message: Waiting) -> ChatSession | None:
    """The conversation of a message, locked, while it goes on."""
    return ChatSession.objects.select_for_update().filter(pk=message.session_id, ended_at__isnull=True).first()


def _withdraw(message: Waiting, *, now: datetime) -> Place:
    assert connection.in_atomic_block
    if kept_message(message).delete()[0]:
        # Nobody is about to send it, and it was not counted.
        return Place.WAITING
    if _leave_album(message, now=now) or _held(message).delete()[0]:
        # Whoever is about to send it finds its place in the outbox taken.
        waiting.line_up(message, now=now)
    by_itself = OutboxMessage.objects.filter(dedupe_key=message.key)
    # A sender process may hold the row, and wait for somebody whom we hold.
    free = _free(by_itself, now=now).select_for_update(skip_locked=True).values_list("pk", flat=True)
    drop(pending=OutboxMessage.objects.filter(pk__in=list(free)), now=now)
    if by_itself.filter(state=OutboxMessage.State.DROPPED).exists():
        return Place.WAITING
    return _whether_leaving(message, now=now)


def _leave_album(message: Waiting, *, now: datetime) -> bool:
    """Take a message out of the album that it waits with; returns whether it was in one."""
    assert connection.in_atomic_block
    row = _free(_albums(message), now=now).select_for_update(skip_locked=True).first()
    if row is None:
        return False
    row.params["messages"] = [other for other in row.params["messages"] if other != message.message_id]
    row.save(update_fields=["params"])
    if not row.params["messages"]:
        drop(pending=OutboxMessage.objects.filter(pk=row.pk), now=now)
    return True


def _whether_leaving(message: Waiting, *, now: datetime) -> Place:
    leaving = Q(state=OutboxMessage.State.PENDING) | Q(
        state=OutboxMessage.State.SENT, closed_at__range=(now - _JUST_NOW, now + _JUST_NOW)
    )
    return Place.LEAVING if _rows(message).filter(leaving).exists() else Place.NOWHERE


def _held(message: Waiting) -> QuerySet[HeldMedia]:
    return HeldMedia.objects.filter(session=message.session_id, sender=message.sender_id, message_id=message.message_id)


def _rows(message: Waiting) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(dedupe_key=message.key) | _albums(message)


def _albums(message: Waiting) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        kind="chat.album",
        recipient=message.peer_id,
        params__session=message.session_id,
        params__sender=message.sender_id,
        params__messages__contains=[message.message_id],
    )


def _free(rows: QuerySet[OutboxMessage], *, now: datetime) -> QuerySet[OutboxMessage]:
    """Those that wait and that nobody is sending."""
    return rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now), state=OutboxMessage.State.PENDING)
