"""Cooldowns: who is not introduced to whom for a while."""

from datetime import datetime

from django.db import connection

from .models import RecentContact


def keep_apart(*, one: int, other: int, until: datetime, reason: RecentContact.Reason) -> None:
    """Step: neither is proposed to the other before `until`; a longer cooldown that is in force stays.

    The caller holds both profiles (see locks.py), so that no proposal of the two is being made meanwhile.
    """
    assert connection.in_atomic_block
    pairs = [
        RecentContact(user_id=one, other_id=other, until=until, reason=reason),
        RecentContact(user_id=other, other_id=one, until=until, reason=reason),
    ]
    RecentContact.objects.bulk_create(pairs, ignore_conflicts=True)
    shorter = RecentContact.objects.filter(user__in=[one, other], other__in=[one, other], until__lt=until)
    shorter.update(until=until, reason=reason)
