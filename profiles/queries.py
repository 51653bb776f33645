"""Reads about people, as evaluated values."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from delivery.models import Language, Recipient

from .models import Profile, Prompt, Topic


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind an update, as the gate needs it. `profile_id` is None for someone who never pressed Start.

    `consented`: agreed to the rules at some time; `agrees`: to those that are in force now. `prompt` is the kind of the
    open question, `closed_prompt` of the one that this very update has closed.
    """

    language: str
    profile_id: int | None = None
    state: str = Profile.State.WAITING_NICKNAME
    consented: bool = False
    agrees: bool = False
    minor_until: datetime | None = None
    suspended_until: datetime | None = None
    prompt: str | None = None
    closed_prompt: str | None = None
    last_update_id: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether onboarding is finished."""
        return self.state == Profile.State.COMPLETE

    def is_suspended(self, now: datetime) -> bool:
        """Whether a sanction is in force at `now`."""
        return self.suspended_until is not None and self.suspended_until > now


def language_guess(language_code: str | None) -> str:
    """The interface language for Telegram's IETF `language_code`: the same where we have it, else the nearest.

    None (Telegram did not say) gives Russian, the language of most of the audience.
    """
    primary = (language_code or Language.RUSSIAN).split("-")[0].lower()
    if primary in Language.values:
        return primary
    return Language.RUSSIAN if primary in {"be", "kk", "ky", "uz", "tg", "hy", "az"} else Language.ENGLISH


def visitor(*, telegram_id: int, language_code: str | None, now: datetime | None = None) -> Visitor:
    """Who this Telegram account is to us; `prompt` is the kind of the question open at `now`, where that is given."""
    recipient = Recipient.objects.select_related("profile__prompt").filter(telegram_id=telegram_id).first()
    if recipient is None:
        return Visitor(language=language_guess(language_code))
    profile: Profile | None = getattr(recipient, "profile", None)
    if profile is None:
        return Visitor(language=recipient.language)
    prompt: Prompt | None = getattr(profile, "prompt", None)
    return Visitor(
        language=recipient.language,
        profile_id=profile.pk,
        state=profile.state,
        consented=profile.consented_at is not None,
        agrees=profile.agreed_to(settings.RULES_VERSION),
        minor_until=profile.minor_until,
        suspended_until=profile.suspended_until,
        prompt=prompt.kind if prompt and now and prompt.expires_at > now else None,
        last_update_id=profile.last_update_id,
    )


def could_rest(*, profile_id: int, now: datetime) -> bool:
    """Whether the person may be asked to listen at `now`, quiet hours aside: to them a rest is worth offering."""
    profile = Profile.objects.filter(pk=profile_id, listens=True).first()
    return profile is not None and not profile.is_resting(now) and not profile.is_suspended(now)


def erasable(*, telegram_id: int) -> int | None:
    """What to ask about before erasing this Telegram account: the key of all that is stored; None where nothing is."""
    return Recipient.objects.filter(telegram_id=telegram_id).values_list("pk", flat=True).first()


def topics_of(*, mask: int, language: str) -> list[str]:
    """The titles of the topics in a mask, in order of position."""
    return [topic.title(language) for topic in Topic.objects.all() if topic.mask & mask]
