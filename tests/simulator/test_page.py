"""The page: two phones that people use as they use Telegram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide

PHONE_SCREEN: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def context(browser: Browser, telegram: Simulator) -> Iterator[BrowserContext]:
    """A browser that remembers nothing of earlier tests."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, simulator_url: str) -> Iterator[Page]:
    """The page, open; a script error or a violation of the security policy fails the test."""
    yield from opened(context, simulator_url)


@pytest.fixture
def left(page: Page) -> Locator:
    """The left phone, Алиса's, ready for use."""
    return ready(page, "left")


def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    """Open the page, and look afterwards for what went wrong on it."""
    trouble: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.goto(url)
    yield page
    # A phone whose person is gone asks for it before it opens the same account anew.
    assert [text for text in trouble if "404" not in text] == []


def ready(page: Page, slot: str) -> Locator:
    """Return a phone once it shows its person."""
    phone = page.locator(f"[data-phone={slot}]")
    expect(phone.locator(".owner-name")).not_to_have_value("")
    return phone


def person_id(page: Page, slot: str = "left") -> int:
    """Return whose phone it is, as the address says."""
    found = re.search(rf"{slot}=(\d+)", page.url)
    assert found is not None, page.url
    return int(found.group(1))


def start(phone: Locator) -> None:
    """Press Start in an empty chat."""
    phone.get_by_role("button", name="Начать").click()
    expect(phone.locator(".own .text")).to_have_text("/start")


def write(phone: Locator, text: str) -> None:
    """Type a text and send it with Enter."""
    field = phone.get_by_role("textbox", name="Сообщение")
    field.fill(text)
    field.press("Enter")
    expect(field).to_have_value("")


def test_start_is_all_there_is_in_an_empty_chat(left: Locator, telegram: Simulator, bot: BotSide) -> None:
    bot.result("setMyDescription", description="Разговор вдвоём")
    expect(left.locator(".empty-text")).to_have_text("Разговор вдвоём")
    bot.result("setMyDescription")
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_hidden()
    start(left)
    expect(left.get_by_role("button", name="Начать")).to_be_hidden()
    assert telegram.updates()[0]["update"]["message"]["text"] == "/start"


def test_typed_formatting_emoji_and_lines_arrive_as_entities(left: Locator, page: Page, telegram: Simulator) -> None:
    start(left)
    field = left.get_by_role("textbox", name="Сообщение")
    field.press_sequentially("😔 **жирно** __курсив__ ||тайна|| `a*b`")
    field.press("Shift+Enter")
    field.press_sequentially("2 ** 3")
    field.press("Enter")
    expect(left.locator(".own strong")).to_have_text("жирно")
    message = telegram.updates()[-1]["update"]["message"]
    assert message["text"] == "😔 жирно курсив тайна a*b\n2 ** 3"
    assert message["entities"] == [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "italic", "offset": 9, "length": 6},
        {"type": "spoiler", "offset": 16, "length": 5},
        {"type": "code", "offset": 22, "length": 3},
    ]


def test_what_the_bot_writes_is_shown_and_never_run(left: Locator, page: Page, bot: BotSide) -> None:
    start(left)
    source = (
        "<b>Ж</b><i>К</i><u>П</u><s>З</s><code>К</code><pre>Б</pre><blockquote>Ц</blockquote>"
        '<a href="https://a.org/">ссылка</a> <tg-spoiler>тайна</tg-spoiler> &lt;img src=x onerror=alert(1)&gt; /help'
    )
    bot.result("sendMessage", chat_id=person_id(page), text=source, parse_mode="HTML")
    text = left.locator(".theirs .text")
    for element in ("strong", "em", "u", "s", "code", "pre", "blockquote"):
        expect(text.locator(element).first).to_be_visible()
    expect(text.get_by_role("link", name="ссылка")).to_have_attribute("href", "https://a.org/")
    expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    expect(text.locator("img")).to_have_count(0)
    text.get_by_role("button", name="Показать скрытый текст").press("Enter")
    expect(text.locator(".spoiler")).to_have_class("spoiler revealed")
    text.get_by_role("button", name="/help").click()
    expect(left.locator(".own .text").last).to_have_text("/help")


def test_a_key_is_pressed_until_the_bot_answers(left: Locator, page: Page, telegram: Simulator, bot: BotSide) -> None:
    start(left)
    markup = {"inline_keyboard": [[{"text": "Тихо", "callback_data": "a"}, {"text": "Громко", "callback_data": "b"}]]}
    sent = bot.result("sendMessage", chat_id=person_id(page), text="Как?", reply_markup=markup)

    def tap(label: str) -> str:
        known = len(telegram.updates())
        left.get_by_role("button", name=label).click()
        expect(left.get_by_role("button", name=label)).to_have_attribute("aria-busy", "true")
        page.wait_for_function(
            "known => fetch('/control/updates').then(r => r.json()).then(u => u.length > known)", arg=known
        )
        query: str = telegram.updates()[-1]["update"]["callback_query"]["id"]
        return query

    bot.result("answerCallbackQuery", callback_query_id=tap("Тихо"), text="Услышано")
    expect(left.locator(".toast")).to_have_text("Услышано")
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "false")
    bot.result("answerCallbackQuery", callback_query_id=tap("Громко"), text="Важно", show_alert=True)
    expect(left.get_by_role("dialog")).to_contain_text("Важно")
    left.get_by_role("button", name="OK").click()
    expect(left.get_by_role("dialog")).to_be_hidden()
    bot.result("editMessageText", chat_id=person_id(page), message_id=sent["message_id"], text="Спасибо")
    expect(left.locator(".theirs .text")).to_have_text("Спасибо")
    expect(left.locator(".theirs .edited")).to_be_visible()
    expect(left.get_by_role("button", name="Тихо")).to_have_count(0)
    bot.result("deleteMessage", chat_id=person_id(page), message_id=sent["message_id"])
    expect(left.locator(".theirs")).to_have_count(0)


def test_the_menu_follows_the_language(left: Locator, telegram: Simulator, bot: BotSide) -> None:
    bot.result("setMyCommands", commands=[{"command": "sos", "description": "Помощь"}])
    bot.result("setMyCommands", commands=[{"command": "sos", "description": "Допомога"}], language_code="uk")
    start(left)
    left.get_by_role("combobox", name="Язык телефона").select_option("uk")
    left.get_by_role("button", name="Команди").click()
    left.get_by_role("menuitem", name="Допомога").click()
    expect(left.locator(".own .text").last).to_have_text("/sos")
    assert telegram.updates()[-1]["update"]["message"]["from"]["language_code"] == "uk"
    for language in ({}, {"language_code": "uk"}):
        bot.result("deleteMyCommands", **language)


def test_own_messages_are_edited_answered_and_deleted(left: Locator, telegram: Simulator) -> None:
    start(left)
    write(left, "**раз**")
    field = left.get_by_role("textbox", name="Сообщение")
    field.press("ArrowUp")
    expect(field).to_have_value("**раз**")
    write(left, "два")
    expect(left.locator(".own .edited")).to_be_visible()
    assert telegram.updates()[-1]["update"]["edited_message"]["text"] == "два"

    def act(name: str) -> None:
        left.locator(".own").last.get_by_role("button", name="Действия с сообщением").press("Enter")
        left.get_by_role("menuitem", name=name).click()

    act("Ответить")
    write(left, "три")
    assert telegram.updates()[-1]["update"]["message"]["reply_to_message"]["text"] == "два"
    expect(left.locator(".replied")).to_contain_text("два")
    act("🙏")
    expect(left.locator(".reactions")).to_have_text("🙏")
    act("Удалить")
    expect(left.locator(".own")).to_have_count(2)


def test_the_bot_is_blocked_and_let_back_in(left: Locator, telegram: Simulator) -> None:
    start(left)
    left.get_by_role("button", name="Ещё").click()
    left.get_by_role("menuitem", name="Заблокировать бота").click()
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_hidden()
    left.get_by_role("button", name="Разблокировать и начать").click()
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_visible()
    expect(left.locator(".own")).to_have_count(2)
    assert [record["kind"] for record in telegram.updates()] == [
        "message",
        "my_chat_member",
        "my_chat_member",
        "message",
    ]


def test_people_survive_a_reload_and_a_restart(left: Locator, page: Page, telegram: Simulator, bot: BotSide) -> None:
    start(left)
    alice = person_id(page)
    left.get_by_role("textbox", name="Имя").fill("Аліса")
    left.get_by_role("textbox", name="Имя").press("Enter")
    expect(left.locator(".own .text")).to_have_text("/start")
    page.reload()
    expect(ready(page, "left").locator(".own .text")).to_have_text("/start")
    telegram.reset()
    # The accounts are opened anew with their ids; as it was started before, the bot may still write.
    expect(page.locator("[data-phone=left] .own")).to_have_count(0)
    bot.result("sendMessage", chat_id=alice, text="Ты здесь?")
    expect(page.locator("[data-phone=left] .theirs .text")).to_have_text("Ты здесь?")
    assert {person.first_name for person in telegram.people()} == {"Аліса", "Богдан"}


def test_a_narrow_screen_shows_one_phone_at_a_time(
    browser: Browser, telegram: Simulator, bot: BotSide, simulator_url: str
) -> None:
    context = browser.new_context(**PHONE_SCREEN)
    for page in opened(context, simulator_url):
        left, right = ready(page, "left"), page.locator("[data-phone=right]")
        expect(left).to_be_visible()
        expect(right).to_be_hidden()
        page.get_by_role("tab", name="Богдан").tap()
        start(right)
        page.get_by_role("tab", name="Алиса").tap()
        bot.result("sendMessage", chat_id=person_id(page, "right"), text="Вам письмо")
        tab = page.get_by_role("tab", name="Богдан, есть новые сообщения")
        expect(tab).to_be_visible()
        tab.tap()
        expect(right.locator(".theirs .text")).to_have_text("Вам письмо")
        box = right.get_by_role("textbox", name="Сообщение").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE_SCREEN["viewport"]["height"]
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE_SCREEN["viewport"]["width"]
        sizes = right.locator("input, textarea, select").evaluate_all(
            "all => all.map(e => getComputedStyle(e).fontSize)"
        )
        assert set(sizes) == {"16px"}
    context.close()


def test_nothing_is_fetched_from_outside(context: BrowserContext, simulator_url: str) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for page in opened(context, simulator_url):
        ready(page, "right")
    assert asked
    assert [url for url in asked if not url.startswith(simulator_url)] == []
