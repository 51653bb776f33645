"""Everything needed to judge a case, as evaluated values for one screen (D1). Nobody's Telegram account is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from chat.models import ChatSession
from delivery.models import Language
from profiles.models import ErasedStanding, Profile
from profiles.queries import topics_of

from .case_queue import GROUNDS, Ground, grounds_of, queue
from .models import Case, ModerationAction, Report

_STAFF_LANGUAGE = Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Person:
    """The person reported, by what they show of themselves."""

    id: int
    nickname: str
    bio: str
    topics: list[str]
    speaks: list[str]
    timezone: str
    since: datetime
    seen_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """How much was said in the conversation reported, never what."""

    started_at: datetime
    lasted: timedelta
    goes_on: bool
    by_target: int
    by_reporter: int


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported, under a name that holds within the case, and what came of their reports on other cases."""

    pseudonym: str
    since: datetime | None
    upheld: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Reported:
    """One report, with who made it and on which conversation (None: both are gone)."""

    report: Report
    grounds: list[Ground]
    reporter: Reporter
    conversation: Conversation | None


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """Another case on the same person: its grounds with the number of reports on each."""

    case: Case
    grounds: list[tuple[Ground, int]]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case on one screen. `person` is None after erasing; a suspension may be in force even then."""

    case: Case
    person: Person | None
    suspended_until: datetime | None
    reports: list[Reported]
    earlier: list[EarlierCase]
    actions: list[ModerationAction]

    @property
    def last_read(self) -> int:
        """The newest report that whoever has this before them has read."""
        return max((each.report.pk for each in self.reports), default=0)


def case_file(*, case_id: int, now: datetime) -> CaseFile | None:
    """The file of a case; None where there is no such case. Takes the same number of queries however much is in it."""
    case = Case.objects.select_related("target", "claimed_by").filter(pk=case_id).first()
    if case is None:
        return None
    others = queue(Case.objects.filter(subject=case.subject).exclude(pk=case.pk)).order_by("-opened_at")
    actions = ModerationAction.objects.filter(subject=case.subject).select_related("actor").order_by("-created_at")
    return CaseFile(
        case=case,
        person=_person(case.target) if case.target else None,
        suspended_until=_suspended_until(case, now),
        reports=_reports(case, now),
        earlier=[EarlierCase(other, grounds_of(other)) for other in others],
        actions=list(actions),
    )


def _person(profile: Profile) -> Person:
    return Person(
        id=profile.pk,
        nickname=profile.nickname,
        bio=profile.bio,
        topics=topics_of(mask=profile.topic_mask, language=_STAFF_LANGUAGE),
        speaks=[str(Language(language).label) for language in profile.speaks],
        timezone=profile.timezone,
        since=profile.created_at,
        seen_at=profile.seen_at,
        is_complete=profile.is_complete,
    )


def _suspended_until(case: Case, now: datetime) -> datetime | None:
    standing = case.target or ErasedStanding.objects.filter(subject=case.subject).first()
    until = standing.suspended_until if standing else None
    return until if until is not None and until > now else None


def _reports(case: Case, now: datetime) -> list[Reported]:
    reports = list(case.reports.select_related("session", "reporter").order_by("created_at", "pk"))
    reporters = _reporters(reports, case)
    return [
        Reported(
            report=report,
            grounds=[ground for ground in GROUNDS if _is_on(report, ground)],
            reporter=reporters[report.pk],
            conversation=_conversation(report.session, report.reporter_id, now) if report.session else None,
        )
        for report in reports
    ]


def _is_on(report: Report, ground: Ground) -> bool:
    return all(getattr(report, name) == value for name, value in ground.fields.items())


def _reporters(reports: Iterable[Report], case: Case) -> dict[int, Reporter]:
    """Who made each report, by its id. Somebody who is gone can't be recognised in two reports."""
    records = _records({report.reporter_id for report in reports if report.reporter_id is not None}, case)
    numbers: dict[object, int] = {}
    made_by = {}
    for report in reports:
        known = report.reporter_id is not None
        number = numbers.setdefault(report.reporter_id if known else report, len(numbers) + 1)
        upheld, dismissed = records.get(report.reporter_id, (0, 0))
        made_by[report.pk] = Reporter(
            pseudonym=f"Reporter {number}",
            since=report.reporter.created_at if report.reporter else None,
            upheld=upheld,
            dismissed=dismissed,
        )
    return made_by


def _records(reporters: set[int], case: Case) -> dict[int | None, tuple[int, int]]:
    elsewhere = Report.objects.filter(reporter__in=reporters).exclude(case=case)
    counted = elsewhere.values("reporter").annotate(
        upheld=Count("pk", filter=Q(status=Report.Status.UPHELD)),
        dismissed=Count("pk", filter=Q(status=Report.Status.DISMISSED)),
    )
    return {row["reporter"]: (row["upheld"], row["dismissed"]) for row in counted}


def _conversation(session: ChatSession, reporter_id: int | None, now: datetime) -> Conversation | None:
    if reporter_id not in (session.a_id, session.b_id):
        return None
    by_a, by_b = session.msg_count_a, session.msg_count_b
    by_reporter, by_target = (by_a, by_b) if reporter_id == session.a_id else (by_b, by_a)
    return Conversation(
        started_at=session.started_at,
        lasted=(session.ended_at or now) - session.started_at,
        goes_on=session.ended_at is None,
        by_target=by_target,
        by_reporter=by_reporter,
    )
