"""What a person is shown next, as values: a pure function of where they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from . import nicknames, timezones, topics
from .models import Profile, Topic
from .places import Place
from .prompts import Question, asked


@dataclass(frozen=True, slots=True)
class Consent:
    """The rules, and being 18 or older. `renewed`: the person agreed to an older version of them."""

    language: str
    rules_version: int
    renewed: bool = False


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

    def offering(self, nickname: str) -> "AskNickname":
        """The same with this nickname in front."""
        others = (each for each in self.suggestions if each != nickname)
        return replace(self, suggestions=(nickname, *others)[: nicknames.SUGGESTIONS])


@dataclass(frozen=True, slots=True)
class Zone:
    """A timezone on offer, by a city that has it, with its clock at the time of asking."""

    name: str
    city: str
    time: str

    @classmethod
    def of(cls, place: Place, language: str, now: datetime) -> "Zone":
        """What to call a place in `language`, and its clock."""
        city = place.name or timezones.city(place.zone, language)
        return cls(place.zone, city, timezones.local_time(place.zone, now))


@dataclass(frozen=True, slots=True)
class AskTimezone:
    """Where the person's clock is."""

    language: str
    zones: tuple[Zone, ...]
    changing: bool

    def offering(self, places: Iterable[Place], now: datetime, *, others: bool) -> "AskTimezone":
        """The same with these places, and the `others` behind them where wanted."""
        first = tuple(Zone.of(place, self.language, now) for place in places)
        named = {zone.name for zone in first}
        rest = (zone for zone in self.zones if others and zone.name not in named)
        return replace(self, zones=(*first, *rest))


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic to tick, or a chosen one that is not offered any more and counts for nothing."""

    bit: int
    title: str
    chosen: bool
    offered: bool


@dataclass(frozen=True, slots=True)
class AskTopics:
    """What the person lives through."""

    language: str
    choices: tuple[Choice, ...]
    changing: bool

    @property
    def count(self) -> int:
        """How many are ticked that count."""
        return sum(choice.chosen and choice.offered for choice in self.choices)


@dataclass(frozen=True, slots=True)
class AskBio:
    """A few words about oneself."""

    language: str
    bio: str
    changing: bool


@dataclass(frozen=True, slots=True)
class Listening:
    """Whether the person is ready to listen, and the hours by their own clock in which nobody asks them (P9).

    `resting_until`: nobody asks them before, shown in their `timezone`; None where they are not resting.
    """

    language: str
    on: bool
    quiet: tuple[int, int] | None
    resting_until: datetime | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Card:
    """A complete profile as its owner sees it; `not_offered` are topics of theirs that are not active any more."""

    language: str
    nickname: str
    city: str
    time: str
    topics: tuple[str, ...]
    not_offered: tuple[str, ...]
    bio: str
    speaks: tuple[str, ...]
    listening: Listening


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
    if profile.consented_at is None and profile.minor_until is not None and profile.minor_until > now:
        return Minor(language)
    if not profile.agreed_to(rules_version):
        return Consent(language, rules_version, renewed=profile.consented_at is not None)
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
    own = [topic for topic in Topic.objects.all() if topic.mask & profile.topic_mask]
    return Card(
        language=language,
        nickname=profile.nickname,
        city=timezones.city(profile.timezone, language),
        time=timezones.local_time(profile.timezone, now),
        topics=tuple(topic.title(language) for topic in own if topic.active),
        not_offered=tuple(topic.title(language) for topic in own if not topic.active),
        bio=profile.bio,
        speaks=tuple(profile.speaks),
        listening=listening(profile, now),
    )


def listening(profile: Profile, now: datetime) -> Listening:
    """Whether and when a person is ready to listen."""
    quiet = None
    if profile.quiet_from is not None and profile.quiet_until is not None:
        quiet = (profile.quiet_from, profile.quiet_until)
    resting_until = profile.resting_until if profile.is_resting(now) else None
    return Listening(profile.recipient.language, profile.listens, quiet, resting_until, profile.timezone)


def ask_topics(profile: Profile) -> AskTopics:
    """The topics with those ticked that the person has."""
    language, mask = profile.recipient.language, profile.topic_mask
    choices = (
        Choice(topic.bit, topic.title(language), chosen=bool(topic.mask & mask), offered=topic.active)
        for topic in topics.offered(mask=mask, topics=Topic.objects.all())
    )
    return AskTopics(language, tuple(choices), changing=profile.is_complete)


def _ask_nickname(profile: Profile) -> AskNickname:
    language = profile.recipient.language
    suggested = nicknames.suggestions(profile_id=profile.pk, language=language)
    return AskNickname(language, tuple(suggested), changing=profile.is_complete)


def _ask_timezone(profile: Profile, now: datetime) -> AskTimezone:
    language = profile.recipient.language
    zones = (Zone.of(Place(name), language, now) for name in timezones.offered(language))
    return AskTimezone(language, tuple(zones), changing=profile.is_complete)
