"""What waited in the outbox for its turn, as copies: single messages and albums."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from delivery.kinds import notification
from delivery.metrics import possibly_doubled
from delivery.models import OutboxMessage
from delivery.outgoing import Album, Copy
from delivery.telegram import reply_to
from profiles.models import Profile

from . import message_map, metrics, waiting
from .kinds import BY_NAME
from .message_map import Side
from .models import ChatSession


def live_session(row: OutboxMessage) -> ChatSession | None:
    """The conversation that a row of the outbox is about, while it goes on."""
    return ChatSession.objects.filter(pk=row.params["session"], ended_at__isnull=True).first()


def _is_wanted(row: OutboxMessage) -> bool:
    session = live_session(row)
    if session is None:
        return False
    return not BY_NAME[row.params["kind"]].shown or session.media_of(row.recipient_id) == ChatSession.Media.SHOWN


def _never_arrives(row: OutboxMessage, now: datetime) -> None:
    waiting.tell_message_unsent(row, wanted=_is_wanted(row), now=now)


def _relay_arrived(row: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
    metrics.relayed(kind=row.params["kind"], seconds=max((now - row.created_at).total_seconds(), 0))
    _arrived(row, [row.params["message"]], message_ids, now)


@notification("chat.relay", sent=_relay_arrived, unsent=_never_arrives, still=_is_wanted)
def relay(row: OutboxMessage) -> Copy | None:
    """A message; nothing once the conversation is over, or its reader would rather not see pictures."""
    if not _is_wanted(row):
        return None
    _count_doubles(row, messages=1)
    return _copy(row, row.params["message"])


def _album_arrived(row: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
    # How long it took says nothing about the relay: an album waits until it is complete.
    metrics.relayed_messages.labels(kind=row.params["kind"]).inc(len(message_ids))
    _arrived(row, _album_ids(row), message_ids, now)


@notification("chat.album", sent=_album_arrived, unsent=_never_arrives, still=_is_wanted)
def album(row: OutboxMessage) -> Album | Copy | None:
    """An album, as `relay`; what is left of one by deletions may be a single message."""
    ids = _album_ids(row)
    if not ids or not _is_wanted(row):
        return None
    _count_doubles(row, messages=len(ids))
    if len(ids) == 1:
        return _copy(row, ids[0])
    return Album(from_telegram_id=_writer(row), message_ids=tuple(ids), reply_to=row.params["reply_to"])


def _album_ids(row: OutboxMessage) -> list[int]:
    # Telegram wants them in this order.
    return sorted(row.params["messages"])


def _copy(row: OutboxMessage, message_id: int) -> Copy:
    answers = row.params["reply_to"]
    return Copy(
        from_telegram_id=_writer(row),
        message_id=message_id,
        reply=None if answers is None else reply_to(answers),
    )


def _writer(row: OutboxMessage) -> int:
    return Profile.objects.select_related("recipient").get(pk=row.params["sender"]).recipient.telegram_id


def _count_doubles(row: OutboxMessage, *, messages: int) -> None:
    """Each time it is sent again: an answer may be lost more than once, and whoever sends it now may be killed."""
    if row.possibly_doubled:
        possibly_doubled.inc(messages)


def _arrived(row: OutboxMessage, sent: Sequence[int], arrived: Sequence[int], now: datetime) -> None:
    if len(arrived) != len(sent):
        # Telegram does not say which of an album it left out: no twins are better than wrong ones.
        waiting.tell_left_out(row, count=len(sent) - len(arrived), now=now)
        return
    pairs = [
        (Side(row.params["sender"], here), Side(row.recipient_id, there))
        for here, there in zip(sent, arrived, strict=True)
    ]
    transaction.on_commit(partial(message_map.remember, session_id=row.params["session"], pairs=pairs))
