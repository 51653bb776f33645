"""Edits, reactions and /del between two people, with everything running."""

import time

import pytest

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.e2e.journey import ask_to_be_introduced, connect, onboard
from tests.e2e.traces import in_database, in_logs, in_redis


def test_what_is_done_with_a_text_reaches_the_partner(sim: Simulator, stack: Stack) -> None:
    """C2, C3: corrected, reacted to, taken back, in both directions; nothing is sent anew, nothing of it is kept."""
    mira, andrey = connect(sim)
    for writer, reader in ((mira, andrey), (andrey, mira)):
        written, copy = _says(writer, reader, "канарека")
        bold = [{"type": "bold", "offset": 0, "length": 9}]
        writer.edits(written, "канарейка <b>", entities=bold)
        corrected = reader.sees("канарейка <b>")
        assert (corrected.message_id, corrected.edited, corrected.entities) == (copy.message_id, True, bold)
        reader.reacts(copy, "👍")
        reader.reacts(copy, "❤")
        assert _now(writer, written).reactions == ["❤"]
        writer.reacts(written, "🎉")
        assert _now(reader, copy).reactions == ["🎉"]
        reader.reacts(copy, None)
        assert _now(writer, written).reactions == []
        reader.sends("/del", reply_to=copy)
        reader.sees("что пишешь ты")
        command = writer.sends("/del", reply_to=written)
        assert not [message for person in (mira, andrey) for message in person.chat() if "канарейка" in message.text]
        assert command.message_id not in [message.message_id for message in writer.chat()]
    for look in (in_database, in_redis, in_logs):
        assert look(stack, "канарейка") == []


def test_files_and_their_words_are_corrected(sim: Simulator) -> None:
    """C2: another picture, another caption, also before and after an album arrives; a voice message gets its words."""
    mira, andrey = connect(sim)
    picture = mira.sends_media("photo", "Это Мурка")
    andrey.taps("Показать")
    before = andrey.sees("Это Мурка")
    mira.edits(picture, caption="Это Мурзик", kind="photo")
    after = andrey.sees("Это Мурзик")
    assert after.message_id == before.message_id
    assert andrey.downloads(after) != andrey.downloads(before)

    first, second = mira.sends_album("photo", "photo", caption="Мы на мре")
    mira.edits(first, caption="Мы на море")
    andrey.sees("Мы на море", within=10)
    mira.edits(second, caption="А это закат")
    assert andrey.sees("А это закат").raw.get("media_group_id")
    assert not [message for message in andrey.chat() if "мре" in message.text]

    voice = mira.sends_media("voice", "Тихо")
    andrey.sees("Тихо")
    mira.edits(voice, caption="Погромче")
    andrey.sees("Погромче")


def test_after_the_end_nothing_reaches_anybody(sim: Simulator) -> None:
    """C2: neither the former partner nor the next one sees an edit, a reaction or a deletion."""
    mira, andrey = connect(sim)
    written, _ = _says(mira, andrey, "Пока мы говорим")
    _, theirs = _says(andrey, mira, "Береги себя")
    mira.sends("/end")
    mira.taps("Завершить")
    andrey.sees("Разговор закончился")
    mira.edits(written, "После разговора")
    mira.sees("не в разговоре")
    mira.reacts(theirs, "❤")
    mira.sends("/del", reply_to=written)
    mira.sees("не в разговоре")

    olga = onboard(sim, "Ольга")
    ask_to_be_introduced(olga)
    mira.sends("/find")
    for person in (mira, olga):
        person.taps("Принять")
    for person in (mira, olga):
        person.sees("на связи")
    mira.edits(written, "Со следующим собеседником")
    mira.sees("этого сообщения")
    mira.reacts(theirs, "👍")
    mira.sends("/del", reply_to=written)
    mira.sees("не дошло")
    olga.sees_nothing(0.5, edits=False)
    assert "Пока мы говорим" in [message.text for message in andrey.chat()]
    assert not [message for message in (*andrey.chat(), *olga.chat()) if message.reactions]


@pytest.mark.timeout(180)
def test_kill_9_in_the_middle_of_changes(sim: Simulator, stack: Stack) -> None:
    """C4: once Telegram has brought them again they are carried over, and nobody is bothered."""
    sim.patience = 20
    mira, andrey = connect(sim)
    written, copy = _says(mira, andrey, "Скоро всё изменится")
    for method in ("editMessageText", "setMessageReaction"):
        sim.breaks(method, latency_ms=1500)
    mira.edits(written, "Всё изменилось", wait=False)
    mira.reacts(written, "❤", wait=False)
    time.sleep(0.5)
    stack.kill("web")
    stack.wait_ready("web")
    sim.wait_idle(within=60)
    assert (_now(andrey, copy).text, _now(andrey, copy).reactions) == ("Всё изменилось", ["❤"])
    mira.sees_nothing(0.3, edits=False)


def test_telegram_stumbles(sim: Simulator) -> None:
    """C4, C5: what is done once is done once, what can't be done is said, and nothing else is held up by it."""
    mira, andrey = connect(sim)
    written, copy = _says(mira, andrey, "Скоро всё изменится")
    for method in ("editMessageText", "setMessageReaction", "deleteMessage"):
        sim.breaks(method, andrey, drop_answer=True)
    mira.edits(written, "Всё изменилось")
    andrey.sees("Всё изменилось")
    mira.reacts(written, "❤")
    assert _now(andrey, copy).reactions == ["❤"]
    mira.sends("/del", reply_to=written)
    assert "Всё изменилось" not in mira.transcript() + andrey.transcript()
    mira.sees_nothing(0.3, edits=False)

    sim.breaks("copyMessage", andrey, status=429, retry_after=3)
    regretted = mira.sends("Зря я это")
    kept = mira.sends("А это не зря")
    mira.sends("/del", reply_to=regretted)
    andrey.sees("А это не зря", within=10)
    assert "Зря я это" not in mira.transcript() + andrey.transcript()

    sim.breaks("editMessageText", andrey, status=429, retry_after=30)
    mira.edits(kept, "А это и правда не зря")
    mira.sees("ещё раз через минуту")
    mira.sends("/sos")
    mira.sees("Если жизнь в опасности", within=2)

    sim.breaks("editMessageText", andrey, status=403)
    mira.edits(kept, "И правда не зря")
    mira.sees("больше нет связи")


def _says(writer: Person, reader: Person, text: str) -> tuple[Message, Message]:
    """What somebody writes, and how it stands in the partner's chat."""
    written = writer.sends(text)
    return written, reader.sees(text)


def _now(person: Person, message: Message) -> Message:
    """A message as it stands in the chat now."""
    return next(each for each in person.chat() if each.message_id == message.message_id)
