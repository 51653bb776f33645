"""Updates come to the webhook in Telegram's order and with Telegram's patience."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from simulator import acts
from simulator.client import Person, Simulator
from simulator.delivery import Delivery, Stage, Update
from simulator.delivery import Webhook as Settings
from simulator.state import World
from simulator.telegram import Telegram
from tests.simulator.bot import BotSide
from tests.simulator.conftest import TOKEN
from tests.simulator.webhook import Webhook

BUTTON = {"inline_keyboard": [[{"text": "Да", "callback_data": "тап"}]]}


@pytest.fixture
def alice(telegram: Simulator) -> Person:
    """Somebody with an account."""
    return telegram.person("Алиса")


@pytest.fixture
def served(bot: BotSide, telegram: Simulator, webhook: Webhook) -> Webhook:
    """The webhook, set."""
    bot.result("setWebhook", url=webhook.url, secret_token="s-e_cret")
    return webhook


def test_an_update_comes_with_the_secret_and_counts_as_taken(
    served: Webhook, telegram: Simulator, alice: Person
) -> None:
    message = alice.sends("/start")
    (request,) = served.requests
    assert request.secret == "s-e_cret"
    assert request.update["message"] == {k: v for k, v in message.raw.items() if k in request.update["message"]}
    assert telegram.pending() == []
    assert telegram.updates(alice)[0]["stage"] == "delivered"


def test_messages_and_edits_of_a_chat_wait_for_each_other(served: Webhook, telegram: Simulator, alice: Person) -> None:
    served.answers.append((0, {}))
    first = alice.sends("раз", wait=False)
    alice.edits(first, "раз!", wait=False)
    alice.sends("два", wait=False)
    time.sleep(0.3)
    assert served.texts() == ["раз"]
    served.release.set()
    telegram.wait_idle()
    assert served.texts() == ["раз", "раз!", "два"]
    assert served.most_at_once == 1


def test_a_failing_head_holds_up_its_own_queue_only(
    served: Webhook, bot: BotSide, telegram: Simulator, alice: Person
) -> None:
    bob = telegram.person("Богдан")
    alice.sends("/start")
    bot.result("sendMessage", chat_id=alice.person_id, text="?", reply_markup=BUTTON)
    served.answers.append((0, {}))
    alice.sends("стоит", wait=False)
    served.wait_for(2)
    alice.sends("ждёт", wait=False)
    alice.taps("Да")
    bob.sends("мимо")
    assert served.texts() == ["/start", "стоит", "тап", "мимо"]
    served.release.set()
    telegram.wait_idle()
    assert served.texts()[-1] == "ждёт"


def test_a_failed_update_comes_again_at_once_and_then_later_and_later(
    served: Webhook, telegram: Simulator, alice: Person
) -> None:
    served.answers.extend([(500, {}), (503, {}), (302, {"Location": "/elsewhere"}), (404, {})])
    alice.sends("раз")
    at = [request.at for request in served.requests]
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert served.texts() == ["раз"] * 5
    assert len({request.update["update_id"] for request in served.requests}) == 1
    # 0, 2, 4, 8 seconds, a fiftieth of it.
    for pause, expected in zip(pauses, (0, 0.04, 0.08, 0.16), strict=True):
        assert expected <= pause < expected + 0.5
    assert telegram.webhook()["last_error_message"] == "Wrong response from the webhook: 404 Not Found"


def test_retry_after_is_obeyed(served: Webhook, alice: Person) -> None:
    served.answers.append((503, {"Retry-After": "20"}))
    alice.sends("раз")
    first, second = served.requests
    assert 0.4 <= second.at - first.at < 1.5


def test_no_answer_in_time_counts_as_failure(served: Webhook, alice: Person) -> None:
    served.answers.append((0, {}))
    alice.sends("раз")
    assert served.texts() == ["раз", "раз"]
    assert 1.9 <= served.requests[1].at - served.requests[0].at < 4.0


def test_a_webhook_that_is_down_gets_everything_later(
    bot: BotSide, telegram: Simulator, alice: Person, webhook: Webhook
) -> None:
    bot.result("setWebhook", url="http://127.0.0.1:9/")
    for text in ("раз", "два"):
        alice.sends(text, wait=False)
    time.sleep(0.2)
    assert [update["stage"] for update in telegram.pending()] == ["waiting", "waiting"]
    assert "Connection failed" in telegram.webhook()["last_error_message"]
    with pytest.raises(AssertionError, match="2 updates are not taken"):
        telegram.wait_idle(within=0.1)
    bot.result("setWebhook", url=webhook.url)
    telegram.wait_idle()
    assert webhook.texts() == ["раз", "два"]


def test_connections_are_limited(served: Webhook, bot: BotSide, telegram: Simulator) -> None:
    bot.result("setWebhook", url=served.url, max_connections=2)
    served.answers.extend([(0, {})] * 5)
    for number in range(5):
        telegram.person(f"Человек {number}").sends("/start", wait=False)
    served.wait_for(2)
    time.sleep(0.3)
    assert len(served.requests) == 2
    served.release.set()
    telegram.wait_idle()
    assert (len(served.requests), served.most_at_once) == (5, 2)


def test_only_kinds_that_were_asked_for(served: Webhook, bot: BotSide, telegram: Simulator, alice: Person) -> None:
    message = alice.sends("/start")
    alice.reacts(message, "🙏")
    alice.blocks_bot()
    assert [record["kind"] for record in telegram.updates()] == ["message", "my_chat_member"]
    bot.result("setWebhook", url=served.url, allowed_updates=["message_reaction"])
    alice.unblocks_bot()
    alice.reacts(message, "🔥")
    assert [record["kind"] for record in telegram.updates()][2:] == ["message_reaction"]


def test_the_same_update_again(served: Webhook, telegram: Simulator, alice: Person) -> None:
    alice.sends("/start")
    (record,) = telegram.updates(alice)
    telegram.redeliver(record["update_id"])
    first, second = served.requests
    assert first.update == second.update


@pytest.mark.parametrize(("kind", "seconds"), [("callback_query", 150), ("message", 24 * 3600)])
def test_what_is_too_old_is_dropped(webhook: Webhook, kind: str, seconds: int) -> None:
    async def run() -> tuple[Update | None, Update | None]:
        now = time.time()
        world = World(TOKEN, clock=lambda: now)
        delivery = Delivery(world)
        person = world.add_person("Алиса", "ru")
        old = delivery.emit(person, kind, {"message_id": 1})
        now += 2
        young = delivery.emit(person, kind, {"message_id": 2})
        now += seconds - 1
        delivery.set_webhook(Settings(url=webhook.url), drop_pending=False)
        assert await world.signals.wait_until("idle", lambda: not delivery.pending(), 5)
        await delivery.close()
        return old, young

    old, young = asyncio.run(run())
    assert old is not None
    assert young is not None
    assert (old.stage, young.stage) == (Stage.DROPPED, Stage.DELIVERED)
    assert [request.update["update_id"] for request in webhook.requests] == [young.update_id]


def test_a_tap_can_be_answered_for_fifteen_seconds() -> None:
    now = time.time()
    world = World(TOKEN, clock=lambda: now)
    telegram = Telegram(world, Delivery(world))
    person = world.add_person("Алиса", "ru", started=True)
    message = world.add_message(person, by_bot=True, content={"text": "?"}, reply_markup=BUTTON)
    query, _ = acts.tap(telegram, person, message.message_id, 0, 0)
    now += 14
    assert world.unanswered_query(query.query_id) is query
    now += 2
    with pytest.raises(Exception, match="query is too old"):
        world.unanswered_query(query.query_id)


def test_ids_go_on_after_a_restart() -> None:
    now = time.time()
    ids: list[tuple[Any, ...]] = []
    for started in (now, now + 60):
        world = World(TOKEN, clock=lambda started=started: started)  # type: ignore[misc]
        person = world.add_person("Алиса", "ru")
        ids.extend(
            (world.next_update_id(), world.add_message(person, by_bot=False, content={"text": "x"}).message_id)
            for _ in range(50)
        )
    assert [update_id for update_id, _ in ids] == sorted({update_id for update_id, _ in ids})
    assert [message_id for _, message_id in ids] == sorted({message_id for _, message_id in ids})


def test_webhook_settings_know_what_is_left_out_by_default() -> None:
    assert Settings().wants("message")
    assert not Settings().wants("message_reaction")
    assert Settings(allowed_updates=["message_reaction"]).wants("message_reaction")
