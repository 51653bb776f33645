"""How a proposal ends without a conversation, and where that leaves the two."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from profiles.models import Profile
from project.errors import DomainError

from . import queries, reunions
from .cooldowns import keep_apart
from .locks import lock_people
from .models import Match, RecentContact, Seat
from .notices import tell
from .pairing import propose_best
from .pool import put_back

# Who stays silent once more after being put back this often leaves the pool.
MAX_REQUEUES = 2


class NotYours(DomainError):
    """There is no such proposal for this person: erased, or never theirs."""

    template = "matching/not_yours.html"
    status = 404
    offers_search = True


class TooLate(DomainError):
    """The proposal is over: `state` and `skipped_by_me` say how, `searching` whether the person waits again.

    `proposed`: there is another proposal for them. `talking`: they are in another conversation. `listening`: they had
    not been searching, but were asked as a listener.
    """

    template = "matching/too_late.html"


def locked(*, match_id: int, profile_id: int) -> tuple[Match, dict[int, Profile]]:
    """Step: the match as it is under the locks of both its people, who are returned by id. Raises NotYours."""
    match = Match.objects.filter(pk=match_id).first()
    if match is None or profile_id not in (match.a_id, match.b_id):
        raise NotYours
    people = lock_people([match.a_id, match.b_id])
    match = Match.objects.filter(pk=match_id).first()
    if match is None:
        raise NotYours
    return match, people


def too_late(match: Match, profile_id: int) -> TooLate:
    """The error that tells this person how the match went on without this tap."""
    error = TooLate(
        state=match.state,
        skipped_by_me=match.declined_by_id == profile_id,
        listening=match.listener_id == profile_id,
        searching=queries.is_waiting(profile_id=profile_id),
        proposed=queries.is_proposed(profile_id=profile_id),
        talking=queries.is_talking(profile_id=profile_id),
    )
    # A listener was not searching, and is not made to.
    error.offers_search = match.listener_id != profile_id and queries.is_idle(profile_id=profile_id)
    return error


def decline(match: Match, people: dict[int, Profile], *, by: int, now: datetime) -> bool:
    """Step: `by` does not want to talk; the other goes back in front. False when the proposal was not open any more."""
    if not _close(match, state=Match.State.DECLINED, declined_by=by, now=now):
        return False
    keep_apart(
        one=match.a_id,
        other=match.b_id,
        until=now + settings.COOLDOWN_AFTER_DECLINE,
        reason=RecentContact.Reason.DECLINE,
    )
    if match.again:
        reunions.take_back(profile_id=by, other_id=match.partner_of(by))
    _back_in_front(match, people[match.partner_of(by)], now)
    return True


def withdraw(match: Match, people: dict[int, Profile], *, because_of: int, now: datetime) -> bool:
    """Step: `because_of` can't be introduced any more; the other goes back in front. False as in `decline`."""
    if not _close(match, state=Match.State.EXPIRED, now=now):
        return False
    keep_apart(
        one=match.a_id, other=match.b_id, until=now + settings.COOLDOWN_AFTER_EXPIRY, reason=RecentContact.Reason.EXPIRY
    )
    _back_in_front(match, people[match.partner_of(because_of)], now)
    return True


def overdue(now: datetime) -> QuerySet[Match]:
    """The open proposals whose time is up, and those of a future that a clock set back has left behind."""
    return Match.objects.filter(
        Q(expires_at__lte=now) | Q(created_at__gt=now + settings.PROPOSAL_LIFETIME), state=Match.State.PROPOSED
    )


@transaction.atomic(durable=True)
def expire(*, match_id: int, now: datetime) -> bool:
    """Entry: the time to answer is up. False when somebody was quicker, or is dealing with it at this moment."""
    due = overdue(now).filter(pk=match_id)
    match = due.first()
    if match is None:
        return False
    people = lock_people([match.a_id, match.b_id], skip_locked=True)
    match = due.first()
    if len(people) < 2 or match is None or not _close(match, state=Match.State.EXPIRED, now=now):
        return False
    keep_apart(
        one=match.a_id, other=match.b_id, until=now + settings.COOLDOWN_AFTER_EXPIRY, reason=RecentContact.Reason.EXPIRY
    )
    for person in people.values():
        _after_expiry(match, person, now)
    return True


def _close(match: Match, *, state: Match.State, now: datetime, declined_by: int | None = None) -> bool:
    """End an open proposal and free both seats; False when it was not open any more."""
    assert connection.in_atomic_block
    open_proposal = Match.objects.filter(pk=match.pk, state=Match.State.PROPOSED)
    if not open_proposal.update(state=state, declined_by=declined_by, closed_at=now):
        return False
    Seat.objects.filter(match=match).delete()
    return True


def _after_expiry(match: Match, person: Profile, now: datetime) -> None:
    if match.listener_id == person.pk:
        _let_listener_go(match, person, now)
    elif match.was_accepted_by(person.pk) or not match.was_delivered_to(person.pk):
        # Who never saw it has nothing to answer for, but may have read that somebody was found.
        _back_in_front(match, person, now)
    elif match.requeues_of(person.pk) >= MAX_REQUEUES:
        tell(kind="matching.left_pool", match=match, profile_id=person.pk, now=now)
    elif _requeue(match, person, since=now, requeues=match.requeues_of(person.pk) + 1, now=now):
        tell(kind="matching.missed", match=match, profile_id=person.pk, now=now)


def _back_in_front(match: Match, person: Profile, now: datetime) -> None:
    """They keep their waiting time, are told, and get the next proposal at once where there is one."""
    if match.listener_id == person.pk:
        _let_listener_go(match, person, now)
        return
    tell(kind="matching.requeued", match=match, profile_id=person.pk, now=now)
    _requeue(match, person, since=match.since_of(person.pk), requeues=match.requeues_of(person.pk), now=now)


def _let_listener_go(match: Match, person: Profile, now: datetime) -> None:
    """A listener was not searching, and is not made to."""
    tell(kind="matching.listener_not_needed", match=match, profile_id=person.pk, now=now)


def _requeue(match: Match, person: Profile, *, since: datetime, requeues: int, now: datetime) -> bool:
    """Whether they wait again, or are proposed to somebody already."""
    until = match.on_call_until_of(person.pk)
    entry = put_back(person, since=since, on_call_until=until, requeues=requeues, now=now)
    if entry is None:
        return False
    propose_best(entry, now)
    return True
