"""Messages that show who their writer is, as both people see them."""

import time
from typing import Any

import httpx
import pytest

from project.supervisor import Stack
from simulator.client import Message, Person, RefusedError, Simulator
from tests.e2e.journey import connect, onboard
from tests.e2e.traces import in_database, in_logs, in_redis, messages_counted

SEND, KEEP, CHANGE, LEAVE = "Всё равно отправить", "Не отправлять", "Всё равно изменить", "Оставить как было"
NUMBER = "+380 50 123 45 67"


def question_about(message: Message, writer: Person) -> Message:
    """What the writer was asked in answer to a message."""
    asked = writer.sees("🔒")
    assert asked.raw["reply_to_message"]["message_id"] == message.message_id
    return asked


def texts(person: Person) -> list[str]:
    """What the bot said and copied to somebody."""
    return [message.text for message in person.chat() if message.by_bot]


def test_a_number_is_sent_when_its_writer_says_so(sim: Simulator, stack: Stack) -> None:
    """C9: the writer is told what it shows; once they let it go it arrives, once, and counts."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    written = mira.sends(f"звони {NUMBER}")
    asked = question_about(written, mira)
    assert "номер телефона" in asked.text
    labels = ["🙈 Не отправлять", "📨 Всё равно отправить", "🆘 Помощь сейчас"]
    assert [button.text for button in asked.buttons] == labels
    andrey.sees_nothing()
    assert messages_counted(stack) == (0, 0)
    mira.taps(SEND, message=asked)
    mira.sees("Отправлено")
    andrey.sees(NUMBER)
    assert sorted(messages_counted(stack)) == [0, 1]
    taps = [update for update in sim.updates(mira) if update["kind"] == "callback_query"]
    sim.redeliver(taps[-1]["update_id"])
    andrey.sees_nothing()
    assert sorted(messages_counted(stack)) == [0, 1]
    # It is a message like any other from now on.
    andrey.reacts(andrey.last_message, "❤")
    mira.sends("спасибо", reply_to=written)
    assert "reply_to_message" in andrey.sees("спасибо").raw


def test_what_the_writer_keeps_reaches_nobody(sim: Simulator, stack: Stack) -> None:
    """C9, C3: neither the partner nor any table, key or log, and the conversation goes on meanwhile."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    written = mira.sends("мой тг kanareyka_77")
    asked = question_about(written, mira)
    mira.sends("или нет")
    andrey.sees("или нет")
    mira.taps(KEEP, message=asked)
    mira.sees("Не отправлено")
    with pytest.raises((AssertionError, RefusedError)):
        mira.taps(SEND, message=asked, within=0.5)
    andrey.sees_nothing()
    for look in (in_database, in_redis, in_logs):
        assert look(stack, "kanareyka") == []
    assert sorted(messages_counted(stack)) == [0, 1]


def test_the_answer_points_at_what_it_answered(sim: Simulator, stack: Stack) -> None:
    """C2, C9: also after the question."""
    mira, andrey = connect(sim)
    andrey.sends("какой у тебя канал?")
    heard = mira.sees("какой у тебя канал?")
    # What is answered before Telegram's answer to its copy has come in has no twin yet.
    deadline = time.monotonic() + 10
    while not in_redis(stack, str(heard.message_id)) and time.monotonic() < deadline:
        time.sleep(0.05)
    mira.sends("https://example.com/mira", reply_to=heard)
    mira.taps(SEND)
    arrived = andrey.sees("https://example.com/mira")
    assert arrived.raw["reply_to_message"]["text"] == "какой у тебя канал?"


def test_a_message_that_was_deleted_meanwhile_is_gone(sim: Simulator) -> None:
    """C9: and its writer is told so."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    written = mira.sends(NUMBER)
    asked = question_about(written, mira)
    mira.deletes(written)
    mira.taps(SEND, message=asked)
    mira.sees("больше нет")
    andrey.sees_nothing()


def test_after_the_end_the_buttons_only_say_so(sim: Simulator) -> None:
    """C9, C2: least of all may it reach the next partner."""
    mira, andrey = connect(sim)
    held = [question_about(mira.sends(text), mira) for text in (NUMBER, "t.me/mira", "@mira_1")]
    changed = mira.sends("здравствуй")
    andrey.sees("здравствуй")
    mira.edits(changed, NUMBER)
    edit = question_about(changed, mira)
    andrey.sends("/end")
    andrey.taps("Завершить")
    mira.sees("закончился")
    olga = onboard(sim, "Ольга")
    for person in (mira, olga):
        person.sends("/find")
    for person in (mira, olga):
        person.taps("Принять")
    olga.sees("на связи")
    olga.catches_up()
    for asked, label in ((held[0], SEND), (held[1], KEEP), (edit, CHANGE)):
        mira.taps(label, message=asked)
        mira.sees("из прошлого разговора")
    olga.sees_nothing()


def test_an_edit_that_brings_a_contact_in_is_asked_about(sim: Simulator) -> None:
    """C9, C2: the partner keeps the old form until its writer lets the new one go."""
    mira, andrey = connect(sim)
    written = mira.sends("моя почта? потом")
    andrey.sees("потом")
    # Telegram gives whole seconds: what leaves the outbox within that of its edit may have gone in either form.
    time.sleep(1.1)
    mira.edits(written, "моя почта mira@example.com")
    asked = question_about(written, mira)
    assert "адрес электронной почты" in asked.text
    andrey.sees_nothing()
    mira.taps(LEAVE, message=asked)
    mira.sees("правку не передаю")
    mira.edits(written, "моя почта mira.m@example.com")
    mira.taps(CHANGE, message=question_about(written, mira))
    mira.sees("видит исправленное")
    assert andrey.sees("mira.m@example.com").edited
    assert "моя почта mira@example.com" not in texts(andrey)


def test_an_edit_of_what_is_still_on_its_way_is_asked_about(sim: Simulator) -> None:
    """C9, C2, C4: the copy that is made later would have the new form."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    sim.breaks("copyMessage", andrey, status=429, retry_after=4)
    written = mira.sends("напиши мне потом")
    mira.edits(written, "напиши мне @mira_1")
    asked = question_about(written, mira)
    andrey.sees_nothing(6)
    mira.taps(SEND, message=asked)
    andrey.sees("напиши мне @mira_1", within=10)


def test_letting_go_has_its_limit(sim: Simulator) -> None:
    """C6, C9: messages that were kept back are no way to send more of them at once; the buttons stay for later."""
    mira, andrey = connect(sim)
    asked = question_about(mira.sends(NUMBER), mira)
    for number in range(14):
        mira.sends(f"строка {number}")
    andrey.sees("строка 13")
    said = mira.taps(SEND, message=asked)
    assert said is not None
    assert "Слишком много сразу" in said
    andrey.sees_nothing()
    assert mira.taps(KEEP, message=asked) is None


def test_a_file_is_asked_about_by_both(sim: Simulator) -> None:
    """C9, C1: its writer, since its name is seen; then its reader."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    written = mira.sends_media("document", "смотри", file_name="Мира Соколова <2024>.pdf")
    asked = question_about(written, mira)
    assert "Мира Соколова <2024>.pdf" in asked.text
    andrey.sees_nothing()
    mira.taps(SEND, message=asked)
    mira.sees("как только захочет")
    andrey.taps("Показать")
    assert andrey.sees("смотри").kind == "document"


@pytest.mark.parametrize("kind", ["photo", "document"])
def test_an_album_waits_as_a_whole(sim: Simulator, stack: Stack, kind: str) -> None:
    """C9, C1: one question for all of it, and nobody sees any of it before; then it arrives as an album, counted."""
    mira, andrey = connect(sim)
    mira.sends_media("photo", "первая")
    andrey.taps("Показать")
    andrey.sees("первая")
    album = mira.sends_album(kind, kind, kind, caption=f"мой {NUMBER}")
    asked = question_about(album[0], mira)
    assert "Из этого альбома" in asked.text
    assert "номер телефона" in asked.text
    mira.sees_nothing(edits=False)
    andrey.sees_nothing()
    assert sorted(messages_counted(stack)) == [0, 1]
    mira.taps(SEND, message=asked)
    mira.sees("Отправлено")
    andrey.sees(NUMBER)
    sim.wait_idle()
    arrived = [message for message in andrey.chat() if message.by_bot][-3:]
    assert {message.kind for message in arrived} == {kind}
    assert len({message.raw["media_group_id"] for message in arrived}) == 1
    assert sorted(messages_counted(stack)) == [0, 4]


def test_an_album_that_its_writer_keeps(sim: Simulator, stack: Stack) -> None:
    """C9: nothing of it goes out, whichever of it shows something; the conversation goes on meanwhile."""
    mira, andrey = connect(sim)
    album = mira.sends_album("audio", "audio", caption="смотри")
    andrey.sees("смотри")
    andrey.catches_up()
    album = mira.sends_album("audio", "audio", caption=NUMBER)
    asked = question_about(album[0], mira)
    mira.sends("прости")
    andrey.sees("прости")
    mira.taps(KEEP, message=asked)
    mira.sees("Не отправлено")
    andrey.sees_nothing()
    assert sorted(messages_counted(stack)) == [0, 3]


def test_a_yes_holds_for_what_was_asked_about(sim: Simulator) -> None:
    """C9: an edit meanwhile that shows something else is asked about first; one that shows nothing more is not."""
    mira, andrey = connect(sim)
    andrey.catches_up()
    written = mira.sends(f"звони {NUMBER}")
    asked = question_about(written, mira)
    mira.edits(written, f"звони {NUMBER} или mira@example.com")
    mira.taps(SEND, message=asked)
    again = mira.sees("адрес электронной почты")
    assert again.message_id == asked.message_id
    andrey.sees_nothing()
    mira.taps(SEND, message=again)
    andrey.sees("mira@example.com")
    written = mira.sends(f"или {NUMBER}")
    asked = question_about(written, mira)
    mira.edits(written, "или потом")
    mira.taps(SEND, message=asked)
    andrey.sees("или потом")


def test_two_questions_about_one_message_do_not_contradict(sim: Simulator) -> None:
    """C9, C2: an old answer says nothing that a newer one made untrue."""
    mira, andrey = connect(sim)
    written = mira.sends("моя почта? потом")
    andrey.sees("потом")
    time.sleep(1.1)
    mira.edits(written, "mira@example.com")
    first = question_about(written, mira)
    mira.edits(written, "mira.m@example.com")
    second = question_about(written, mira)
    mira.taps(CHANGE, message=second)
    mira.sees("видит исправленное")
    andrey.sees("mira.m@example.com")
    mira.taps(LEAVE, message=first)
    said = mira.sees("правку не передаю")
    assert "раньше" not in said.text


def test_a_button_made_up_sends_nothing_else(sim: Simulator, stack: Stack) -> None:
    """C9, C1: what is refused stays refused, and somebody else's words are not one's own, whatever a client sends."""
    mira, andrey = connect(sim)
    andrey.sends("моё")
    mira.sees("моё")
    theirs = mira.last_message
    contact = mira.sends_media("contact")
    refusal = mira.last_message
    mira.catches_up()
    mira.taps(KEEP, message=question_about(mira.sends(NUMBER), mira))
    mira.sees("Не отправлено")
    andrey.catches_up()
    for number, answered in enumerate((contact, theirs)):
        pressed(sim, stack, mira, below=refusal.raw | {"reply_to_message": answered.raw}, number=number)
    mira.sees("больше нет")
    andrey.sees_nothing()
    assert sorted(messages_counted(stack)) == [0, 1]


def pressed(sim: Simulator, stack: Stack, person: Person, *, below: dict[str, Any], number: int) -> None:
    """The person's own client says that "send it anyway" was tapped below a message of the bot's."""
    tap = [update["update"] for update in sim.updates(person) if update["kind"] == "callback_query"][-1]
    session_id = tap["callback_query"]["data"].split(":")[2]
    data = f"chat:send:{session_id}:{below['reply_to_message']['message_id']}:00000000"
    forged = tap["callback_query"] | {"message": below, "data": data}
    headers = {"X-Telegram-Bot-Api-Secret-Token": stack.environment["TELEGRAM_WEBHOOK_SECRET"]}
    answer = httpx.post(
        f"{stack.web_url}/telegram/webhook",
        headers=headers,
        json={"update_id": 900_000_000 + number, "callback_query": forged},
        timeout=60,
    )
    assert answer.status_code == 200
