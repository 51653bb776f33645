"""Several taps, or several people, in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import TypeVar

import pytest
from django.db import connection

from delivery.models import Recipient
from profiles import answering, look_alikes, nicknames, onboarding
from profiles.models import Profile, Topic
from profiles.prompts import Question
from profiles.steps import AskNickname, AskTimezone
from tests.profiles.newcomers import NOW, at_nickname, at_topics, fresh, tick

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Run the calls at the same moment, each with a connection of its own; their results in order."""
    everyone = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        everyone.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def chooses(profile: Profile, nickname: str) -> Callable[[], answering.Outcome]:
    """A tap on a suggested nickname."""
    return lambda: answering.choose(profile_id=profile.pk, question=Question.NICKNAME, value=nickname, now=NOW)


def test_two_people_want_the_same_name() -> None:
    """P2: the database lets one of them have it; the other hears why not and gets three free names."""
    one, other = at_nickname(), at_nickname()
    outcomes = at_once(chooses(one, "Сова"), chooses(other, "COBA"))
    refused = [outcome for outcome in outcomes if outcome.refusal is not None]
    assert len(refused) == 1
    assert isinstance(refused[0].refusal, nicknames.NicknameTaken)
    assert isinstance(refused[0].step, AskNickname)
    assert len(refused[0].step.suggestions) == 3
    assert sum(isinstance(outcome.step, AskTimezone) for outcome in outcomes) == 1
    assert Profile.objects.filter(nickname_key=look_alikes.key("сова")).count() == 1


def test_two_taps_on_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """P1: the first is the answer, the second finds it given; both see the next step."""
    profile = at_nickname()
    taken: list[str] = []
    inside = Barrier(2)
    validated = nicknames.validated

    def slowly(text: str) -> str:
        taken.append(text)
        # Somebody else gets in here only where taps don't take turns.
        with suppress(BrokenBarrierError):
            inside.wait(timeout=0.5)
        return validated(text)

    monkeypatch.setattr(nicknames, "validated", slowly)
    outcomes = at_once(chooses(profile, "Сова"), chooses(profile, "Лиса"))
    assert len(taken) == 1
    assert fresh(profile).nickname == taken[0]
    assert fresh(profile).state == Profile.State.WAITING_TIMEZONE
    assert all(isinstance(outcome.step, AskTimezone) and outcome.refusal is None for outcome in outcomes)


def test_eight_topics_at_once() -> None:
    """P4: no tick is lost to another."""
    profile = at_topics()
    slugs = list(Topic.objects.values_list("slug", flat=True)[:8])
    at_once(*[lambda slug=slug: tick(profile, slug) for slug in slugs])
    assert fresh(profile).topic_mask.bit_count() == 8


def test_start_twice_at_once() -> None:
    """P1: one person, however often they press Start."""
    starts = [lambda: onboarding.start(telegram_id=42, language_code="ru", now=NOW)] * 4
    assert len(set(at_once(*starts))) == 1
    assert Recipient.objects.count() == Profile.objects.count() == 1
