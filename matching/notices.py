"""What people are told about their proposals when they did not just act themselves."""

from datetime import datetime

from delivery.models import Priority
from delivery.services import enqueue

from .models import Match


def tell(*, kind: str, match: Match, profile_id: int, now: datetime) -> None:
    """Step: put a notification about `match` into the outbox, once for each kind and person."""
    enqueue(
        kind=kind,
        recipient_id=profile_id,
        dedupe_key=f"{kind}:{match.pk}:{profile_id}",
        priority=Priority.SESSION,
        now=now,
        params={"match": match.pk},
    )
