"""Who gets the next free text."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from telegram import Update

from profiles import prompts, questions, visits
from profiles.context import Context
from profiles.models import Profile, Prompt
from profiles.prompts import Question
from tests.profiles.newcomers import NOW, at_bio, complete, newcomer
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act


def ask(profile: Profile, kind: str, ref: int | None = None) -> None:
    """Open a question."""
    with transaction.atomic():
        prompts.ask(profile_id=profile.pk, kind=kind, ref=ref, now=NOW)


@pytest.mark.django_db
def test_one_open_question_a_person() -> None:
    """P6: a new one takes the place of the old one."""
    mira = complete()
    ask(mira, "report", ref=7)
    ask(mira, Question.BIO)
    assert [(prompt.kind, prompt.ref) for prompt in Prompt.objects.all()] == [("bio", None)]


@pytest.mark.django_db
def test_who_is_asked_what() -> None:
    """P1: the open question, else the step of onboarding, else nothing."""
    assert prompts.asked(newcomer(), NOW) is None
    assert prompts.asked(at_bio("Лина"), NOW) == Question.BIO
    mira = complete()
    assert prompts.asked(mira, NOW) is None
    ask(mira, "report")
    assert prompts.asked(mira, NOW) == "report"


@pytest.mark.django_db
def test_questions_run_out() -> None:
    """P6: nobody answers tomorrow what they were asked yesterday."""
    mira = complete()
    ask(mira, Question.BIO)
    assert prompts.current(profile_id=mira.pk, now=NOW + prompts.LIFETIME - timedelta(seconds=1)) is not None
    assert prompts.current(profile_id=mira.pk, now=NOW + prompts.LIFETIME) is None


@pytest.mark.django_db
def test_a_command_closes_the_question_and_a_text_does_not() -> None:
    """P6: any command."""
    mira = complete()
    ask(mira, Question.BIO)
    telegram_id = mira.recipient.telegram_id
    visitor = visits.visit(telegram_id=telegram_id, language_code="ru", closes_prompt=False, now=NOW)
    assert visitor.prompt == Question.BIO
    visitor = visits.visit(telegram_id=telegram_id, language_code="ru", closes_prompt=True, now=NOW)
    assert visitor.prompt is None
    assert not Prompt.objects.exists()


@pytest.mark.django_db
def test_a_visit_is_noted_by_the_minute() -> None:
    """M10: who touched the bot last is known, without a write for each tap."""
    mira = complete()
    later = NOW + timedelta(days=3650)
    for moment, seen in ((later, later), (later + timedelta(seconds=59), later)):
        visits.visit(telegram_id=mira.recipient.telegram_id, language_code="ru", closes_prompt=False, now=moment)
        assert Profile.objects.get().seen_at == seen


def test_other_apps_ask_questions_of_their_own(phones: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    """S1: their handler gets the text, while their question is open, and nobody else does."""
    taken = []
    monkeypatch.setattr(questions, "ANSWERING", questions.ANSWERING.copy())
    monkeypatch.setattr("profiles.bot.ANSWERING", questions.ANSWERING)

    @questions.answers("report")
    async def take(update: Update, context: Context) -> None:
        assert update.message is not None
        taken.append(update.message.text)

    phone = phones()
    for step in JOURNEY:
        act(phone, step)
    ask(Profile.objects.get(), "report")
    phone.sends("он мне угрожал")
    assert taken == ["он мне угрожал"]
    assert phone.unanswered == 0
    phone.sends("/help")
    phone.sends("привет")
    assert taken == ["он мне угрожал"]
    assert phone.unanswered == 1


def test_two_handlers_for_one_question_are_a_mistake() -> None:
    """P6: found at start, not by a person."""

    async def take(update: Update, context: Context) -> None: ...

    questions.answers("twice")(take)
    try:
        with pytest.raises(ValueError, match="twice"):
            questions.answers("twice")(take)
    finally:
        del questions.ANSWERING["twice"]
