"""Reporting the partner of a conversation (S1). A report counts from its reason on; comment and evidence are added.

A person who closes the app after choosing the reason has reported.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection, models, transaction

from chat.models import ChatSession
from matching import reunions
from matching.locks import lock_people
from profiles import prompts
from profiles.models import Profile
from profiles.people import NobodyThere
from project.errors import DomainError

from . import metrics
from .models import MAX_COMMENT_LENGTH, MAX_EVIDENCE_LENGTH, Case, Report
from .queries import RECENT, has_parted, is_recent

# The kind of the question for a comment; its `ref` is the report.
COMMENT = "safety.comment"
ONE_EVERY = timedelta(minutes=1)
# Telegram gives whole seconds by its own clock.
_CLOCK_TOLERANCE = timedelta(seconds=2)


class NoSessionToReport(DomainError):
    """There is no such conversation of this person, going on or ended within 24 h."""

    template = "safety/nobody_to_report.html"


class ReporterSuspended(DomainError):
    """The person is paused (`until`, shown in their `timezone`)."""

    template = "profiles/suspended.html"
    status = 403


class AlreadyReported(DomainError):
    """The person has reported this conversation for this reason."""

    template = "safety/already_reported.html"


class TooManyReports(DomainError):
    """One report a minute; the next is possible in `seconds`."""

    template = "safety/too_many_reports.html"
    status = 429


class NotYourReport(DomainError):
    """The report is somebody else's, gone, or closed: nothing can be added to it."""

    template = "safety/not_your_report.html"
    status = 404


class CommentTooLong(DomainError):
    """More than `maximum` characters (`length` of them); nothing was stored."""

    template = "safety/comment_too_long.html"
    status = 422


class NotEvidence(DomainError):
    """The message is not one of that conversation's."""

    template = "safety/not_evidence.html"
    status = 422


@dataclass(frozen=True, slots=True)
class Commented:
    """The report after a comment; with `refusal`, why it was not taken (the question stays open)."""

    report: Report
    refusal: CommentTooLong | None = None


@transaction.atomic(durable=True)
def report(
    *,
    reporter_id: int,
    session_id: int,
    reason: str,
    danger: str = "",
    looks_under_18: bool = False,
    comment: str = "",
    asks_comment: bool = False,
    now: datetime,
) -> Report:
    """Entry: report the partner of a conversation, while it goes on or at most 24 h after its end.

    `reason` is one of Report.Reason, with `danger` one of Report.Danger for "danger". The report joins the open case of
    the person or opens one. `asks_comment` opens the question for a comment. A second tap within a minute returns the
    same report; which danger, and that they look under 18, may be corrected while it is open.

    Raises NoSessionToReport, ReporterSuspended, AlreadyReported, TooManyReports, CommentTooLong.
    """
    _check_length(comment)
    session = _reportable(session_id, reporter_id, now)
    people = lock_people([session.a_id, session.b_id])
    # Until the locks were ours the partner may have been erased.
    session = _reportable(session_id, reporter_id, now)
    reporter, target = people[reporter_id], people[session.peer_of(reporter_id)]
    if reporter.is_suspended(now):
        raise ReporterSuspended(until=reporter.suspended_until, timezone=reporter.timezone)
    made = _made_before(session, reporter, reason, danger=danger, looks_under_18=looks_under_18, now=now)
    if made is None:
        _refuse_too_many(reporter, now)
        made = Report.objects.create(
            case=_open_case(target, now),
            reporter=reporter,
            target=target,
            session=session,
            reason=reason,
            danger=danger,
            looks_under_18=looks_under_18,
            comment=comment,
            created_at=now,
        )
        transaction.on_commit(metrics.reports.labels(reason=reason).inc)
    if has_parted(profile_id=reporter_id, session=session, now=now):
        reunions.take_back(profile_id=reporter_id, other_id=target.pk)
    if asks_comment:
        _ask_comment(made, now)
    return made


@transaction.atomic(durable=True)
def ask_comment(*, report_id: int, reporter_id: int, now: datetime) -> Report:
    """Entry: the person's next free text is the comment, unless there is one. Raises NotYourReport."""
    report = _locked_report(report_id, reporter_id)
    _ask_comment(report, now)
    return report


@transaction.atomic(durable=True)
def skip_comment(*, report_id: int, reporter_id: int, now: datetime) -> Report:
    """Entry: no comment; the question is closed, if it is open. Raises NotYourReport."""
    report = _locked_report(report_id, reporter_id)
    question = prompts.current(profile_id=reporter_id, now=now)
    if question is not None and (question.kind, question.ref) == (COMMENT, report.pk):
        prompts.close(profile_id=reporter_id)
    return report


@transaction.atomic(durable=True)
def add_comment(*, reporter_id: int, text: str, update_id: int, now: datetime) -> Commented | None:
    """Entry: a free text while the question for a comment is open. None where it is not, or its report is closed.

    An update that arrives twice changes nothing the second time, and never reaches the partner.
    """
    reporter = _locked_reporter(reporter_id)
    question = prompts.current(profile_id=reporter_id, now=now)
    if question is None or question.kind != COMMENT or question.ref is None:
        return None
    redelivered = reporter.last_update_id == update_id
    reporter.last_update_id = update_id
    reporter.save(update_fields=["last_update_id"])
    report = _open_reports(reporter_id).filter(pk=question.ref).first()
    if report is None:
        prompts.close(profile_id=reporter_id)
        return None
    try:
        _check_length(text)
    except CommentTooLong as refusal:
        return Commented(report, refusal)
    if not redelivered:
        prompts.close(profile_id=reporter_id)
        if not _still_open(report).update(comment=text):
            return None
        report.comment = text
    return Commented(report)


@transaction.atomic(durable=True)
def attach_evidence(*, report_id: int, reporter_id: int, text: str, sent_at: datetime, now: datetime) -> Report:
    """Entry: attach the `text` (or caption) of one message of the partner's, as the reporter has agreed to.

    `sent_at` is when it reached the reporter's chat: outside of the conversation's time it is not the partner's. The
    first message attached stays. The question for a comment is open afterwards, unless there is one.
    Raises NotYourReport, NotEvidence.
    """
    report = _locked_report(report_id, reporter_id)
    if not report.evidence:
        if not text or not _belongs_to(report.session, sent_at, now):
            raise NotEvidence
        evidence = text[:MAX_EVIDENCE_LENGTH]
        # Who is being erased this very moment takes along what they wrote.
        if not _still_open(report).filter(target__isnull=False).update(evidence=evidence):
            raise NotYourReport
        report.evidence = evidence
    _ask_comment(report, now)
    return report


def _reportable(session_id: int, reporter_id: int, now: datetime) -> ChatSession:
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None or reporter_id not in (session.a_id, session.b_id) or not is_recent(session, now):
        raise NoSessionToReport
    return session


def _made_before(
    session: ChatSession, reporter: Profile, reason: str, *, danger: str, looks_under_18: bool, now: datetime
) -> Report | None:
    """The same report, where it was made just now or says less than it could. Raises AlreadyReported."""
    made = Report.objects.select_related("session").filter(session=session, reporter=reporter, reason=reason).first()
    if made is None:
        return None
    says_more = made.danger != danger or (looks_under_18 and not made.looks_under_18)
    if says_more and made.status == Report.Status.OPEN:
        made.danger, made.looks_under_18 = danger, made.looks_under_18 or looks_under_18
        made.save(update_fields=["danger", "looks_under_18"])
    elif now - made.created_at >= ONE_EVERY or made.status != Report.Status.OPEN:
        raise AlreadyReported
    return made


def _refuse_too_many(reporter: Profile, now: datetime) -> None:
    last = Report.objects.filter(reporter=reporter).order_by("-created_at").first()
    if last is not None and (wait := last.created_at + ONE_EVERY - now) > timedelta(0):
        raise TooManyReports(seconds=ceil(wait.total_seconds()))


def _open_case(target: Profile, now: datetime) -> Case:
    """The open case of a person whom the caller holds, as whoever resolves a case does."""
    assert connection.in_atomic_block
    case, _ = Case.objects.exclude(state=Case.State.RESOLVED).get_or_create(
        subject=target.subject, defaults={"target": target, "opened_at": now}
    )
    return case


def _ask_comment(report: Report, now: datetime) -> None:
    if not report.comment and report.reporter_id is not None:
        # For long: were it closed by itself, the comment would go to the person it is about.
        prompts.ask(profile_id=report.reporter_id, kind=COMMENT, ref=report.pk, lifetime=RECENT, now=now)


def _locked_reporter(reporter_id: int) -> Profile:
    # Not `profiles.people.locked`: whoever erases the partner holds the report, and has yet to see its reporter's key.
    reporter = lock_people([reporter_id]).get(reporter_id)
    if reporter is None:
        raise NobodyThere
    return reporter


def _locked_report(report_id: int, reporter_id: int) -> Report:
    _locked_reporter(reporter_id)
    report = _open_reports(reporter_id).filter(pk=report_id).first()
    if report is None:
        raise NotYourReport
    return report


def _open_reports(reporter_id: int) -> models.QuerySet[Report]:
    mine = Report.objects.select_related("session").filter(reporter=reporter_id)
    return mine.filter(status=Report.Status.OPEN)


def _still_open(report: Report) -> models.QuerySet[Report]:
    """The report to write to: a moderator may be deciding on it, and holds not its reporter but its target."""
    return Report.objects.filter(pk=report.pk, status=Report.Status.OPEN)


def _belongs_to(session: ChatSession | None, sent_at: datetime, now: datetime) -> bool:
    if session is None:
        return False
    ended_at = session.ended_at or now
    return session.started_at - _CLOCK_TOLERANCE <= sent_at <= ended_at + _CLOCK_TOLERANCE


def _check_length(comment: str) -> None:
    if len(comment) > MAX_COMMENT_LENGTH:
        raise CommentTooLong(length=len(comment), maximum=MAX_COMMENT_LENGTH)
