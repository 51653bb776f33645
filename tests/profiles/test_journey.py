"""Onboarding on a phone: little to do, everything twice, anything at any step."""

from collections.abc import Callable
from typing import Any

import pytest

from profiles.models import Profile
from profiles.timezones import local_time
from tests.profiles.newcomers import NOW
from tests.profiles.phone import Phone, Shown

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
    """P1: a picture or a correction at any step, a text where buttons are to be tapped: says what would be right."""
    phone = phones()
    for step in JOURNEY[:-1]:
        act(phone, step)
        state, screen = stored(), phone.last
        by_tap = any(data.startswith(("profiles:agree", "profiles:topic:")) for data in screen.buttons.values())
        said = set()
        for wrong in (phone.sends_sticker, lambda: phone.corrects("Кто-то другой")):
            wrong()
            said.add(_said_before(screen, phone.last))
        if by_tap:
            phone.sends("Кто-то другой")
            said.add(_said_before(screen, phone.last))
        assert len(said) == (1 if by_tap else 2)
        assert stored() == state
    assert phone.unanswered == 0


def _said_before(screen: Shown, shown: Shown) -> str:
    """What was said before the step itself, which has to follow with its buttons."""
    assert shown.buttons == screen.buttons
    assert shown.text.endswith(f"\n\n{screen.text}")
    return shown.text.removesuffix(screen.text)


def test_a_button_of_an_earlier_step(phones: Phones) -> None:
    """P1: says over the chat that this is answered, shows the present step; a double tap is no news."""
    phone = phones()
    for step in JOURNEY[:2]:
        act(phone, step)
    first, second, _ = (data for data in phone.last.buttons.values() if data.startswith("profiles:nickname:"))
    phone.taps_data(first)
    state, screen = stored(), phone.last
    phone.taps_data(first)
    assert phone.screen.toasts == []
    phone.taps_data(second)
    assert len(phone.screen.toasts) == 1
    act(phone, JOURNEY[3])
    zone = phone.last
    phone.taps_data(second)
    phone.taps_data("profiles:agree:1")
    assert phone.last == zone
    assert screen != zone
    assert stored()["nickname"] == state["nickname"] == first.rpartition(":")[2]


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_what_was_almost_right_is_a_tap_away(phones: Phones, language: str) -> None:
    """P2, P3: a nickname with one fault is offered mended, a misspelt city by its name; both come first."""
    phone = phones(language)
    for step in JOURNEY[:2]:
        act(phone, step)
    phone.sends("Мира! 😀")
    label = next(iter(phone.last.buttons))
    assert label == "Мира"
    phone.taps(label)
    assert stored()["nickname"] == "Мира"
    phone.sends("Хярьков")
    label = next(iter(phone.last.buttons))
    assert label == "Харьков · 14:00"
    phone.taps(label)
    assert stored()["timezone"] == "Europe/Kyiv"


@pytest.mark.parametrize("typed", ["Железногорск", "3", "15:00"])
def test_one_clock_of_several(phones: Phones, typed: str) -> None:
    """P3: whoever may mean several zones is asked with a button for each, and the clocks there."""
    phone = phones()
    for step in JOURNEY[:3]:
        act(phone, step)
    question = phone.last
    phone.sends(typed)
    assert phone.last.text != question.text
    offered = [data for data in phone.last.buttons.values() if data.startswith("profiles:zone:")]
    assert 2 <= len(offered) <= 3
    label, data = next(iter(phone.last.buttons.items()))
    phone.taps(label)
    assert stored()["timezone"] == data.removeprefix("profiles:zone:")
    assert label.endswith(local_time(stored()["timezone"], NOW))


def test_a_bio_that_is_too_long_is_not_lost(phones: Phones) -> None:
    """P5: how much too long, and what fits, to be copied."""
    phone = phones()
    for step in JOURNEY[:-1]:
        act(phone, step)
    phone.sends("Мне грустно. " * 30)
    assert "389" in phone.last.text
    assert "89" in phone.last.text
    assert f"<code>{' '.join(['Мне грустно.'] * 23)}</code>" in phone.last.text
    assert stored()["bio"] == ""


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
