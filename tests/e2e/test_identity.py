"""Show: whatever a person sends, nothing of who they are reaches their partner unless they have confirmed it."""

import json
from typing import Any

from redis import Redis

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.e2e.journey import ask_to_be_introduced, choose_topics, onboard

ANYWAY = "Всё равно отправить"
USERNAME = "berezina_m"
PHONE = "+380671234567"
EMAIL = "berezina@ukr.net"
LINK = "https://t.me/berezina_m"
# What would show who she is, where a message comes from, or where she is; in parts, so that a part of it is found, too.
SECRETS = (
    "berezina", "Березин", "Мирослав", "67123", "t.me", "ukr.net", "Тарас", "Бондар", "taras_b", "Тихий канал",
    "quiet_channel", "Редактор", "Соседи", "Тайный", "чужие слова", "gifbot", "50.45", "30.52",
    "Владимирская", "Оксана", "380441234567",
)  # fmt: skip
FILES_WITH_HER_NAME: tuple[tuple[str, dict[str, Any]], ...] = (
    ("document", {"file_name": "Березина Мирослава.docx"}),
    ("audio", {"details": {"title": "Песня", "performer": "Мирослава Березина"}}),
    ("video", {"file_name": f"{USERNAME}.mp4"}),
    ("animation", {"file_name": "Мирослава Березина.mp4"}),
)


def _meet(sim: Simulator) -> tuple[Person, Person]:
    """Somebody whose account says everything, in a conversation with somebody else."""
    mira = sim.person("Мирослава", last_name="Березина", username=USERNAME)
    mira.sends("/start")
    mira.taps("Мне есть 18")
    mira.sends("Мира")
    mira.sends("Киев")
    choose_topics(mira, ("Тревога", "Одиночество"))
    mira.taps("Пропустить")
    ask_to_be_introduced(mira)
    andrey = onboard(sim, "Андрей")
    andrey.taps("Найти собеседника")
    for person in (mira, andrey):
        person.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
    for one, other in ((mira, andrey), (andrey, mira)):
        one.sends("слышно?")
        other.sees("слышно?")
    return mira, andrey


def _leaks(sim: Simulator, reader: Person, writer: Person) -> list[str]:
    """What of the secrets is in anything that the bot ever asked to show the reader, or that stands in their chat."""
    asked = [call["params"] | {"from_chat_id": "", "answer": call["answer"]} for call in sim.calls(person=reader)]
    shown = [message.raw for message in reader.chat() if message.by_bot]
    everything = json.dumps([asked, shown], ensure_ascii=False)
    return [secret for secret in (*SECRETS, str(writer.person_id)) if secret.lower() in everything.lower()]


def _breathe(stack: Stack) -> None:
    """A minute later, as far as the limit of messages knows."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}:flood*"):
            redis.delete(key)


def _entity(kind: str, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": 0, "length": length, **more}


def test_a_copy_says_nothing_of_its_origin(sim: Simulator, stack: Stack) -> None:
    """P8, C1: forwards, answers to what is elsewhere, messages through another bot: the words arrive, nothing else."""
    mira, andrey = _meet(sim)
    for number, origin in enumerate(("person", "hidden", "channel", "group", mira.person_id)):
        mira.sends(f"переслано {number}", forward_from=origin)
        andrey.sees(f"переслано {number}")
    mira.forwards(mira.sends("своё"), chat_of=mira)
    _breathe(stack)
    for number, origin in enumerate(("person", "hidden", "channel", "group")):
        mira.sends(f"об этом {number}", reply_outside=origin, quote="чужие слова")
        andrey.sees(f"об этом {number}")
    mira.sends("о той истории", reply_to_story=True)
    andrey.sees("о той истории")
    mira.sends("через бота", via_bot="gifbot")
    andrey.sees("через бота")
    _breathe(stack)
    sim.breaks("copyMessage", andrey, status=429, retry_after=1)
    mira.sends("с задержкой", forward_from="channel", via_bot="gifbot")
    andrey.sees("с задержкой", within=10)
    assert _leaks(sim, andrey, mira) == []


def test_what_identifies_is_refused(sim: Simulator, stack: Stack) -> None:
    """P8, C1: contact cards, places, stories and mentions of an account are not passed on; their writer knows why."""
    mira, andrey = _meet(sim)
    before = len(andrey.chat())
    own_card = {"phone_number": PHONE, "first_name": "Мирослава", "last_name": "Березина", "user_id": mira.person_id}
    mira.sends_media("contact", details=own_card)
    for kind in ("location", "live_location", "venue", "story", "poll", "users_shared", "passport_data"):
        _breathe(stack)
        sent = mira.sends_media(kind)
        assert mira.last_message.raw["reply_to_message"]["message_id"] == sent.message_id
        assert "Не отправлено" in mira.last_message.text
    user = {"id": mira.person_id, "is_bot": False, "first_name": "Мирослава", "last_name": "Березина"}
    mira.sends("это я", [_entity("text_mention", 5, user=user)])
    mira.sees("упоминание")
    mira.sends_media("photo", "это я", entities=[_entity("text_mention", 5, user=user)])
    mira.sees("упоминание")
    assert len(andrey.chat()) == before
    assert _leaks(sim, andrey, mira) == []


def test_what_she_writes_of_herself_waits_for_her_yes(sim: Simulator, stack: Stack) -> None:
    """P8, C9: a name, a number, an address, a link, the name of a file: held back; only what is confirmed arrives."""
    mira, andrey = _meet(sim)
    mira.sends_media("photo", "смотри")
    andrey.taps("Показать")
    andrey.sees("смотри")
    before = len(andrey.chat())
    held: list[Message] = []
    for text in (f"я @{USERNAME}", USERNAME.upper(), f"позвони {PHONE}", EMAIL, LINK, "меня зовут Мирослава Березина"):
        held.append(mira.sends(text))
        _is_held(mira, held[-1])
        _breathe(stack)
    held.append(mira.sends("моя страница", [_entity("text_link", 12, url=LINK)]))
    _is_held(mira, held[-1])
    held.append(mira.sends_media("photo", f"@{USERNAME}"))
    _is_held(mira, held[-1])
    for kind, more in FILES_WITH_HER_NAME:
        held.append(mira.sends_media(kind, **more))
        _is_held(mira, held[-1])
        _breathe(stack)
    assert len(andrey.chat()) == before, andrey.transcript()
    assert _leaks(sim, andrey, mira) == []

    mira.taps(ANYWAY, message=_question_about(mira, held[0]))
    andrey.sees(f"@{USERNAME}")
    andrey.sees_nothing(0.5)
    assert _leaks(sim, andrey, mira) == ["berezina"]


def test_an_edit_that_says_who_she_is_waits_as_well(sim: Simulator) -> None:
    """P8, C9, C2: what was harmless when it was sent may not become a contact afterwards."""
    mira, andrey = _meet(sim)
    sent = mira.sends("привет")
    andrey.sees("привет")
    mira.edits(sent, f"привет, я @{USERNAME}")
    andrey.sees_nothing(0.5)
    assert _leaks(sim, andrey, mira) == []


def _question_about(writer: Person, held: Message) -> Message:
    """The bot's question in answer to a message that it holds back."""
    answers = [message for message in writer.chat() if _answers(message, held)]
    assert answers, f"nothing is said about {held}\n{writer.transcript()}"
    return answers[-1]


def _answers(message: Message, held: Message) -> bool:
    replied = message.raw.get("reply_to_message", {}).get("message_id")
    return message.by_bot and replied == held.message_id


def _is_held(writer: Person, held: Message) -> None:
    question = _question_about(writer, held)
    assert any(ANYWAY in button.text for button in question.buttons), f"{held}\n{question}"
