"""What a moderator can decide on a case, as buttons: each is one service and says beforehand what it will do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from . import sanctions
from .case_file import CaseFile
from .models import Case

JUDGE = "safety.judge_case"
LIFT = "safety.lift_sanction"

Staff = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Decision:
    """One button. `carry_out` takes case_id, by, reason and now, and last_read where it closes the case; `outcome` is
    what is said afterwards.
    """

    slug: str
    label: str
    consequence: str
    outcome: str
    carry_out: Callable[..., Any]
    permission: str = JUDGE
    variant: str = "default"

    @property
    def closes_case(self) -> bool:
        """Whether it is on the reports of the case, and closes it."""
        return self.permission == JUDGE


def _suspension(days: int) -> Decision:
    length = "1 day" if days == 1 else f"{days} days"
    return Decision(
        slug=f"suspend-{days}",
        label=f"Suspend {length}",
        consequence=(
            f"For {length} they can neither search nor talk. It takes effect at once: a conversation, a search or "
            "an open proposal ends. They are told until when. The reports count as upheld."
        ),
        outcome=f"suspended for {length}",
        carry_out=partial(sanctions.suspend, days=days),
        variant="danger",
    )


DECISIONS = {
    decision.slug: decision
    for decision in (
        Decision(
            slug="dismiss",
            label="Dismiss",
            consequence="Nothing to act on: the reports are closed, and the person never hears of them.",
            outcome="dismissed",
            carry_out=sanctions.dismiss,
        ),
        Decision(
            slug="warn",
            label="Warn",
            consequence="They are told that they broke the rules, and may go on. The reports count as upheld.",
            outcome="warned",
            carry_out=sanctions.warn,
        ),
        *(_suspension(days) for days in sanctions.SUSPENSION_DAYS),
        Decision(
            slug="lift",
            label="Lift the suspension",
            consequence="The suspension ends now, and the person is told.",
            outcome="suspension lifted",
            carry_out=sanctions.lift,
            permission=LIFT,
        ),
    )
}


def can_claim(file: CaseFile, user: Staff, now: datetime) -> bool:
    """Whether the case is free or given up by somebody else, and this user one who may judge it."""
    case = file.case
    free = case.state == Case.State.NEW or (case.is_given_up(now) and case.claimed_by_id != user.pk)
    return free and user.has_perm(JUDGE)


def holds(file: CaseFile, user: Staff) -> bool:
    """Whether this user has claimed the open case, and may judge it."""
    case = file.case
    return case.state == Case.State.IN_REVIEW and case.claimed_by_id == user.pk and user.has_perm(JUDGE)


def possible(file: CaseFile, user: Staff) -> list[Decision]:
    """What this user can decide on the case as it stands, in the order of the buttons."""
    open_to = {JUDGE: holds(file, user), LIFT: file.suspended_until is not None and user.has_perm(LIFT)}
    return [decision for decision in DECISIONS.values() if open_to[decision.permission]]
