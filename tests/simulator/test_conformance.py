"""A real python-telegram-bot understands every answer and every update."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import telegram as ptb
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter

from simulator import schema
from simulator.checks import check_object
from simulator.client import Simulator
from simulator.media import KINDS
from simulator.methods import METHODS
from tests.simulator.bot import BotSide
from tests.simulator.conftest import TOKEN

KEYBOARD = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Да", callback_data="да")]])


def acting(url: str, act: Callable[[ptb.Bot], Awaitable[None]], token: str = TOKEN) -> None:
    """Let a real Bot act against the simulator."""

    async def run() -> None:
        async with ptb.Bot(token, base_url=f"{url}/bot") as bot:
            await act(bot)

    asyncio.run(run())


def test_every_simulated_method(telegram: Simulator, bot: BotSide, simulator_url: str) -> None:
    alice, bob = telegram.person("Алиса"), telegram.person("Богдан")
    for person in (alice, bob):
        person.sends("/start", wait=False)
    picture = alice.sends_media("photo", "раз", wait=False)

    async def messages(api: ptb.Bot) -> None:
        sent = await api.send_message(alice.person_id, "<b>Да?</b>", parse_mode="HTML", reply_markup=KEYBOARD)
        assert sent.entities[0].type == "bold"
        assert sent.reply_markup == KEYBOARD
        reply = await api.send_message(alice.person_id, "да", reply_parameters=ptb.ReplyParameters(sent.message_id))
        assert reply.reply_to_message == sent
        file = await api.send_document(alice.person_id, b'{"a": 1}', filename="всё.json", caption="Всё")
        assert file.document is not None
        assert file.document.file_name == "всё.json"
        again = await api.send_document(alice.person_id, file.document.file_id)
        assert again.document == file.document
        await api.copy_message(bob.person_id, alice.person_id, sent.message_id, reply_markup=KEYBOARD)
        ids = await api.copy_messages(bob.person_id, alice.person_id, [picture.message_id, sent.message_id])
        assert len(ids) == 2
        edited = await api.edit_message_text("Нет?", alice.person_id, sent.message_id)
        assert isinstance(edited, ptb.Message)
        assert edited.edit_date is not None
        await api.edit_message_reply_markup(alice.person_id, sent.message_id, reply_markup=KEYBOARD)
        await api.set_message_reaction(alice.person_id, picture.message_id, "👍")
        await api.send_chat_action(alice.person_id, "typing")
        alice.taps("Да", wait=False)
        query = telegram.updates(alice)[-1]["update"]["callback_query"]["id"]
        await api.answer_callback_query(query, "Хорошо", show_alert=True)
        await api.delete_message(alice.person_id, reply.message_id)

    async def profile(api: ptb.Bot) -> None:
        assert (await api.get_me()).is_bot
        chat = await api.get_chat(alice.person_id)
        assert (chat.type, chat.username) == ("private", alice.username)
        await api.set_my_commands([("sos", "🆘")], ptb.BotCommandScopeAllPrivateChats(), "uk")
        commands = await api.get_my_commands(ptb.BotCommandScopeAllPrivateChats(), "uk")
        assert [command.command for command in commands] == ["sos"]
        await api.delete_my_commands(ptb.BotCommandScopeAllPrivateChats(), "uk")
        await api.set_my_name("Ти не один", "uk")
        assert (await api.get_my_name("uk")).name == "Ти не один"
        await api.set_my_description("Опис", "uk")
        assert (await api.get_my_description("uk")).description == "Опис"
        await api.set_my_short_description("Коротко", "uk")
        assert (await api.get_my_short_description("uk")).short_description == "Коротко"

    async def updates(api: ptb.Bot) -> None:
        assert len(await api.get_updates()) >= 3
        await api.set_webhook("http://127.0.0.1:9/", secret_token="s", allowed_updates=["message"], max_connections=7)
        info = await api.get_webhook_info()
        assert (info.url, info.max_connections, info.allowed_updates) == ("http://127.0.0.1:9/", 7, ("message",))
        await api.delete_webhook(drop_pending_updates=True)

    for act in (messages, profile, updates):
        acting(simulator_url, act)
    assert alice.downloads(next(m for m in alice.chat() if "document" in m.raw)) == b'{"a": 1}'
    called = {call["method"]: call["answer"] for call in telegram.calls() if call["answer"]["ok"]}
    assert called.keys() == METHODS.keys()


def test_every_update(telegram: Simulator, bot: BotSide) -> None:
    bot.result("setWebhook", url="http://127.0.0.1:9/", allowed_updates=list(ptb.constants.UpdateType))
    alice = telegram.person("Алиса")
    first = alice.sends("/start", wait=False)
    alice.sends("ответ 😔 https://a.org", reply_to=first, wait=False)
    alice.edits(first, "/help", wait=False)
    for kind in KINDS:
        alice.sends_media(kind, wait=False)
    alice.pins(first, wait=False)
    bot.result("sendMessage", chat_id=alice.person_id, text="?", reply_markup=KEYBOARD.to_dict())
    alice.taps("Да", wait=False)
    alice.reacts(first, "🙏", wait=False)
    alice.reacts(first, None, wait=False)
    alice.blocks_bot(wait=False)
    alice.unblocks_bot(wait=False)

    updates = [record["update"] for record in telegram.updates(alice)]
    assert len(updates) == 20
    ids = [update["update_id"] for update in updates]
    assert ids == sorted(set(ids))
    for update in updates:
        check_object(schema.load(), "Update", update)
        understood = ptb.Update.de_json(update, None).to_dict()
        assert holds(understood, update), understood
        assert str(alice.person_id) in str(update)
    assert alice.person_id > 2**31


def holds(whole: Any, part: Any) -> bool:
    """Return whether everything in `part` is in `whole`; python-telegram-bot adds fields of its own."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items() if value != [])
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429, "retry_after": 7}, RetryAfter),
        ({"status": 502}, NetworkError),
        ({"status": 403}, Forbidden),
        ({"status": 400}, BadRequest),
        ({"drop_answer": True}, NetworkError),
    ],
)
def test_refusals_become_the_errors_that_bots_know(
    telegram: Simulator,
    simulator_url: str,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    error: type[Exception],
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")

    async def act(api: ptb.Bot) -> None:
        telegram.breaks("getMe", **fault)
        with pytest.raises(error) as raised:
            await api.get_me()
        if isinstance(raised.value, RetryAfter):
            assert raised.value.retry_after == timedelta(seconds=7)
        assert (await api.get_me()).is_bot

    acting(simulator_url, act)


def test_a_wrong_token_is_an_invalid_one(simulator_url: str) -> None:
    async def act(api: ptb.Bot) -> None:
        raise AssertionError("initialize() should have failed")

    with pytest.raises(InvalidToken):
        acting(simulator_url, act, token="1234567890:wrong")
