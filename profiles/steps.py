"""What a person is shown next, as values: a pure function of where they are."""

from dataclasses import dataclass
from datetime import datetime

from . import nicknames, timezones, topics
from .models import Profile, Topic
from .prompts import Question, asked


@dataclass(frozen=True, slots=True)
class Consent:
    """The rules, and being 18 or older."""

    language: str
    rules_version: int


@dataclass(frozen=True, slots=True)
class Minor:
    """Under 18: hotlines for children instead."""

    language: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """Paused until then, shown in the person's timezone."""

    language: str
    until: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class AskNickname:
    """What to be called. `changing`: not for the first time, so there is a way back."""

    language: str
    suggestions: tuple[str, ...]
    changing: bool


@dataclass(frozen=True, slots=True)
class Zone:
    """A timezone on offer with its clock at the time of asking."""

    name: str
    city: str
    time: str


@dataclass(frozen=True, slots=True)
class AskTimezone:
    """Where the person's clock is."""

    language: str
    zones: tuple[Zone, ...]
    changing: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic to tick."""

    bit: int
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AskTopics:
    """What the person lives through."""

    language: str
    choices: tuple[Choice, ...]
    changing: bool

    @property
    def count(self) -> int:
        """How many are ticked."""
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class AskBio:
    """A few words about oneself."""

    language: str
    bio: str
    changing: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A complete profile as its owner sees it."""

    language: str
    nickname: str
    city: str
    time: str
    topics: tuple[str, ...]
    bio: str
    speaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing is being asked: the profile is complete."""

    language: str
    card: Card


Step = Consent | Minor | Suspended | AskNickname | AskTimezone | AskTopics | AskBio | Ready


def present(profile: Profile, *, rules_version: int, now: datetime) -> Step:
    """The step somebody is at, from their stored profile alone: the same before and after a restart (P1)."""
    language = profile.recipient.language
    if profile.suspended_until is not None and profile.is_suspended(now):
        return Suspended(language, profile.suspended_until, profile.timezone or "UTC")
    if profile.consented_at is None:
        minor = profile.minor_until is not None and profile.minor_until > now
        return Minor(language) if minor else Consent(language, rules_version)
    match asked(profile, now):
        case Question.NICKNAME:
            return _ask_nickname(profile)
        case Question.TIMEZONE:
            return _ask_timezone(profile, now)
        case Question.TOPICS:
            return ask_topics(profile)
        case Question.BIO:
            return AskBio(language, profile.bio, changing=profile.is_complete)
        case _:
            return Ready(language, card(profile, now))


def card(profile: Profile, now: datetime) -> Card:
    """A complete profile as its owner sees it."""
    language = profile.recipient.language
    return Card(
        language=language,
        nickname=profile.nickname,
        city=timezones.city(profile.timezone, language),
        time=timezones.local_time(profile.timezone, now),
        topics=tuple(topic.title(language) for topic in Topic.objects.all() if topic.mask & profile.topic_mask),
        bio=profile.bio,
        speaks=tuple(profile.speaks),
    )


def ask_topics(profile: Profile) -> AskTopics:
    """The topics with those ticked that the person has."""
    language, mask = profile.recipient.language, profile.topic_mask
    choices = (
        Choice(topic.bit, topic.title(language), chosen=bool(topic.mask & mask))
        for topic in topics.offered(mask=mask, topics=Topic.objects.all())
    )
    return AskTopics(language, tuple(choices), changing=profile.is_complete)


def _ask_nickname(profile: Profile) -> AskNickname:
    language = profile.recipient.language
    suggested = nicknames.suggestions(profile_id=profile.pk, language=language)
    return AskNickname(language, tuple(suggested), changing=profile.is_complete)


def _ask_timezone(profile: Profile, now: datetime) -> AskTimezone:
    language = profile.recipient.language
    zones = (
        Zone(name, timezones.city(name, language), timezones.local_time(name, now))
        for name in timezones.offered(language)
    )
    return AskTimezone(language, tuple(zones), changing=profile.is_complete)
