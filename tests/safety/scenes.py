"""Short ways to the situations that tests of reports, blocks and sanctions begin with."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from chat import services as chat
from chat.models import ChatSession
from matching import services as matching
from matching.models import RecentContact, Seat
from profiles.models import Profile
from safety import cases, personal_data, reports
from safety.models import Case, Report

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def conversation(one: Profile, other: Profile, now: datetime = NOON) -> ChatSession:
    """The two have found each other and both said yes; whatever kept them apart before is forgotten."""
    RecentContact.objects.all().delete()
    for profile in (one, other):
        matching.find(profile_id=profile.pk, now=now)
    match = Seat.objects.get(pk=one.pk).match
    for profile in (one, other):
        chat.accept(match_id=match.pk, profile_id=profile.pk, now=now)
    return ChatSession.objects.get(match=match)


def report(by: Profile, session: ChatSession, reason: str = "spam", now: datetime = NOON, **more: Any) -> Report:
    """The person reports their partner."""
    return reports.report(reporter_id=by.pk, session_id=session.pk, reason=reason, now=now, **more)


def moderator(name: str = "mod") -> User:
    """Somebody on the staff."""
    return User.objects.create_user(name, is_staff=True)


def claimed_case(target: Profile, by: User, now: datetime = NOON) -> Case:
    """The open case of a person, taken by `by`."""
    case = Case.objects.exclude(state=Case.State.RESOLVED).get(subject=target.subject)
    return cases.claim(case_id=case.pk, by=by.pk, now=now)


def ended(session: ChatSession, by: Profile, now: datetime = NOON) -> None:
    """The person ends the conversation by /end."""
    chat.end(session_id=session.pk, profile_id=by.pk, now=now)


def erased(profile: Profile, now: datetime = NOON) -> None:
    """The person is gone, as far as this app and what lies below it go."""
    with transaction.atomic():
        matching.leave_unreachable(profile_id=profile.pk, now=now)
        chat.leave(profile_id=profile.pk, now=now)
        personal_data.erase(Profile.objects.select_related("recipient").get(pk=profile.pk), now)
        profile.recipient.delete()
