"""Searching for somebody to talk with, and answering a proposal.

Every change of a person's place (pool, seat) happens under the lock of their profile, see locks.py; every change of a
match's state is one conditional update.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, When

from delivery.services import mark_reachable
from profiles.models import Profile
from project.errors import DomainError

from . import pairing, pool, proposals
from .cooldowns import keep_apart
from .locks import lock_people, lock_with_partner
from .models import Match, PoolEntry, RecentContact, Seat
from .notices import tell
from .pool import entry_of, has_topics

_EXPIRED_AT_ONCE = 500


class IncompleteProfile(DomainError):
    """The person has not finished their profile."""

    template = "matching/incomplete_profile.html"


class Suspended(DomainError):
    """The person is paused (`until`, shown in their `timezone`) and can't be introduced to anybody."""

    template = "matching/suspended.html"
    status = 403


class RulesChanged(DomainError):
    """The person has not agreed to the rules that are in force now."""

    template = "matching/rules_changed.html"
    status = 403


class TopicsGone(DomainError):
    """Too few of the person's topics are still offered; they have to choose anew."""

    template = "matching/topics_gone.html"


class AlreadyProposed(DomainError):
    """The person has an open proposal; `accepted`: it is the partner's turn to answer."""

    template = "matching/already_proposed.html"


class AlreadyTalking(DomainError):
    """The person is in a conversation."""

    template = "matching/already_talking.html"


class Cancelled(Enum):
    """What a person stopped by /cancel: LISTENING is a proposal to who was asked as a listener."""

    NOTHING = auto()
    SEARCH = auto()
    LISTENING = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: waiting since when, whether there is a proposal, whether they had waited `already`.

    `match_id` is the proposal's, where there is one.
    """

    since: datetime
    proposed: bool
    already: bool = False
    match_id: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The outcome of an acceptance: `both` when the conversation may begin."""

    match: Match
    both: bool


@transaction.atomic(durable=True)
def find(*, profile_id: int, now: datetime) -> Found:
    """Entry: search for a partner, at once and, where nobody is free, by waiting in the pool.

    A second search while waiting keeps the waiting time, and who asked to be called waits at the phone again. Raises
    IncompleteProfile, RulesChanged, Suspended, TopicsGone, AlreadyProposed, AlreadyTalking.
    """
    return search(profile_id=profile_id, now=now)


def search(*, profile_id: int, now: datetime) -> Found:
    """Step: the same as `find`. Whoever holds profiles already holds the person's recipient as well."""
    assert connection.in_atomic_block
    # Who searches has just written to us.
    mark_reachable(recipient_id=profile_id)
    profile = _in_good_standing(profile_id, now)
    _refuse_seated(profile_id)
    waiting = PoolEntry.objects.filter(pk=profile_id).first()
    entry = entry_of(profile, since=waiting.since if waiting else now, now=now)
    if not has_topics(entry):
        raise TopicsGone
    if waiting is not None:
        entry.joined_at = waiting.joined_at
    match = pairing.propose_best(entry, now)
    if match is None:
        entry.save(force_insert=waiting is None, force_update=waiting is not None)
    match_id = None if match is None else match.pk
    return Found(since=entry.since, proposed=match is not None, already=waiting is not None, match_id=match_id)


@transaction.atomic(durable=True)
def cancel(*, profile_id: int, now: datetime) -> Cancelled:
    """Entry: stop searching, or being asked to listen; returns what there was to stop. Raises AlreadyTalking.

    An open proposal is withdrawn, accepted or not: the other person goes back in front and is told.
    """
    match, people = lock_with_partner(profile_id)
    deleted, _ = PoolEntry.objects.filter(pk=profile_id).delete()
    if match is None:
        return Cancelled.SEARCH if deleted else Cancelled.NOTHING
    if not proposals.withdraw(match, people, because_of=profile_id, now=now):
        raise AlreadyTalking
    return Cancelled.LISTENING if match.listener_id == profile_id else Cancelled.SEARCH


def accept(*, match_id: int, profile_id: int, now: datetime) -> Accepted:
    """Step: one person accepts; when both have, the match becomes active. A second tap gets the same answer.

    Raises NotYours, TooLate, and RulesChanged where the person has not agreed to the rules in force.
    """
    assert connection.in_atomic_block
    match, people = proposals.locked(match_id=match_id, profile_id=profile_id)
    if match.state == Match.State.PROPOSED and not people[profile_id].agreed_to(settings.RULES_VERSION):
        raise RulesChanged
    mine = f"accepted_{match.side_of(profile_id)}_at"
    proposed = Match.objects.filter(pk=match_id, state=Match.State.PROPOSED)
    proposed.filter(**{mine: None}).update(**{mine: now})
    proposed.filter(accepted_a_at__isnull=False, accepted_b_at__isnull=False).update(state=Match.State.ACTIVE)
    match.refresh_from_db()
    if match.state not in (Match.State.PROPOSED, Match.State.ACTIVE):
        raise proposals.too_late(match, profile_id)
    return Accepted(match=match, both=match.state == Match.State.ACTIVE)


@transaction.atomic(durable=True)
def skip(*, match_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: one person skips the proposal; the other goes back in front and is told. A second tap changes nothing.

    Returns whether they had been searching; who was asked as a listener had not. Raises NotYours, TooLate.
    """
    match, people = proposals.locked(match_id=match_id, profile_id=profile_id)
    skipped = match.declined_by_id == profile_id or proposals.decline(match, people, by=profile_id, now=now)
    if not skipped:
        raise proposals.too_late(match, profile_id)
    return match.listener_id != profile_id


@transaction.atomic(durable=True)
def take_back(*, match_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: one person would rather not talk after all; an open proposal is withdrawn, the other goes back in front.

    Returns whether they had been searching; who was asked as a listener had not. Raises NotYours, TooLate.
    """
    match, people = proposals.locked(match_id=match_id, profile_id=profile_id)
    if not proposals.withdraw(match, people, because_of=profile_id, now=now):
        raise proposals.too_late(match, profile_id)
    return match.listener_id != profile_id


def complete(*, match_id: int, cooldown: timedelta, now: datetime) -> bool:
    """Step: the conversation is over; both are free, and not proposed to each other for `cooldown`.

    Returns False, changing nothing, when it was over already.
    """
    assert connection.in_atomic_block
    match = Match.objects.get(pk=match_id)
    lock_people([match.a_id, match.b_id])
    active = Match.objects.filter(pk=match_id, state=Match.State.ACTIVE)
    if not active.update(state=Match.State.COMPLETED, closed_at=now):
        return False
    Seat.objects.filter(match=match).delete()
    keep_apart(one=match.a_id, other=match.b_id, until=now + cooldown, reason=RecentContact.Reason.CONVERSATION)
    return True


def expire_proposals(*, now: datetime) -> int:
    """Expire every proposal whose time is up, each in a transaction of its own; returns how many that were."""
    due = proposals.overdue(now).order_by("expires_at")
    ids = list(due.values_list("pk", flat=True)[:_EXPIRED_AT_ONCE])
    return sum(proposals.expire(match_id=match_id, now=now) for match_id in ids)


def leave_unreachable(*, profile_id: int, now: datetime) -> None:
    """Step: who can't be introduced any more leaves the pool, and an open proposal expires at once.

    That costs the other person nothing: they go back in front and are told. A conversation is left alone.
    """
    assert connection.in_atomic_block
    match, people = lock_with_partner(profile_id)
    PoolEntry.objects.filter(pk=profile_id).delete()
    if match is not None:
        proposals.withdraw(match, people, because_of=profile_id, now=now)


def withdraw_proposal(*, match_id: int, profile_id: int, now: datetime) -> None:
    """Step: the proposal can't be delivered to this person, so it expires at once; the other goes back in front."""
    assert connection.in_atomic_block
    # Erased together with one of the two: nothing is left to withdraw.
    with suppress(proposals.NotYours):
        match, people = proposals.locked(match_id=match_id, profile_id=profile_id)
        withdrawn = proposals.withdraw(match, people, because_of=profile_id, now=now)
        if withdrawn and people[profile_id].recipient.reachable and match.listener_id != profile_id:
            # Not their fault: they were told that a proposal is coming, and must not wait for it for ever. The next one
            # would go the same way, and cost somebody else as much.
            tell(kind="matching.not_shown", match=match, profile_id=profile_id, now=now)


def refresh_pool_entry(*, profile_id: int, now: datetime) -> None:
    """Step: the pool row of someone who waits follows their changed profile."""
    assert connection.in_atomic_block
    pool.refresh(lock_people([profile_id])[profile_id], now=now)


def record_proposal_delivery(*, match_id: int, profile_id: int, now: datetime) -> None:
    """Step: the proposal reached one person; once it has reached both, their time to answer begins."""
    assert connection.in_atomic_block
    match = Match.objects.filter(pk=match_id).first()
    if match is None:
        return
    mine, theirs = (f"delivered_{match.side_of(one)}_at" for one in (profile_id, match.partner_of(profile_id)))
    # One statement: two senders may record the two deliveries at the same moment, and one must see the other's.
    Match.objects.filter(**{"pk": match_id, "state": Match.State.PROPOSED, mine: None}).update(
        **{mine: now},
        expires_at=Case(
            When(**{f"{theirs}__isnull": False}, then=now + settings.PROPOSAL_LIFETIME), default=F("expires_at")
        ),
    )


def _in_good_standing(profile_id: int, now: datetime) -> Profile:
    """The person, locked. Raises IncompleteProfile, RulesChanged, Suspended."""
    profile = lock_people([profile_id]).get(profile_id)
    if profile is None or not profile.is_complete:
        raise IncompleteProfile
    if not profile.agreed_to(settings.RULES_VERSION):
        raise RulesChanged
    if profile.is_suspended(now):
        raise Suspended(until=profile.suspended_until, timezone=profile.timezone)
    return profile


def _refuse_seated(profile_id: int) -> None:
    seat = Seat.objects.select_related("match").filter(pk=profile_id).first()
    if seat is None:
        return
    if seat.match.state == Match.State.PROPOSED:
        raise AlreadyProposed(accepted=seat.match.was_accepted_by(profile_id))
    raise AlreadyTalking
