"""What the outbox does not keep for ever (O6)."""

from datetime import datetime

from django.conf import settings

from project.rows import delete_in_batches

from .models import OutboxMessage


def purge(now: datetime) -> dict[str, int]:
    """Delete what was sent, dropped or given up settings.OUTBOX_KEPT ago; returns how many rows that were."""
    closed = OutboxMessage.objects.exclude(state=OutboxMessage.State.PENDING)
    return {"outbox": delete_in_batches(closed.filter(closed_at__lte=now - settings.OUTBOX_KEPT))}
