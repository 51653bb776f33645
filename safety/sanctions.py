"""What a moderator decides on a case (S5): dismiss, warn, suspend, and later lift.

Each is one transaction: the append-only row, the case and its reports closed, what it does to the person at once, and
what they and the reporters are told. A decision is on the reports that were read, up to `last_read`, the newest of them
(None: on all that there are); what came later waits in a new case. Who was erased can still be judged; what is in force
of them is then kept under their keyed hash (profiles.ErasedStanding).
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from chat import services as chat
from delivery.models import Priority
from delivery.services import enqueue
from matching import reunions
from matching import services as matching
from matching.locks import lock_with_partner
from profiles import prompts
from profiles.models import ErasedStanding, Profile
from project.errors import DomainError

from .cases import existing, resolve
from .models import Case, ModerationAction, Report

SUSPENSION_DAYS = (1, 7, 30)

Action = ModerationAction.Action


class ReasonMissing(DomainError):
    """Every decision has a reason, for the moderators who come after."""

    template = "safety/reason_missing.html"
    status = 422


class NotSuspended(DomainError):
    """There is no suspension in force to lift."""

    template = "safety/not_suspended.html"


@transaction.atomic(durable=True)
def dismiss(*, case_id: int, by: int, reason: str, now: datetime, last_read: int | None = None) -> ModerationAction:
    """Entry: the staff user `by` finds nothing to act on; the reports are dismissed and the person never hears of them.

    Raises NoSuchCase, NotClaimedByYou, AlreadyResolved, NothingRead, ReasonMissing.
    """
    case = existing(case_id)
    _bearer_of(case)
    resolve(case, by=by, last_read=last_read, status=Report.Status.DISMISSED, now=now)
    return _record(case, Action.DISMISS, by=by, reason=reason, now=now)


@transaction.atomic(durable=True)
def warn(*, case_id: int, by: int, reason: str, now: datetime, last_read: int | None = None) -> ModerationAction:
    """Entry: the staff user `by` warns the person, who is told; they may go on talking.

    Raises NoSuchCase, NotClaimedByYou, AlreadyResolved, NothingRead, ReasonMissing.
    """
    case = existing(case_id)
    bearer = _bearer_of(case)
    resolve(case, by=by, last_read=last_read, status=Report.Status.UPHELD, now=now)
    action = _record(case, Action.WARN, by=by, reason=reason, now=now)
    if isinstance(bearer, Profile):
        _tell("safety.warned", bearer, action, now=now)
    return action


@transaction.atomic(durable=True)
def suspend(
    *, case_id: int, by: int, days: int, reason: str, now: datetime, last_read: int | None = None
) -> ModerationAction:
    """Entry: the staff user `by` pauses the person for 1, 7 or 30 `days` from `now`; returns the action with `until`.

    At once: their conversation ends (the partner reads the text of /end), they leave the pool, an open proposal expires
    at no cost to the other, an open question is closed. A longer suspension that is in force stays, so `until` may be
    later than asked for. Raises NoSuchCase, NotClaimedByYou, AlreadyResolved, NothingRead, ReasonMissing; ValueError
    for other days.
    """
    if days not in SUSPENSION_DAYS:
        raise ValueError(days)
    case = existing(case_id)
    bearer = _bearer_of(case)
    resolve(case, by=by, last_read=last_read, status=Report.Status.UPHELD, now=now)
    until = now + timedelta(days=days)
    if bearer is not None and bearer.suspended_until is not None:
        until = max(until, bearer.suspended_until)
    action = _record(case, Action.SUSPEND, by=by, reason=reason, until=until, now=now)
    if isinstance(bearer, Profile):
        _pause(bearer, until, now=now)
        _tell("safety.suspended", bearer, action, now=now)
    elif bearer is not None:
        bearer.suspended_until, bearer.keep_until = until, max(until, bearer.keep_until)
        bearer.save(update_fields=["suspended_until", "keep_until"])
    return action


@transaction.atomic(durable=True)
def lift(*, case_id: int, by: int, reason: str, now: datetime) -> ModerationAction:
    """Entry: the staff user `by` ends the suspension of the person of this case, who is told.

    Any case of the person will do, the latest is meant; its state does not change, and nobody has to have claimed it.
    Raises NoSuchCase, NotSuspended, ReasonMissing.
    """
    case = existing(case_id)
    bearer = _bearer_of(case)
    if bearer is None or bearer.suspended_until is None or bearer.suspended_until <= now:
        raise NotSuspended
    action = _record(case, Action.LIFT, by=by, reason=reason, now=now)
    if isinstance(bearer, Profile):
        bearer.suspended_until = None
        bearer.save(update_fields=["suspended_until"])
        _tell("safety.lifted", bearer, action, now=now)
    else:
        _forgive(bearer, now)
    return action


def _bearer_of(case: Case) -> Profile | ErasedStanding | None:
    """Who bears what is decided, locked with whoever sits with them: the person, or what stays in force of them.

    None where they were erased with nothing in force. Asked for twice, because they may come back in between.
    """
    return _locked_person(case) or _locked_standing(case) or _locked_person(case)


def _locked_person(case: Case) -> Profile | None:
    profile_id = Profile.objects.filter(subject=case.subject).values_list("pk", flat=True).first()
    if profile_id is None:
        return None
    _, people = lock_with_partner(profile_id)
    return people.get(profile_id)


def _locked_standing(case: Case) -> ErasedStanding | None:
    return ErasedStanding.objects.select_for_update().filter(subject=case.subject).first()


def _record(
    case: Case, action: Action, *, by: int, reason: str, now: datetime, until: datetime | None = None
) -> ModerationAction:
    assert connection.in_atomic_block
    if not (reason := reason.strip()):
        raise ReasonMissing
    return ModerationAction.objects.create(
        subject=case.subject, case=case, action=action, actor_id=by, reason=reason, until=until, created_at=now
    )


def _pause(person: Profile, until: datetime, *, now: datetime) -> None:
    person.suspended_until = until
    person.save(update_fields=["suspended_until"])
    matching.leave_unreachable(profile_id=person.pk, now=now)
    chat.leave(profile_id=person.pk, now=now)
    prompts.close(profile_id=person.pk)
    reunions.take_back(profile_id=person.pk)


def _forgive(standing: ErasedStanding, now: datetime) -> None:
    """Nothing is kept of an erased person that is not in force any more."""
    if standing.minor_until is None or standing.minor_until <= now:
        standing.delete()
        return
    standing.suspended_until, standing.keep_until = None, standing.minor_until
    standing.save(update_fields=["suspended_until", "keep_until"])


def _tell(kind: str, person: Profile, action: ModerationAction, *, now: datetime) -> None:
    enqueue(
        kind=kind,
        recipient_id=person.pk,
        dedupe_key=f"{kind}:{action.pk}",
        priority=Priority.SESSION,
        params={"action": action.pk},
        now=now,
    )
