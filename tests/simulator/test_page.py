"""The page: people read, write and answer as in Telegram."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Locator, Page, expect

from simulator.client import Simulator
from tests.simulator.bot import BotSide
from tests.simulator.page import act, opened, person_id, ready, start, write


def test_start_is_all_there_is_in_an_empty_chat(left: Locator, telegram: Simulator, bot: BotSide) -> None:
    bot.result("setMyDescription", description="Разговор вдвоём")
    expect(left.locator(".empty-text")).to_have_text("Разговор вдвоём")
    bot.result("setMyDescription")
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_hidden()
    start(left)
    expect(left.get_by_role("button", name="Начать")).to_be_hidden()
    assert telegram.updates()[0]["update"]["message"]["text"] == "/start"


def test_typed_formatting_emoji_and_lines_arrive_as_entities(left: Locator, page: Page, telegram: Simulator) -> None:
    start(left)
    field = left.get_by_role("textbox", name="Сообщение")
    field.press_sequentially("😔 **жирно** __курсив__ ||тайна|| `a*b`")
    field.press("Shift+Enter")
    field.press_sequentially("2 ** 3")
    field.press("Enter")
    expect(left.locator(".own strong")).to_have_text("жирно")
    message = telegram.updates()[-1]["update"]["message"]
    assert message["text"] == "😔 жирно курсив тайна a*b\n2 ** 3"
    assert message["entities"] == [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "italic", "offset": 9, "length": 6},
        {"type": "spoiler", "offset": 16, "length": 5},
        {"type": "code", "offset": 22, "length": 3},
    ]


def test_what_the_bot_writes_is_shown_and_never_run(left: Locator, page: Page, bot: BotSide) -> None:
    start(left)
    source = (
        "<b>Ж</b><i>К</i><u>П</u><s>З</s><code>К</code><pre>Б</pre><blockquote>Ц</blockquote>"
        '<a href="https://a.org/">ссылка</a> <tg-spoiler>тайна</tg-spoiler> &lt;img src=x onerror=alert(1)&gt; /help'
    )
    bot.result("sendMessage", chat_id=person_id(page), text=source, parse_mode="HTML")
    text = left.locator(".theirs .text")
    for element in ("strong", "em", "u", "s", "code", "pre", "blockquote"):
        expect(text.locator(element).first).to_be_visible()
    expect(text.get_by_role("link", name="ссылка")).to_have_attribute("href", "https://a.org/")
    expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    expect(text.locator("img")).to_have_count(0)
    text.get_by_role("button", name="Показать скрытый текст").press("Enter")
    expect(text.locator(".spoiler")).to_have_class("spoiler revealed")
    text.get_by_role("button", name="/help").click()
    expect(left.locator(".own .text").last).to_have_text("/help")


def test_the_menu_follows_the_language(left: Locator, telegram: Simulator, bot: BotSide) -> None:
    bot.result("setMyCommands", commands=[{"command": "sos", "description": "Помощь"}])
    bot.result("setMyCommands", commands=[{"command": "sos", "description": "Допомога"}], language_code="uk")
    start(left)
    left.get_by_role("combobox", name="Язык телефона").select_option("uk")
    left.get_by_role("button", name="Команди").click()
    left.get_by_role("menuitem", name="Допомога").click()
    expect(left.locator(".own .text").last).to_have_text("/sos")
    assert telegram.updates()[-1]["update"]["message"]["from"]["language_code"] == "uk"
    for language in ({}, {"language_code": "uk"}):
        bot.result("deleteMyCommands", **language)


def test_the_bot_is_blocked_and_let_back_in(left: Locator, telegram: Simulator) -> None:
    start(left)
    left.get_by_role("button", name="Ещё").click()
    left.get_by_role("menuitem", name="Заблокировать бота").click()
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_hidden()
    left.get_by_role("button", name="Разблокировать и начать").click()
    expect(left.get_by_role("textbox", name="Сообщение")).to_be_visible()
    expect(left.locator(".own")).to_have_count(2)
    assert [record["kind"] for record in telegram.updates()] == [
        "message",
        "my_chat_member",
        "my_chat_member",
        "message",
    ]


def test_own_messages_are_edited_answered_and_deleted(left: Locator, telegram: Simulator) -> None:
    start(left)
    write(left, "**раз**")
    field = left.get_by_role("textbox", name="Сообщение")
    field.press("ArrowUp")
    expect(field).to_have_value("**раз**")
    write(left, "два")
    expect(left.locator(".own .edited")).to_be_visible()
    assert telegram.updates()[-1]["update"]["edited_message"]["text"] == "два"

    act(left.locator(".own").last, "Ответить")
    expect(left.locator(".quote-text")).to_have_text("два")
    left.get_by_role("button", name="Отменить").click()
    expect(left.locator(".quote")).to_be_hidden()
    act(left.locator(".own").last, "Ответить")
    write(left, "три")
    assert telegram.updates()[-1]["update"]["message"]["reply_to_message"]["text"] == "два"
    expect(left.locator(".replied")).to_contain_text("два")
    act(left.locator(".own").last, "Удалить")
    expect(left.locator(".own")).to_have_count(2)


def test_a_reaction_is_given_and_taken_back(left: Locator, page: Page, telegram: Simulator, bot: BotSide) -> None:
    bot.result("getUpdates", allowed_updates=["message", "message_reaction"])
    start(left)
    bot.result("sendMessage", chat_id=person_id(page), text="Как ты?")
    act(left.locator(".theirs"), "🙏")
    expect(left.locator(".reactions")).to_have_text("🙏")
    assert telegram.updates()[-1]["update"]["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🙏"}]
    left.get_by_role("button", name="Убрать реакцию 🙏").click()
    expect(left.locator(".reactions")).to_have_count(0)
    assert telegram.updates()[-1]["update"]["message_reaction"]["new_reaction"] == []


def test_a_part_of_a_message_is_quoted(left: Locator, page: Page, telegram: Simulator, bot: BotSide) -> None:
    start(left)
    bot.result("sendMessage", chat_id=person_id(page), text="чай или кофе")
    text = left.locator(".theirs .text")
    text.evaluate("e => getSelection().setBaseAndExtent(e.firstChild, 8, e.firstChild, 12)")
    act(left.locator(".theirs"), "Ответить")
    expect(left.locator(".quote-text")).to_have_text("кофе")
    write(left, "оно")
    assert telegram.updates()[-1]["update"]["message"]["quote"]["text"] == "кофе"
    expect(left.locator(".own .replied .quoted")).to_have_text("кофе")


def test_a_message_is_forwarded_as_from_somebody_else(
    left: Locator, page: Page, telegram: Simulator, bot: BotSide
) -> None:
    start(left)
    bot.result("sendMessage", chat_id=person_id(page), text="передай дальше")
    act(left.locator(".theirs"), "Переслать боту")
    page.get_by_role("menuitem", name="Скрытый аккаунт").click()
    expect(left.locator(".own .forwarded")).to_contain_text("Переслано от")
    forwarded = telegram.updates()[-1]["update"]["message"]
    assert (forwarded["text"], forwarded["forward_origin"]["type"]) == ("передай дальше", "hidden_user")


def test_a_pinned_message_stays_above_the_chat(left: Locator, page: Page, telegram: Simulator, bot: BotSide) -> None:
    start(left)
    bot.result("sendMessage", chat_id=person_id(page), text="важное")
    act(left.locator(".theirs"), "Закрепить")
    expect(left.locator(".pinned-text")).to_have_text("важное")
    expect(left.locator(".service")).to_have_text("Вы закрепили сообщение")
    assert telegram.updates()[-1]["update"]["message"]["pinned_message"]["text"] == "важное"


def test_what_the_bot_is_busy_with_is_shown(left: Locator, page: Page, bot: BotSide) -> None:
    start(left)
    bot.result("sendChatAction", chat_id=person_id(page), action="typing")
    expect(left.locator(".bot-status")).to_have_text("печатает…")
    bot.result("sendMessage", chat_id=person_id(page), text="вот")
    expect(left.locator(".bot-status")).to_have_text("бот")


def test_nothing_is_fetched_from_outside(context: BrowserContext, simulator_url: str) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for page in opened(context, simulator_url):
        ready(page, "right")
    assert asked
    assert [url for url in asked if not url.startswith(simulator_url)] == []
