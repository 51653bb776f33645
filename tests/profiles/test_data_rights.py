"""/export, /delete, /privacy and /terms as people meet them (P7)."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from delivery.models import Recipient
from profiles import messages
from profiles.models import Profile
from tests.base import person
from tests.profiles.newcomers import NOW
from tests.profiles.phone import Phone

Phones = Callable[..., Phone]
LANGUAGES = ("ru", "uk", "en")
TELEGRAM_LIMIT = 4096


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    cache.clear()


def met(phone: Phone, **changes: object) -> Profile:
    """The owner of the phone has a complete profile, with these `changes`."""
    profile = person("Мира")
    Recipient.objects.filter(pk=profile.pk).update(telegram_id=phone.user["id"])
    Profile.objects.filter(pk=profile.pk).update(**changes)
    return profile


def test_export_sends_a_file(phones: Phones) -> None:
    """P7: the file comes at once, from memory; the second request is answered kindly, and with no file."""
    phone = phones()
    met(phone)
    phone.sends("/export")
    assert json.loads(phone.screen.files[0])["profiles"]["profile"]["nickname"] == "Мира"
    assert "всё, что о тебе хранится" in phone.last.text
    phone.sends("/export")
    assert "через минуту" in phone.last.text
    assert len(phone.screen.files) == 1


def test_export_works_while_suspended_and_before_the_profile_is_complete(phones: Phones) -> None:
    """P7, S5: whoever has agreed to the rules gets their file, in every state."""
    for change in ({"suspended_until": NOW + timedelta(days=7)}, {"state": Profile.State.WAITING_TOPICS}):
        cache.clear()
        phone = phones()
        profile = met(phone, **change)
        phone.sends("/export")
        assert len(phone.screen.files) == 1
        profile.recipient.delete()


def test_export_before_consent_asks_for_it(phones: Phones) -> None:
    """P1: before the rules are agreed to, only what the rules name works."""
    phone = phones()
    phone.sends("/start")
    phone.sends("/export")
    assert phone.screen.files == []
    assert "profiles:agree:1" in phone.last.buttons.values()


def test_delete_asks_once_and_then_deletes(phones: Phones) -> None:
    """P7: what goes and what stays is said before; the tap says goodbye, with 🆘; a second tap says the same."""
    phone = phones()
    met(phone)
    phone.sends("/delete")
    for word in ("исчезнет", "останется", "не могу удалить", "/export"):
        assert word in phone.last.text
    question = phone.last.buttons["🗑 Удалить всё"]
    tap = phone.taps("Удалить всё")
    assert not Recipient.objects.exists()
    assert "Всё о тебе удалено" in phone.last.text
    assert "safety:sos" in phone.last.buttons.values()
    phone.delivers(tap)
    phone.taps_data(question)
    assert "Всё о тебе удалено" in phone.last.text


def test_keeping_deletes_nothing(phones: Phones) -> None:
    """P7: "keep" leaves everything as it was."""
    phone = phones()
    met(phone)
    phone.sends("/delete")
    phone.taps("Оставить")
    assert Profile.objects.exists()
    assert "ничего не удалено" in phone.last.text


@pytest.mark.parametrize("state", ["suspended", "before consent"])
def test_delete_works_in_every_state(phones: Phones, state: str) -> None:
    """P1, S5: also before the rules are agreed to, and while suspended."""
    phone = phones()
    if state == "suspended":
        met(phone, suspended_until=NOW + timedelta(days=7))
    else:
        phone.sends("/start")
    phone.sends("/delete")
    phone.taps("Удалить всё")
    assert not Recipient.objects.exists()


def test_delete_for_somebody_we_have_never_met(phones: Phones) -> None:
    """P7: where nothing is stored, that is the answer."""
    phone = phones()
    phone.sends("/delete")
    assert "ничего не хранится" in phone.last.text
    assert not Recipient.objects.exists()


def test_who_comes_back_is_somebody_new(phones: Phones) -> None:
    """P7: after /delete, /start begins at the beginning; the old button asks anew, and claims nothing."""
    phone = phones()
    met(phone)
    phone.sends("/delete")
    old = phone.last.buttons["🗑 Удалить всё"]
    phone.taps("Удалить всё")
    phone.sends("/start")
    assert "profiles:agree:1" in phone.last.buttons.values()
    phone.taps_data(old)
    assert Profile.objects.exists()
    assert "Удалить всё о тебе?" in phone.last.text
    phone.taps("Удалить всё")
    assert not Profile.objects.exists()
    assert "Всё о тебе удалено" in phone.last.text


def test_a_suspension_is_felt_after_coming_back(phones: Phones) -> None:
    """P7, S5: deleting oneself and starting again does not end a pause."""
    phone = phones()
    met(phone, suspended_until=NOW + timedelta(days=7))
    phone.sends("/delete")
    phone.taps("Удалить всё")
    phone.sends("/start")
    assert "приостановлен" in phone.last.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", [messages.privacy, messages.terms], ids=["privacy", "terms"])
def test_the_policies_fit_into_one_message(text: Callable[[str], object], language: str, settings: Settings) -> None:
    """P7: Telegram takes at most 4096 characters after its formatting."""
    settings.SUPPORT_CONTACT = "a-rather-long-name-of-an-office@a-rather-long-name-of-a-place.example.org"
    html = text(language).html  # type: ignore[attr-defined]
    shown = unescape(re.sub(r"<[^>]+>", "", html))
    assert 1000 < len(shown.encode("utf-16-le")) / 2 <= TELEGRAM_LIMIT
    assert settings.SUPPORT_CONTACT in html
    assert "%(" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_says_the_times_that_are_set(language: str, settings: Settings) -> None:
    """P7, O6: what /privacy promises follows the settings that the purge goes by."""
    settings.EVIDENCE_KEPT, settings.OUTBOX_KEPT = timedelta(days=21), timedelta(days=2)
    settings.HISTORY_KEPT, settings.ABANDONED_AFTER = timedelta(days=183), timedelta(days=45)
    html = messages.privacy(language).html
    words = {
        "ru": ("21 день", "2 дня", "183 дня", "45 дней"),
        "uk": ("21 день", "2 дні", "183 дні", "45 днів"),
        "en": ("21 days", "2 days", "183 days", "45 days"),
    }
    for promise in words[language]:
        assert promise in html


def test_help_names_both(phones: Phones) -> None:
    """P6: /export and /delete are in the list of commands."""
    phone = phones()
    phone.sends("/help")
    assert "/export" in phone.last.text
    assert "/delete" in phone.last.text
