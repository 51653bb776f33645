"""What stands in the outbox, for those who run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from .models import OutboxMessage, Priority


@dataclass(frozen=True, slots=True)
class Waiting:
    """The notifications of one kind and priority that wait; `leased` of them are in a sender's hand."""

    kind: str
    priority: str
    count: int
    leased: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Dead:
    """The notifications of one kind that were given up for one reason, the last of them at `last`."""

    kind: str
    reason: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Outbox:
    """All of it: what waits, the most urgent first, and what was given up, the most frequent first."""

    waiting: Sequence[Waiting]
    dead: Sequence[Dead]


def outbox(*, now: datetime) -> Outbox:
    """The outbox as it stands."""
    return Outbox(waiting=_waiting(now), dead=_dead())


def dead_by_kind() -> dict[str, int]:
    """How many notifications of each kind were given up, as long as that is kept."""
    dead = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD)
    return dict(dead.values_list("kind").annotate(Count("pk")).order_by("kind"))


def _waiting(now: datetime) -> list[Waiting]:
    pending = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)
    groups = pending.values("priority", "kind").annotate(
        count=Count("pk"), leased=Count("pk", filter=Q(lease_until__gt=now)), oldest=Min("created_at")
    )
    return [
        Waiting(
            kind=group["kind"],
            priority=Priority(group["priority"]).name.lower(),
            count=group["count"],
            leased=group["leased"],
            oldest=max(now - group["oldest"], timedelta(0)),
        )
        for group in groups.order_by("priority", "kind")
    ]


def _dead() -> list[Dead]:
    dead = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD)
    groups = dead.values("kind", "error").annotate(count=Count("pk"), last=Max("closed_at"))
    return [
        Dead(kind=group["kind"], reason=group["error"], count=group["count"], last=group["last"])
        for group in groups.order_by("-count", "kind", "error")
    ]
