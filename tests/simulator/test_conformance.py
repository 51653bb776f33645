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
from simulator.checks import MistypedError, check_object
from simulator.client import Person, Simulator
from simulator.files import picture
from simulator.media import KINDS, UNPUBLISHED_FIELD
from simulator.methods import METHODS
from tests.simulator.bot import BotSide
from tests.simulator.conftest import TOKEN

PICTURE = picture(40, 30, 0.5)
KEYBOARD = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Да", callback_data="да")]])


def acting(url: str, act: Callable[[ptb.Bot], Awaitable[None]], token: str = TOKEN) -> None:
    """Let a real Bot act against the simulator."""

    async def run() -> None:
        async with ptb.Bot(token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
            await act(bot)

    asyncio.run(run())


def test_every_simulated_method(
    telegram: Simulator, bot: BotSide, simulator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
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

    async def files(api: ptb.Bot) -> None:
        chat = alice.person_id
        photo = await api.send_photo(chat, PICTURE, caption="<i>вид</i>", parse_mode="HTML", has_spoiler=True)
        assert (photo.photo[0].width, photo.photo[0].height) == (40, 30)
        assert photo.has_media_spoiler
        assert (photo.caption, photo.caption_entities[0].type) == ("вид", "italic")
        assert (await api.send_photo(chat, photo.photo[0].file_id)).photo == photo.photo
        video = await api.send_video(chat, b"mp4", duration=3, width=64, height=48, thumbnail=PICTURE, filename="a.mp4")
        assert video.video is not None
        assert video.video.thumbnail is not None
        assert (video.video.width, video.video.height, video.video.file_name) == (64, 48, "a.mp4")
        note = await api.send_video_note(chat, b"mp4", length=100)
        assert note.video_note is not None
        assert note.video_note.length == 100
        voice = await api.send_voice(chat, b"ogg", caption="слышно?")
        assert (voice.voice is not None, voice.caption) == (True, "слышно?")
        audio = await api.send_audio(chat, b"mp3", title="Тишина", performer="Никто")
        assert audio.audio is not None
        assert (audio.audio.title, audio.audio.performer) == ("Тишина", "Никто")
        animation = await api.send_animation(chat, b"mp4")
        assert animation.animation is not None
        assert animation.document is not None
        sticker = await api.send_sticker(chat, b"RIFF", emoji="🤗")
        assert sticker.sticker is not None
        assert sticker.sticker.emoji == "🤗"
        assert (await api.send_sticker(chat, sticker.sticker.file_id)).sticker == sticker.sticker
        album = await api.send_media_group(
            chat, [ptb.InputMediaPhoto(PICTURE, caption="раз"), ptb.InputMediaVideo(b"mp4")]
        )
        assert [message.caption for message in album] == ["раз", None]
        assert len({message.media_group_id for message in album} | {None}) == 2
        changed = await api.edit_message_caption(chat, photo.message_id, caption="другой вид")
        assert isinstance(changed, ptb.Message)
        assert changed.caption == "другой вид"
        replaced = await api.edit_message_media(
            ptb.InputMediaDocument(b"{}", filename="a.json"), chat, photo.message_id
        )
        assert isinstance(replaced, ptb.Message)
        assert replaced.document is not None
        assert (replaced.document.file_name, replaced.photo) == ("a.json", ())
        fetched = await (await api.get_file(photo.photo[0].file_id)).download_as_bytearray()
        assert bytes(fetched) == PICTURE

    async def other_kinds(api: ptb.Bot) -> None:
        chat = alice.person_id
        location = (await api.send_location(chat, 50.45, 30.52, live_period=60)).location
        assert location == ptb.Location(30.52, 50.45)
        assert location is not None
        assert location.live_period == timedelta(seconds=60)
        venue = (await api.send_venue(chat, 50.45, 30.52, "Парк", "Улица, 1")).venue
        assert venue is not None
        assert (venue.title, venue.address) == ("Парк", "Улица, 1")
        contact = (await api.send_contact(chat, "+380501112233", "Оксана", last_name="М")).contact
        assert contact == ptb.Contact("+380501112233", "Оксана")
        dice = (await api.send_dice(chat, emoji="🏀")).dice
        assert dice is not None
        assert dice.value in range(1, 6)
        asked = await api.send_poll(chat, "Как ты?", ["Так себе", "Лучше"], is_anonymous=False)
        assert asked.poll is not None
        assert [option.text for option in asked.poll.options] == ["Так себе", "Лучше"]
        assert not asked.poll.is_anonymous
        assert (await api.stop_poll(chat, asked.message_id)).is_closed

    async def forwards_and_pins(api: ptb.Bot) -> None:
        forwarded = await api.forward_message(bob.person_id, alice.person_id, picture.message_id)
        assert isinstance(forwarded.forward_origin, ptb.MessageOriginUser)
        assert forwarded.forward_origin.sender_user.id == alice.person_id
        ids = await api.forward_messages(bob.person_id, alice.person_id, [picture.message_id])
        assert await api.pin_chat_message(bob.person_id, forwarded.message_id)
        pinned = (await api.get_chat(bob.person_id)).pinned_message
        assert pinned is not None
        assert pinned.message_id == forwarded.message_id
        assert await api.unpin_chat_message(bob.person_id, forwarded.message_id)
        assert (await api.get_chat(bob.person_id)).pinned_message is None
        assert await api.unpin_all_chat_messages(bob.person_id)
        assert await api.delete_messages(bob.person_id, [ids[0].message_id, 1])
        quoted = await api.send_message(
            alice.person_id, "о чём?", reply_parameters=ptb.ReplyParameters(picture.message_id, quote="раз")
        )
        assert quoted.quote is not None
        assert (quoted.quote.text, quoted.quote.position) == ("раз", 0)

    async def profile(api: ptb.Bot) -> None:
        assert (await api.get_user_profile_photos(alice.person_id)).total_count == 0
        assert await api.set_chat_menu_button(menu_button=ptb.MenuButtonCommands())
        assert await api.get_chat_menu_button(alice.person_id) == ptb.MenuButtonCommands()
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

    for act in (messages, files, other_kinds, forwards_and_pins, profile, updates):
        acting(simulator_url, act)
    assert alice.downloads(next(m for m in alice.chat() if "document" in m.raw)) == b'{"a": 1}'
    called = {call["method"]: call["answer"] for call in telegram.calls() if call["answer"]["ok"]}
    assert called.keys() == METHODS.keys()


def test_every_other_published_method_says_that_it_is_not_simulated(bot: BotSide) -> None:
    others = schema.load().methods.keys() - METHODS.keys()
    refusals = {method: bot.refusal(method) for method in others}
    assert refusals == {
        method: (400, f"Bad Request: method {method} is published but not simulated") for method in others
    }


def test_every_update(telegram: Simulator, bot: BotSide) -> None:
    telegram.limits_to(enabled=False)
    bot.result("setWebhook", url="http://127.0.0.1:9/", allowed_updates=list(ptb.constants.UpdateType))
    alice = telegram.person("Алиса")
    arise(telegram, bot, alice)

    updates = [record["update"] for record in telegram.updates(alice)]
    kinds = {kind for update in updates for kind in update if kind != "update_id"}
    assert kinds == {
        "message",
        "edited_message",
        "callback_query",
        "message_reaction",
        "my_chat_member",
        "poll_answer",
    }
    ids = [update["update_id"] for update in updates]
    assert ids == sorted(set(ids))
    assert alice.person_id > 2**31
    for update in updates:
        assert str(alice.person_id) in str(update)
        understood = ptb.Update.de_json(update, None).to_dict()
        assert holds(understood, update), understood
    unpublished = [update for update in updates if not published(update)]
    assert [UNPUBLISHED_FIELD in update["message"] for update in unpublished] == [True]


def arise(telegram: Simulator, bot: BotSide, alice: Person) -> None:
    """Let every update arise that people can bring about."""
    first = alice.sends("/start", wait=False)
    alice.sends("ответ 😔 https://a.org", reply_to=first, quote="start", wait=False)
    for origin in ("person", "hidden", "channel", "group"):
        alice.sends("чужое", forward_from=origin, via_bot="gif", wait=False)
        alice.sends("о чужом", reply_outside=origin, quote="чужое", wait=False)
    alice.edits(first, "/help", wait=False)
    for kind in KINDS:
        alice.sends_media(kind, wait=False)
    for kind in ("photo", "video"):
        alice.edits(alice.sends_media(kind, "подпись", album="a", wait=False), kind="photo", wait=False)
    alice.pins(first, wait=False)
    say = {"chat_id": alice.person_id, "reply_parameters": {"message_id": first.message_id, "quote": "help"}}
    bot.result("sendMessage", text="?", reply_markup=KEYBOARD.to_dict(), **say)
    alice.taps("Да", wait=False)
    options = [{"text": "Так себе"}, {"text": "Лучше"}]
    bot.result("sendPoll", question="Как ты?", options=options, is_anonymous=False, **say)
    alice.votes(alice.last_message, 1, wait=False)
    alice.reacts(first, "🙏", wait=False)
    alice.reacts(first, None, wait=False)
    alice.blocks_bot(wait=False)
    alice.unblocks_bot(wait=False)


def published(update: dict[str, Any]) -> bool:
    """Return whether everything in an update is in the published Bot API."""
    try:
        check_object(schema.load(), "Update", update)
    except MistypedError:
        return False
    return True


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
