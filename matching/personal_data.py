"""What matching has about a person: their place in the pool, whom they were proposed to when, cooldowns (P7)."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from profiles.models import Profile
from project.rows import columns_of

from .models import Match, PoolEntry, RecentContact, ReunionWish, SearchMessage, Seat


def export(profile: Profile) -> dict[str, Any]:
    """Waiting and proposals. Of the others nothing but times and numbers (P8).

    Not the cooldowns, not even how many: one that outlasts a conversation by weeks tells that there was a block (S2).
    Nor helpfulness, or a score that it is a part of: how a single partner rated them could be computed from it (C7).
    """
    waiting = PoolEntry.objects.filter(pk=profile.pk).first()
    matches = Match.objects.filter(Q(a=profile.pk) | Q(b=profile.pk)).order_by("created_at", "pk")
    return {
        "waiting": waiting and columns_of(waiting, without=["profile_id", "helpfulness"]),
        "in_a_proposal_or_conversation": Seat.objects.filter(pk=profile.pk).exists(),
        "search_message": [
            columns_of(message, without=["profile_id"]) for message in SearchMessage.objects.filter(pk=profile.pk)
        ],
        # Whom the person would meet again, not who would meet them: that is the others' own (P8).
        "wished_to_meet_again_at": list(
            ReunionWish.objects.filter(wisher=profile.pk).order_by("created_at").values_list("created_at", flat=True)
        ),
        "proposals": [_proposal(match, profile.pk) for match in matches],
    }


def _proposal(match: Match, profile_id: int) -> dict[str, Any]:
    mine = match.side_of(profile_id)
    return {
        "created_at": match.created_at,
        "state": match.state,
        "you_were_asked_to_listen": match.listener_id == profile_id,
        "you_both_wished_to_meet_again": match.again,
        "topic_overlap": match.topic_overlap,
        "time_overlap": match.time_overlap,
        "you_waited_since": match.since_of(profile_id),
        "you_were_put_back": match.requeues_of(profile_id),
        "delivered_to_you_at": getattr(match, f"delivered_{mine}_at"),
        "accepted_by_you_at": getattr(match, f"accepted_{mine}_at"),
        "skipped_by_you": match.declined_by_id == profile_id,
        "expires_at": match.expires_at,
        "closed_at": match.closed_at,
    }


def erase(profile: Profile, now: datetime) -> None:
    """Step: delete every row that names the person, who has left pool and proposal before."""
    assert connection.in_atomic_block
    PoolEntry.objects.filter(pk=profile.pk).delete()
    SearchMessage.objects.filter(pk=profile.pk).delete()
    ReunionWish.objects.filter(Q(wisher=profile.pk) | Q(other=profile.pk)).delete()
    RecentContact.objects.filter(Q(user=profile.pk) | Q(other=profile.pk)).delete()
    Match.objects.filter(Q(a=profile.pk) | Q(b=profile.pk)).delete()
