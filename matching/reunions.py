"""Meeting again: two who have talked and both asked for it come first next time they both search (C7)."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from .locks import lock_people
from .models import RecentContact, ReunionWish


def wish(*, profile_id: int, other_id: int, now: datetime) -> bool:
    """Step: `profile_id` would like to meet `other_id` again; returns whether both would now.

    When both do, the rest after their conversation ends; a block or a decline between them stays. A wish counts for
    settings.REUNION_WISH_KEPT; saying it again renews it.
    """
    assert connection.in_atomic_block
    # Both in one order: of two who say so at the same moment, the later one must see the other's wish.
    lock_people([profile_id, other_id])
    ReunionWish.objects.update_or_create(wisher_id=profile_id, other_id=other_id, defaults={"created_at": now})
    both = other_id in mutual(profile_id=profile_id, now=now)
    if both:
        _between(profile_id, other_id).filter(reason=RecentContact.Reason.CONVERSATION).delete()
    return both


def is_wished(*, profile_id: int, other_id: int, now: datetime) -> bool:
    """Whether the person would like to meet the other again; nothing of what the other would like."""
    kept = ReunionWish.objects.filter(created_at__gt=now - settings.REUNION_WISH_KEPT)
    return kept.filter(wisher=profile_id, other=other_id).exists()


def mutual(*, profile_id: int, now: datetime) -> list[int]:
    """Who wished to meet the person again as they wished to meet them, who said so last first."""
    kept = ReunionWish.objects.filter(created_at__gt=now - settings.REUNION_WISH_KEPT)
    returned = kept.filter(wisher=OuterRef("other"), other=profile_id)
    mine = kept.filter(Exists(returned), wisher=profile_id).order_by("-created_at")
    return list(mine.values_list("other_id", flat=True))


def forget(*, one: int, other: int) -> None:
    """Step: whatever the two had wished, they are met again or never."""
    assert connection.in_atomic_block
    ReunionWish.objects.filter(Q(wisher=one, other=other) | Q(wisher=other, other=one)).delete()


def take_back(*, profile_id: int, other_id: int | None = None) -> None:
    """Step: the person, locked, would not meet the other again (None: nobody) whatever they wished before.

    The other's own wish stays: gone from their file, it would tell them.
    """
    assert connection.in_atomic_block
    wishes = ReunionWish.objects.filter(wisher=profile_id)
    (wishes if other_id is None else wishes.filter(other=other_id)).delete()


def _between(one: int, other: int) -> QuerySet[RecentContact]:
    return RecentContact.objects.filter(Q(user=one, other=other) | Q(user=other, other=one))
