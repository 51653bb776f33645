"""The interface's language, and the languages a person talks in (P6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from delivery.models import Language, Recipient
from project.errors import DomainError

from .models import Profile
from .people import locked, tell_changed


class LastLanguage(DomainError):
    """Without a language to talk in nobody can be found."""

    template = "profiles/last_language.html"
    status = 422


@dataclass(frozen=True, slots=True)
class Languages:
    """What is chosen; `speaks` is None for someone without a profile."""

    interface: str
    speaks: tuple[str, ...] | None


@transaction.atomic(durable=True)
def chosen(*, telegram_id: int, guess: str) -> Languages:
    """Entry: what is chosen now; `guess` for someone we do not know."""
    recipient = Recipient.objects.filter(telegram_id=telegram_id).first()
    return _of(recipient.pk) if recipient else Languages(guess, None)


@transaction.atomic(durable=True)
def switch_interface(*, telegram_id: int, language: str) -> Languages:
    """Entry: speak this language with the person from now on, whether they have a profile or not.

    Until the profile is complete, the guess which language they talk in follows.
    """
    # Held: they may be erased this very moment.
    recipient, _ = Recipient.objects.select_for_update(no_key=True).get_or_create(telegram_id=telegram_id)
    former, recipient.language = recipient.language, Language(language).value
    recipient.save(update_fields=["language"])
    guessed = {f"speaks_{each}": each == former for each in Language.values}
    following = {f"speaks_{each}": each == language for each in Language.values}
    Profile.objects.filter(pk=recipient.pk, **guessed).exclude(state=Profile.State.COMPLETE).update(**following)
    return _of(recipient.pk)


@transaction.atomic(durable=True)
def set_spoken(*, profile_id: int, language: str, spoken: bool, now: datetime) -> Languages:
    """Entry: add or remove a language to talk in; a second tap on the same changes nothing. Raises LastLanguage."""
    profile = locked(profile_id)
    field = f"speaks_{Language(language).value}"
    if getattr(profile, field) != spoken:
        setattr(profile, field, spoken)
        if not profile.speaks:
            raise LastLanguage
        profile.save(update_fields=[field])
        tell_changed(profile, now)
    return _of(profile_id)


def _of(recipient_id: int) -> Languages:
    assert connection.in_atomic_block
    recipient = Recipient.objects.select_related("profile").get(pk=recipient_id)
    profile: Profile | None = getattr(recipient, "profile", None)
    return Languages(recipient.language, tuple(profile.speaks) if profile else None)
