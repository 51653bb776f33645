"""Who gets a person's next free text: the open question, else the step of onboarding they are at.

At most one question is open for a person; any command closes it. A higher app opens questions of its own kinds and
registers how they are answered in `questions.py`.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection

from .models import Profile, Prompt

LIFETIME = timedelta(hours=1)


class Question(StrEnum):
    """What this app asks. TOPICS is answered by buttons only."""

    NICKNAME = "nickname"
    TIMEZONE = "timezone"
    TOPICS = "topics"
    BIO = "bio"


ASKED_IN: dict[str, Question] = {
    Profile.State.WAITING_NICKNAME: Question.NICKNAME,
    Profile.State.WAITING_TIMEZONE: Question.TIMEZONE,
    Profile.State.WAITING_TOPICS: Question.TOPICS,
    Profile.State.WAITING_BIO: Question.BIO,
}


def ask(*, profile_id: int, kind: str, now: datetime, ref: int | None = None, lifetime: timedelta = LIFETIME) -> None:
    """Step: open a question, in place of any other. `ref` is the id of what it is about, where it needs one."""
    assert connection.in_atomic_block
    Prompt.objects.update_or_create(
        profile_id=profile_id, defaults={"kind": kind, "ref": ref, "expires_at": now + lifetime}
    )


def close(*, profile_id: int) -> bool:
    """Step: close the open question; returns whether there was one."""
    assert connection.in_atomic_block
    deleted, _ = Prompt.objects.filter(profile_id=profile_id).delete()
    return deleted > 0


def current(*, profile_id: int, now: datetime) -> Prompt | None:
    """The open question, or None."""
    return Prompt.objects.filter(profile_id=profile_id, expires_at__gt=now).first()


def asked(profile: Profile, now: datetime) -> str | None:
    """The kind of the question that this person's next free text answers; None where nothing is being asked."""
    if not profile.agreed_to(settings.RULES_VERSION):
        return None
    if not profile.is_complete:
        return ASKED_IN[profile.state]
    prompt = current(profile_id=profile.pk, now=now)
    return prompt.kind if prompt else None
