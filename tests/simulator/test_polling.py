"""getUpdates: the bot asks for its updates, and says with the next question that it has them."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from simulator.client import Person, RefusedError, Simulator
from simulator.delivery import Delivery, Stage
from simulator.methods import carry_out
from simulator.state import World
from simulator.telegram import Telegram
from tests.simulator.bot import BotSide
from tests.simulator.conftest import TOKEN
from tests.simulator.webhook import Webhook


@pytest.fixture
def alice(telegram: Simulator) -> Person:
    """Somebody with an account."""
    return telegram.person("Алиса")


def texts(updates: list[dict[str, Any]]) -> list[str]:
    """Return what the updates say."""
    return [update["message"]["text"] for update in updates]


def polled(bot: BotSide, pool: ThreadPoolExecutor, telegram: Simulator, **params: Any) -> Future[dict[str, Any]]:
    """Return the answer to come of a long poll that has begun."""
    begun = len(telegram.calls("getUpdates"))
    answer = pool.submit(bot.answer, "getUpdates", timeout=20, **params)
    while len(telegram.calls("getUpdates")) == begun:
        time.sleep(0.01)
    time.sleep(0.05)
    return answer


def test_an_offset_confirms_what_is_below_it(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    for text in ("раз", "два", "три"):
        alice.sends(text, wait=False)
    first, *_ = updates = bot.result("getUpdates")
    assert texts(updates) == ["раз", "два", "три"]
    assert texts(bot.result("getUpdates")) == ["раз", "два", "три"]
    assert [update["stage"] for update in telegram.updates()] == ["waiting"] * 3
    assert texts(bot.result("getUpdates", offset=first["update_id"] + 1)) == ["два", "три"]
    assert [update["stage"] for update in telegram.updates()] == ["delivered", "waiting", "waiting"]
    assert [message.raw["taken"] for message in alice.chat()] == [True, False, False]
    assert bot.result("getWebhookInfo")["pending_update_count"] == 2
    telegram.wait_taken(first["update_id"], within=1)


def test_limit_and_negative_offset(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    for text in ("раз", "два", "три"):
        alice.sends(text, wait=False)
    assert texts(bot.result("getUpdates", limit=1)) == ["раз"]
    assert texts(bot.result("getUpdates", limit=0)) == ["раз"]
    assert texts(bot.result("getUpdates", offset=-2)) == ["два", "три"]
    assert len(telegram.pending()) == 2
    assert texts(bot.result("getUpdates", offset=-100)) == ["два", "три"]


def test_a_long_poll_waits_for_the_first_update(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    begun = time.monotonic()
    assert bot.result("getUpdates", timeout=1) == []
    assert 1 <= time.monotonic() - begun < 3
    with ThreadPoolExecutor() as pool:
        answer = polled(bot, pool, telegram)
        assert not answer.done()
        alice.sends("раз", wait=False)
        assert texts(answer.result(timeout=5)["result"]) == ["раз"]


def test_not_beside_a_webhook(bot: BotSide, telegram: Simulator, alice: Person, webhook: Webhook) -> None:
    bot.result("setWebhook", url=webhook.url)
    conflict = (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert bot.refusal("getUpdates") == (409, conflict)
    bot.result("deleteWebhook")
    with ThreadPoolExecutor() as pool:
        answer = polled(bot, pool, telegram)
        bot.result("setWebhook", url=webhook.url)
        assert answer.result(timeout=5)["description"] == "Conflict: terminated by setWebhook request"
    alice.sends("раз")
    assert webhook.texts() == ["раз"]


def test_a_second_poll_ends_the_first(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    with ThreadPoolExecutor() as pool:
        first = polled(bot, pool, telegram)
        second = polled(bot, pool, telegram)
        ended = first.result(timeout=5)
        assert ended["error_code"] == 409
        assert ended["description"].startswith("Conflict: terminated by other getUpdates request")
        alice.sends("раз", wait=False)
        assert texts(second.result(timeout=5)["result"]) == ["раз"]


def test_what_waits_goes_to_whoever_comes_first(
    bot: BotSide, telegram: Simulator, alice: Person, webhook: Webhook
) -> None:
    alice.sends("раз", wait=False)
    bot.result("setWebhook", url=webhook.url)
    telegram.wait_idle()
    assert webhook.texts() == ["раз"]
    bot.result("deleteWebhook")
    alice.sends("два", wait=False)
    bot.result("deleteWebhook", drop_pending_updates=True)
    assert bot.result("getUpdates") == []
    assert [update["stage"] for update in telegram.updates()] == ["delivered", "dropped"]


def test_kinds_of_updates_are_remembered(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    message = alice.sends("/start", wait=False)
    alice.reacts(message, "🙏", wait=False)
    bot.result("getUpdates", allowed_updates=["message_reaction"])
    alice.reacts(message, "🔥", wait=False)
    alice.sends("мимо", wait=False)
    bot.result("getUpdates")
    alice.sends("мимо", wait=False)
    # What arose before the question stays.
    assert [update["kind"] for update in telegram.updates()] == ["message", "message_reaction"]
    assert bot.result("getWebhookInfo")["allowed_updates"] == ["message_reaction"]
    bot.result("getUpdates", allowed_updates=[])
    alice.reacts(message, "🙏", wait=False)
    alice.sends("слышно", wait=False)
    assert [update["kind"] for update in telegram.updates()][2:] == ["message"]
    assert bot.refusal("getUpdates", allowed_updates=["mesage"])[0] == 400
    assert bot.refusal("setWebhook", url="http://127.0.0.1:9/", allowed_updates=["mesage"])[0] == 400


def test_what_a_poll_confirmed_never_comes_again(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    alice.sends("раз", wait=False)
    (update,) = bot.result("getUpdates")
    bot.result("getUpdates", offset=update["update_id"] + 1)
    with pytest.raises(RefusedError, match="does not come again"):
        telegram.redeliver(update["update_id"], wait=False)


@pytest.mark.parametrize(("kind", "seconds"), [("callback_query", 150), ("message", 24 * 3600)])
def test_what_is_too_old_is_dropped(kind: str, seconds: int) -> None:
    now = time.time()
    world = World(TOKEN, clock=lambda: now)
    telegram = Telegram(world, Delivery(world))
    person = world.add_person("Алиса", "ru")
    old = telegram.delivery.emit(person, kind, {"message_id": 1})
    now += 2
    young = telegram.delivery.emit(person, kind, {"message_id": 2})
    now += seconds - 1
    assert old is not None
    assert young is not None
    assert asyncio.run(carry_out(telegram, "getWebhookInfo", {}))["pending_update_count"] == 1
    assert asyncio.run(carry_out(telegram, "getUpdates", {})) == [young.body]
    assert old.stage is Stage.DROPPED


def test_an_outage_breaks_a_poll_off(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    def broken(answer: Future[Any]) -> bool:
        return isinstance(answer.exception(timeout=5), httpx.TransportError)

    with ThreadPoolExecutor() as pool:
        answer = polled(bot, pool, telegram)
        telegram.down()
        assert broken(answer)
        alice.sends("раз", wait=False)
        assert broken(pool.submit(bot.answer, "getUpdates"))
        telegram.up()
        assert texts(bot.result("getUpdates")) == ["раз"]
