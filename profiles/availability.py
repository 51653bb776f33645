"""Being ready to listen: who may be introduced to somebody without searching, and at which hours not (P9)."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction

from delivery.models import Priority
from delivery.services import enqueue
from project.errors import DomainError

from . import prompts
from .models import USUAL_QUIET_FROM, USUAL_QUIET_UNTIL, Profile
from .people import locked
from .steps import Listening, Step, listening, present


class End(StrEnum):
    """The two ends of the quiet hours."""

    FROM = "from"
    UNTIL = "until"


class NoQuietAtAll(DomainError):
    """Quiet hours that end with the hour they begin with."""

    template = "profiles/no_quiet_at_all.html"
    status = 422


@transaction.atomic(durable=True)
def shown(*, profile_id: int, now: datetime) -> Listening | Step:
    """Entry: whether the person is ready to listen; for who is not complete, the step they are at.

    Closes the open question: what is typed next is none of its answers.
    """
    profile = locked(profile_id)
    if _may_listen(profile, now):
        prompts.close(profile_id=profile_id)
    return _as_shown(profile, now)


@transaction.atomic(durable=True)
def set_listening(*, profile_id: int, on: bool, now: datetime) -> Listening | Step:
    """Entry: be ready to listen, or no longer; either ends a rest. A second tap changes nothing."""
    profile = locked(profile_id)
    if _may_listen(profile, now):
        profile.listens, profile.resting_until = on, None
        profile.save(update_fields=["listens", "resting_until"])
    return _as_shown(profile, now)


@transaction.atomic(durable=True)
def rest(*, profile_id: int, now: datetime) -> Listening | Step:
    """Entry: somebody who is ready to listen is not asked for settings.LISTENER_RESTS. A second tap changes nothing."""
    profile = locked(profile_id)
    if _may_listen(profile, now) and profile.listens and not profile.is_resting(now):
        profile.resting_until = now + settings.LISTENER_RESTS
        profile.save(update_fields=["resting_until"])
    return _as_shown(profile, now)


@transaction.atomic(durable=True)
def end_rest(*, profile_id: int, now: datetime) -> Listening | Step:
    """Entry: rested enough; a second tap changes nothing."""
    profile = locked(profile_id)
    if _may_listen(profile, now):
        profile.resting_until = None
        profile.save(update_fields=["resting_until"])
    return _as_shown(profile, now)


def offer_rest(*, profile_id: int, about: str, now: datetime) -> None:
    """Step: offer somebody who is ready to listen a rest, once for each `about`; nothing for anybody else."""
    assert connection.in_atomic_block
    if Profile.objects.filter(pk=profile_id, listens=True).exists():
        enqueue(
            kind="profiles.rest_offer",
            recipient_id=profile_id,
            dedupe_key=f"rest_offer:{about}:{profile_id}",
            priority=Priority.NOTICE,
            now=now,
        )


@transaction.atomic(durable=True)
def set_quiet_hour(*, profile_id: int, end: End, hour: int, now: datetime) -> Listening | Step:
    """Entry: let the quiet hours begin or end with this `hour` (0–23), by the person's clock. Raises NoQuietAtAll."""
    profile = locked(profile_id)
    if _may_listen(profile, now):
        if profile.quiet_from is None or profile.quiet_until is None:
            _usual(profile)
        setattr(profile, f"quiet_{end}", hour)
        if profile.quiet_from == profile.quiet_until:
            raise NoQuietAtAll
        _save_quiet(profile)
    return _as_shown(profile, now)


@transaction.atomic(durable=True)
def set_quiet(*, profile_id: int, on: bool, now: datetime) -> Listening | Step:
    """Entry: quiet at the usual hours, or at none."""
    profile = locked(profile_id)
    if _may_listen(profile, now):
        if on:
            _usual(profile)
        else:
            profile.quiet_from = profile.quiet_until = None
        _save_quiet(profile)
    return _as_shown(profile, now)


def _may_listen(profile: Profile, now: datetime) -> bool:
    return profile.is_complete and profile.agreed_to(settings.RULES_VERSION) and not profile.is_suspended(now)


def _as_shown(profile: Profile, now: datetime) -> Listening | Step:
    if _may_listen(profile, now):
        return listening(profile, now)
    return present(profile, rules_version=settings.RULES_VERSION, now=now)


def _usual(profile: Profile) -> None:
    profile.quiet_from, profile.quiet_until = USUAL_QUIET_FROM, USUAL_QUIET_UNTIL


def _save_quiet(profile: Profile) -> None:
    profile.save(update_fields=["quiet_from", "quiet_until"])
