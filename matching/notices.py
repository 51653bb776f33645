"""What people are told about their search when they did not just act themselves."""

from collections.abc import Container, Iterable
from datetime import datetime

from delivery.models import Priority
from delivery.services import Notice, enqueue_all

from .models import Match


def tell(*, kind: str, match: Match, profile_id: int, now: datetime) -> None:
    """Step: put a notification about `match` into the outbox, once for each kind and person."""
    enqueue_all([_about(kind, match, profile_id)], now=now)


def introduce(*, matches: Iterable[Match], called: Container[int], now: datetime) -> None:
    """Step: tell both people of every match; those in `called` had asked to be called when someone comes."""
    notices = [
        _about("matching.proposal", match, one, **({"called": True} if one in called else {}))
        for match in matches
        for one in (match.a_id, match.b_id)
    ]
    enqueue_all(notices, now=now)


def tell_person(*, kind: str, profile_id: int, about: str, now: datetime) -> None:
    """Step: put a notification into the outbox that is about no match, once for each kind, person and `about`."""
    key = f"{kind}:{profile_id}:{about}"
    enqueue_all([Notice(kind=kind, recipient_id=profile_id, dedupe_key=key, priority=Priority.SESSION)], now=now)


def key_of(kind: str, *, match_id: int, profile_id: int) -> str:
    """The `dedupe_key` of a notification about a match: there is one of each kind for each person."""
    return f"{kind}:{match_id}:{profile_id}"


def _about(kind: str, match: Match, profile_id: int, **params: bool) -> Notice:
    return Notice(
        kind=kind,
        recipient_id=profile_id,
        dedupe_key=key_of(kind, match_id=match.pk, profile_id=profile_id),
        priority=Priority.SESSION,
        params={"match": match.pk, **params},
    )
