"""Taking a case, giving it back, closing it (S5). Which moderator has it is one conditional update."""

from datetime import datetime, timedelta

from django.db import connection, models, transaction

from delivery.models import Priority
from delivery.services import enqueue
from project.errors import DomainError

from . import metrics
from .models import Case, Report


class NoSuchCase(DomainError):
    """There is no case with this id."""

    template = "safety/no_such_case.html"
    status = 404


class AlreadyClaimed(DomainError):
    """Somebody else has it: `by` is their user name."""

    template = "safety/already_claimed.html"


class NotClaimedByYou(DomainError):
    """Only who has claimed the case may act on it; `by` is the user name of who has, "" where nobody has."""

    template = "safety/not_claimed_by_you.html"


class AlreadyResolved(DomainError):
    """The case was decided before."""

    template = "safety/already_resolved.html"


class NothingRead(DomainError):
    """None of the case's open reports is among those that the moderator has read."""

    template = "safety/nothing_read.html"


@transaction.atomic(durable=True)
def claim(*, case_id: int, by: int, now: datetime) -> Case:
    """Entry: the staff user `by` takes a case; returns it. Claiming one's own case again changes nothing.

    A case that somebody claimed settings.CLAIM_LASTS ago without deciding is taken over from them.
    Raises NoSuchCase, AlreadyClaimed, AlreadyResolved.
    """
    taken = (
        Case.objects.free_to_take(now)
        .filter(pk=case_id)
        .update(state=Case.State.IN_REVIEW, claimed_by=by, claimed_at=now)
    )
    case = existing(case_id)
    if case.state == Case.State.RESOLVED:
        raise AlreadyResolved
    if not taken and case.claimed_by_id != by:
        raise AlreadyClaimed(by=_holder(case))
    return case


@transaction.atomic(durable=True)
def release(*, case_id: int, by: int, now: datetime) -> Case:
    """Entry: the staff user `by` gives their case back for others to take; returns it.

    Raises NoSuchCase, NotClaimedByYou, AlreadyResolved.
    """
    if not _claimed(case_id, by).update(state=Case.State.NEW, claimed_by=None, claimed_at=None):
        raise _why_not(case_id)
    return existing(case_id)


def resolve(case: Case, *, by: int, last_read: int | None, status: Report.Status, now: datetime) -> None:
    """Step: close a case that `by` has claimed, and its open reports with `status`; every reporter is told that they
    were looked into, never what was decided (S1).

    `last_read` is the newest report that was read (None: all were); those that came later stay open, in a new case.
    The caller holds the reported person, so that no report joins the case meanwhile. Raises NotClaimedByYou,
    AlreadyResolved, NothingRead.
    """
    assert connection.in_atomic_block
    if not _claimed(case.pk, by).update(state=Case.State.RESOLVED, resolved_at=now):
        raise _why_not(case.pk)
    # Held from here on, a reporter can't be erased before the transaction that tells them ends.
    held = case.reports.select_for_update(of=("self",)).filter(status=Report.Status.OPEN).order_by("pk")
    unread = [report for report in held if last_read is not None and report.pk > last_read]
    reports = [report for report in held if report not in unread]
    if not reports:
        raise NothingRead
    if unread:
        _reopen(case, unread)
    case.reports.filter(status=Report.Status.OPEN).update(status=status, closed_at=now)
    for report in reports:
        _measure(now - report.created_at)
    for reporter_id in sorted({report.reporter_id for report in reports if report.reporter_id is not None}):
        enqueue(
            kind="safety.report_reviewed",
            recipient_id=reporter_id,
            dedupe_key=f"reviewed:{case.pk}:{reporter_id}",
            priority=Priority.NOTICE,
            params={"case": case.pk},
            now=now,
        )


def _reopen(case: Case, unread: list[Report]) -> None:
    """The reports that nobody has read yet form a case of their own, as old as the first of them."""
    following = Case.objects.create(
        subject=case.subject,
        # Read again: until the caller held the person, they may have been erased or have come back.
        target_id=existing(case.pk).target_id,
        opened_at=min(report.created_at for report in unread),
    )
    case.reports.filter(pk__in=[report.pk for report in unread]).update(case=following)


def existing(case_id: int) -> Case:
    """The case, with who has it. Raises NoSuchCase."""
    case = Case.objects.select_related("claimed_by").filter(pk=case_id).first()
    if case is None:
        raise NoSuchCase
    return case


def _claimed(case_id: int, by: int) -> models.QuerySet[Case]:
    return Case.objects.filter(pk=case_id, state=Case.State.IN_REVIEW, claimed_by=by)


def _why_not(case_id: int) -> DomainError:
    case = existing(case_id)
    return AlreadyResolved() if case.state == Case.State.RESOLVED else NotClaimedByYou(by=_holder(case))


def _holder(case: Case) -> str:
    return case.claimed_by.get_username() if case.claimed_by else ""


def _measure(waited: timedelta) -> None:
    transaction.on_commit(lambda: metrics.time_to_action.observe(waited.total_seconds()))
