"""People on their way through onboarding."""

import itertools
from datetime import UTC, datetime

from profiles import answering, onboarding
from profiles.models import Profile, Topic
from profiles.prompts import Question

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_telegram_ids = itertools.count(8_000_000_001)
_update_ids = itertools.count(500_000)


def newcomer(language_code: str = "ru") -> Profile:
    """Somebody who has just pressed Start."""
    telegram_id = next(_telegram_ids)
    onboarding.start(telegram_id=telegram_id, language_code=language_code, now=NOW)
    return Profile.objects.get(recipient__telegram_id=telegram_id)


def at_nickname() -> Profile:
    """Somebody who has agreed to the rules."""
    profile = newcomer()
    onboarding.agree(profile_id=profile.pk, rules_version=1, now=NOW)
    return fresh(profile)


def at_timezone(nickname: str = "Мира") -> Profile:
    """Somebody who has a nickname."""
    profile = at_nickname()
    answering.choose(profile_id=profile.pk, question=Question.NICKNAME, value=nickname, now=NOW)
    return fresh(profile)


def at_topics(nickname: str = "Мира") -> Profile:
    """Somebody who has a timezone."""
    profile = at_timezone(nickname)
    answering.choose(profile_id=profile.pk, question=Question.TIMEZONE, value="Europe/Kyiv", now=NOW)
    return fresh(profile)


def at_bio(nickname: str = "Мира") -> Profile:
    """Somebody who has ticked two topics."""
    profile = at_topics(nickname)
    for slug in ("anxiety", "loss"):
        tick(profile, slug)
    answering.finish_topics(profile_id=profile.pk, now=NOW)
    return fresh(profile)


def complete(nickname: str = "Мира") -> Profile:
    """Somebody who has come to the end."""
    profile = at_bio(nickname)
    answering.choose(profile_id=profile.pk, question=Question.BIO, value="", now=NOW)
    return fresh(profile)


def types(profile: Profile, text: str, update_id: int | None = None) -> answering.Outcome:
    """The person sends a text."""
    number = next(_update_ids) if update_id is None else update_id
    return answering.answer(profile_id=profile.pk, text=text, update_id=number, now=NOW)


def tick(profile: Profile, slug: str, *, chosen: bool = True) -> answering.Outcome:
    """The person ticks or unticks a topic."""
    bit = Topic.objects.get(slug=slug).bit
    return answering.tick_topic(profile_id=profile.pk, bit=bit, chosen=chosen, now=NOW)


def fresh(profile: Profile) -> Profile:
    """The profile as it is stored now."""
    return Profile.objects.select_related("recipient").get(pk=profile.pk)
