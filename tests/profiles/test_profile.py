"""/profile: every field is changed on its own."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from pytest_django import Settings

from profiles import answering, messages
from profiles.models import Profile, Prompt
from profiles.prompts import Question
from profiles.steps import AskBio, AskTimezone, Card
from tests.profiles.newcomers import NOW, at_timezone, complete, fresh, tick, types
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act

changes: list[int] = []


def remember(*, profile_id: int, now: datetime) -> None:
    """An app that follows changed profiles."""
    assert connection.in_atomic_block
    assert now == NOW
    changes.append(profile_id)


@pytest.fixture(autouse=True)
def _followed(settings: Settings) -> None:
    settings.ON_PROFILE_CHANGED = [f"{__name__}.remember"]
    changes.clear()


@pytest.fixture
def phone(phones: Callable[..., Phone]) -> Phone:
    """The phone of somebody whose profile is complete."""
    its = phones()
    for step in JOURNEY:
        act(its, step)
    changes.clear()
    return its


@pytest.mark.parametrize(
    ("question", "answer", "field", "stored"),
    [
        ("nickname", "Новая Сова", "nickname", "Новая Сова"),
        ("timezone", "Тбилиси", "timezone", "Asia/Tbilisi"),
        ("bio", "Просто человек", "bio", "Просто человек"),
    ],
)
def test_changing_a_field_by_text(phone: Phone, question: str, answer: str, field: str, stored: str) -> None:
    """P6: tap the field, type, and the profile is back; the question is closed, a repeated update changes nothing."""
    phone.sends("/profile")
    phone.taps_data(f"profiles:change:{question}")
    update = phone.sends(answer)
    screen = phone.last
    assert getattr(Profile.objects.get(), field) == stored
    assert stored in screen.text or question == "timezone"
    assert "Что изменить?" in screen.text
    assert not Prompt.objects.exists()
    phone.delivers(update)
    assert getattr(Profile.objects.get(), field) == stored
    assert len(changes) == 1
    phone.sends("а это уже никому")
    assert getattr(Profile.objects.get(), field) == stored
    assert phone.unanswered == 1


@pytest.mark.parametrize(("question", "prefix"), [("nickname", "profiles:nickname:"), ("timezone", "profiles:zone:")])
def test_changing_a_field_by_button(phone: Phone, question: str, prefix: str) -> None:
    """P6: the same buttons as in onboarding; a second tap shows the same."""
    phone.sends("/profile")
    phone.taps_data(f"profiles:change:{question}")
    data = [each for each in phone.last.buttons.values() if each.startswith(prefix)][2]
    for _ in range(2):
        phone.taps_data(data)
        assert getattr(Profile.objects.get(), question) == data.removeprefix(prefix)
        assert "matching:find" in phone.last.buttons.values()
    assert len(changes) == 1


def test_changing_topics_and_removing_the_bio(phone: Phone) -> None:
    """P6: topics in place, Done leads back; the bio can go."""
    Profile.objects.update(bio="Было")
    phone.sends("/profile")
    phone.taps_data("profiles:change:topics")
    phone.taps_data("profiles:topic:add:7")
    assert Profile.objects.get().topic_mask == 1 << 2 | 1 << 3 | 1 << 7
    phone.taps_data("profiles:topics:done")
    phone.taps_data("profiles:show")
    phone.taps_data("profiles:change:bio")
    assert "Было" in phone.last.text
    phone.taps_data("profiles:bio:none")
    assert Profile.objects.get().bio == ""
    assert len(changes) == 2


def test_back_closes_the_question(phone: Phone) -> None:
    """P6: who taps Back is not asked any more."""
    phone.sends("/profile")
    phone.taps_data("profiles:change:bio")
    phone.taps_data("profiles:show")
    phone.sends("не биография")
    assert Profile.objects.get().bio == ""
    assert phone.unanswered == 1


def test_a_button_of_a_closed_question_says_so(phone: Phone) -> None:
    """P6: an old suggestion does not rename anybody by accident."""
    before = Profile.objects.get().nickname
    phone.taps_data("profiles:nickname:Чужое Имя")
    assert "/profile" in phone.last.text
    assert Profile.objects.get().nickname == before


def test_the_same_rules_as_in_onboarding(phone: Phone) -> None:
    """P2, P5, P6: a refused answer leaves the question open and the profile as it was."""
    before = Profile.objects.get().nickname
    phone.sends("/profile")
    phone.taps_data("profiles:change:nickname")
    phone.sends("@mira")
    assert Profile.objects.get().nickname == before
    phone.sends("Мира Два")
    assert Profile.objects.get().nickname == "Мира Два"


@pytest.mark.django_db
def test_what_people_wrote_is_shown_as_written() -> None:
    """P5: signs that mean something in HTML are only signs."""
    profile = complete()
    Profile.objects.filter(pk=profile.pk).update(bio="<b>1 & 2</b>")
    step = answering.leave_question(profile_id=profile.pk, now=NOW)
    assert isinstance(step, Card)
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in messages.screen(step).html


@pytest.mark.django_db
def test_who_is_not_done_goes_on_with_onboarding() -> None:
    """P1, P6: /profile and its buttons show the step that is open."""
    profile = at_timezone()
    assert isinstance(answering.leave_question(profile_id=profile.pk, now=NOW), AskTimezone)
    assert isinstance(answering.change(profile_id=profile.pk, question=Question.BIO, now=NOW), AskTimezone)
    assert not Prompt.objects.exists()


@pytest.mark.django_db
def test_followers_hear_of_complete_profiles_only() -> None:
    """P6: every change, in its transaction; what changes nothing is not told."""
    profile = complete()
    assert changes == [profile.pk]
    tick(profile, "loss")
    assert len(changes) == 1
    tick(profile, "health")
    assert len(changes) == 2
    assert isinstance(answering.change(profile_id=profile.pk, question=Question.BIO, now=NOW), AskBio)
    types(profile, "t.me/mira")
    assert len(changes) == 2
    types(profile, "Теперь так")
    assert len(changes) == 3


@pytest.mark.django_db
def test_a_follower_that_fails_undoes_the_change(settings: Settings) -> None:
    """P6: the pool never lags behind a profile."""
    profile = complete()
    settings.ON_PROFILE_CHANGED = [f"{__name__}.fail"]
    with pytest.raises(RuntimeError):
        tick(profile, "health")
    assert fresh(profile).topic_mask == profile.topic_mask


def fail(*, profile_id: int, now: datetime) -> None:
    """An app that can't follow."""
    raise RuntimeError
