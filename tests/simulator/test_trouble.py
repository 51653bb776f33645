"""Trouble on purpose comes as it was ordered, is listed, and ends when it is lifted."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from simulator.client import Person, RefusedError, Simulator
from tests.simulator.bot import BotSide
from tests.simulator.webhook import Webhook


@pytest.fixture
def alice(telegram: Simulator) -> Person:
    """Somebody who has started the bot."""
    person = telegram.person("Алиса")
    person.sends("/start", wait=False)
    return person


def say(bot: BotSide, person: Person, text: str) -> int | str:
    """Return 200, the error code, or what broke the call off."""
    try:
        answer = bot.answer("sendMessage", chat_id=person.person_id, text=text)
    except httpx.TransportError:
        return "broken off"
    return 200 if answer["ok"] else int(answer["error_code"])


def test_trouble_is_listed_counted_and_lifted_one_by_one(
    bot: BotSide,
    telegram: Simulator,
    alice: Person,
) -> None:
    bob = telegram.person("Богдан", started=True)
    first = telegram.breaks("sendMessage", alice, times=None, status=502)
    second = telegram.breaks("sendMessage", times=2, status=429, retry_after=7)
    assert [say(bot, person, "да") for person in (alice, bob, alice)] == [502, 429, 502]
    assert [(fault["id"], fault["hits"], fault["times"]) for fault in telegram.faults()] == [
        (first, 2, None),
        (second, 1, 1),
    ]
    telegram.heals(first)
    assert [say(bot, alice, "да") for _ in range(2)] == [429, 200]
    assert telegram.faults() == []
    with pytest.raises(RefusedError, match="no such trouble"):
        telegram.heals(first)


def test_slowness_adds_to_other_trouble(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks(times=None, latency_ms=150)
    telegram.breaks(times=None, latency_ms=150)
    telegram.breaks("sendMessage", status=500)
    begun = time.monotonic()
    assert say(bot, alice, "да") == 500
    assert 0.3 <= time.monotonic() - begun < 1.5
    assert say(bot, alice, "да") == 200


def test_a_share_of_the_calls_the_same_each_time(
    bot: BotSide,
    telegram: Simulator,
    alice: Person,
) -> None:
    runs = []
    for _ in range(2):
        telegram.heals()
        telegram.breaks("getMe", times=None, status=500, probability=0.2)
        runs.append([bot.answer("getMe")["ok"] for _ in range(100)])
    assert runs[0] == runs[1]
    assert 8 <= runs[0].count(False) <= 35
    assert telegram.faults()[0]["hits"] == runs[1].count(False)


@pytest.mark.parametrize(
    "fault",
    [{"probability": 0}, {"probability": 1.5}, {"times": 0}, {"status": 200}, {"latency_ms": -1}, {"method": 5}],
)
def test_trouble_that_makes_no_sense_is_refused(telegram: Simulator, fault: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        telegram.post("/control/faults", **fault)


def test_a_call_that_is_never_heard(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks("sendMessage", down=True)
    assert say(bot, alice, "не слышно") == "broken off"
    assert say(bot, alice, "слышно") == 200
    assert [message.text for message in alice.chat()] == ["/start", "слышно"]
    assert [call["answered"] for call in telegram.calls("sendMessage")] == [False, True]


def test_an_outage_breaks_calls_off_and_holds_updates_back(
    bot: BotSide,
    telegram: Simulator,
    alice: Person,
    webhook: Webhook,
) -> None:
    bot.result("setWebhook", url=webhook.url)
    telegram.wait_idle()
    telegram.down()
    alice.sends("раз", wait=False)
    assert say(bot, alice, "алло") == "broken off"
    time.sleep(0.2)
    assert webhook.texts() == ["/start"]
    assert [fault["down"] for fault in telegram.faults()] == [True]
    telegram.up()
    telegram.wait_idle()
    assert webhook.texts() == ["/start", "раз"]
    assert say(bot, alice, "алло") == 200
    assert telegram.faults() == []


def test_an_outage_is_stronger_than_other_trouble(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks("sendMessage", times=None, drop_answer=True)
    telegram.down()
    assert say(bot, alice, "не слышно") == "broken off"
    telegram.up()
    assert say(bot, alice, "слышно") == "broken off"
    assert [message.text for message in alice.chat()] == ["/start", "слышно"]


def test_an_outage_cuts_what_is_in_flight_and_sends_it_again(
    bot: BotSide,
    telegram: Simulator,
    alice: Person,
    webhook: Webhook,
) -> None:
    webhook.answers.append((0, {}))
    bot.result("setWebhook", url=webhook.url)
    webhook.wait_for(1)
    telegram.down()
    webhook.release.set()
    time.sleep(0.2)
    assert len(telegram.pending()) == 1
    telegram.up()
    telegram.wait_idle()
    assert webhook.texts() == ["/start", "/start"]


def test_a_reset_ends_an_outage(bot: BotSide, telegram: Simulator) -> None:
    telegram.down()
    telegram.reset()
    bot.result("getMe")


def test_pages_are_told_what_is_on(telegram: Simulator, simulator_url: str) -> None:
    with httpx.stream("GET", f"{simulator_url}/control/events?people=1", trust_env=False, timeout=10) as live:
        lines = live.iter_lines()
        assert "event: hello" in (next(lines), next(lines))
        telegram.breaks("sendMessage", status=500)
        telegram.limits_to(enabled=False)
        told: dict[str, Any] = {}
        while len(told) < 2:
            kind, _, value = next(lines).partition(": ")
            if kind == "event" and value in ("faults", "limits"):
                told[value] = json.loads(next(lines).removeprefix("data: "))
    assert (told["faults"]["person"], told["faults"]["faults"][0]["status"]) == (None, 500)
    assert told["limits"]["limits"]["enabled"] is False
