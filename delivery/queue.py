"""The outbox as the sender sees it: lease, then record what became of it. Each function is a short transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation

from . import leasing
from .kinds import KINDS
from .models import OutboxMessage, Priority, Recipient
from .outgoing import Outgoing
from .services import mark_unreachable

# Longer than Telegram's answer may take, short enough that nobody waits long after a sender was killed.
LEASE = settings.TELEGRAM_TIMEOUT + timedelta(seconds=5)
# Telegram keeps an update for a day; what could not be said for as long is no news any more.
GIVE_UP_AFTER = timedelta(hours=24)
MAX_RENDER_FAILURES = 5
# No lease lasts as long, and no clock of ours is as far from another.
_FUTURE = LEASE + timedelta(minutes=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Leased:
    """One message that is ours to send until the lease runs out."""

    id: int
    kind: str
    chat_id: int
    priority: Priority
    attempts: int
    outgoing: Outgoing
    start_by: datetime


def lease(*, limit: int, now: datetime, least: Priority = Priority.WAITING) -> list[Leased]:
    """Take up to `limit` due messages, most urgent first, rendered in their readers' languages.

    Only those of at least the priority `least`. What is no longer true is dropped here; what can't be rendered is tried
    again later, then dead.
    """
    with transaction.atomic():
        ids = leasing.lease(limit=limit, until=now + LEASE, farthest=_FUTURE, least=least, now=now)
    rows = OutboxMessage.objects.filter(pk__in=ids).select_related("recipient").order_by("priority", "pk")
    return list(_rendered(rows, now=now))


def lease_early(*, outbox_id: int, now: datetime) -> Leased | None:
    """Take a message before it is due, for who can send it better than from what is written in the outbox.

    None where somebody has tried before, something else goes first to the same person, or it is no longer true.
    """
    with transaction.atomic():
        untried = OutboxMessage.objects.filter(
            pk=outbox_id, state=OutboxMessage.State.PENDING, attempts=0, lease_until__isnull=True
        )
        row = untried.select_for_update(skip_locked=True, of=("self",)).select_related("recipient").first()
        if row is None or _has_to_wait(row):
            return None
        row.attempts, row.lease_until = 1, now + LEASE
        row.save(update_fields=["attempts", "lease_until"])
    return next(iter(_rendered([row], now=now)), None)


def _has_to_wait(row: OutboxMessage) -> bool:
    said = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING, priority__lt=Priority.WAITING)
    return said.filter(recipient=row.recipient_id, pk__lt=row.pk).exists()


def _rendered(rows: Iterable[OutboxMessage], *, now: datetime) -> Iterable[Leased]:
    for row in rows:
        if not row.recipient.reachable:
            close(outbox_id=row.pk, state=OutboxMessage.State.DEAD, error="Unreachable", now=now)
            continue
        if row.possibly_doubled and row.kind in KINDS and not KINDS[row.kind].doubles:
            close(outbox_id=row.pk, state=OutboxMessage.State.DEAD, error="Unknown", now=now)
            continue
        try:
            with translation.override(row.recipient.language):
                outgoing = KINDS[row.kind].render(row)
        except Exception as error:
            # One broken message must not hold up the others.
            log.exception("outbox.render_failed", kind=row.kind, outbox_id=row.pk)
            _postpone_render(row, error=type(error).__name__, now=now)
            continue
        if outgoing is None:
            close(outbox_id=row.pk, state=OutboxMessage.State.DROPPED, error="", now=now)
            continue
        yield Leased(
            id=row.pk,
            kind=row.kind,
            chat_id=row.recipient.telegram_id,
            priority=Priority(row.priority),
            attempts=row.attempts,
            outgoing=outgoing,
            start_by=now + LEASE - settings.TELEGRAM_TIMEOUT,
        )


def _postpone_render(row: OutboxMessage, *, error: str, now: datetime) -> None:
    if row.attempts >= MAX_RENDER_FAILURES:
        close(outbox_id=row.pk, state=OutboxMessage.State.DEAD, error=error, now=now)
    else:
        retry(outbox_id=row.pk, after=timedelta(seconds=2**row.attempts), error=error, unknown=False, now=now)


@transaction.atomic(durable=True)
def record_sent(*, outbox_id: int, message_ids: Sequence[int], now: datetime) -> None:
    """It arrived: keep the (first) message's id and let the kind draw its conclusions."""
    updated = OutboxMessage.objects.filter(pk=outbox_id, state=OutboxMessage.State.PENDING).update(
        state=OutboxMessage.State.SENT,
        message_id=next(iter(message_ids), None),
        lease_until=None,
        error="",
        closed_at=now,
    )
    if not updated:
        return
    row = OutboxMessage.objects.select_related("recipient").get(pk=outbox_id)
    if (sent := KINDS[row.kind].sent) is not None:
        sent(row, message_ids, now)


@transaction.atomic(durable=True)
def close(*, outbox_id: int, state: OutboxMessage.State, error: str, now: datetime) -> None:
    """It will not be sent: `dead` (can't be delivered) or `dropped` (no longer true). The kind concludes."""
    _close(outbox_id=outbox_id, state=state, error=error, now=now)


def _close(*, outbox_id: int, state: OutboxMessage.State, error: str, now: datetime) -> None:
    updated = OutboxMessage.objects.filter(pk=outbox_id, state=OutboxMessage.State.PENDING).update(
        state=state, error=error, lease_until=None, closed_at=now
    )
    if not updated:
        return
    row = OutboxMessage.objects.get(pk=outbox_id)
    if row.kind in KINDS and (unsent := KINDS[row.kind].unsent) is not None:
        unsent(row, now)


@transaction.atomic(durable=True)
def record_gone(*, outbox_id: int, reason: str, now: datetime) -> None:
    """The recipient can't be reached any more: every app lets go of them, and nothing that waits will be sent."""
    recipient_id = OutboxMessage.objects.filter(pk=outbox_id).values_list("recipient_id", flat=True).first()
    if recipient_id is None:
        # They were erased meanwhile.
        return
    # Whoever erases them takes the same turn: the recipient, then what is in hand for them.
    Recipient.objects.select_for_update(no_key=True).filter(pk=recipient_id).first()
    # What others have in hand for the same person, before anything that its outcome would touch: they take turns.
    in_hand = OutboxMessage.objects.filter(
        recipient=recipient_id, state=OutboxMessage.State.PENDING, lease_until__gt=now
    )
    list(in_hand.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    mark_unreachable(recipient_id=recipient_id, now=now)
    OutboxMessage.objects.filter(recipient=recipient_id, state=OutboxMessage.State.PENDING).update(
        state=OutboxMessage.State.DEAD, error=reason, lease_until=None, closed_at=now
    )


@transaction.atomic(durable=True)
def retry(*, outbox_id: int, after: timedelta, error: str, unknown: bool, now: datetime) -> None:
    """Try again later. After an unknown outcome only if a second copy does no harm, and it is marked as such."""
    row = OutboxMessage.objects.filter(pk=outbox_id).first()
    if row is None:
        # The recipient was erased meanwhile.
        return
    harmful = unknown and row.kind in KINDS and not KINDS[row.kind].doubles
    if harmful or now - row.created_at > GIVE_UP_AFTER:
        _close(outbox_id=outbox_id, state=OutboxMessage.State.DEAD, error=error, now=now)
        return
    OutboxMessage.objects.filter(pk=outbox_id, state=OutboxMessage.State.PENDING).update(
        due_at=now + after, error=error, lease_until=None, possibly_doubled=row.possibly_doubled or unknown
    )


def still_true(*, outbox_id: int, now: datetime) -> bool:
    """Whether a leased message that had to wait is still to be sent; where its kind says no, it is dropped here."""
    leased = OutboxMessage.objects.select_related("recipient").filter(state=OutboxMessage.State.PENDING)
    row = leased.filter(pk=outbox_id).first()
    if row is None:
        return False
    still = KINDS[row.kind].still
    if still is None or still(row):
        return True
    close(outbox_id=outbox_id, state=OutboxMessage.State.DROPPED, error="", now=now)
    return False
