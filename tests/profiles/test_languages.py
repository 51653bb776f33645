"""The interface's language and the languages to talk in."""

from collections.abc import Callable

import pytest

from delivery.models import Recipient
from profiles import languages
from profiles.languages import Languages, LastLanguage
from profiles.menus import command_menus
from profiles.models import Profile
from tests.profiles.newcomers import NOW, complete, fresh, newcomer
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act


@pytest.mark.django_db
def test_at_least_one_language_to_talk_in() -> None:
    """P6: added and removed by tap, twice the same changes nothing, the last one stays."""
    mira = complete()
    for _ in range(2):
        chosen = languages.set_spoken(profile_id=mira.pk, language="uk", spoken=True, now=NOW)
        assert chosen == Languages("ru", ("ru", "uk"))
    for _ in range(2):
        languages.set_spoken(profile_id=mira.pk, language="ru", spoken=False, now=NOW)
        assert fresh(mira).speaks == ["uk"]
    with pytest.raises(LastLanguage):
        languages.set_spoken(profile_id=mira.pk, language="uk", spoken=False, now=NOW)
    assert fresh(mira).speaks == ["uk"]


@pytest.mark.django_db
def test_the_guess_follows_until_the_profile_is_complete() -> None:
    """P6: the first guess of the languages to talk in is the interface's; what the person chose stays."""
    lina = newcomer("en")
    languages.switch_interface(telegram_id=lina.recipient.telegram_id, language="uk")
    assert fresh(lina).speaks == ["uk"]
    mira = complete()
    languages.switch_interface(telegram_id=mira.recipient.telegram_id, language="uk")
    assert fresh(mira).speaks == ["ru"]
    assert fresh(mira).recipient.language == "uk"


def test_language_on_the_phone(phones: Callable[..., Phone]) -> None:
    """P6: /language changes the words at once, in place, and refuses to leave no language to talk in."""
    phone = phones()
    for step in JOURNEY:
        act(phone, step)
    phone.sends("/language")
    russian = phone.last.text
    phone.taps_data("profiles:interface:uk")
    assert phone.last.text != russian
    assert Recipient.objects.get().language == "uk"
    phone.taps_data("profiles:speak:remove:ru")
    assert len(phone.screen.toasts) == 1
    phone.taps_data("profiles:speak:add:en")
    phone.taps_data("profiles:speak:remove:ru")
    assert Profile.objects.get().speaks == ["en"]
    assert len(phone.screen.toasts) == 1


def test_language_before_start(phones: Callable[..., Phone]) -> None:
    """P1, P6: someone we have never met may choose; /start then speaks it, whatever their Telegram says."""
    phone = phones("en")
    phone.sends("/language")
    assert not any("speak" in data for data in phone.last.buttons.values())
    phone.taps_data("profiles:interface:uk")
    assert not Profile.objects.exists()
    phone.sends("/start")
    assert "18" in phone.last.text
    assert Profile.objects.get().speaks == ["uk"]
    assert "profiles:welcome:en" in phone.last.buttons.values()


def test_menus() -> None:
    """P6: a menu for each language, 🆘 first, within Telegram's limits."""
    menus = command_menus()
    assert set(menus) == {"ru", "uk", "en"}
    assert len({tuple(entries) for entries in menus.values()}) == 3
    for entries in menus.values():
        assert entries[0][0] == "sos"
        assert all(1 <= len(description) <= 256 for _, description in entries)


def test_help_lists_the_commands(phones: Callable[..., Phone]) -> None:
    """P6: 🆘 first, every command of the menu."""
    phone = phones()
    phone.sends("/help")
    listed = [line for line in phone.last.text.splitlines() if line.startswith("/")]
    assert [line.split()[0][1:] for line in listed] == [name for name, _ in command_menus()["ru"]]
    assert "safety:sos" in phone.last.buttons.values()
