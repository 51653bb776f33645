"""Beginning, agreeing, being too young, coming back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from delivery.models import Recipient
from profiles import answering, onboarding
from profiles.models import Profile
from profiles.prompts import Question
from profiles.steps import AskNickname, AskTimezone, Consent, Minor, Ready, Suspended
from tests.profiles.newcomers import NOW, at_bio, at_nickname, at_timezone, complete, fresh, newcomer, types

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("uk", "uk"), ("uk-UA", "uk"), ("en-GB", "en"), ("de", "en"), ("kk", "ru"), (None, "ru")],
)
def test_beginning(code: str | None, language: str) -> None:
    """P1, P6: Start creates the person once, in the language of their Telegram, also to talk in."""
    for _ in range(2):
        step = onboarding.start(telegram_id=42, language_code=code, now=NOW)
        assert step == Consent(language, rules_version=1)
    profile = Profile.objects.get()
    assert profile.recipient.language == language
    assert profile.speaks == [language]
    assert profile.state == Profile.State.WAITING_NICKNAME


def test_agreeing() -> None:
    """P1: the moment and the version of the rules are stored, once."""
    profile = newcomer()
    for later in (timedelta(0), timedelta(minutes=1)):
        step = onboarding.agree(profile_id=profile.pk, rules_version=1, now=NOW + later)
        assert isinstance(step, AskNickname)
    profile = fresh(profile)
    assert (profile.consented_at, profile.rules_version) == (NOW, 1)


def test_agreeing_to_rules_of_yesterday() -> None:
    """P1: a button under an old version of the rules agrees to nothing."""
    profile = newcomer()
    assert isinstance(onboarding.agree(profile_id=profile.pk, rules_version=0, now=NOW), Consent)
    assert fresh(profile).consented_at is None


def test_under_18() -> None:
    """P1: who is under 18 is not asked again for 24 h, by /start or by the old button; then they are."""
    profile = newcomer()
    telegram_id = profile.recipient.telegram_id
    assert isinstance(onboarding.say_under_18(profile_id=profile.pk, now=NOW), Minor)
    # A second tap does not make it longer.
    onboarding.say_under_18(profile_id=profile.pk, now=NOW + timedelta(hours=23))
    almost, after = NOW + DAY - timedelta(seconds=1), NOW + DAY
    assert isinstance(onboarding.start(telegram_id=telegram_id, language_code="ru", now=almost), Minor)
    assert isinstance(onboarding.agree(profile_id=profile.pk, rules_version=1, now=almost), Minor)
    assert fresh(profile).consented_at is None
    assert isinstance(onboarding.start(telegram_id=telegram_id, language_code="ru", now=after), Consent)
    assert isinstance(onboarding.agree(profile_id=profile.pk, rules_version=1, now=after), AskNickname)


def test_under_18_after_agreeing_changes_nothing() -> None:
    """P1: of two taps on both buttons the first counts."""
    profile = at_nickname()
    assert isinstance(onboarding.say_under_18(profile_id=profile.pk, now=NOW), AskNickname)
    assert fresh(profile).minor_until is None


def test_nothing_is_answered_before_consent() -> None:
    """P1: neither a text nor a button of a later step."""
    profile = newcomer()
    assert isinstance(types(profile, "Мира").step, Consent)
    outcome = answering.choose(profile_id=profile.pk, question=Question.NICKNAME, value="Мира", now=NOW)
    assert isinstance(outcome.step, Consent)
    assert fresh(profile).nickname == ""


def test_the_database_refuses_a_step_without_consent() -> None:
    """P1: no bug can lead anybody past the rules."""
    profile = newcomer()
    with pytest.raises(IntegrityError, match="profile_consent_before_anything"), transaction.atomic():
        Profile.objects.filter(pk=profile.pk).update(
            state=Profile.State.WAITING_TIMEZONE, nickname="М", nickname_key="м"
        )


def test_buttons_of_other_steps_change_nothing() -> None:
    """P1: an answer counts while its question is asked; else the present step is shown."""
    profile = at_timezone("Мира")
    outcome = answering.choose(profile_id=profile.pk, question=Question.NICKNAME, value="Лиса", now=NOW)
    assert isinstance(outcome.step, AskTimezone)
    outcome = answering.choose(profile_id=profile.pk, question=Question.BIO, value="", now=NOW)
    assert isinstance(outcome.step, AskTimezone)
    assert fresh(profile).nickname == "Мира"


def test_a_text_twice_is_one_answer() -> None:
    """P1: the same update again, at each step that takes text."""
    profile = at_nickname()
    first = types(profile, "Киев", update_id=7)
    assert types(profile, "Киев", update_id=7) == first
    assert fresh(profile).timezone == ""
    types(profile, "Киев", update_id=8)
    assert fresh(profile).timezone == "Europe/Kyiv"


def test_the_end() -> None:
    """P1: the bio, or none, completes the profile."""
    mira, lina = at_bio("Мира"), at_bio("Лина")
    assert isinstance(types(mira, "Люблю <b>чай</b>").step, Ready)
    assert fresh(mira).bio == "Люблю <b>чай</b>"
    outcome = answering.choose(profile_id=lina.pk, question=Question.BIO, value="", now=NOW)
    assert isinstance(outcome.step, Ready)
    assert fresh(mira).is_complete
    assert fresh(lina).is_complete


def test_who_comes_back_is_reachable_again() -> None:
    """C5: /start after a block of the bot."""
    profile = complete()
    Recipient.objects.update(reachable=False)
    step = onboarding.start(telegram_id=profile.recipient.telegram_id, language_code="en", now=NOW)
    assert isinstance(step, Ready)
    assert Recipient.objects.get().reachable
    assert Recipient.objects.get().language == "ru"


def test_who_is_paused_reads_until_when() -> None:
    """S5: /start still works, and says what is going on."""
    profile = complete()
    Profile.objects.update(suspended_until=NOW + DAY)
    step = onboarding.start(telegram_id=profile.recipient.telegram_id, language_code="ru", now=NOW)
    assert step == Suspended("ru", NOW + DAY, "Europe/Kyiv")
