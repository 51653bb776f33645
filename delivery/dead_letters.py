"""What could not be delivered or is not wanted any more, as staff deal with it: try it again, or let it go."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from . import queue
from .kinds import KINDS
from .models import OutboxMessage, Recipient
from .services import CHANNEL

_BATCH = 1_000


def retriable(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """Those of `messages` that are dead and may be sent after all.

    Their readers can be reached, and nobody was told meanwhile that they did not arrive. Whether they are still true is
    asked when they are sent. What must not arrive twice, and may have arrived, is not among them.
    """
    kinds = [name for name, kind in KINDS.items() if kind.retriable]
    only_once = [name for name in kinds if not KINDS[name].doubles]
    return messages.filter(
        ~Q(kind__in=only_once, possibly_doubled=True),
        state=OutboxMessage.State.DEAD,
        kind__in=kinds,
        # Not as a join: what another retry has just changed is then looked at again before it is changed.
        recipient__in=Recipient.objects.filter(reachable=True),
    )


@transaction.atomic(durable=True)
def retry(messages: QuerySet[OutboxMessage], *, now: datetime) -> list[int]:
    """Entry: put the `retriable` of `messages` back into the outbox, as if they were new; returns their ids."""
    ids = list(retriable(messages).select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    OutboxMessage.objects.filter(pk__in=ids).update(
        state=OutboxMessage.State.PENDING,
        closed_at=None,
        due_at=now,
        # The day after which it is given up begins anew.
        created_at=now,
        attempts=0,
        lease_until=None,
        error="",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return ids


@transaction.atomic(durable=True)
def forget(messages: QuerySet[OutboxMessage], *, now: datetime) -> int:
    """Entry: the dead ones of `messages` are nobody's business any more; returns how many those were."""
    dead = messages.filter(state=OutboxMessage.State.DEAD)
    return dead.update(state=OutboxMessage.State.DROPPED, closed_at=now)


def withdraw(messages: QuerySet[OutboxMessage], *, now: datetime) -> int:
    """Entry: those of `messages` that wait, and that no sender has in hand, are not sent; returns how many those were.

    Each in a transaction of its own, in which its kind draws its conclusions.
    """
    in_nobodys_hand = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = messages.filter(in_nobodys_hand, state=OutboxMessage.State.PENDING).order_by("pk")
    withdrawn = 0
    while ids := list(waiting.values_list("pk", flat=True)[:_BATCH]):
        withdrawn += _withdraw(ids, now=now)
    return withdrawn


def _withdraw(ids: Collection[int], *, now: datetime) -> int:
    for each in ids:
        queue.close(outbox_id=each, state=OutboxMessage.State.DROPPED, error="Withdrawn", now=now)
    return len(ids)
