"""The page: everything that can be sent is sent from the paper clip's menu, and shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import act, attach, person_id, start

# What the menu calls it, the Message's field, and how it looks.
KINDS = [
    ("Фото", "photo", ".picture.photo"),
    ("Видео", "video", ".picture.video .play"),
    ("Видеосообщение", "video_note", ".video-note"),
    ("Голосовое сообщение", "voice", ".voice .wave"),
    ("Аудио", "audio", ".sound strong"),
    ("GIF", "animation", ".picture.animation"),
    ("Стикер", "sticker", ".sticker"),
    ("Контакт", "contact", ".contact .face"),
    ("Геопозиция", "location", ".place .map"),
    ("Место", "venue", ".place .map"),
    ("Опрос", "poll", ".poll .poll-option >> nth=0"),
    ("Кубик", "dice", ".dice .die"),
    ("История", "story", ".file"),
    ("Список дел", "checklist", ".file"),
    ("Платное фото", "paid_media", ".file"),
    ("Подарок", "gift", ".file"),
]


def test_every_kind_is_sent_and_shown(left: Locator, telegram: Simulator) -> None:
    start(left)
    for count, (label, kind, look) in enumerate(KINDS, start=2):
        attach(left, label)
        expect(left.locator(".own")).to_have_count(count)
        expect(left.locator(".own").last.locator(look)).to_be_visible()
        expect(left.locator(".own").last.locator("time")).to_be_visible()
        assert kind in telegram.updates()[-1]["update"]["message"]
    attach(left, "Неизвестный вид")
    expect(left.locator(".own .unknown")).to_contain_text("не поддерживается")


def test_what_is_in_the_field_becomes_the_caption(left: Locator, telegram: Simulator) -> None:
    start(left)
    left.get_by_role("textbox", name="Сообщение").fill("вид **из окна**")
    attach(left, "Фото")
    expect(left.locator(".own strong")).to_have_text("из окна")
    expect(left.get_by_role("textbox", name="Сообщение")).to_have_value("")
    message = telegram.updates()[-1]["update"]["message"]
    assert message["caption"] == "вид из окна"
    assert message["caption_entities"] == [{"type": "bold", "offset": 4, "length": 7}]


def test_a_picture_is_loaded_and_covered_where_it_is_hidden(left: Locator) -> None:
    start(left)
    attach(left, "Скрытое фото")
    picture = left.locator(".own .picture")
    left.page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth > 0")
    picture.get_by_role("button", name="Показать скрытое").click()
    expect(picture.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("size", [2, 4])
def test_an_album_is_one_bubble(left: Locator, telegram: Simulator, size: int) -> None:
    start(left)
    left.get_by_role("textbox", name="Сообщение").fill("прогулка")
    attach(left, "Альбом")
    left.get_by_role("menuitem", name=str(size)).click()
    expect(left.locator(".own .album .picture")).to_have_count(size)
    expect(left.locator(".own")).to_have_count(2)
    expect(left.locator(".own").last.locator(".text")).to_have_text("прогулка")
    groups = [update["update"]["message"].get("media_group_id") for update in telegram.updates()[-size:]]
    assert len(set(groups)) == 1
    assert groups[0]
    act(left.locator(".own").last, "Удалить")
    expect(left.locator(".own")).to_have_count(1)


def test_a_file_is_named_before_it_is_sent(left: Locator, telegram: Simulator) -> None:
    start(left)
    attach(left, "Файл")
    left.get_by_role("textbox", name="Имя файла").fill("Моё письмо.txt")
    left.get_by_role("textbox", name="Имя файла").press("Enter")
    expect(left.locator(".own .file-name")).to_have_text("Моё письмо.txt")
    assert telegram.updates()[-1]["update"]["message"]["document"]["file_name"] == "Моё письмо.txt"
    attach(left, "Файл")
    left.get_by_role("textbox", name="Имя файла").press("Escape")
    expect(left.get_by_role("textbox", name="Имя файла")).to_be_hidden()
    expect(left.locator(".own .file")).to_have_count(1)


def test_a_caption_and_a_file_are_changed(left: Locator, telegram: Simulator) -> None:
    start(left)
    left.get_by_role("textbox", name="Сообщение").fill("было")
    attach(left, "Фото")
    expect(left.locator(".own .text").last).to_have_text("было")
    act(left.locator(".own").last, "Изменить")
    field = left.get_by_role("textbox", name="Сообщение")
    expect(field).to_have_value("было")
    field.fill("стало")
    field.press("Enter")
    expect(left.locator(".own .text").last).to_have_text("стало")
    before = telegram.updates()[-1]["update"]["edited_message"]
    assert before["caption"] == "стало"
    act(left.locator(".own").last, "Заменить вложение")
    expect(left.locator(".own .edited")).to_be_visible()
    left.page.wait_for_function("() => fetch('/control/updates').then(r => r.json()).then(u => u.length === 4)")
    after = telegram.updates()[-1]["update"]["edited_message"]
    assert after["caption"] == "стало"
    assert after["photo"] != before["photo"]


def test_a_vote_is_cast_and_taken_back(left: Locator) -> None:
    start(left)
    attach(left, "Опрос")
    option = left.locator(".poll-option").first
    option.click()
    expect(left.locator(".poll-option").first).to_have_attribute("aria-pressed", "true")
    expect(left.locator(".poll-count").first).to_have_text("100 %")
    left.locator(".poll-option").first.click()
    expect(left.locator(".poll-option").first).to_have_attribute("aria-pressed", "false")


def test_what_is_attached_answers_what_is_being_answered(
    left: Locator, page: Page, telegram: Simulator, bot: BotSide
) -> None:
    start(left)
    sent = bot.result("sendMessage", chat_id=person_id(page), text="покажи")
    act(left.locator(".theirs"), "Ответить")
    attach(left, "Видеосообщение")
    expect(left.locator(".own .replied")).to_contain_text("покажи")
    expect(left.locator(".quote")).to_be_hidden()
    assert telegram.updates()[-1]["update"]["message"]["reply_to_message"]["message_id"] == sent["message_id"]
