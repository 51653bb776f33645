"""Writing to the outbox, and what is learnt about recipients."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from .models import OutboxMessage, Priority, Recipient

CHANNEL = "outbox"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification to be: `kind` names a renderer in an app's `messages.py`, `params` the ids that it needs;
    `due_at` is when it may leave, at once where it is None."""

    kind: str
    recipient_id: int
    dedupe_key: str
    priority: Priority
    params: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def enqueue(
    *,
    kind: str,
    recipient_id: int,
    dedupe_key: str,
    priority: Priority,
    now: datetime,
    params: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> None:
    """Step: put one notification into the outbox, see `Notice` and `enqueue_all`."""
    enqueue_all([Notice(kind, recipient_id, dedupe_key, priority, params or {}, due_at)], now=now)


def enqueue_all(notices: Iterable[Notice], *, now: datetime) -> None:
    """Step: put notifications into the outbox; the sender wakes when the caller's transaction commits.

    The same `dedupe_key` a second time changes nothing.
    """
    assert connection.in_atomic_block
    messages = [
        OutboxMessage(
            kind=notice.kind,
            recipient_id=notice.recipient_id,
            dedupe_key=notice.dedupe_key,
            priority=notice.priority,
            params=notice.params,
            due_at=notice.due_at or now,
            created_at=now,
        )
        for notice in notices
    ]
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    wake()


def wake() -> None:
    """Step: the sender looks into the outbox when the caller's transaction commits."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def drop(*, pending: QuerySet[OutboxMessage], now: datetime) -> int:
    """Step: withdraw what has not been sent yet; returns how many rows that was."""
    assert connection.in_atomic_block
    return pending.filter(state=OutboxMessage.State.PENDING).update(
        state=OutboxMessage.State.DROPPED, closed_at=now, lease_until=None
    )


def mark_unreachable(*, recipient_id: int, now: datetime) -> None:
    """Step: the person blocked the bot or deleted the account; every app lets go of them (`ON_UNREACHABLE`)."""
    assert connection.in_atomic_block
    Recipient.objects.filter(pk=recipient_id).update(reachable=False)
    for path in settings.ON_UNREACHABLE:
        import_string(path)(profile_id=recipient_id, now=now)


def mark_reachable(*, recipient_id: int) -> None:
    """Step: the person is back."""
    assert connection.in_atomic_block
    # Held whatever it says: who is losing them at this moment would else do so after the caller has found them there.
    held = Recipient.objects.select_for_update(no_key=True).filter(pk=recipient_id)
    if held.values_list("reachable", flat=True).first() is False:
        held.update(reachable=True)


@transaction.atomic(durable=True)
def lose(*, telegram_id: int, now: datetime) -> None:
    """Entry: Telegram says that this person blocked the bot or deleted the account."""
    if (recipient := Recipient.objects.filter(telegram_id=telegram_id).first()) is not None:
        mark_unreachable(recipient_id=recipient.pk, now=now)


@transaction.atomic(durable=True)
def regain(*, telegram_id: int) -> None:
    """Entry: Telegram says that this person is back."""
    if (recipient := Recipient.objects.filter(telegram_id=telegram_id).first()) is not None:
        mark_reachable(recipient_id=recipient.pk)
