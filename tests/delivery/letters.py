"""What stands in the outbox, made as it would have come about."""

import itertools
from datetime import datetime
from typing import Any

from delivery.models import OutboxMessage, Priority
from profiles.models import Profile
from tests.base import NOW

_numbers = itertools.count()


def letter(
    reader: Profile,
    kind: str,
    *,
    error: str = "",
    state: str = "dead",
    closed_at: datetime = NOW,
    priority: Priority = Priority.NOTICE,
    **columns: Any,
) -> OutboxMessage:
    """A dead letter; of another `state` where one is given."""
    return OutboxMessage.objects.create(
        kind=kind,
        recipient=reader.recipient,
        dedupe_key=f"letter:{next(_numbers)}",
        priority=priority,
        state=state,
        due_at=NOW,
        created_at=NOW,
        closed_at=None if state == "pending" else closed_at,
        error=error,
        **columns,
    )
