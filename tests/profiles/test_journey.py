"""Onboarding on a phone: little to do, everything twice, anything at any step."""

from collections.abc import Callable
from typing import Any

import pytest

from profiles.models import Profile
from tests.profiles.phone import Phone

Phones = Callable[..., Phone]

JOURNEY: list[tuple[str, str]] = [
    ("sends", "/start"),
    ("taps_data", "profiles:agree:1"),
    ("taps", "\0nickname"),
    ("taps", "\0zone"),
    ("taps_data", "profiles:topic:add:2"),
    ("taps_data", "profiles:topic:add:3"),
    ("taps_data", "profiles:topics:done"),
    ("taps_data", "profiles:bio:none"),
]
TYPED: list[tuple[str, str]] = [
    ("sends", "/start"),
    ("taps_data", "profiles:agree:1"),
    ("sends", "МистерАндрей"),
    ("sends", "Europe/Kiev"),
    *[("taps_data", f"profiles:topic:add:{bit}") for bit in (3, 2, 4, 5)],
    ("taps_data", "profiles:topics:done"),
    ("sends", "Люблю чай."),
]


def act(phone: Phone, step: tuple[str, str]) -> dict[str, Any]:
    """One step; "\\0nickname" is the first button that carries a nickname."""
    verb, what = step
    if what.startswith("\0"):
        prefix = f"profiles:{what[1:]}:"
        verb, what = "taps_data", next(data for data in phone.last.buttons.values() if data.startswith(prefix))
    if verb == "taps_data":
        assert what in phone.last.buttons.values()
    update: dict[str, Any] = getattr(phone, verb)(what)
    return update


def stored() -> dict[str, Any]:
    """The one profile there is, as far as its owner would notice."""
    bookkeeping = {"seen_at", "last_update_id"}
    return {name: value for name, value in Profile.objects.values().get().items() if name not in bookkeeping}


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_little_to_do(phones: Phones, language: str) -> None:
    """P10: from Start to searching 8 taps at most besides the topics, nothing typed, 🆘 on every step."""
    phone = phones(language)
    taps = 1  # "Find someone"
    for step in JOURNEY:
        act(phone, step)
        taps += "topic:" not in step[1]
        assert "safety:sos" in phone.last.buttons.values()
        assert all(0 < len(data.encode()) <= 64 for data in phone.last.buttons.values())
    assert taps <= 8
    assert "matching:find" in phone.last.buttons.values()
    assert stored()["state"] == Profile.State.COMPLETE
    assert stored()[f"speaks_{language}"]


def test_the_case_of_the_original(phones: Phones) -> None:
    """P1–P4: МистерАндрей from Europe/Kiev, who lives with loneliness, anxiety, relationships and loss."""
    phone = phones()
    for step in TYPED:
        act(phone, step)
    profile = Profile.objects.get()
    assert (profile.nickname, profile.timezone, profile.bio) == ("МистерАндрей", "Europe/Kyiv", "Люблю чай.")
    assert profile.topic_mask == 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5
    assert profile.is_complete
    for text in ("МистерАндрей", "Киев", "Одиночество", "Тревога", "Отношения", "Утрата", "Люблю чай."):
        assert text in phone.last.text


@pytest.mark.parametrize("journey", [JOURNEY, TYPED], ids=["tapped", "typed"])
def test_every_update_twice(phones: Phones, journey: list[tuple[str, str]]) -> None:
    """P1: whatever step an update comes again at, nothing changes twice and the same step is shown."""
    phone = phones()
    for step in journey:
        update = act(phone, step)
        state, screen = stored(), phone.last
        phone.delivers(update)
        assert stored() == state
        assert phone.last == screen
    assert phone.unanswered == 0


@pytest.mark.parametrize("journey", [JOURNEY, TYPED], ids=["tapped", "typed"])
def test_resuming_at_every_step(phones: Phones, journey: list[tuple[str, str]]) -> None:
    """P1: /start goes on where the person left, also with a new process, since nothing but the database knows."""
    phone = phones()
    for step in journey:
        act(phone, step)
        state, screen = stored(), phone.last
        phone.sends("/start")
        assert stored() == state
        assert phone.last == screen


def test_whatever_is_no_answer_shows_the_step_again(phones: Phones) -> None:
    """P1: a picture or a correction at any step; a text where buttons are to be tapped."""
    phone = phones()
    for step in JOURNEY[:-1]:
        act(phone, step)
        state, screen = stored(), phone.last
        phone.sends_sticker()
        assert phone.last == screen
        phone.corrects("Кто-то другой")
        assert phone.last == screen
        if "topic:add" in step[1] or "start" in step[1]:
            phone.sends("Кто-то другой")
            assert phone.last == screen
        assert stored() == state
    assert phone.unanswered == 0


def test_an_old_text_delivered_late_is_no_answer_to_the_next_question(phones: Phones) -> None:
    """P1: what was typed among the topics and came again after Done does not become the bio."""
    phone = phones()
    for step in JOURNEY[:-2]:
        act(phone, step)
    late = phone.sends("как там дела")
    act(phone, JOURNEY[-2])
    phone.delivers(late)
    assert stored()["bio"] == ""
    assert stored()["state"] == Profile.State.WAITING_BIO


def test_refusals_come_with_the_buttons_of_the_step(phones: Phones) -> None:
    """P2, P3, P5: who typed something wrong reads why, and can still tap."""
    phone = phones()
    for step, typed, prefix in (
        (JOURNEY[:2], "@mira", "profiles:nickname:"),
        (JOURNEY[2:3], "Нигдеград", "profiles:zone:"),
        (JOURNEY[3:7], "пишите t.me/mira", "profiles:bio:none"),
    ):
        for each in step:
            act(phone, each)
        screen = phone.last
        phone.sends(typed)
        assert phone.last.text != screen.text
        assert any(data.startswith(prefix) for data in phone.last.buttons.values())
        assert "safety:sos" in phone.last.buttons.values()


def test_toasts_for_topics(phones: Phones) -> None:
    """P4: Done with one topic and the ninth topic are answered over the chat, the keyboard stays."""
    phone = phones()
    for step in JOURNEY[:5]:
        act(phone, step)
    screen = phone.last
    phone.taps_data("profiles:topics:done")
    assert len(phone.screen.toasts) == 1
    for bit in (0, 1, 3, 4, 5, 6, 7):
        phone.taps_data(f"profiles:topic:add:{bit}")
    phone.taps_data("profiles:topic:add:8")
    assert len(phone.screen.toasts) == 2
    assert all(0 < len(toast) <= 200 for toast in phone.screen.toasts)
    assert phone.last.text == screen.text
    assert len([label for label in phone.last.buttons if label.startswith("✅")]) == 8
    assert len(phone.screen.messages) == 1


def test_another_language_on_the_first_screen(phones: Phones) -> None:
    """P6: someone whose Telegram is in English may begin in Ukrainian, and is taken to talk in it."""
    phone = phones("en")
    phone.sends("/start")
    english = phone.last.text
    phone.taps("Українська")
    assert phone.last.text != english
    assert Profile.objects.get().speaks == ["uk"]
    phone.taps_data("profiles:agree:1")
    assert Profile.objects.get().consented_at is not None


def test_every_tap_is_answered(phones: Phones) -> None:
    """P1: no button keeps spinning, not even one that the gate stops."""
    phone = phones()
    phone.sends("/start")
    for data in ("matching:find", "profiles:show", "profiles:agree:1", "profiles:topics:done", "profiles:zone:UTC"):
        before = phone.screen.closed_taps
        phone.taps_data(data)
        assert phone.screen.closed_taps == before + 1
