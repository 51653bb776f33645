"""What this app does not keep for ever (O6)."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from delivery.models import Recipient
from project.rows import BATCH, delete_in_batches

from . import erasure
from .models import ErasedStanding, Profile, Prompt


def purge(now: datetime) -> dict[str, int]:
    """Delete questions nobody answered in time, standings that are over, and who began and never came back.

    Returns how many of each that were.
    """
    return {
        "prompts": delete_in_batches(Prompt.objects.filter(expires_at__lte=now)),
        "erased_standings": delete_in_batches(ErasedStanding.objects.filter(keep_until__lte=now)),
        "abandoned": _erase_abandoned(now),
    }


def _erase_abandoned(now: datetime) -> int:
    """Whoever pressed Start, never finished their profile and was not seen for settings.ABANDONED_AFTER."""
    before = now - settings.ABANDONED_AFTER
    without_profile = Q(profile__isnull=True, created_at__lte=before)
    unfinished = Q(profile__seen_at__lte=before) & ~Q(profile__state=Profile.State.COMPLETE)
    suspended = Q(profile__suspended_until__gt=now)
    abandoned = Recipient.objects.filter(without_profile | unfinished).exclude(suspended)
    erased, last = 0, 0
    while ids := list(abandoned.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        erased += sum(erasure.erase(profile_id=pk, unless_seen_since=before, now=now) for pk in ids)
        last = ids[-1]
    return erased
