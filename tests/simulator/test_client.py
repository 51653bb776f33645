"""People expect, and are heard when they don't get it."""

from __future__ import annotations

import threading
import time

import pytest

from simulator.client import Person, RefusedError, Simulator
from tests.simulator.bot import BotSide


@pytest.fixture
def alice(telegram: Simulator) -> Person:
    """Somebody who has started the bot."""
    person = telegram.person("Алиса", language="uk")
    person.sends("/start", wait=False)
    return person


def test_sees_waits_for_what_is_new_or_edited(bot: BotSide, alice: Person) -> None:
    def later() -> None:
        time.sleep(0.3)
        bot.result("sendMessage", chat_id=alice.person_id, text="Первое сообщение")

    thread = threading.Thread(target=later)
    thread.start()
    first = alice.sees("Первое")
    thread.join()
    with pytest.raises(AssertionError, match="Алиса does not see “Первое”") as missed:
        alice.sees("Первое", within=0.1)
    assert f"bot {first.message_id}: Первое сообщение" in str(missed.value)
    bot.result("editMessageText", chat_id=alice.person_id, message_id=first.message_id, text="Первое, исправленное")
    assert alice.sees("Первое").edited


def test_sees_nothing(bot: BotSide, alice: Person) -> None:
    alice.sees_nothing(within=0.2)
    bot.result("sendMessage", chat_id=alice.person_id, text="Сюрприз")
    with pytest.raises(AssertionError, match="should see nothing new"):
        alice.sees_nothing(within=0.2)
    alice.catches_up()
    alice.sees_nothing(within=0.2)


def test_taps_the_newest_button_and_says_which_are_missing(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    for data in ("старая", "новая"):
        markup = {
            "inline_keyboard": [
                [{"text": "✅ Принять", "callback_data": data}],
                [{"text": "Сайт", "url": "https://a.org"}],
            ]
        }
        bot.result("sendMessage", chat_id=alice.person_id, text=data, reply_markup=markup)
    assert alice.taps("Принять", wait=False) is None
    assert telegram.updates(alice)[-1]["update"]["callback_query"]["data"] == "новая"
    alice.taps("Принять", message=alice.chat()[1], wait=False)
    assert telegram.updates(alice)[-1]["update"]["callback_query"]["data"] == "старая"
    assert alice.buttons == ["✅ Принять", "Сайт"]
    with pytest.raises(AssertionError, match=r"finds no button “Сайт”[^§]*✅ Принять"):
        alice.taps("Сайт", within=0.1)


def test_what_nobody_could_do_is_refused(telegram: Simulator, alice: Person) -> None:
    alice.blocks_bot(wait=False)
    with pytest.raises(RefusedError, match="has blocked the bot"):
        alice.sends("Алло", wait=False)
    with pytest.raises(RefusedError, match="at most 4096 characters"):
        telegram.person("Богдан").sends("ы" * 4097, wait=False)
    with pytest.raises(RefusedError, match="nobody has id"):
        telegram.get("/control/people/5/chat")


def test_people_have_names_of_their_own(telegram: Simulator) -> None:
    people = [telegram.person("Алиса") for _ in range(8)]
    assert len({person.last_name for person in people}) == 8
    assert telegram.person("Алиса").last_name


def test_sends_says_why_the_bot_did_not_take_it(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bot.result("setWebhook", url="http://127.0.0.1:9/")
    with pytest.raises(AssertionError, match="Connection failed"):
        telegram.wait_taken(telegram.updates(alice)[0]["update_id"], within=0.3)


def test_calls_are_remembered_and_can_go_wrong(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bob = telegram.person("Богдан", id=7_000_000_001, username="bohdan", last_name="Мельник", started=True)
    assert (bob.person_id, bob.username, bob.last_name) == (7_000_000_001, "bohdan", "Мельник")
    telegram.breaks("sendMessage", alice, times=2, status=429, retry_after=3)
    for person in (alice, bob, alice, alice):
        bot.answer("sendMessage", chat_id=person.person_id, text="да")
    calls = telegram.calls("sendMessage")
    assert [call["answer"]["ok"] for call in calls] == [False, True, False, True]
    assert calls[0]["answer"]["parameters"] == {"retry_after": 3}
    assert [call["params"]["text"] for call in telegram.calls("sendMessage", bob)] == ["да"]
    assert telegram.calls(after=calls[-1]["number"]) == []
    telegram.breaks(times=None, status=500)
    assert bot.refusal("getMe") == (500, "Internal Server Error")
    telegram.heals()
    bot.result("getMe")


def test_a_dropped_answer_is_work_done(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks("sendMessage", drop_answer=True)
    with pytest.raises(Exception, match="disconnected without sending a response"):
        bot.answer("sendMessage", chat_id=alice.person_id, text="Один раз")
    alice.sees("Один раз")
    assert [call["answered"] for call in telegram.calls("sendMessage")] == [False]


def test_a_late_answer(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks(latency_ms=400)
    begun = time.monotonic()
    bot.result("getMe")
    assert 0.4 <= time.monotonic() - begun < 2


def test_reset_forgets_everything_but_the_bot(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    telegram.breaks(times=None, status=500)
    telegram.reset()
    assert (telegram.people(), telegram.updates(), telegram.calls(), telegram.pending()) == ([], [], [], [])
    assert bot.result("getMe")["is_bot"]
