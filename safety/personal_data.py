"""What the safety app has about a person: to hand out, to erase, to put in force again (P7).

Moderation records stay without the person. Blocks stay while they last, under the keyed hash of the Telegram id.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from matching.cooldowns import keep_apart
from matching.locks import lock_people
from matching.models import RecentContact
from profiles.erasure import telegram_hash
from profiles.models import Profile

from .models import Block, Case, ModerationAction, Report


def export(profile: Profile) -> dict[str, Any]:
    """The reports and blocks they made and what moderators did to them; never who reported them, nor whom they met."""
    reports = Report.objects.filter(reporter=profile).order_by("created_at", "pk")
    blocks = Block.objects.filter(blocker=profile).order_by("created_at", "pk")
    actions = ModerationAction.objects.filter(subject=profile.subject).exclude(action=ModerationAction.Action.DISMISS)
    return {
        "reports_you_made": [_report(report) for report in reports],
        "blocks_you_made": [{"created_at": block.created_at, "until": block.until} for block in blocks],
        "decisions_about_you": [
            {"action": action.action, "created_at": action.created_at, "until": action.until}
            for action in actions.order_by("created_at", "pk")
        ],
    }


def erase(profile: Profile, now: datetime) -> None:
    """Step: take the person, locked, out of cases, reports and blocks, with everything they wrote.

    Their words go: comments and evidence of their reports, and what others attached of their messages. Cases stay open
    without them.
    """
    assert connection.in_atomic_block
    Case.objects.filter(target=profile).update(target=None)
    _held(Report.objects.filter(reporter=profile)).update(reporter=None, comment="", evidence="")
    _held(Report.objects.filter(target=profile)).update(target=None, evidence="")
    Block.objects.filter(blocker=profile, until__lte=now).delete()
    Block.objects.filter(blocked=profile, until__lte=now).delete()
    hashed = telegram_hash(profile.recipient.telegram_id)
    Block.objects.filter(blocker=profile).update(blocker=None, blocker_hash=hashed)
    Block.objects.filter(blocked=profile).update(blocked=None, blocked_hash=hashed)


def restore(*, profile: Profile, now: datetime) -> None:
    """Step: somebody who was erased is back as `profile`; blocks in force keep the two apart again.

    Where a standing in force gave them back their subject, their cases are theirs again.
    """
    assert connection.in_atomic_block
    hashed = telegram_hash(profile.recipient.telegram_id)
    in_force = Block.objects.filter(until__gt=now)
    theirs = in_force.filter(Q(blocker_hash=hashed) | Q(blocked_hash=hashed))
    # People before blocks, as when somebody is erased.
    lock_people(each for pair in theirs.values_list("blocker", "blocked") for each in pair if each is not None)
    in_force.filter(blocker_hash=hashed).update(blocker=profile, blocker_hash="")
    in_force.filter(blocked_hash=hashed).update(blocked=profile, blocked_hash="")
    for block in in_force.filter(Q(blocker=profile) | Q(blocked=profile)):
        if block.blocker_id is not None and block.blocked_id is not None:
            keep_apart(
                one=block.blocker_id, other=block.blocked_id, until=block.until, reason=RecentContact.Reason.BLOCK
            )
    Case.objects.filter(subject=profile.subject, target=None).update(target=profile)


def _held(reports: QuerySet[Report]) -> QuerySet[Report]:
    """The same reports, locked in one order: a moderator may be closing them."""
    ids = list(reports.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return Report.objects.filter(pk__in=ids)


def _report(report: Report) -> dict[str, Any]:
    return {
        "created_at": report.created_at,
        "reason": report.reason,
        "danger": report.danger,
        "looks_under_18": report.looks_under_18,
        "comment": report.comment,
        "attached_message": report.evidence,
        "looked_into_at": report.closed_at,
    }
