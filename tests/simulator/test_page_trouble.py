"""The page: Telegram's trouble is put on from the drawer, felt by the bot, said in a banner, and lifted."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import person_id, ready, start


@pytest.fixture
def drawer(page: Page, left: Locator) -> Locator:
    """The drawer with the form, open; both people have started the bot."""
    start(left)
    start(ready(page, "right"))
    page.get_by_role("button", name="Trouble").click()
    return page.locator(".drawer")


def put_on(drawer: Locator, kind: str, **values: str) -> None:
    """Fill in the form and put the trouble on."""
    known = drawer.locator(".fault").count()
    drawer.get_by_role("radio", name=kind).check()
    for label, value in values.items():
        field = drawer.get_by_label(label.replace("_", " "))
        if field.evaluate("e => e.localName") == "select":
            field.select_option(value)
        else:
            field.fill(value)
    drawer.get_by_role("button", name="Turn on").click()
    expect(drawer.locator(".fault")).to_have_count(known + 1)


def test_too_many_requests_for_one_phone_alone(page: Page, drawer: Locator, bot: BotSide) -> None:
    left, right = person_id(page, "left"), person_id(page, "right")
    put_on(drawer, "429", Wait="7", For_whom="Алиса")
    refused = bot.answer("sendMessage", chat_id=left, text="Слышно?")
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 7})
    assert bot.answer("sendMessage", chat_id=right, text="Слышно?")["ok"]
    expect(drawer.locator(".fault-detail")).to_contain_text("Алиса")
    expect(drawer.locator(".fault-detail")).to_contain_text("hit once")


def test_an_error_comes_as_often_as_it_is_asked_for(page: Page, drawer: Locator, bot: BotSide) -> None:
    drawer.get_by_label("until lifted").uncheck()
    put_on(drawer, "Error", Code="502", Method="sendMessage", How_often="2")
    assert bot.answer("getMe")["ok"]
    codes = [bot.answer("sendMessage", chat_id=person_id(page), text="!").get("error_code") for _ in range(3)]
    assert codes == [502, 502, None]
    expect(drawer.locator(".fault")).to_have_count(0)
    expect(page.locator(".banner")).to_be_hidden()


def test_a_lost_answer_is_to_work_that_was_done(page: Page, drawer: Locator, bot: BotSide) -> None:
    put_on(drawer, "Answer lost")
    with pytest.raises(httpx.TransportError):
        bot.answer("sendMessage", chat_id=person_id(page), text="Слышно?")
    expect(page.locator("[data-phone=left] .theirs .text")).to_have_text("Слышно?")


def test_a_slow_telegram_is_slow_until_it_is_lifted(page: Page, drawer: Locator, bot: BotSide) -> None:
    put_on(drawer, "Slow", Delay="500")
    expect(drawer.locator(".latency-value")).to_have_text("500 ms")
    began = time.monotonic()
    bot.result("getMe")
    assert time.monotonic() - began >= 0.5
    expect(page.locator(".banner")).to_contain_text("One trouble is on")
    drawer.get_by_role("button", name="Lift: +500 ms").click()
    expect(drawer.locator(".fault")).to_have_count(0)
    expect(page.locator(".banner")).to_be_hidden()
    began = time.monotonic()
    bot.result("getMe")
    assert time.monotonic() - began < 0.5


def test_a_share_of_the_calls_is_asked_for(drawer: Locator, telegram: Simulator) -> None:
    put_on(drawer, "Error", Share_of_calls="25")
    assert telegram.faults()[0]["probability"] == 0.25
    expect(drawer.locator(".fault-detail")).to_contain_text("25 %")


def test_telegram_goes_away_and_comes_back(page: Page, drawer: Locator, bot: BotSide) -> None:
    put_on(drawer, "Error", Method="sendDocument")
    drawer.get_by_role("switch", name="Telegram is down").click()
    expect(page.locator(".banner")).to_contain_text("Telegram is down")
    with pytest.raises(httpx.TransportError):
        bot.answer("getMe")
    page.reload()
    expect(page.locator(".banner")).to_contain_text("Telegram is down")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator(".banner")).to_contain_text("One trouble is on")
    assert bot.answer("getMe")["ok"]


def test_what_is_put_on_elsewhere_is_said_here(page: Page, left: Locator, telegram: Simulator) -> None:
    # The first may still be seen by the page as it loads; the second is told live.
    for _ in range(2):
        telegram.breaks(status=500, times=None)
        expect(page.locator(".banner")).to_contain_text("One trouble is on")
        page.get_by_role("button", name="Lift all").click()
        expect(page.locator(".banner")).to_be_hidden()
        assert telegram.faults() == []


def test_the_flood_limits_are_switched(page: Page, drawer: Locator, telegram: Simulator, bot: BotSide) -> None:
    telegram.limits_to(per_chat={"per_second": 0.1, "burst": 1})
    expect(drawer.locator(".limits-hint")).to_contain_text("0.1 a second")
    chat = person_id(page)
    assert [bot.answer("sendMessage", chat_id=chat, text="!")["ok"] for _ in range(2)] == [True, False]
    drawer.get_by_role("switch", name="Flood limits").click()
    page.wait_for_function("() => fetch('/control/limits').then(r => r.json()).then(l => !l.enabled)")
    assert [bot.answer("sendMessage", chat_id=chat, text="!")["ok"] for _ in range(2)] == [True, True]


def test_the_calls_of_the_bot_are_listed(page: Page, left: Locator, bot: BotSide) -> None:
    start(left)
    page.get_by_role("button", name="Calls").click()
    bot.result("sendMessage", chat_id=person_id(page), text="Привет")
    bot.refusal("sendMessage", chat_id=person_id(page), text="")
    latest = page.locator(".call")
    expect(latest.first.locator(".outcome")).to_have_text("400")
    expect(latest.nth(1)).to_contain_text("sendMessage")
    expect(latest.nth(1).locator(".call-whom")).to_have_text("Алиса")
    expect(latest.nth(1).locator(".outcome")).to_have_text("ok")
    latest.first.locator("summary").press("Enter")
    expect(latest.first.locator(".call-error")).to_contain_text("message text is empty")
