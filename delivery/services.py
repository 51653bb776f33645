"""Writing to the outbox, and what is learnt about recipients."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from .models import OutboxMessage, Priority, Recipient

CHANNEL = "outbox"


def enqueue(
    *,
    kind: str,
    recipient_id: int,
    dedupe_key: str,
    priority: Priority,
    now: datetime,
    params: dict[str, Any] | None = None,
) -> None:
    """Step: put one notification into the outbox; the sender wakes when the caller's transaction commits.

    `kind` names a renderer registered in an app's `messages.py`; `params` are the ids it needs. The same `dedupe_key`
    a second time changes nothing.
    """
    assert connection.in_atomic_block
    message = OutboxMessage(
        kind=kind, recipient_id=recipient_id, dedupe_key=dedupe_key, priority=priority, params=params or {}, due_at=now
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
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
    Recipient.objects.filter(pk=recipient_id, reachable=False).update(reachable=True)


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
