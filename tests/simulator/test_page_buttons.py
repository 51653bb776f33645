"""The page: buttons under messages, pressed until the bot answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import person_id, start

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Тихо", "callback_data": "a"}, {"text": "Громко", "callback_data": "b"}],
        [{"text": "О нас", "url": "https://example.org/"}],
    ]
}
Tap = Callable[[str], str]


@pytest.fixture
def question(left: Locator, page: Page, bot: BotSide) -> int:
    """The id of a message with buttons in the left phone's chat."""
    start(left)
    sent = bot.result("sendMessage", chat_id=person_id(page), text="Как?", reply_markup=KEYBOARD)
    message_id: int = sent["message_id"]
    return message_id


@pytest.fixture
def tap(left: Locator, page: Page, telegram: Simulator) -> Tap:
    """Taps a button and returns the id of the query that the bot has to answer."""

    def tapped(label: str) -> str:
        known = len(telegram.updates())
        left.get_by_role("button", name=label).click()
        expect(left.get_by_role("button", name=label)).to_have_attribute("aria-busy", "true")
        page.wait_for_function(
            "known => fetch('/control/updates').then(r => r.json()).then(u => u.length > known)", arg=known
        )
        query: str = telegram.updates()[-1]["update"]["callback_query"]["id"]
        return query

    return tapped


def test_a_toast_and_an_alert_answer(left: Locator, bot: BotSide, question: int, tap: Tap) -> None:
    bot.result("answerCallbackQuery", callback_query_id=tap("Тихо"), text="Услышано")
    expect(left.locator(".toast")).to_have_text("Услышано")
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "false")
    bot.result("answerCallbackQuery", callback_query_id=tap("Громко"), text="Важно", show_alert=True)
    expect(left.get_by_role("dialog")).to_contain_text("Важно")
    left.get_by_role("button", name="OK").click()
    expect(left.get_by_role("dialog")).to_be_hidden()


def test_a_key_stays_pressed_through_an_edit_and_is_not_tapped_twice(
    left: Locator, page: Page, telegram: Simulator, bot: BotSide, question: int, tap: Tap
) -> None:
    query = tap("Тихо")
    chat = person_id(page)
    bot.result("editMessageText", chat_id=chat, message_id=question, text="Так?", reply_markup=KEYBOARD)
    expect(left.locator(".theirs .text")).to_have_text("Так?")
    expect(left.locator(".theirs .edited")).to_be_visible()
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "true")
    known = len(telegram.updates())
    left.get_by_role("button", name="Тихо").click()
    tap("Громко")
    assert len(telegram.updates()) == known + 1
    bot.result("answerCallbackQuery", callback_query_id=query)
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "false")
    bot.result("deleteMessage", chat_id=chat, message_id=question)
    expect(left.locator(".theirs")).to_have_count(0)


def test_a_key_that_is_never_answered_is_let_go(page: Page, left: Locator, question: int) -> None:
    page.clock.install()
    left.get_by_role("button", name="Тихо").click()
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "true")
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward(14_000)
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "true")
    page.clock.fast_forward(2_000)
    expect(left.get_by_role("button", name="Тихо")).to_have_attribute("aria-busy", "false")


def test_a_link_leads_out(left: Locator, question: int) -> None:
    link = left.get_by_role("link", name="О нас")
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_the_focus_stays_on_the_key_in_the_same_place(
    left: Locator, page: Page, bot: BotSide, question: int, tap: Tap
) -> None:
    left.get_by_role("button", name="Громко").focus()
    markup = {"inline_keyboard": [[{"text": "Раз", "callback_data": "c"}, {"text": "Два", "callback_data": "d"}]]}
    bot.result("editMessageText", chat_id=person_id(page), message_id=question, text="Ещё?", reply_markup=markup)
    expect(left.get_by_role("button", name="Два")).to_be_focused()
