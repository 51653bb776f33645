"""The page: as many phones as there are people, remembered, and one at a time on a narrow screen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import opened, person_id, ready, start

PHONE_SCREEN: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


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


def test_a_third_phone_is_added_used_and_remembered(
    left: Locator, page: Page, context: BrowserContext, telegram: Simulator, bot: BotSide
) -> None:
    page.get_by_role("button", name="Add a phone").click()
    third = ready(page, "3")
    name = third.get_by_label("Ім’я").input_value()
    third.get_by_role("button", name="Почати").click()
    bot.result("sendMessage", chat_id=person_id(page, "3"), text="Втрьох")
    expect(third.locator(".theirs .text")).to_have_text("Втрьох")
    expect(left.locator(".theirs")).to_have_count(0)
    page.reload()
    expect(ready(page, "3").locator(".theirs .text")).to_have_text("Втрьох")
    # In another tab, without the address.
    for other in opened(context, page.url.partition("?")[0]):
        expect(ready(other, "3").locator(".theirs .text")).to_have_text("Втрьох")
    telegram.reset()
    expect(third.locator(".own")).to_have_count(0)
    assert {person.first_name for person in telegram.people()} == {"Алиса", "Богдан", name}


def test_a_phone_is_taken_away_and_its_person_found_again(page: Page, left: Locator, telegram: Simulator) -> None:
    right = ready(page, "right")
    right.get_by_role("button", name="Убрать телефон").click()
    expect(page.locator(".phone")).to_have_count(1)
    expect(left.get_by_role("button", name="Убрать телефон")).to_be_hidden()
    page.reload()
    start(ready(page, "left"))
    expect(page.locator(".phone")).to_have_count(1)
    page.get_by_role("button", name="Add a phone").click()
    page.get_by_role("menuitem", name="Богдан").click()
    start(ready(page, "right"))
    assert len(telegram.people()) == 2


def test_somebody_new_takes_a_phone(page: Page, left: Locator, telegram: Simulator) -> None:
    start(left)
    first = person_id(page)
    left.get_by_role("button", name="Ещё").click()
    left.get_by_role("menuitem", name="Новый человек").click()
    expect(left.locator(".own")).to_have_count(0)
    start(left)
    assert person_id(page) != first
    assert len(telegram.people()) == 3


def test_many_phones_are_reached_by_scrolling(page: Page, left: Locator) -> None:
    for slot in ("3", "4", "5"):
        page.get_by_role("button", name="Add a phone").click()
        ready(page, slot)
    expect(page.locator("[data-phone='5'] .wide-button")).to_be_in_viewport()
    left.get_by_role("button", name="Начать").click()
    expect(left.locator(".own .text")).to_have_text("/start")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


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


def test_a_phone_more_on_a_narrow_screen(browser: Browser, telegram: Simulator, simulator_url: str) -> None:
    context = browser.new_context(**PHONE_SCREEN)
    for page in opened(context, simulator_url):
        ready(page, "left")
        page.get_by_role("button", name="Add a phone").tap()
        expect(ready(page, "3")).to_be_visible()
        expect(page.locator("[data-phone=left]")).to_be_hidden()
        expect(page.get_by_role("tab")).to_have_count(3)
        page.get_by_role("button", name="More").tap()
        page.get_by_role("menuitem", name="Trouble").tap()
        expect(page.get_by_role("switch", name="Telegram is down")).to_be_in_viewport()
        page.get_by_role("button", name="Close").tap()
        expect(page.locator(".drawer")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE_SCREEN["viewport"]["width"]
    context.close()
