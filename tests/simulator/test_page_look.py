"""The page: light and dark, days and times, the way to the end, and all of it by keyboard."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import person_id, ready, start, write

DAY_SECONDS = 86_400

COVERED = """time => {
    const { left, right, top, bottom } = time.getBoundingClientRect();
    const points = [[left + 1, top + 1], [right - 1, top + 1], [left + 1, bottom - 1], [right - 1, bottom - 1]];
    const shown = points.map(([x, y]) => document.elementFromPoint(x, y));
    return shown.filter(element => !time.parentElement.contains(element)).map(element => element.outerHTML);
}"""


def background(page: Page) -> str:
    """Return the colour of a bubble."""
    colour: str = page.locator(".bubble").first.evaluate("e => getComputedStyle(e).backgroundColor")
    return colour


def test_the_theme_is_chosen_and_remembered(page: Page, left: Locator) -> None:
    start(left)
    page.emulate_media(color_scheme="light")
    light = background(page)
    page.emulate_media(color_scheme="dark")
    dark = background(page)
    assert light != dark
    page.get_by_role("button", name="Theme: as the system").click()
    expect(page.locator(".bubble").first).to_have_css("background-color", light)
    page.get_by_role("button", name="Theme: light").click()
    page.emulate_media(color_scheme="light")
    expect(page.locator(".bubble").first).to_have_css("background-color", dark)
    page.reload()
    expect(ready(page, "left").locator(".bubble")).to_be_visible()
    expect(page.locator(".bubble").first).to_have_css("background-color", dark)
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


@pytest.mark.parametrize("theirs", [True, False])
def test_nothing_covers_the_last_time_stamp(page: Page, left: Locator, bot: BotSide, *, theirs: bool) -> None:
    start(left)
    chat = person_id(page)
    for number in range(25):
        bot.result("sendMessage", chat_id=chat, text=f"строка {number}")
    if theirs:
        bot.result("sendMessage", chat_id=chat, text="ой")
    else:
        write(left, "ой")
    last = left.locator(".line").last
    expect(last).to_contain_text("ой")
    last.locator(".bubble").hover()
    expect(last.get_by_role("button", name="Действия с сообщением")).to_have_css("opacity", "1")
    assert last.locator("time").evaluate(COVERED) == []


def test_new_messages_wait_below_for_who_reads_above(page: Page, left: Locator, bot: BotSide) -> None:
    start(left)
    chat = person_id(page)
    for number in range(25):
        bot.result("sendMessage", chat_id=chat, text=f"строка {number}")
    to_end = left.get_by_role("button", name="К последним сообщениям")
    expect(left.locator(".line").last).to_be_in_viewport()
    expect(to_end).to_be_hidden()
    left.locator(".scroller").evaluate("e => { e.scrollTop = 0; }")
    expect(to_end).to_be_visible()
    bot.result("sendMessage", chat_id=chat, text="новое")
    expect(left.locator(".missed")).to_have_text("1")
    expect(left.get_by_text("новое")).not_to_be_in_viewport()
    to_end.click()
    expect(left.get_by_text("новое")).to_be_in_viewport()
    expect(to_end).to_be_hidden()


def test_days_and_times_are_in_the_language_of_the_phone(page: Page, left: Locator) -> None:
    start(left)
    expect(left.locator(".day")).to_have_text("Сегодня")
    left.get_by_role("combobox", name="Язык телефона").select_option("en")
    expect(left.locator(".day")).to_have_text("Today")
    left.get_by_role("combobox", name="Language of the phone").select_option("uk")
    expect(left.locator(".day")).to_have_text("Сьогодні")
    page.clock.install(time=time.time() + DAY_SECONDS)
    page.reload()
    expect(ready(page, "left").locator(".day")).to_have_text("Учора")


def test_a_message_is_ticked_twice_when_the_bot_has_it(left: Locator, telegram: Simulator, bot: BotSide) -> None:
    start(left)
    expect(left.get_by_role("img", name="Ждёт, пока бот ответит")).to_be_visible()
    update_id = telegram.updates()[-1]["update_id"]
    bot.result("getUpdates", offset=update_id + 1)
    expect(left.get_by_role("img", name="Доставлено боту")).to_be_visible()


def test_everything_is_done_by_keyboard(page: Page, left: Locator, bot: BotSide) -> None:
    left.get_by_role("button", name="Начать").press("Enter")
    field = left.get_by_role("textbox", name="Сообщение")
    expect(field).to_be_focused()
    bot.result("sendMessage", chat_id=person_id(page), text="Выбери, что прислать")
    page.keyboard.press("Tab")
    expect(left.get_by_role("button", name="Прикрепить")).to_be_focused()
    page.keyboard.press("Enter")
    expect(left.get_by_role("menuitem", name="Фото", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(left.get_by_role("menuitem", name="Видеосообщение")).to_be_focused()
    page.keyboard.press("Enter")
    expect(left.locator(".own .video-note")).to_be_visible()
    expect(left.get_by_role("button", name="Прикрепить")).to_be_focused()
    outline = left.get_by_role("button", name="Прикрепить").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    left.locator(".theirs").get_by_role("button", name="Действия с сообщением").press("Enter")
    page.keyboard.press("Escape")
    expect(left.get_by_role("menu")).to_be_hidden()
    page.get_by_role("button", name="Trouble").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Trouble")).to_be_focused()


def test_every_control_has_a_name(page: Page, left: Locator, bot: BotSide) -> None:
    start(left)
    bot.result("sendMessage", chat_id=person_id(page), text="Привет")
    page.get_by_role("button", name="Trouble").click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, a")]
            .filter(e => e.checkVisibility() && !e.ariaLabel && !e.textContent.trim() && !e.labels?.length)
            .map(e => e.outerHTML)"""
    )
    assert nameless == []
