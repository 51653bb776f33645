"""The queue of cases: which is most urgent, what each is about, how much waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Value, When

from profiles import look_alikes

from .models import Case, Report


@dataclass(frozen=True, slots=True)
class Ground:
    """What a report can be about. `urgent` grounds come before others, in the order of GROUNDS."""

    slug: str
    title: str
    fields: dict[str, Any] = field(hash=False)
    urgent: bool = False

    @property
    def variant(self) -> str:
        """The colour of its label."""
        if not self.urgent:
            return ""
        return "danger" if "danger" in self.fields else "warning"

    @property
    def reports(self) -> Q:
        """The condition on a report of this kind."""
        return Q(**self.fields)

    @property
    def among_reports(self) -> Q:
        """The same condition on the reports of a case."""
        return Q(**{f"reports__{name}": value for name, value in self.fields.items()})


GROUNDS: Sequence[Ground] = (
    Ground("fear", "Fears for them", {"danger": Report.Danger.FEAR}, urgent=True),
    Ground("threat", "Threats", {"danger": Report.Danger.THREAT}, urgent=True),
    Ground("abuse", "Abuse", {"reason": Report.Reason.ABUSE}, urgent=True),
    Ground("minor", "Looks under 18", {"looks_under_18": True}),
    Ground("spam", "Spam", {"reason": Report.Reason.SPAM}),
    Ground("other", "Other", {"reason": Report.Reason.OTHER, "looks_under_18": False}),
)
# The parts of the queue, as tabs and as a filter.
STATES = {"open": "Open", "mine": "Mine", "free": "Free to take", "resolved": "Resolved", "all": "All"}
URGENCY = ("urgency", "opened_at")
# Of the largest number that a key of PostgreSQL can be, less one.
_MOST_DIGITS = 18
_IS_OPEN = ~Q(state=Case.State.RESOLVED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many open cases there are on one ground, and how long the oldest has waited."""

    ground: Ground
    cases: int
    oldest: timedelta | None


def queue(cases: QuerySet[Case]) -> QuerySet[Case]:
    """`cases` with the number of reports on each ground (`ground_<slug>`) and `urgency`, 0 the highest."""
    counts = {f"ground_{ground.slug}": Count("reports", filter=ground.among_reports) for ground in GROUNDS}
    urgent = [ground for ground in GROUNDS if ground.urgent]
    levels = [When(**{f"ground_{ground.slug}__gt": 0}, then=Value(level)) for level, ground in enumerate(urgent)]
    return (
        cases.annotate(**counts)
        .annotate(urgency=Choice(*levels, default=Value(len(urgent))))
        .select_related("target", "claimed_by")
    )


def grounds_of(case: Case) -> list[tuple[Ground, int]]:
    """What a case that came through `queue` is about, with the number of reports on each ground."""
    counted = [(ground, int(getattr(case, f"ground_{ground.slug}"))) for ground in GROUNDS]
    return [(ground, count) for ground, count in counted if count]


def on_ground(cases: QuerySet[Case], slug: str) -> QuerySet[Case]:
    """Those of `cases` with a report on this ground."""
    ground = next(each for each in GROUNDS if each.slug == slug)
    return cases.filter(Exists(Report.objects.filter(ground.reports, case=OuterRef("pk"))))


def number_in(text: str) -> int | None:
    """The number of a case that somebody has typed; None for what can't be one."""
    digits = text.strip().removeprefix("#")
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def found_by(cases: QuerySet[Case], term: str) -> QuerySet[Case]:
    """Those of `cases` with this number, or on somebody whose nickname begins so, in any case, look-alikes as well."""
    number = number_in(term)
    conditions = [Q(pk=number)] if number is not None else []
    if key := look_alikes.key(term):
        conditions.append(Q(target__nickname_key__startswith=key))
    return cases.filter(reduce(or_, conditions)) if conditions else cases.none()


def next_case(*, for_moderator: int, now: datetime) -> Case | None:
    """The most urgent case that this staff user has claimed or can claim."""
    mine = Case.objects.filter(state=Case.State.IN_REVIEW, claimed_by=for_moderator)
    return queue(mine | Case.objects.free_to_take(now)).order_by(*URGENCY).first()


def count_open() -> int:
    """How many cases are not resolved."""
    return Case.objects.filter(_IS_OPEN).count()


def waiting(*, now: datetime) -> list[Waiting]:
    """The open cases by ground, the most urgent first; a case counts on each of its grounds."""
    marks = {
        f"on_{ground.slug}": Exists(Report.objects.filter(ground.reports, case=OuterRef("pk"))) for ground in GROUNDS
    }
    wanted: dict[str, Any] = {}
    for ground in GROUNDS:
        on_it = Q(**{f"on_{ground.slug}": True})
        wanted[f"cases_{ground.slug}"] = Count("pk", filter=on_it)
        wanted[f"oldest_{ground.slug}"] = Min("opened_at", filter=on_it)
    found = Case.objects.filter(_IS_OPEN).annotate(**marks).aggregate(**wanted)
    return [
        Waiting(
            ground=ground,
            cases=found[f"cases_{ground.slug}"],
            oldest=now - opened_at if (opened_at := found[f"oldest_{ground.slug}"]) else None,
        )
        for ground in GROUNDS
    ]
