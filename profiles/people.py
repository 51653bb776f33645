"""One person, locked, and what follows from a change to them."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from project.errors import DomainError

from .models import Profile


class NobodyThere(DomainError):
    """The person was erased the moment before; pressing Start begins anew."""

    template = "profiles/press_start.html"
    status = 404


def locked(profile_id: int) -> Profile:
    """Step: the profile with its recipient, held until the transaction ends: two taps take turns.

    Raises NobodyThere.
    """
    assert connection.in_atomic_block
    held = Profile.objects.select_for_update(of=("self",)).select_related("recipient").filter(pk=profile_id).first()
    if held is None:
        raise NobodyThere
    return held


def tell_changed(profile: Profile, now: datetime) -> None:
    """Step: let the apps above follow a change of a complete profile (`ON_PROFILE_CHANGED`)."""
    assert connection.in_atomic_block
    if not profile.is_complete:
        return
    for path in settings.ON_PROFILE_CHANGED:
        import_string(path)(profile_id=profile.pk, now=now)
