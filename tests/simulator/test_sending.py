"""Files, places, polls, copies, forwards and pins: what Telegram refuses in them is refused here, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.client import Person, Simulator
from simulator.files import picture
from tests.simulator.bot import BotSide

PICTURE = picture(8, 8, 0.2)


@pytest.fixture
def alice(telegram: Simulator, bot: BotSide) -> Person:
    """Somebody who has started the bot."""
    return telegram.person("Алиса", started=True)


def upload(bot: BotSide, method: str, field: str, content: bytes, **params: str) -> dict[str, Any]:
    """Return the whole answer to a call with a file."""
    answer: dict[str, Any] = bot.post(f"/{method}", data=params, files={field: ("f.bin", content)}).json()
    return answer


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("sendPhoto", {"photo": "нет такого"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"photo": "https://a.org/a.png"}, "files from a URL are published but not simulated"),
        ("sendPhoto", {}, 'parameter "photo" is required'),
        ("sendPhoto", {"photo": "x", "caption": "ы" * 1025}, "message caption is too long"),
        ("sendVoice", {"voice": "x", "caption": "<b>", "parse_mode": "HTML"}, "can't parse entities: "),
        ("sendVideoNote", {"video_note": "x", "caption": "?"}, 'method sendVideoNote has no parameter "caption"'),
        ("sendLocation", {"latitude": 91, "longitude": 0}, "wrong location specified"),
        ("sendLocation", {"latitude": "север", "longitude": 0}, "latitude must be Float"),
        ("sendLocation", {"latitude": 1, "longitude": 1, "live_period": 5}, "wrong live location period specified"),
        ("sendDice", {"emoji": "🪑"}, "wrong dice emoji specified"),
        ("sendPoll", {"question": " ", "options": [{"text": "а"}]}, "poll question must be non-empty"),
        ("sendPoll", {"question": "?", "options": []}, "poll must have from 1 to 12 options"),
        ("sendPoll", {"question": "?", "options": [{"text": "а" * 101}]}, "poll option length must not exceed 100"),
        (
            "sendPoll",
            {"question": "?", "options": [{"text": "а"}], "type": "quiz"},
            "wrong correct option ID specified",
        ),
        (
            "sendPoll",
            {"question": "?", "options": [{"text": "а"}], "shuffle_options": True},
            'parameter "shuffle_options" of sendPoll is published but not simulated',
        ),
        (
            "sendMessage",
            {"text": "да", "business_connection_id": "x"},
            'parameter "business_connection_id" of sendMessage is published but not simulated',
        ),
        ("sendContact", {"phone_number": "", "first_name": "О"}, "contact must have a phone number and a first name"),
        ("sendMediaGroup", {"media": [{"type": "photo", "media": "x"}]}, "too few messages to send as an album"),
        (
            "sendMediaGroup",
            {"media": [{"type": "document", "media": "x"}] * 11},
            "too many messages to send as an album",
        ),
        ("sendMediaGroup", {"media": [{"type": "hologram"}]}, "media[0] is no InputMedia"),
        ("forwardMessage", {"from_chat_id": 1, "message_id": 1}, "chat not found"),
        ("deleteMessages", {"message_ids": []}, "too few messages to delete"),
        ("pinChatMessage", {"message_id": 1}, "message to pin not found"),
        ("setMessageReaction", {"message_id": 1}, "message to react not found"),
    ],
)
def test_what_telegram_would_not_send(
    bot: BotSide, alice: Person, method: str, params: dict[str, Any], reason: str
) -> None:
    code, description = bot.refusal(method, chat_id=alice.person_id, **params)
    assert code == 400
    assert description.startswith(f"Bad Request: {reason}")
    assert alice.chat() == []


def test_files_are_what_they_were_sent_as(bot: BotSide, alice: Person) -> None:
    chat = {"chat_id": str(alice.person_id)}
    assert upload(bot, "sendPhoto", "photo", b"", **chat)["description"] == "Bad Request: file must be non-empty"
    assert upload(bot, "sendPhoto", "photo", b"text", **chat)["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    photo = upload(bot, "sendPhoto", "photo", PICTURE, **chat)["result"]["photo"][0]["file_id"]
    refused = bot.refusal("sendVideoNote", video_note=photo, **chat)
    assert refused == (400, "Bad Request: can't use file of type Photo as VideoNote")
    assert bot.refusal("getFile", file_id="нет")[1] == "Bad Request: invalid file_id"


def test_a_file_that_a_person_sent_can_be_sent_again(bot: BotSide, alice: Person) -> None:
    for kind, method in (("photo", "sendPhoto"), ("voice", "sendVoice"), ("sticker", "sendSticker")):
        sent = alice.sends_media(kind, wait=False)
        file = sent.file
        assert file is not None
        again = bot.result(method, chat_id=alice.person_id, **{kind: file["file_id"]})
        assert again[kind] == sent.raw[kind]


def test_an_album_from_uploads_and_ids(bot: BotSide, alice: Person) -> None:
    photo = alice.sends_media("photo", wait=False).raw["photo"][-1]["file_id"]
    media = f'[{{"type": "photo", "media": "{photo}"}}, {{"type": "photo", "media": "attach://b", "caption": "два"}}]'
    answer = upload(bot, "sendMediaGroup", "b", PICTURE, chat_id=str(alice.person_id), media=media)
    assert [message.get("caption") for message in answer["result"]] == [None, "два"]
    mixed = [{"type": "photo", "media": photo}, {"type": "document", "media": photo}]
    assert "can't be mixed" in bot.refusal("sendMediaGroup", chat_id=alice.person_id, media=mixed)[1]


def test_edits_of_files(bot: BotSide, alice: Person) -> None:
    photo = alice.sends_media("photo", wait=False).raw["photo"][-1]["file_id"]
    sticker = alice.sends_media("sticker", wait=False).raw["sticker"]["file_id"]
    place: dict[str, Any] = {"chat_id": alice.person_id}
    new = {"type": "photo", "media": photo, "caption": "вид"}
    text = bot.result("sendMessage", text="текст", **place)["message_id"]
    stuck = bot.result("sendSticker", sticker=sticker, **place)["message_id"]
    edited = bot.result("editMessageMedia", message_id=text, media=new, **place)
    assert edited["caption"] == "вид"
    assert "text" not in edited
    refusals = {
        ("editMessageMedia", stuck, "media"): "there is no media in the message to edit",
        ("editMessageMedia", text, "media"): "message is not modified",
        ("editMessageCaption", stuck, "caption"): "there is no caption in the message to edit",
        ("editMessageText", text, "text"): "there is no text in the message to edit",
        ("stopPoll", text, ""): "message with poll to stop not found",
    }
    for (method, message_id, parameter), reason in refusals.items():
        value = {"media": new, "caption": {"caption": "да"}, "text": {"text": "да"}}.get(parameter, {})
        params = {"media": value} if parameter == "media" else value
        assert reason in bot.refusal(method, message_id=message_id, **params, **place)[1]
    album = bot.result("sendMediaGroup", media=[{"type": "photo", "media": photo}] * 2, **place)
    document = alice.sends_media("document", wait=False).raw["document"]["file_id"]
    other = {"type": "document", "media": document}
    refused = bot.refusal("editMessageMedia", message_id=album[0]["message_id"], media=other, **place)
    assert refused == (400, "Bad Request: can't change media type in the album")


def test_forwards_keep_what_copies_lose(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bob = telegram.person("Богдан", started=True)
    route = {"chat_id": bob.person_id, "from_chat_id": alice.person_id}
    quiz = alice.sends_media("quiz", wait=False)
    pinned = alice.pins(quiz, wait=False)
    assert (
        bot.refusal("copyMessage", message_id=quiz.message_id, **route)[1] == "Bad Request: the message can't be copied"
    )
    bot.result("forwardMessage", message_id=quiz.message_id, **route)
    refused = bot.refusal("forwardMessage", message_id=pinned.message_id, **route)
    assert refused == (400, "Bad Request: the message can't be forwarded")
    ids = [quiz.message_id, pinned.message_id]
    assert len(bot.result("forwardMessages", message_ids=ids, **route)) == 1
    secret = bot.result("sendMessage", chat_id=alice.person_id, text="тайна", protect_content=True)
    refused = bot.refusal("forwardMessage", message_id=secret["message_id"], **route)
    assert refused == (400, "Bad Request: the message can't be forwarded")


def test_a_copy_may_have_another_caption(bot: BotSide, alice: Person) -> None:
    voice = alice.sends_media("voice", "первые слова", wait=False)
    copy = {"chat_id": alice.person_id, "from_chat_id": alice.person_id, "message_id": voice.message_id}
    for params, caption in (({}, "первые слова"), ({"caption": "другие"}, "другие"), ({"caption": ""}, "")):
        bot.result("copyMessage", **params, **copy)
        assert (alice.last_message.kind, alice.last_message.text) == ("voice", caption)


def test_a_quote_must_be_in_the_message(bot: BotSide, alice: Person) -> None:
    asked = alice.sends("раз два раз", wait=False)
    place = {"chat_id": alice.person_id, "text": "?"}
    reply: dict[str, Any] = {"message_id": asked.message_id, "quote": "раз", "quote_position": 4}
    assert bot.result("sendMessage", reply_parameters=reply, **place)["quote"]["position"] == 8
    assert bot.refusal("sendMessage", reply_parameters=reply | {"quote": "три"}, **place)[1].endswith(
        "QUOTE_TEXT_INVALID"
    )


def test_reactions_that_telegram_has(bot: BotSide, alice: Person) -> None:
    place = {"chat_id": alice.person_id, "message_id": alice.sends("да", wait=False).message_id}
    for emoji, reason in (("🪑", "REACTION_INVALID"), ("👍", "")):
        answer = bot.answer("setMessageReaction", reaction=[{"type": "emoji", "emoji": emoji}], **place)
        assert answer["ok"] is (reason == "")
        assert answer.get("description", "").endswith(reason)


def test_several_are_deleted_and_what_is_not_there_is_skipped(bot: BotSide, alice: Person) -> None:
    sent = [bot.result("sendMessage", chat_id=alice.person_id, text=text)["message_id"] for text in ("раз", "два")]
    bot.result("deleteMessages", chat_id=alice.person_id, message_ids=[*sent, 1])
    assert alice.chat() == []


def test_menu_buttons(bot: BotSide, alice: Person) -> None:
    web_app = {"type": "web_app", "text": "Открыть", "web_app": {"url": "http://a.org"}}
    assert bot.refusal("setChatMenuButton", menu_button=web_app)[0] == 400
    bot.result("setChatMenuButton", chat_id=alice.person_id, menu_button={"type": "commands"})
    assert bot.result("getChatMenuButton", chat_id=alice.person_id) == {"type": "commands"}
    assert bot.refusal("setChatMenuButton", chat_id=1)[1] == "Bad Request: chat not found"
