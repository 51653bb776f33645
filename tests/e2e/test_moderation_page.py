"""From a report in the chat to a moderator's browser and back: claimed, judged, felt, lifted."""

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.e2e.journey import connect

INSULT = "Ты никому не нужна"
COMMENT = "Пишет так уже третий раз"
REASON = "Унижает, сообщение приложено"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def desk(browser: Browser, stack: Stack, sim: Simulator) -> Iterator[Page]:
    """The demo moderator, logged in at the admin's home page; any script error fails the test."""
    trouble: list[str] = []
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}, device_scale_factor=2)
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    printed = dict(line.split(": ", 1) for line in stack.manage("create_demo_moderator").strip().splitlines())
    page.goto(f"{stack.web_url}/admin/")
    page.get_by_label(re.compile("Username")).fill(printed["name"])
    page.get_by_label(re.compile("Password")).fill(printed["password"])
    page.get_by_role("button", name=re.compile("Log in")).click()
    expect(page.get_by_text("What is waiting")).to_be_visible()
    yield page
    context.close()
    assert trouble == []


def test_a_report_is_judged_and_the_person_feels_it(sim: Simulator, desk: Page) -> None:
    """S1, S5, D1, C7: reported in the chat; claimed and suspended in the admin; told, cut off, gated; lifted, told."""
    mira, andrey = connect(sim)
    _report(mira, insult=_says(andrey, mira, INSULT))

    desk.reload()
    _picture(desk, "home")
    desk.get_by_role("row", name="Abuse").get_by_role("link", name="1").click()
    expect(desk.get_by_role("row", name=re.compile("Андрей"))).to_contain_text("Abuse")
    _picture(desk, "queue")
    desk.get_by_role("link", name="#1").click()
    for words in ("Андрей", INSULT, COMMENT, "The person reported wrote 1, the reporter 0."):
        expect(desk.get_by_text(words).first).to_be_visible()
    expect(desk.get_by_text("Мира")).to_have_count(0)
    desk.get_by_role("button", name="Claim").click()
    expect(desk.get_by_text("Case 1 is yours.")).to_be_visible()
    _picture(desk, "case")

    _decide(desk, "Suspend 7 days")
    expect(desk.get_by_text("Case 1: suspended for 7 days.")).to_be_visible()
    until = f"приостановлен до {datetime.now(ZoneInfo('Europe/Kyiv')) + timedelta(days=7):%d.%m.%Y}"

    andrey.sees(until)
    mira.sees("твою жалобу")
    mira.sees("Разговор закончился")
    for forbidden in ("/find", "Ты здесь?"):
        andrey.sends(forbidden)
        andrey.sees(until)
    mira.sees_nothing(0.5, edits=False)

    desk.get_by_role("link", name="Resolved").click()
    desk.get_by_role("link", name="#1").click()
    expect(desk.get_by_text(REASON)).to_be_visible()
    _decide(desk, "Lift the suspension")
    expect(desk.get_by_text("Case 1: suspension lifted.")).to_be_visible()
    andrey.sees("снова открыт")
    andrey.sends("/find")
    andrey.sees("Ищу")


def test_on_a_phone_and_in_the_dark(sim: Simulator, desk: Page) -> None:
    """D1: the same from the home page to the decision on a narrow screen, nothing wider than it."""
    mira, andrey = connect(sim)
    _report(mira, insult=_says(andrey, mira, INSULT))
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    desk.emulate_media(color_scheme="dark")
    desk.reload()
    _fits(desk, "home-phone")
    desk.get_by_role("link", name="1").first.click()
    _fits(desk, "queue-phone")
    desk.get_by_role("link", name="#1").click()
    desk.get_by_role("button", name="Claim").click()
    expect(desk.get_by_text("Case 1 is yours.")).to_be_visible()
    _fits(desk, "case-phone")
    _decide(desk, "Warn", picture="dialog-phone")
    expect(desk.get_by_text("Case 1: warned.")).to_be_visible()
    andrey.sees("жалобы на то, как")


def _says(speaker: Person, listener: Person, words: str) -> Message:
    """The message as the listener has it."""
    speaker.sends(words)
    return listener.sees(words)


def _report(reporter: Person, insult: Message) -> None:
    reporter.sends("/report", reply_to=insult)
    reporter.taps("Оскорбления")
    reporter.taps("Приложить это сообщение")
    reporter.sees("Твоё следующее сообщение получат модераторы")
    reporter.sends(COMMENT)
    reporter.taps("Продолжить разговор")


def _decide(desk: Page, decision: str, picture: str = "dialog") -> None:
    """Press the button, read what it does, give the reason, press it again."""
    desk.get_by_role("link", name=decision).click()
    dialog = desk.locator("#modal-content")
    expect(dialog.get_by_role("heading", name=decision)).to_be_visible()
    dialog.get_by_role("textbox").fill(REASON)
    _fits(desk, picture)
    dialog.get_by_role("button", name=decision).click()


def _fits(desk: Page, name: str) -> None:
    """Nothing makes the page wider than the screen."""
    expect(desk.locator("#main")).to_be_visible()
    _picture(desk, name)
    width = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0, f"{name} is {width} pixels too wide"


def _picture(page: Page, name: str) -> None:
    """Keep a picture where PICTURES says, for looking at."""
    if folder := os.environ.get("PICTURES"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(folder) / f"moderation-{name}.png", full_page="dialog" not in name)
