"""Somebody new, from the page's address alone, in each language: what they tap until a stranger reads their words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from project.supervisor import Stack
from simulator.client import Simulator

TOPICS = {"ru": ("Тревога", "Утрата"), "uk": ("Тривога", "Втрата"), "en": ("Anxiety", "Loss")}
MESSAGE = {"ru": "Сообщение", "uk": "Повідомлення", "en": "Message"}
# In the order of tapping; a question is what the screen shows before its button is tapped.
WAY = {
    "ru": (
        ("", "Начать"),
        ("18", "Мне есть 18"),
        ("Как тебя здесь называть", ""),
        ("часовой пояс", "Киев"),
        ("О чём тебе хочется поговорить", "Готово"),
        ("пару слов о себе", "Пропустить"),
        ("Всё готово", "Найти собеседника"),
    ),
    "uk": (
        ("", "Почати"),
        ("18", "Мені є 18"),
        ("Як тебе тут називати", ""),
        ("часовий пояс", "Київ"),
        ("Про що тобі хочеться поговорити", "Готово"),
        ("кілька слів про себе", "Пропустити"),
        ("Усе готово", "Знайти співрозмовника"),
    ),
    "en": (
        ("", "Start"),
        ("18", "I'm 18 or older"),
        ("What shall I call you here", ""),
        ("your time zone", "Kyiv"),
        ("What would you like to talk about", "Done"),
        ("a few words about yourself", "Skip"),
        ("All set", "Find someone"),
    ),
}
ACCEPT = {"ru": "Принять", "uk": "Прийняти", "en": "Accept"}
CONNECTED = {"ru": "Вы на связи", "uk": "Ви на зв’язку", "en": "You are connected"}
WORDS = {"ru": "Привет. Мне тяжело.", "uk": "Привіт. Мені важко.", "en": "Hello. It is hard."}


@dataclass
class Newcomer:
    """One phone of the page; every tap but those on topics is counted."""

    phone: Locator
    language: str
    taps: int = field(default=0)

    def taps_on(self, label: str) -> None:
        """Tap the newest button with this label; the first suggestion where none is named."""
        self.taps += label not in TOPICS[self.language]
        buttons = self.phone.get_by_role("button", name=re.compile(re.escape(label)))
        (buttons.last if label else self.phone.locator(".keyboard button").first).click()

    def walks(self) -> None:
        """From the empty chat into the search."""
        self.phone.locator(".owner-language").select_option(self.language)
        for question, label in WAY[self.language]:
            if question:
                expect(self.phone.locator(".bubble").last).to_contain_text(question)
                expect(self.phone.locator(".keyboard").last).to_contain_text("🆘")
            if label in ("Готово", "Done"):
                for topic in TOPICS[self.language]:
                    self.taps_on(topic)
                    expect(self.phone.get_by_role("button", name=f"✅ {topic}")).to_be_visible()
            self.taps_on(label)


@pytest.fixture
def page(browser: Browser, stack: Stack, sim: Simulator) -> Iterator[Page]:
    """The page in front of a product that has met nobody."""
    context = browser.new_context(viewport={"width": 1180, "height": 900})
    page = context.new_page()
    page.goto(str(stack.simulator_url))
    yield page
    context.close()


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_from_the_address_to_the_first_words(page: Page, language: str) -> None:
    """P10: at most 8 taps besides the topics into the search, 🆘 under every step, and somebody reads their words."""
    one, other = (Newcomer(page.locator(f"[data-phone={side}]"), language) for side in ("left", "right"))
    for newcomer in (one, other):
        newcomer.walks()
        assert newcomer.taps <= 8
    for newcomer in (one, other):
        newcomer.taps_on(ACCEPT[language])
    for newcomer in (one, other):
        expect(newcomer.phone.get_by_text(CONNECTED[language])).to_be_visible()
    box = one.phone.get_by_role("textbox", name=MESSAGE[language])
    box.fill(WORDS[language])
    box.press("Enter")
    expect(other.phone.locator(".bubble").last).to_contain_text(WORDS[language])
