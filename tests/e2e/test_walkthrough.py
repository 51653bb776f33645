"""From /start to the first words of a stranger, as somebody new walks it in each language: tapping, typing nothing.

With TRANSCRIPTS set to a folder, what was read and tapped on the way is written there, a file for each language.
"""

import os
from pathlib import Path

import pytest

from simulator.client import Button, Message, Person, Simulator

WORDS = {
    "ru": "Привет. Мне сегодня тяжело.",
    "uk": "Привіт. Мені сьогодні важко.",
    "en": "Hello. Today is hard for me.",
}
# What an introduction and the beginning of a conversation have in common in every language.
INTRODUCED = "🤝"
TOPICS = ("profiles:topic:add:2", "profiles:topic:add:3")
TO_SEARCHING = (
    "profiles:agree",
    "profiles:nickname",
    "profiles:zone",
    *TOPICS,
    "profiles:topics:done",
    "profiles:bio:none",
    "matching:find",
)


class Walk:
    """Somebody new on their way: what they read and tap is written down, and every screen has to offer 🆘."""

    def __init__(self, sim: Simulator, language: str) -> None:
        self.person: Person = sim.person("Sasha", language=language)
        self.taps = 0
        self.lines: list[str] = []
        self._read = 0

    def begins(self) -> None:
        """Press Start."""
        self.taps += 1
        self.lines.append("→ [Start]")
        self.person.sends("/start")
        self.reads()

    def taps_on(self, action: str) -> None:
        """Tap the first button that does `action`, on the newest message that has one."""
        message, button = self._button(action)
        # Topics are the person's own choice, as many as they like.
        self.taps += action not in TOPICS
        self.lines.append(f"→ [{button.text}]")
        self.person.taps(button.text, message=message)
        self.reads()

    def sees(self, text: str) -> None:
        """Wait for a message with this in it."""
        self.person.sees(text)
        self.reads()

    def says(self, text: str) -> None:
        """Write something."""
        self.lines.append(f"→ {text}")
        self.person.sends(text)

    def reads(self) -> None:
        """Read everything that is new on the screen."""
        for message in self.person.chat():
            if message.by_bot and message.revision > self._read:
                self.lines += ["", *message.text.splitlines(), *_rows(message), ""]
                helps = "/sos" in message.text or any(button.data == "safety:sos" for button in message.buttons)
                assert helps or message.text in WORDS.values(), f"no 🆘 in: {message}"
        self._read = max((message.revision for message in self.person.chat()), default=0)

    def _button(self, action: str) -> tuple[Message, Button]:
        # What was said before may still be edited below what was said last.
        for message in reversed(self.person.chat()):
            for button in message.buttons:
                if str(button.data).startswith(action):
                    return message, button
        raise AssertionError(f"no {action} in:\n{self.person.transcript()}")


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_from_start_to_the_first_words(sim: Simulator, language: str) -> None:
    """P10: at most 8 taps besides the topics to the search, nothing typed before the first words, always 🆘."""
    first, second = Walk(sim, language), Walk(sim, language)
    for walk in (first, second):
        walk.begins()
        for action in TO_SEARCHING:
            walk.taps_on(action)
        assert walk.taps <= 8
    for walk in (first, second):
        walk.sees(INTRODUCED)
        walk.taps_on("chat:accept")
    for walk in (first, second):
        walk.sees(INTRODUCED)
    first.says(WORDS[language])
    second.sees(WORDS[language])
    _keep(language, first, second)


def _keep(language: str, *walks: Walk) -> None:
    if (folder := os.environ.get("TRANSCRIPTS")) is None:
        return
    chats = [f"{'=' * 72}\n{walk.taps} taps besides the topics\n\n" + "\n".join(walk.lines) for walk in walks]
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, f"{language}.txt").write_text("\n\n".join(chats) + "\n", encoding="utf-8")


def _rows(message: Message) -> list[str]:
    rows: dict[int, list[str]] = {}
    for button in message.buttons:
        rows.setdefault(button.row, []).append(f"[{button.text}]")
    return [" ".join(row) for row in rows.values()]
