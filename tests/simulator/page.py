"""The page in a browser: phones ready for use, and what people do on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from simulator.client import Simulator


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
    # A phone may ask for the menu of a person whom a restart has taken away, before it opens the same account anew.
    unexpected = [text for text in trouble if "404" not in text]
    assert not unexpected, unexpected


def ready(page: Page, slot: str) -> Locator:
    """Return a phone once it shows its person."""
    phone = page.locator(f"[data-phone='{slot}']")
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
    # Once the server has answered, the cursor goes into the field: what was selected or focused before would be lost.
    if not phone.page.evaluate("matchMedia('(hover: none) and (pointer: coarse)').matches"):
        expect(phone.locator(".field")).to_be_focused()


def write(phone: Locator, text: str) -> None:
    """Type a text and send it with Enter."""
    field = phone.get_by_role("textbox", name="Сообщение")
    field.fill(text)
    field.press("Enter")
    expect(field).to_have_value("")


def attach(phone: Locator, kind: str) -> None:
    """Choose something from the paper clip's menu."""
    phone.get_by_role("button", name="Прикрепить").click()
    phone.get_by_role("menuitem", name=kind, exact=True).click()


def act(item: Locator, name: str) -> None:
    """Choose something from a message's own menu."""
    item.get_by_role("button", name="Действия с сообщением").press("Enter")
    item.page.get_by_role("menuitem", name=name).click()
