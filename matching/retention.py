"""What matching does not keep for ever (O6)."""

from datetime import datetime

from django.conf import settings

from project.rows import delete_in_batches

from .models import Match, RecentContact, ReunionWish


def purge(now: datetime) -> dict[str, int]:
    """Delete cooldowns and wishes that are over, and matches closed settings.HISTORY_KEPT ago with their conversations.

    Returns how many of each that were.
    """
    closed = Match.objects.filter(closed_at__lte=now - settings.HISTORY_KEPT)
    return {
        "cooldowns": delete_in_batches(RecentContact.objects.filter(until__lte=now)),
        "reunion wishes": delete_in_batches(
            ReunionWish.objects.filter(created_at__lte=now - settings.REUNION_WISH_KEPT)
        ),
        "matches": delete_in_batches(closed),
    }
