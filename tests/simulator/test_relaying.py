"""What a bot that passes messages on meets: what can be copied, quoted, replaced, deleted, and who wants no voices."""

from __future__ import annotations

import time
from typing import Any

import pytest

from simulator.client import Message, Person, RefusedError, Simulator
from simulator.schema import load
from tests.simulator.bot import BotSide

CUSTOM = {"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5368324170671202286"}
BOLD = {"type": "bold", "offset": 3, "length": 5}


@pytest.fixture
def alice(telegram: Simulator, bot: BotSide) -> Person:
    """Somebody who has started the bot."""
    telegram.limits_to(enabled=False)
    return telegram.person("Алиса", started=True)


@pytest.fixture
def bob(telegram: Simulator, bot: BotSide) -> Person:
    """Somebody else who has."""
    return telegram.person("Богдан", started=True)


def route(message: Message, writer: Person, reader: Person) -> dict[str, Any]:
    """Return what a copy of a message to somebody else needs."""
    return {"chat_id": reader.person_id, "from_chat_id": writer.person_id, "message_id": message.message_id}


def test_every_field_of_a_message_can_be_sent(telegram: Simulator, alice: Person) -> None:
    for field, notation in load().types["Message"].fields.items():
        if field in ("message_id", "date", "from", "chat", "text", "media_group_id", "reply_to_message", "caption"):
            continue
        sent = alice.sends_media(field, wait=False)
        assert field in telegram.updates(alice)[-1]["update"]["message"], field
        assert field in sent.raw, notation


@pytest.mark.parametrize(
    "kind", ["game", "invoice", "checklist", "paid_media", "gift", "giveaway", "giveaway_winners", "story", "quiz"]
)
def test_what_can_not_be_copied(bot: BotSide, alice: Person, bob: Person, kind: str) -> None:
    sent = alice.sends_media(kind, wait=False)
    refusal = (400, "Bad Request: the message can't be copied")
    assert bot.refusal("copyMessage", **route(sent, alice, bob)) == refusal


@pytest.mark.parametrize("kind", ["live_photo", "rich_message"])
def test_what_is_new_and_can_be_copied(bot: BotSide, alice: Person, bob: Person, kind: str) -> None:
    sent = alice.sends_media(kind, wait=False)
    bot.result("copyMessage", **route(sent, alice, bob))
    assert bob.last_message.raw[kind] == sent.raw[kind]
    assert bob.last_message.kind == kind


def test_what_is_protected_stays_where_it_is(bot: BotSide, telegram: Simulator, alice: Person, bob: Person) -> None:
    sent = alice.sends("только здесь", protected=True, wait=False)
    assert telegram.updates(alice)[-1]["update"]["message"]["has_protected_content"]
    assert bot.refusal("copyMessage", **route(sent, alice, bob))[0] == 400
    own = bot.result("sendMessage", chat_id=alice.person_id, text="своё", protect_content=True)
    copy = {"chat_id": bob.person_id, "from_chat_id": alice.person_id, "message_id": own["message_id"]}
    bot.result("copyMessage", **copy)


def test_a_copy_can_answer_and_quote(bot: BotSide, alice: Person, bob: Person) -> None:
    asked = bob.sends("на **самом** деле", [BOLD], wait=False)
    sent = alice.sends_media("voice", wait=False)
    reply = {"message_id": asked.message_id, "quote": "**сам", "quote_entities": [{**BOLD, "offset": 0}]}
    bot.result("copyMessage", reply_parameters=reply, **route(sent, alice, bob))
    assert bob.last_message.raw["reply_to_message"]["message_id"] == asked.message_id
    assert bob.last_message.raw["quote"]["entities"] == [{**BOLD, "offset": 0}]
    for quote in ({"quote": "**сам", "quote_entities": []}, {"quote": "не оттуда"}, {"quote": "х" * 1025}):
        wrong = {"message_id": asked.message_id, **quote}
        refusal = bot.refusal("copyMessage", reply_parameters=wrong, **route(sent, alice, bob))
        assert refusal == (400, "Bad Request: QUOTE_TEXT_INVALID")
    gone = {"message_id": 1}
    refusal = bot.refusal("copyMessage", reply_parameters=gone, **route(sent, alice, bob))
    assert refusal == (400, "Bad Request: message to be replied not found")
    lenient = {"message_id": 1, "allow_sending_without_reply": True}
    bot.result("copyMessage", reply_parameters=lenient, **route(sent, alice, bob))


def test_custom_emoji_are_plain_ones_in_what_a_bot_copies(bot: BotSide, alice: Person, bob: Person) -> None:
    sent = alice.sends("🤗 да-да", [CUSTOM, BOLD], wait=False)
    assert CUSTOM in sent.entities
    bot.result("copyMessage", **route(sent, alice, bob))
    assert (bob.last_message.text, bob.last_message.entities) == ("🤗 да-да", [BOLD])
    assert CUSTOM in bot.result("forwardMessage", **route(sent, alice, bob))["entities"]


def test_a_caption_above_and_a_spoiler_are_copied(bot: BotSide, alice: Person, bob: Person) -> None:
    sent = alice.sends_media("photo", "сверху", spoiler=True, caption_above=True, wait=False)
    bot.result("copyMessage", **route(sent, alice, bob))
    copy = bob.last_message.raw
    assert (copy["caption"], copy["has_media_spoiler"], copy["show_caption_above_media"]) == ("сверху", True, True)


def test_an_answer_to_a_story(bot: BotSide, telegram: Simulator, alice: Person, bob: Person) -> None:
    sent = alice.sends("красиво", reply_to_story=True, wait=False)
    assert telegram.updates(alice)[-1]["update"]["message"]["reply_to_story"]["chat"]["username"]
    bot.result("copyMessage", **route(sent, alice, bob))
    assert "reply_to_story" not in bob.last_message.raw


def test_an_album_of_known_files_can_be_an_answer(bot: BotSide, alice: Person, bob: Person) -> None:
    asked = bob.sends("покажи", wait=False)
    sent = alice.sends_album("photo", "video", "live_photo", caption="вот", wait=False)
    assert len({message.raw["media_group_id"] for message in sent}) == 1
    live = sent[2].raw["live_photo"]
    media = [
        {"type": "photo", "media": sent[0].raw["photo"][-1]["file_id"], "caption": "вот"},
        {"type": "video", "media": sent[1].raw["video"]["file_id"]},
        {"type": "live_photo", "media": live["file_id"], "photo": live["photo"][-1]["file_id"]},
    ]
    reply = {"message_id": asked.message_id}
    album = bot.result("sendMediaGroup", chat_id=bob.person_id, media=media, reply_parameters=reply)
    assert [message["reply_to_message"]["message_id"] for message in album] == [asked.message_id] * 3
    assert [message.get("caption") for message in album] == ["вот", None, None]


def test_some_can_not_be_copied_or_are_gone_and_are_skipped(bot: BotSide, alice: Person, bob: Person) -> None:
    pictures = alice.sends_album("photo", "photo", "photo", wait=False)
    alice.deletes(pictures[1])
    gift = alice.sends_media("gift", wait=False)
    ids = [message.message_id for message in (*pictures, gift)]
    copied = bot.result("copyMessages", chat_id=bob.person_id, from_chat_id=alice.person_id, message_ids=ids)
    assert len(copied) == 2
    refused = bot.refusal("copyMessages", chat_id=bob.person_id, from_chat_id=alice.person_id, message_ids=ids[3:])
    assert refused[0] == 400


@pytest.mark.parametrize("kind", ["voice", "video_note", "sticker"])
def test_what_can_not_be_replaced(bot: BotSide, alice: Person, bob: Person, kind: str) -> None:
    sent = alice.sends_media(kind, wait=False)
    picture = alice.sends_media("photo", wait=False)
    place = {"chat_id": bob.person_id}
    for message in (sent, picture):
        bot.result("copyMessage", **route(message, alice, bob))
    copied_sent, copied_picture = (message.message_id for message in bob.chat())
    assert sent.file is not None
    assert picture.file is not None
    new = {"type": "photo", "media": picture.file["file_id"]}
    assert bot.refusal("editMessageMedia", message_id=copied_sent, media=new, **place)[0] == 400
    new = {"type": kind, "media": sent.file["file_id"]}
    assert bot.refusal("editMessageMedia", message_id=copied_picture, media=new, **place)[0] == 400


@pytest.mark.parametrize("kind", ["voice", "video_note"])
def test_who_wants_no_voices_gets_none(bot: BotSide, alice: Person, bob: Person, kind: str) -> None:
    sent = alice.sends_media(kind, wait=False)
    bob.refuses_voice()
    assert sent.file is not None
    forbidden = (400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
    assert bot.refusal("copyMessage", **route(sent, alice, bob)) == forbidden
    method = {"voice": "sendVoice", "video_note": "sendVideoNote"}[kind]
    assert bot.refusal(method, chat_id=bob.person_id, **{kind: sent.file["file_id"]}) == forbidden
    bot.result("sendMessage", chat_id=bob.person_id, text="а это можно")
    bob.refuses_voice(False)
    bot.result("copyMessage", **route(sent, alice, bob))


def test_a_reaction_to_an_album_stands_under_its_first(bot: BotSide, alice: Person) -> None:
    album = alice.sends_album("photo", "photo", wait=False)
    heart = [{"type": "emoji", "emoji": "❤"}]
    bot.result("setMessageReaction", chat_id=alice.person_id, message_id=album[1].message_id, reaction=heart)
    assert [message.reactions for message in alice.chat()] == [["❤"], []]


@pytest.mark.parametrize(
    "reaction",
    [
        [{"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"}],
        [{"type": "paid"}],
        [{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "👎"}],
    ],
)
def test_how_a_bot_can_not_react(bot: BotSide, alice: Person, reaction: list[dict[str, str]]) -> None:
    sent = alice.sends("да", wait=False)
    place = {"chat_id": alice.person_id, "message_id": sent.message_id}
    assert bot.refusal("setMessageReaction", reaction=reaction, **place)[0] == 400


def test_custom_reactions_are_for_who_pays(telegram: Simulator, bot: BotSide, alice: Person) -> None:
    bot.result("setWebhook", url="http://127.0.0.1:9/", allowed_updates=["message", "message_reaction"])
    rich = telegram.person("Вера", premium=True)
    for person in (alice, rich):
        person.sends("да", wait=False)
    with pytest.raises(RefusedError, match="pay"):
        alice.reacts(alice.last_message, None, custom_emoji_id="5", wait=False)
    rich.reacts(rich.last_message, None, custom_emoji_id="5", wait=False)
    told = telegram.updates(rich)[-1]["update"]["message_reaction"]
    assert told["new_reaction"] == [{"type": "custom_emoji", "custom_emoji_id": "5"}]
    assert told["user"]["is_premium"]


def test_what_may_be_deleted(bot: BotSide, alice: Person) -> None:
    own = alice.sends("своё", wait=False)
    bot.result("deleteMessage", chat_id=alice.person_id, message_id=own.message_id)
    assert alice.chat() == []
    dice = alice.sends_media("dice", wait=False)
    refusal = bot.refusal("deleteMessage", chat_id=alice.person_id, message_id=dice.message_id)
    assert refusal == (400, "Bad Request: message can't be deleted for everyone")


def test_faults_by_chance_hit_about_as_many_as_they_should(telegram: Simulator, bot: BotSide, alice: Person) -> None:
    began = time.monotonic()
    telegram.breaks("sendMessage", times=None, status=502, probability=0.2)
    answers = [bot.answer("sendMessage", chat_id=alice.person_id, text=str(n))["ok"] for n in range(200)]
    assert 20 <= answers.count(False) <= 60
    assert time.monotonic() - began < 10
