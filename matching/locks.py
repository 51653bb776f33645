"""Who is locked before anything about them changes.

One rule keeps the pool and the seats right, whatever the number of workers: whoever moves a person in or out of the
pool or of a seat holds that person's profile row. Two rows are taken in the order of their keys, or the second one only
if it is free (SKIP LOCKED), so that two transactions never wait for each other. A recipient row that changes comes
before the profiles.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from profiles.models import Profile

from .models import Match

# The advisory locks of a database are told apart by number alone; this is "tno" and a counter.
_SWEEP = 0x746E6F01


def lock_people(ids: Iterable[int], *, skip_locked: bool = False) -> dict[int, Profile]:
    """Step: lock these profiles in the order of their keys and return them by id, as they are now.

    Who was erased is missing, and with `skip_locked` also who is being dealt with elsewhere.
    """
    assert connection.in_atomic_block
    # no_key: rows that merely point at the person may still be written by others.
    rows = Profile.objects.select_related("recipient").select_for_update(
        of=("self",), no_key=True, skip_locked=skip_locked
    )
    return {profile.pk: profile for profile in rows.filter(pk__in=set(ids)).order_by("pk")}


def lock_with_partner(profile_id: int) -> tuple[Match | None, dict[int, Profile]]:
    """Step: lock a person and, where they have a seat, whoever sits with them; returns their match and the profiles."""
    assert connection.in_atomic_block
    while True:
        match = _live_match(profile_id)
        before = transaction.savepoint()
        people = lock_people([match.a_id, match.b_id] if match else [profile_id])
        current = _live_match(profile_id)
        if current == match:
            transaction.savepoint_commit(before)
            return current, people
        # They changed seats while we waited. Rolling back gives the locks back, so that the order holds next time.
        transaction.savepoint_rollback(before)


@contextmanager
def the_only_sweep() -> Iterator[bool]:
    """Whether this is the only sweep running anywhere; a killed one's lock goes with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_SWEEP])
        (alone,) = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_SWEEP])


def _live_match(profile_id: int) -> Match | None:
    return Match.objects.filter(seats__profile=profile_id).first()
