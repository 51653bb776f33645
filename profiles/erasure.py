"""Disappearing: everything about a person goes, except what must outlast them, under a keyed hash (P7).

The recipient is held first, then the person together with whoever sits with them (ON_ERASURE lets go of those, and by
that locks them in the order that everybody keeps); then each app erases its own rows, the uppermost first.
"""

import hmac
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from delivery.models import OutboxMessage, Recipient

from .export import forget_turn
from .models import ErasedStanding, Profile


def telegram_hash(telegram_id: int) -> str:
    """The keyed hash under which an erased person's Telegram account is recognised: 64 hex digits."""
    return hmac.new(settings.TELEGRAM_ID_HASH_KEY.encode(), str(telegram_id).encode(), sha256).hexdigest()


@transaction.atomic(durable=True)
def erase_oneself(*, telegram_id: int, profile_id: int, now: datetime) -> bool:
    """Entry: the person wants everything about them gone; returns whether there was anything.

    `profile_id` is what they were asked about: a tap that comes again does nothing to who has begun anew since.
    """
    recipient = _held(profile_id)
    if recipient is None or recipient.telegram_id != telegram_id:
        return False
    _erase(recipient, now)
    return True


@transaction.atomic(durable=True)
def erase(*, profile_id: int, now: datetime, unless_seen_since: datetime | None = None) -> bool:
    """Entry: erase a person on somebody else's word; returns whether they were there.

    With `unless_seen_since`, whoever was there after that moment, or has finished their profile, is left alone.
    """
    recipient = _held(profile_id)
    if recipient is None or (unless_seen_since is not None and _came_back(profile_id, unless_seen_since)):
        return False
    _erase(recipient, now)
    return True


def restore_standing(profile: Profile, now: datetime) -> None:
    """Step: what is in force of somebody who was erased holds again for their new `profile`."""
    assert connection.in_atomic_block
    hashed = telegram_hash(profile.recipient.telegram_id)
    standing = ErasedStanding.objects.select_for_update().filter(pk=hashed).first()
    if standing is not None:
        if standing.keep_until > now:
            profile.subject = standing.subject
            profile.suspended_until, profile.minor_until = standing.suspended_until, standing.minor_until
            profile.save(update_fields=["subject", "suspended_until", "minor_until"])
        standing.delete()
    for path in settings.ON_PROFILE_CREATED:
        import_string(path)(profile=profile, now=now)


def _held(profile_id: int) -> Recipient | None:
    # no_key: what is on its way to them may still be written down while we wait for others.
    return Recipient.objects.select_for_update(no_key=True).filter(pk=profile_id).first()


def _came_back(profile_id: int, since: datetime) -> bool:
    profile = Profile.objects.select_for_update(of=("self",), no_key=True).filter(pk=profile_id).first()
    return profile is not None and (profile.is_complete or profile.seen_at > since)


def _erase(recipient: Recipient, now: datetime) -> None:
    # What a sender has in hand goes before anybody is locked: it holds such a row while it concludes from it.
    OutboxMessage.objects.filter(recipient=recipient, lease_until__isnull=False).delete()
    for path in settings.ON_ERASURE:
        import_string(path)(profile_id=recipient.pk, now=now)
    # Read under the locks that letting go took. For who only chose a language and has none, an empty one stands in.
    stored = Profile.objects.select_related("recipient").filter(pk=recipient.pk).first()
    profile = stored or Profile(recipient=recipient)
    _keep_standing(profile, now)
    for path in settings.PERSONAL_DATA:
        import_string(f"{path}.erase")(profile, now)
    forget_turn(profile_id=recipient.pk)


def _keep_standing(profile: Profile, now: datetime) -> None:
    ends = [end for end in (profile.suspended_until, profile.minor_until) if end is not None and end > now]
    if not ends:
        return
    ErasedStanding.objects.update_or_create(
        telegram_hash=telegram_hash(profile.recipient.telegram_id),
        defaults={
            "subject": profile.subject,
            "suspended_until": profile.suspended_until,
            "minor_until": profile.minor_until,
            "keep_until": max(ends),
        },
    )
