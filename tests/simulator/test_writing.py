"""Everything people can send comes to the bot as Telegram would send it."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from simulator.client import Message, Person, RefusedError, Simulator
from simulator.media import UNPUBLISHED_FIELD
from tests.simulator.bot import BotSide


@pytest.fixture
def alice(telegram: Simulator, bot: BotSide) -> Person:
    """Somebody who has started the bot."""
    person = telegram.person("Алиса")
    person.sends("/start", wait=False)
    return person


def heard(telegram: Simulator, person: Person) -> dict[str, Any]:
    """Return the message of the latest update about a person."""
    update = telegram.updates(person)[-1]["update"]
    message: dict[str, Any] = update.get("message") or update["edited_message"]
    return message


def test_a_picture_can_be_seen_and_fetched(
    bot: BotSide, telegram: Simulator, alice: Person, simulator_url: str
) -> None:
    picture = alice.sends_media("photo", "вид из окна", spoiler=True, wait=False)
    told = heard(telegram, alice)
    assert (told["caption"], told["has_media_spoiler"]) == ("вид из окна", True)
    small, large = told["photo"]
    assert small["width"] < large["width"]
    shown = httpx.get(f"{simulator_url}/control/files/{large['file_id']}", trust_env=False)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.content == alice.downloads(picture)
    file = bot.result("getFile", file_id=large["file_id"])
    base = str(bot.base_url).replace("/bot", "/file/bot")
    assert httpx.get(f"{base}{file['file_path']}", trust_env=False).content == shown.content
    assert httpx.get(f"{base}photos/other.png", trust_env=False).status_code == 404


def test_what_the_bot_sends_is_always_a_download(bot: BotSide, alice: Person, simulator_url: str) -> None:
    page = {"document": ("page.html", b"<script>alert(1)</script>", "text/html")}
    sent = bot.post("/sendDocument", data={"chat_id": str(alice.person_id)}, files=page).json()["result"]
    file_id = sent["document"]["file_id"]
    shown = httpx.get(f"{simulator_url}/control/files/{file_id}", trust_env=False)
    assert shown.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in shown.headers["content-security-policy"]


def test_pictures_differ(alice: Person) -> None:
    pictures = [alice.downloads(alice.sends_media("photo", wait=False)) for _ in range(5)]
    assert len(set(pictures)) > 1


def test_kinds_that_are_something_else_as_well(telegram: Simulator, alice: Person) -> None:
    alice.sends_media("animation", wait=False)
    told = heard(telegram, alice)
    assert told["document"]["file_id"] == told["animation"]["file_id"]
    alice.sends_media("venue", wait=False)
    told = heard(telegram, alice)
    assert told["location"] == told["venue"]["location"]


def test_details_are_what_the_test_wants(telegram: Simulator, alice: Person) -> None:
    alice.sends_media("contact", details={"phone_number": "+380501112233"}, wait=False)
    assert heard(telegram, alice)["contact"]["phone_number"] == "+380501112233"
    alice.sends_media("document", file_name="Алиса Петренко.docx", wait=False)
    assert heard(telegram, alice)["document"]["file_name"] == "Алиса Петренко.docx"
    alice.sends_media("other", details={"game": {"title": "Г", "description": "Д", "photo": []}}, wait=False)
    assert heard(telegram, alice)["game"]["title"] == "Г"
    for details in ({"phone": "1"}, {"phone_number": 5}):
        with pytest.raises(RefusedError, match="contact"):
            alice.sends_media("contact", details=details, wait=False)
    with pytest.raises(RefusedError, match="telepathy"):
        alice.sends_media("telepathy", wait=False)


def test_a_kind_that_telegram_has_not_published(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    sent = alice.sends_media("unsupported", wait=False)
    assert UNPUBLISHED_FIELD in heard(telegram, alice)
    copy = {"chat_id": alice.person_id, "from_chat_id": alice.person_id, "message_id": sent.message_id}
    assert bot.refusal("copyMessage", **copy) == (400, "Bad Request: the message can't be copied")


def test_entities_of_every_kind(telegram: Simulator, alice: Person) -> None:
    stranger = {"id": 5_000_000_001, "is_bot": False, "first_name": "Олег"}
    text = "жирно тайно цитата Олег 🤗 @oleh"
    entities = [
        {"type": "bold", "offset": 0, "length": 5},
        {"type": "spoiler", "offset": 6, "length": 5},
        {"type": "blockquote", "offset": 12, "length": 6},
        {"type": "text_mention", "offset": 19, "length": 4, "user": stranger},
        {"type": "custom_emoji", "offset": 24, "length": 2, "custom_emoji_id": "5368324170671202286"},
    ]
    alice.sends(text, entities, wait=False)
    assert heard(telegram, alice)["entities"] == [*entities, {"type": "mention", "offset": 27, "length": 5}]
    for entity in ({"type": "bold"}, {"type": "bold", "offset": 0, "length": 50}, {"type": "glow", "x": 1}):
        with pytest.raises(RefusedError):
            alice.sends("да", [entity], wait=False)


def test_replies_and_quotes(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    html = "Сначала <b>очень важное</b> слово"
    asked = bot.result("sendMessage", chat_id=alice.person_id, text=html, parse_mode="HTML")
    question = alice.last_message
    alice.sends("вот это", reply_to=question, quote="важное слово", wait=False)
    told = heard(telegram, alice)
    assert told["reply_to_message"] == asked
    assert told["quote"] == {
        "text": "важное слово",
        "entities": [{"type": "bold", "offset": 0, "length": 6}],
        "position": 14,
        "is_manual": True,
    }
    with pytest.raises(RefusedError, match="is not in that message"):
        alice.sends("?", reply_to=question, quote="нет такого", wait=False)
    alice.sends("ответ", reply_to=alice.last_message, wait=False)
    told = heard(telegram, alice)
    assert told["reply_to_message"]["text"] == "вот это"
    assert "reply_to_message" not in told["reply_to_message"]
    alice.sends("смотри", reply_outside="channel", quote="чужие слова", wait=False)
    told = heard(telegram, alice)
    assert told["external_reply"]["origin"]["type"] == "channel"
    assert told["quote"]["text"] == "чужие слова"


def test_a_tapped_message_shows_what_it_replies_to(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    first = alice.sends("первое", wait=False)
    second = alice.sends("второе", reply_to=first, wait=False)
    markup = {"inline_keyboard": [[{"text": "Да", "callback_data": "x"}]]}
    reply = {"message_id": second.message_id}
    bot.result("sendMessage", chat_id=alice.person_id, text="?", reply_parameters=reply, reply_markup=markup)
    alice.taps("Да", wait=False)
    message = telegram.updates(alice)[-1]["update"]["callback_query"]["message"]
    assert message["reply_to_message"]["text"] == "второе"
    assert "reply_to_message" not in message["reply_to_message"]


@pytest.mark.parametrize(
    ("origin", "kind", "field"),
    [
        ("person", "user", "sender_user"),
        ("hidden", "hidden_user", "sender_user_name"),
        ("channel", "channel", "chat"),
        ("group", "chat", "sender_chat"),
    ],
)
def test_forwards_show_where_they_come_from(
    bot: BotSide, telegram: Simulator, alice: Person, origin: str, kind: str, field: str
) -> None:
    sent = alice.sends("не моё", forward_from=origin, wait=False)
    told = heard(telegram, alice)["forward_origin"]
    assert told["type"] == kind
    assert field in told
    copy = {"chat_id": alice.person_id, "from_chat_id": alice.person_id, "message_id": sent.message_id}
    bot.result("copyMessage", **copy)
    assert "forward_origin" not in alice.last_message.raw
    assert bot.result("forwardMessage", **copy)["forward_origin"] == told
    with pytest.raises(RefusedError, match="own"):
        alice.edits(sent, "моё", wait=False)


def test_somebody_elses_message_is_forwarded(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    bob = telegram.person("Богдан", started=True)
    picture = alice.sends_media("photo", "мой кот", wait=False)
    bob.forwards(picture, chat_of=alice, wait=False)
    told = heard(telegram, bob)
    assert (told["photo"], told["caption"]) == (picture.raw["photo"], "мой кот")
    assert told["forward_origin"]["sender_user"]["id"] == alice.person_id
    bob.sends("раз", forward_from=alice.person_id, via_bot="gif", wait=False)
    told = heard(telegram, bob)
    assert told["forward_origin"]["sender_user"]["id"] == alice.person_id
    assert told["via_bot"]["is_bot"]
    bot.result("sendMessage", chat_id=alice.person_id, text="от бота")
    bob.forwards(alice.last_message, chat_of=alice, wait=False)
    assert heard(telegram, bob)["forward_origin"]["sender_user"]["is_bot"]


def test_albums(telegram: Simulator, alice: Person) -> None:
    for kind in ("photo", "video", "photo"):
        alice.sends_media(kind, album="a", wait=False)
    groups = {message.raw.get("media_group_id") for message in alice.chat()[-3:]}
    assert len(groups) == 1
    assert None not in groups
    for kind in ("document", "voice", "text"):
        with pytest.raises(RefusedError, match="album can't hold"):
            alice.sends_media(kind, "да" if kind == "text" else "", album="a", wait=False)
    for _ in range(7):
        alice.sends_media("photo", album="a", wait=False)
    with pytest.raises(RefusedError, match="at most 10"):
        alice.sends_media("photo", album="a", wait=False)


def test_edits_of_text_caption_and_file(telegram: Simulator, alice: Person) -> None:
    def edited(message: Message, **change: Any) -> dict[str, Any]:
        alice.edits(message, wait=False, **change)
        assert telegram.updates(alice)[-1]["kind"] == "edited_message"
        return heard(telegram, alice)

    text = alice.sends("раз", wait=False)
    assert edited(text, text="два")["text"] == "два"
    picture = alice.sends_media("photo", "кот", wait=False)
    told = edited(picture, caption="пёс")
    assert (told["caption"], told["photo"]) == ("пёс", picture.raw["photo"])
    told = edited(picture, kind="video")
    assert "photo" not in told
    assert (told["caption"], told["video"]["mime_type"]) == ("пёс", "video/mp4")
    assert "caption" not in edited(picture, caption="")
    place = alice.sends_media("live_location", wait=False)
    moved = edited(place, kind="live_location", details={"latitude": 50.5})
    assert (moved["location"]["latitude"], moved["location"]["live_period"]) == (50.5, 900)
    voice = alice.sends_media("voice", "слова", wait=False)
    assert edited(voice, caption="другие")["caption"] == "другие"
    refused: list[tuple[Message, dict[str, Any]]] = [
        (voice, {"kind": "photo"}),
        (text, {"caption": "?"}),
        (picture, {"text": "?"}),
    ]
    for message, change in refused:
        with pytest.raises(RefusedError):
            alice.edits(message, wait=False, **change)


def test_a_message_deleted_for_oneself_is_still_there_for_the_bot(
    bot: BotSide, telegram: Simulator, alice: Person
) -> None:
    message = alice.sends("лишнее", wait=False)
    count = len(telegram.updates())
    alice.deletes(message, for_both=False)
    (start,) = alice.chat()
    assert start.text == "/start"
    assert len(telegram.updates()) == count
    begun = time.monotonic()
    path = f"/control/people/{alice.person_id}/chat"
    assert len(telegram.get(path, after=start.revision, wait=0.3)["messages"]) == 1
    assert time.monotonic() - begun >= 0.3
    bob = telegram.person("Богдан", started=True)
    copy = {"chat_id": bob.person_id, "from_chat_id": alice.person_id, "message_id": message.message_id}
    bot.result("copyMessage", **copy)
    bob.sees("лишнее")
    with pytest.raises(RefusedError, match="has no message"):
        alice.edits(message, "?", wait=False)


def test_votes(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    poll = {"question": "Как ты?", "options": [{"text": "Так себе"}, {"text": "Лучше"}]}
    bot.result("sendPoll", chat_id=alice.person_id, is_anonymous=False, **poll)
    alice.votes(alice.last_message, 1, wait=False)
    answer = telegram.updates(alice)[-1]["update"]["poll_answer"]
    assert (answer["option_ids"], answer["user"]["id"]) == ([1], alice.person_id)
    assert [option["voter_count"] for option in alice.last_message.raw["poll"]["options"]] == [0, 1]
    bot.result("stopPoll", chat_id=alice.person_id, message_id=alice.last_message.message_id)
    with pytest.raises(RefusedError, match="no open poll"):
        alice.votes(alice.last_message, 0, wait=False)


def test_reactions_are_those_that_telegram_has(telegram: Simulator, alice: Person) -> None:
    with pytest.raises(RefusedError, match="react"):
        alice.reacts(alice.last_message, "🪑", wait=False)


def test_whoever_left_can_come_back(bot: BotSide, telegram: Simulator, alice: Person) -> None:
    say = {"chat_id": alice.person_id, "text": "Ты здесь?"}
    alice.leaves_telegram()
    assert telegram.people() == []
    assert bot.refusal("sendMessage", **say) == (403, "Forbidden: user is deactivated")
    assert bot.refusal("getChat", chat_id=alice.person_id) == (400, "Bad Request: chat not found")
    telegram.person("Алиса", id=alice.person_id, started=True)
    bot.result("sendMessage", **say)
