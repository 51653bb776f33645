"""From /start to a complete profile: beginning, resuming, agreeing to the rules (P1)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from delivery.models import Recipient
from delivery.services import mark_reachable

from .erasure import restore_standing
from .models import Profile
from .people import locked
from .queries import language_guess
from .steps import Consent, Step, present


@transaction.atomic(durable=True)
def start(*, telegram_id: int, language_code: str | None, now: datetime) -> Step:
    """Entry: begin with somebody new, or go on where the person left; an open question is closed by the command itself.

    `language_code` is what Telegram says of the person's app, the first guess for the interface.
    """
    # Held: who is being erased this very moment begins anew.
    recipient, _ = Recipient.objects.select_for_update(no_key=True).get_or_create(
        telegram_id=telegram_id, defaults={"language": language_guess(language_code)}
    )
    mark_reachable(recipient_id=recipient.pk)
    profile, created = Profile.objects.get_or_create(
        recipient=recipient, defaults={f"speaks_{recipient.language}": True}
    )
    if created:
        restore_standing(profile, now)
    return _present(locked(recipient.pk), now)


@transaction.atomic(durable=True)
def resume(*, profile_id: int, now: datetime) -> Step:
    """Entry: the step the person is at, with nothing changed."""
    return _present(locked(profile_id), now)


@transaction.atomic(durable=True)
def agree(*, profile_id: int, rules_version: int, now: datetime) -> Step:
    """Entry: the person agrees to these rules and says that they are 18 or older.

    Changes nothing for a version that is no longer the one in force, nor within 24 h of the answer "under 18".
    """
    profile = locked(profile_id)
    asked = isinstance(_present(profile, now), Consent)
    if asked and rules_version == settings.RULES_VERSION:
        profile.consented_at, profile.rules_version, profile.minor_until = now, rules_version, None
        profile.save(update_fields=["consented_at", "rules_version", "minor_until"])
    return _present(profile, now)


@transaction.atomic(durable=True)
def say_under_18(*, profile_id: int, now: datetime) -> Step:
    """Entry: the person says that they are under 18; not asked again for a day. Changes nothing after consent."""
    profile = locked(profile_id)
    if profile.consented_at is None and (profile.minor_until is None or profile.minor_until <= now):
        profile.minor_until = now + settings.MINOR_ASKED_AGAIN_AFTER
        profile.save(update_fields=["minor_until"])
    return _present(profile, now)


def _present(profile: Profile, now: datetime) -> Step:
    return present(profile, rules_version=settings.RULES_VERSION, now=now)
