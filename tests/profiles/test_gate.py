"""Who may do what before consent, and while paused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from profiles.models import Profile
from safety.hotlines import children_html
from tests.profiles.newcomers import NOW
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act

Phones = Callable[..., Phone]

OPEN = ["/help", "/privacy", "/terms", "/language"]
CLOSED = ["/profile", "/find", "/end", "/anything"]


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_someone_never_seen(phones: Phones, language: str) -> None:
    """P1: is asked to press Start, whatever they do; nothing is stored of them."""
    phone = phones(language)
    for text in (*CLOSED, "привет", "/find@tyneodin_bot"):
        phone.sends(text)
        assert "/start" in phone.last.text
        assert "safety:sos" in phone.last.buttons.values()
    phone.sends_sticker()
    phone.taps_data("matching:find")
    assert "/start" in phone.last.text
    assert phone.screen.closed_taps == 1
    assert not Profile.objects.exists()
    assert phone.unanswered == 0


def test_before_consent(phones: Phones) -> None:
    """P1: only what the rules list works; everything else shows the question once more."""
    phone = phones()
    phone.sends("/start")
    consent = phone.last
    for text in CLOSED:
        phone.sends(text)
        assert phone.last.text.endswith(consent.text)
        assert phone.last.buttons == consent.buttons
    for data in ("matching:find", "profiles:nickname:Мира", "profiles:speak:add:en", "profiles:show"):
        phone.taps_data(data)
        assert phone.last.buttons == consent.buttons
    for text in OPEN:
        phone.sends(text)
        assert not phone.last.text.endswith(consent.text)
    assert Profile.objects.get().speaks == ["ru"]
    assert Profile.objects.get().nickname == ""


def test_a_minor(phones: Phones) -> None:
    """P1: sees children's hotlines, at the answer and whenever they come back within the day."""
    phone = phones()
    phone.sends("/start")
    phone.taps_data("profiles:minor")
    notice = phone.last
    assert children_html("ru") in notice.text
    assert list(notice.buttons.values()) == ["safety:sos"]
    phone.sends("/start")
    assert phone.last == notice
    for text in ("/find", "мне правда 18"):
        phone.sends(text)
        assert children_html("ru") in phone.last.text
    phone.taps_data("profiles:agree:1")
    assert Profile.objects.get().consented_at is None


def test_while_paused(phones: Phones) -> None:
    """S5: what the rule lists still works; everything else says until when, in the person's own time."""
    phone = phones()
    for step in JOURNEY:
        act(phone, step)
    Profile.objects.update(suspended_until=NOW + timedelta(days=1), timezone="Europe/Kyiv")
    phone.sends("/profile")
    notice = phone.last
    assert "23.11.2026 14:00" in notice.text
    for text in ("/find", "привет"):
        phone.sends(text)
        assert phone.last == notice
    phone.taps_data("profiles:change:nickname")
    assert phone.last == notice
    for text in OPEN:
        phone.sends(text)
        assert phone.last != notice
    Profile.objects.update(suspended_until=NOW)
    phone.sends("/profile")
    assert phone.last != notice


def test_new_rules(phones: Phones, settings: Settings) -> None:
    """P1: who agreed to an older version goes on with what goes on, and is asked kindly before anything new begins."""
    phone = phones()
    for step in JOURNEY:
        act(phone, step)
    settings.RULES_VERSION = 2
    phone.sends("/profile")
    assert "profiles:change:bio" in phone.last.buttons.values()
    for begin in (phone.sends, phone.taps_data):
        begin("/find" if begin == phone.sends else "matching:find")
        question = phone.last
        assert "profiles:agree:2" in question.buttons.values()
        assert "profiles:minor" not in question.buttons.values()
        assert "safety:sos" in question.buttons.values()
    phone.sends("/start")
    assert phone.last == question
    phone.taps_data("profiles:agree:1")
    assert Profile.objects.get().rules_version == 1
    phone.taps_data("profiles:agree:2")
    assert "matching:find" in phone.last.buttons.values()
    assert (Profile.objects.get().rules_version, Profile.objects.get().consented_at) == (2, NOW)
    heard = len(phone.screen.messages)
    phone.sends("/find")
    assert len(phone.screen.messages) == heard


def test_new_rules_in_the_middle_of_onboarding(phones: Phones, settings: Settings) -> None:
    """P1: whatever comes, the new rules are shown first; then onboarding goes on where it was."""
    phone = phones()
    for step in JOURNEY[:2]:
        act(phone, step)
    question = phone.last
    settings.RULES_VERSION = 2
    phone.sends("Мира")
    assert "profiles:agree:2" in phone.last.buttons.values()
    assert Profile.objects.get().nickname == ""
    phone.taps_data("profiles:agree:2")
    assert phone.last == question


def test_groups_are_not_ours(phones: Phones) -> None:
    """P8: in a group the bot says nothing at all."""
    phone = phones()
    group = {"id": -100, "type": "supergroup", "title": "Г"}
    message = {"message_id": 1, "date": 1, "chat": group, "from": phone.user, "text": "/start"}
    message["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
    phone.delivers({"update_id": 1, "message": message})
    assert not phone.screen.messages
    assert not Profile.objects.exists()


@pytest.mark.parametrize("data", ["profiles:change:bio\n", "profiles:profiles:show", "profiles:zone:Europe/Kyiv\n"])
def test_what_no_button_of_ours_carries(phones: Phones, data: str) -> None:
    """P8: people with a Telegram client of their own can send any data: nothing happens, and the tap is answered."""
    phone = phones()
    for step in JOURNEY:
        act(phone, step)
    before, shown = Profile.objects.values().get(), phone.last
    phone.taps_data(data)
    assert (phone.last, Profile.objects.values().get()) == (shown, before)
