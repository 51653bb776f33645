"""The page in a real browser: two people onboard, are introduced, exchange twenty messages, and end."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from project.supervisor import Stack
from simulator.client import Simulator

# Said in turns; what stands in Telegram's own marks becomes formatting, as in its apps.
LINES = [
    ("Привет 👋 Тоже не спится?", None),
    ("Привет. Третью ночь уже 😔", None),
    ("Понимаю. У меня после переезда так же", None),
    ("А что помогает?", None),
    ("**Честно?** Просто проговорить это кому-то", "Честно?"),
    ("Тогда расскажи. Я здесь 🙏", None),
    ("Страшнее всего __вечером__, когда тихо", "вечером"),
    ("Да… как будто весь город спит, а ты один 🌃", None),
    ("||Я сегодня впервые заплакала||", "Я сегодня впервые заплакала"),
    ("Это можно. И даже нужно ❤️‍🩹", None),
    ("Спасибо, что не говоришь «возьми себя в руки»", None),
    ("Никогда не понимал этой фразы 😅", None),
    ("Ахах, вот да", None),
    ("Попробуй записывать, что было за день:\nодно хорошее, одно тяжёлое", None),
    ("`дневник` — попробую", "дневник"),
    ("Мне помогает. Дякую, що поділилась 💛", None),
    ("И тебе спасибо 🤗", None),
    ("Легче стало?", None),
    ("Да. Правда легче", None),
    ("Тогда спокойной ночи 🌙", None),
]


@pytest.fixture
def page(browser: Browser, stack: Stack, sim: Simulator) -> Iterator[Page]:
    """The page of a street that has met nobody; any script error fails the test."""
    trouble: list[str] = []
    context = browser.new_context(viewport={"width": 1180, "height": 900}, device_scale_factor=2)
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(str(stack.simulator_url))
    yield page
    context.close()
    assert trouble == []


def test_two_people_meet_in_the_browser(page: Page) -> None:
    """C1, C7, P10: from the page's address alone to a conversation, and to goodbye."""
    mira, andrey = page.locator("[data-phone=left]"), page.locator("[data-phone=right]")
    for phone in (mira, andrey):
        _onboard(phone)
    for phone in (mira, andrey):
        _tap(phone, "Найти собеседника")
    for phone in (mira, andrey):
        _tap(phone, "Принять")
    for phone in (mira, andrey):
        expect(phone.get_by_text("Вы на связи")).to_be_visible()

    for number, (line, formatted) in enumerate(LINES):
        speaker, listener = (mira, andrey) if number % 2 == 0 else (andrey, mira)
        _say(speaker, line)
        plain = re.sub(r"\*\*|__|\|\||`", "", line)
        expect(listener.locator(".bubble").last).to_contain_text(plain.split("\n")[0])
        if formatted is not None:
            styled = listener.locator(".bubble").last.locator("b, strong, i, em, code, .spoiler")
            expect(styled.first).to_have_text(formatted)
    _picture(page, "conversation.png")

    _say(mira, "/end")
    _tap(mira, "Завершить разговор")
    for phone in (mira, andrey):
        expect(phone.get_by_text("Разговор закончился")).to_be_visible()


def _onboard(phone: Locator) -> None:
    phone.get_by_role("button", name="Начать").click()
    _tap(phone, "Мне есть 18")
    expect(phone.get_by_text("Как тебя здесь называть?")).to_be_visible()
    phone.locator(".keyboard button").first.click()
    expect(phone.get_by_text("часовой пояс")).to_be_visible()
    _tap(phone, "Киев")
    for topic in ("Тревога", "Переезд", "Одиночество"):
        _tap(phone, topic)
        expect(phone.get_by_role("button", name=f"✅ {topic}")).to_be_visible()
    _tap(phone, "Готово")
    _tap(phone, "Пропустить")
    expect(phone.get_by_text("Всё готово")).to_be_visible()


def _tap(phone: Locator, label: str) -> None:
    phone.get_by_role("button", name=re.compile(label)).last.click()


def _say(phone: Locator, text: str) -> None:
    field = phone.get_by_role("textbox", name="Сообщение")
    field.fill(text)
    field.press("Enter")


def _picture(page: Page, name: str) -> None:
    """Keep a picture where PICTURES says, for looking at and for the README."""
    if folder := os.environ.get("PICTURES"):
        page.mouse.move(0, 0)
        page.screenshot(path=Path(folder) / name)
