"""Calls that Telegram refuses are refused here, in its words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from simulator.client import Person, Simulator
from simulator.schema import compact
from tests.simulator.bot import BotSide


@pytest.fixture
def alice(telegram: Simulator) -> Person:
    """Somebody who has started the bot."""
    person = telegram.person("Алиса")
    person.sends("/start", wait=False)
    return person


def keyboard(**button: Any) -> dict[str, Any]:
    """Return an inline keyboard with one button."""
    return {"inline_keyboard": [[{"text": "Да", **button}]]}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": "ы" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "<b>" + "ы" * 4097 + "</b>", "parse_mode": "HTML"}, "message is too long"),
        ({"text": "да</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag at byte offset 4"),
        ({"text": "да", "parse_mode": "XML"}, "unsupported parse_mode"),
        ({"text": "да", "reply_to_message_id": 5}, 'method sendMessage has no parameter "reply_to_message_id"'),
        ({"text": 5}, "text must be String"),
        ({"text": "да", "disable_notification": "maybe"}, "disable_notification must be Boolean"),
        (
            {"text": "да", "entities": [{"type": "bold", "length": 1}]},
            'entities[0] is no MessageEntity: it lacks "offset"',
        ),
        ({"text": "да", "entities": {"type": "bold"}}, "entities must be Array of MessageEntity"),
        ({"text": "да", "reply_parameters": {"message_id": 1}}, "message to be replied not found"),
        ({"text": "да", "reply_markup": keyboard()}, "text buttons are unallowed in the inline keyboard"),
        ({"text": "да", "reply_markup": keyboard(callback_data="")}, "BUTTON_DATA_INVALID"),
        ({"text": "да", "reply_markup": keyboard(callback_data="ы" * 33)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "да", "reply_markup": keyboard(callback_data="x", url="https://a.org")},
            "inline keyboard button must have exactly one action",
        ),
        ({"text": "да", "reply_markup": keyboard(url="просто так")}, "BUTTON_URL_INVALID"),
        (
            {"text": "да", "reply_markup": keyboard(callback_dat="x")},
            'reply_markup.inline_keyboard[0][0] is no InlineKeyboardButton: it has an unknown "callback_dat"',
        ),
        (
            {"text": "да", "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
            'reply_markup.inline_keyboard[0][0] is no InlineKeyboardButton: it lacks "text"',
        ),
    ],
)
def test_a_message_that_telegram_would_not_send(
    bot: BotSide, alice: Person, params: dict[str, Any], reason: str
) -> None:
    assert bot.refusal("sendMessage", chat_id=alice.person_id, **params) == (400, f"Bad Request: {reason}")
    assert [message.text for message in alice.chat()] == ["/start"]


def test_what_is_just_allowed_is_sent(bot: BotSide, alice: Person) -> None:
    markup = keyboard(callback_data="ы" * 32)
    sent = bot.result("sendMessage", chat_id=alice.person_id, text="😀" * 2048, reply_markup=markup)
    assert sent["text"] == "😀" * 2048
    assert alice.buttons == ["Да"]


def test_parameters_may_come_as_form_query_or_strings_in_json(bot: BotSide, alice: Person) -> None:
    markup = '{"inline_keyboard": [[{"text": "Да", "callback_data": "x"}]]}'
    params = {"chat_id": str(alice.person_id), "text": "5", "reply_markup": markup, "protect_content": "true"}
    for answer in (
        bot.post("/sendMessage", data=params),
        bot.post("/sendMessage", files={name: (None, value) for name, value in params.items()}),
        bot.get("/sendMessage", params=params),
        bot.post("/SENDMESSAGE", json=params),
    ):
        sent = answer.json()["result"]
        assert (sent["text"], sent["has_protected_content"]) == ("5", True)
        assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "x"


def test_unknown_token_method_and_body(bot: BotSide, simulator_url: str) -> None:
    wrong = httpx.get(f"{simulator_url}/bot1234567890:wrong/getMe", trust_env=False)
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    assert bot.refusal("sendTelepathy") == (404, "Not Found")
    assert bot.refusal("sendGame") == (400, "Bad Request: method sendGame is published but not simulated")
    broken = bot.post("/getMe", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["error_code"]) == (400, 400)


def test_who_can_be_written_to(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    stranger = telegram.person("Богдан")
    say = {"text": "Привет"}
    assert bot.refusal("sendMessage", chat_id=42, **say) == (400, "Bad Request: chat not found")
    refusal = bot.refusal("sendMessage", chat_id=stranger.person_id, **say)
    assert refusal == (403, "Forbidden: bot can't initiate conversation with a user")
    alice.blocks_bot(wait=False)
    blocked = (403, "Forbidden: bot was blocked by the user")
    assert bot.refusal("sendMessage", chat_id=alice.person_id, **say) == blocked
    assert bot.refusal("sendChatAction", chat_id=alice.person_id, action="typing") == blocked
    alice.unblocks_bot(wait=False)
    assert bot.result("sendMessage", chat_id=alice.person_id, **say)["text"] == "Привет"


def test_edits(bot: BotSide, alice: Person) -> None:
    place = {"chat_id": alice.person_id}
    sent = bot.result(
        "sendMessage", text="<b>раз</b>", parse_mode="HTML", reply_markup=keyboard(callback_data="x"), **place
    )
    place["message_id"] = sent["message_id"]
    same = {"text": "раз", "entities": sent["entities"], "reply_markup": sent["reply_markup"]}
    assert bot.refusal("editMessageText", **place, **same)[1].startswith("Bad Request: message is not modified: ")
    unchanged = bot.refusal("editMessageReplyMarkup", **place, reply_markup=keyboard(callback_data="x"))
    assert unchanged[1].startswith("Bad Request: message is not modified: ")
    edited = bot.result("editMessageText", **place, text="раз")
    assert "edit_date" in edited
    assert "reply_markup" not in edited
    own = alice.chat()[0].message_id
    assert (
        bot.refusal("editMessageText", chat_id=alice.person_id, message_id=own, text="x")[1]
        == "Bad Request: message can't be edited"
    )
    gone = bot.refusal("editMessageText", chat_id=alice.person_id, message_id=1, text="x")
    assert gone == (400, "Bad Request: message to edit not found")
    bot.result("deleteMessage", **place)
    assert bot.refusal("deleteMessage", **place) == (400, "Bad Request: message to delete not found")


def test_copies(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bob = telegram.person("Богдан")
    bob.sends("/start", wait=False)
    written = alice.sends("тихо 😔", [{"type": "spoiler", "offset": 0, "length": 4}], wait=False)
    pinned = alice.pins(written, wait=False)
    route = {"chat_id": bob.person_id, "from_chat_id": alice.person_id}
    bot.result("copyMessage", message_id=written.message_id, **route)
    copy = bob.sees("тихо")
    assert copy.entities == [{"type": "spoiler", "offset": 0, "length": 4}]
    assert not {"forward_origin", "forward_from"} & copy.raw.keys()
    assert str(alice.person_id) not in str(copy.raw)
    assert bot.refusal("copyMessage", message_id=pinned.message_id, **route) == (
        400,
        "Bad Request: the message can't be copied",
    )
    alice.deletes(written)
    gone = bot.refusal("copyMessage", message_id=written.message_id, **route)
    assert gone == (400, "Bad Request: message to copy not found")


def test_albums_stay_albums_and_what_cannot_be_copied_is_skipped(
    bot: BotSide, telegram: Simulator, alice: Person
) -> None:
    bob = telegram.person("Богдан")
    bob.sends("/start", wait=False)
    pictures = [alice.sends_media("photo", caption, album="a", wait=False) for caption in ("раз", "")]
    pinned = alice.pins(pictures[0], wait=False)
    ids = [pictures[0].message_id, pictures[1].message_id, pinned.message_id]
    route = {"chat_id": bob.person_id, "from_chat_id": alice.person_id}
    copied = bot.result("copyMessages", message_ids=ids, **route)
    copies = [message for message in bob.chat() if message.by_bot]
    assert [copy.message_id for copy in copies] == [entry["message_id"] for entry in copied]
    assert [copy.text for copy in copies] == ["раз", ""]
    assert len({copy.raw["media_group_id"] for copy in copies} | {"a"}) == 2
    order = bot.refusal("copyMessages", message_ids=ids[::-1], **route)
    assert order[1] == "Bad Request: message identifiers must be in a strictly increasing order"


def test_a_tap_is_answered_once(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bot.result("sendMessage", chat_id=alice.person_id, text="Да?", reply_markup=keyboard(callback_data="да"))
    alice.taps("Да", wait=False)
    update = telegram.updates(alice)[-1]["update"]["callback_query"]
    assert update["data"] == "да"
    assert (
        bot.refusal("answerCallbackQuery", callback_query_id=update["id"], text="ы" * 201)[1]
        == "Bad Request: MESSAGE_TOO_LONG"
    )
    bot.result("answerCallbackQuery", callback_query_id=update["id"], text="Хорошо")
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert bot.refusal("answerCallbackQuery", callback_query_id=update["id"]) == (400, late)
    assert bot.refusal("answerCallbackQuery", callback_query_id="5") == (400, late)


def test_menus(bot: BotSide, alice: Person) -> None:
    def menu(description: str) -> list[dict[str, str]]:
        return [{"command": "sos", "description": description}]

    bot.result("setMyCommands", commands=menu("default"))
    bot.result("setMyCommands", commands=menu("українською"), language_code="uk")
    bot.result("setMyCommands", commands=menu("в личном"), scope={"type": "all_private_chats"})
    assert alice.commands() == menu("в личном")
    bot.result("deleteMyCommands", scope={"type": "all_private_chats"})
    assert alice.commands() == menu("default")
    alice.speaks("uk")
    assert alice.commands() == menu("українською")
    wrong = bot.refusal("setMyCommands", commands=[{"command": "СОС", "description": "x"}])
    assert wrong == (400, "Bad Request: BOT_COMMAND_INVALID")
    for language in ({}, {"language_code": "uk"}):
        bot.result("deleteMyCommands", **language)


def test_webhook_and_polling(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    assert bot.refusal("setWebhook", url="ftp://a.org")[0] == 400
    assert bot.refusal("setWebhook", url="http://127.0.0.1:9/", secret_token="пароль")[0] == 400
    (update,) = bot.result("getUpdates")
    assert update["message"]["text"] == "/start"
    assert bot.result("getUpdates", offset=update["update_id"] + 1) == []
    assert telegram.pending() == []
    bot.result("setWebhook", url="http://127.0.0.1:9/")
    assert bot.refusal("getUpdates")[0] == 409
    bot.result("setWebhook", url="")
    assert bot.result("getWebhookInfo")["url"] == ""


def test_the_compact_schema_says_what_the_description_says() -> None:
    name = {"name": "name", "types": ["Integer", "String"], "required": True}
    described = {
        "version": "Bot API 0",
        "methods": {"getIt": {"fields": [name]}, "getMe": {}},
        "types": {"It": {"fields": [name | {"required": False}]}, "Any": {"subtypes": ["It"]}},
    }
    assert compact(described) == {
        "version": "Bot API 0",
        "methods": {"getIt": {"name": "!Integer|String"}, "getMe": {}},
        "types": {"Any": ["It"], "It": {"name": "Integer|String"}},
    }
