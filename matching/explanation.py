"""Why two people are, or are not, introduced to each other: every rule of M2 and the score, for staff (M9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from delivery.models import Language
from profiles.models import MIN_TOPICS, Profile
from profiles.queries import topics_of

from . import listeners, pairing, patience, queries
from .models import Match, PoolEntry, RecentContact, Seat
from .pool import entry_of
from .scoring import Score

_STAFF_LANGUAGE = Language.ENGLISH
_TIME = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition for two people to be introduced, whether it holds, and what that is judged by."""

    name: str
    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pair as the matcher sees it.

    `rules` decide whether they are allowed (M2), `places` say whether they could be proposed at this moment. `score` is
    None where a profile is not complete; `asked` is the least score that the two would be proposed with now.
    """

    rules: list[Rule]
    places: list[Rule]
    score: Score | None
    asked: float

    @property
    def allowed(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)


def explain(one: Profile, other: Profile, *, now: datetime) -> Explanation:
    """The rules for these two different people, loaded with their recipients, and how well they fit."""
    people = (one, other)
    complete = one.is_complete and other.is_complete
    rules = [rule for person in people for rule in _standing(person, now)]
    if complete:
        rules += _in_common(_entry(one, now), _entry(other, now))
    rules += [_cooldown(one, other, now), _cooldown(other, one, now)]
    return Explanation(
        rules=rules,
        places=[_place(person, now) for person in people],
        score=pairing.score_of(_entry(one, now), _entry(other, now), now) if complete else None,
        asked=_asked_for(people, now),
    )


def _standing(person: Profile, now: datetime) -> Iterator[Rule]:
    """Complete, in good standing, reachable, and agreed to the rules in force."""
    yield Rule(f"{person}: profile complete", person.is_complete, "" if person.is_complete else str(person.state))
    paused = f"suspended until {person.suspended_until:{_TIME}}" if person.is_suspended(now) else ""
    yield Rule(f"{person}: in good standing", not paused, paused)
    reachable = person.recipient.reachable
    yield Rule(f"{person}: reachable", reachable, "" if reachable else "has blocked the bot")
    agrees = person.agreed_to(settings.RULES_VERSION)
    said = f"agreed to version {person.rules_version}, in force is {settings.RULES_VERSION}"
    yield Rule(f"{person}: agreed to the rules", agrees, "" if agrees else said)


def _in_common(one: PoolEntry, other: PoolEntry) -> Iterator[Rule]:
    """A language, and two topics that are active."""
    spoken = one.profile.speaks, other.profile.speaks
    languages = [language for language in spoken[0] if language in spoken[1]]
    none = f"{', '.join(spoken[0])} and {', '.join(spoken[1])}"
    yield Rule("a language in common", bool(languages), ", ".join(languages) or none)
    shared = topics_of(mask=one.topic_mask & other.topic_mask, language=_STAFF_LANGUAGE)
    ignored = topics_of(
        mask=one.profile.topic_mask & other.profile.topic_mask & ~one.topic_mask, language=_STAFF_LANGUAGE
    )
    why = ", ".join(shared) or "none"
    if ignored:
        why += f" (deactivated: {', '.join(ignored)})"
    yield Rule(f"{MIN_TOPICS} active topics in common", len(shared) >= MIN_TOPICS, why)


def _cooldown(user: Profile, other: Profile, now: datetime) -> Rule:
    name = f"{user} → {other}: no cooldown"
    contact = RecentContact.objects.filter(user=user, other=other).first()
    if contact is None:
        return Rule(name, True, "")
    since = f"after a {contact.reason}" if contact.reason != RecentContact.Reason.EXPIRY else "after an expiry"
    lasts = contact.until > now
    return Rule(name, not lasts, f"{since}, {'until' if lasts else 'over since'} {contact.until:{_TIME}}")


def _place(person: Profile, now: datetime) -> Rule:
    """Where the person is: only who waits, or listens, can be proposed to somebody."""
    seat = Seat.objects.select_related("match").filter(pk=person.pk).first()
    if seat is not None:
        doing = "has an open proposal" if seat.match.state == Match.State.PROPOSED else "is talking"
        return Rule(str(person), False, f"{doing} (match {seat.match_id})")
    entry = PoolEntry.objects.filter(pk=person.pk).first()
    if entry is not None:
        on_call = f", on call until {entry.on_call_until:{_TIME}}" if entry.on_call_until else ""
        return Rule(str(person), True, f"waits since {entry.since:{_TIME}}{on_call}")
    return _listening(person, now)


def _listening(person: Profile, now: datetime) -> Rule:
    if not person.listens:
        return Rule(str(person), False, "neither searches nor listens")
    if listeners.is_quiet(person, now):
        return Rule(str(person), False, f"listens, but not from {person.quiet_from} to {person.quiet_until} o'clock")
    if person.resting_until and person.resting_until > now:
        return Rule(str(person), False, f"listens, but rests until {person.resting_until:{_TIME}}")
    if not listeners.available(now=now).filter(pk=person.pk).exists():
        return Rule(str(person), False, "listens, but was asked often enough, or has not been here lately")
    return Rule(str(person), True, "listens: is asked when nobody in the pool is allowed")


def _asked_for(people: tuple[Profile, Profile], now: datetime) -> float:
    """What patience asks for, by the one of the two who has waited longer."""
    since = PoolEntry.objects.filter(Q(pk=people[0].pk) | Q(pk=people[1].pk)).order_by("since").first()
    waited = (now - since.since).total_seconds() if since else 0.0
    return patience.asked_for(waited=waited, arrivals=queries.arrivals_per_second(now=now))


def _entry(person: Profile, now: datetime) -> PoolEntry:
    return entry_of(person, since=now, now=now)
