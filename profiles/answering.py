"""Answers to what a person is asked about themselves: in onboarding and, later, one field at a time (P1–P6).

An answer counts while its question is being asked. Whatever arrives twice finds the question answered, changes nothing,
and shows the step the person is at now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from project.errors import DomainError

from . import bios, look_alikes, nickname_mending, nicknames, places, prompts
from .models import MIN_TOPICS, Profile, Topic
from .people import locked, tell_changed
from .prompts import Question
from .steps import AskNickname, AskTimezone, Card, Step, ask_topics, card, present
from .topics import TooFewTopics, inactive_mask, with_topic

NEXT: dict[str, Profile.State] = {
    Profile.State.WAITING_NICKNAME: Profile.State.WAITING_TIMEZONE,
    Profile.State.WAITING_TIMEZONE: Profile.State.WAITING_TOPICS,
    Profile.State.WAITING_TOPICS: Profile.State.WAITING_BIO,
    Profile.State.WAITING_BIO: Profile.State.COMPLETE,
}


class QuestionClosed(DomainError):
    """A button of a question that is no longer open."""

    template = "profiles/question_closed.html"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to show after an answer.

    With `refusal`, why the answer was not taken. `unasked`: it answered nothing that is asked, and changed nothing.
    """

    step: Card | Step
    refusal: DomainError | None = None
    unasked: bool = False


@transaction.atomic(durable=True)
def answer(*, profile_id: int, text: str, update_id: int, now: datetime) -> Outcome:
    """Entry: a free text, as the answer to whatever is being asked."""
    profile = locked(profile_id)
    if profile.last_update_id == update_id:
        return _outcome(profile, now)
    question = prompts.asked(profile, now)
    taken = question in _STORE
    outcome = _take(profile, question, text, now) if taken else Outcome(_present(profile, now), unasked=True)
    if outcome.refusal is None:
        # Remembered even where it answered nothing: delivered again later, it must not answer the next question.
        profile.last_update_id = update_id
        profile.save(update_fields=["last_update_id"])
    return outcome


@transaction.atomic(durable=True)
def choose(*, profile_id: int, question: Question, value: str, now: datetime) -> Outcome:
    """Entry: a tapped answer: a suggested nickname, an offered timezone, or "" for no bio.

    Raises QuestionClosed when a complete profile would change by a button that is out of date.
    """
    profile = locked(profile_id)
    if prompts.asked(profile, now) == question:
        return _take(profile, question, value, now)
    # The second tap of two asks for what was just stored.
    unasked = getattr(profile, question) != value
    if profile.is_complete and unasked:
        raise QuestionClosed
    return Outcome(_present(profile, now), unasked=unasked)


@transaction.atomic(durable=True)
def tick_topic(*, profile_id: int, bit: int, chosen: bool, now: datetime) -> Outcome:
    """Entry: tick or untick one topic; a second tap changes nothing. Complete profiles keep at least two."""
    profile = locked(profile_id)
    topic = Topic.objects.filter(bit=bit).first()
    if topic is None or profile.state not in (Profile.State.WAITING_TOPICS, Profile.State.COMPLETE):
        return Outcome(_present(profile, now), unasked=True)
    try:
        mask = with_topic(profile.topic_mask, topic, chosen=chosen, at_least=MIN_TOPICS if profile.is_complete else 0)
    except DomainError as refusal:
        return Outcome(ask_topics(profile), refusal)
    if mask != profile.topic_mask:
        profile.topic_mask = mask
        profile.save(update_fields=["topic_mask"])
        tell_changed(profile, now)
    return Outcome(ask_topics(profile))


@transaction.atomic(durable=True)
def finish_topics(*, profile_id: int, now: datetime) -> Outcome:
    """Entry: enough topics are ticked; on to the next step."""
    profile = locked(profile_id)
    asked = profile.state == Profile.State.WAITING_TOPICS
    if (asked or profile.is_complete) and (profile.topic_mask & ~inactive_mask()).bit_count() < MIN_TOPICS:
        return Outcome(ask_topics(profile), TooFewTopics(minimum=MIN_TOPICS))
    if asked:
        _proceed(profile, now)
    elif profile.is_complete:
        return Outcome(card(profile, now))
    return _outcome(profile, now)


@transaction.atomic(durable=True)
def change(*, profile_id: int, question: Question, now: datetime) -> Step:
    """Entry: ask again for one field of a complete profile; others see the step they are at."""
    profile = locked(profile_id)
    if not profile.is_complete:
        return _present(profile, now)
    if question is Question.TOPICS:
        prompts.close(profile_id=profile_id)
        return ask_topics(profile)
    prompts.ask(profile_id=profile_id, kind=question, now=now)
    return _present(profile, now)


@transaction.atomic(durable=True)
def drop_question(*, profile_id: int, now: datetime) -> bool:
    """Entry: close the open question where it is about the person themselves; returns whether it was."""
    locked(profile_id)
    prompt = prompts.current(profile_id=profile_id, now=now)
    return prompt is not None and prompt.kind in tuple(Question) and prompts.close(profile_id=profile_id)


@transaction.atomic(durable=True)
def leave_question(*, profile_id: int, now: datetime) -> Card | Step:
    """Entry: the profile as it is, with no question open; for who is not complete, the step they are at."""
    profile = locked(profile_id)
    if not profile.is_complete:
        return _present(profile, now)
    prompts.close(profile_id=profile_id)
    return card(profile, now)


def _take(profile: Profile, question: str | None, value: str, now: datetime) -> Outcome:
    assert question is not None
    try:
        _STORE[question](profile, value, now)
    except DomainError as refusal:
        return Outcome(_with_offers(_present(profile, now), value, refusal, now), refusal)
    changed = profile.is_complete
    _proceed(profile, now)
    # Somebody who changes their profile sees it; only who has just finished it is asked whether to search.
    return Outcome(card(profile, now)) if changed else _outcome(profile, now)


def _with_offers(step: Step, typed: str, refusal: DomainError, now: datetime) -> Step:
    """What was refused is not lost: what may have been meant is the first thing to tap."""
    if isinstance(step, AskTimezone) and isinstance(refusal, places.UnclearPlace):
        return step.offering(refusal.places, now, others=isinstance(refusal, places.UnknownPlace))
    if isinstance(step, AskNickname) and (nickname := nickname_mending.mended(typed)) is not None:
        return step.offering(nickname)
    return step


def _proceed(profile: Profile, now: datetime) -> None:
    """The question is answered: on to the next step, or back to nothing being asked."""
    if profile.is_complete:
        prompts.close(profile_id=profile.pk)
    else:
        profile.state = NEXT[profile.state]
        profile.save(update_fields=["state"])
    tell_changed(profile, now)


def _store_nickname(profile: Profile, text: str, now: datetime) -> None:
    nickname = nicknames.validated(text)
    its_key = look_alikes.key(nickname)
    # The unique key decides, not a look beforehand: two people may want the same name in the same moment.
    try:
        with transaction.atomic():
            Profile.objects.filter(pk=profile.pk).update(nickname=nickname, nickname_key=its_key)
    except IntegrityError as error:
        raise nicknames.NicknameTaken(nickname=nickname) from error
    profile.nickname, profile.nickname_key = nickname, its_key


def _store_timezone(profile: Profile, text: str, now: datetime) -> None:
    profile.timezone = places.understand(text, now=now)
    profile.save(update_fields=["timezone"])


def _store_bio(profile: Profile, text: str, now: datetime) -> None:
    profile.bio = bios.validated(text)
    profile.save(update_fields=["bio"])


_STORE: dict[str | None, Callable[[Profile, str, datetime], None]] = {
    Question.NICKNAME: _store_nickname,
    Question.TIMEZONE: _store_timezone,
    Question.BIO: _store_bio,
}


def _outcome(profile: Profile, now: datetime) -> Outcome:
    return Outcome(_present(profile, now))


def _present(profile: Profile, now: datetime) -> Step:
    return present(profile, rules_version=settings.RULES_VERSION, now=now)
